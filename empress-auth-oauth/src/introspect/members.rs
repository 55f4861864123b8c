//! The members of an answer ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)).

use std::time::SystemTime;

use empress_auth_core::User;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Active;
use crate::claims;
use crate::error::OAuthError;
use crate::grant::Granted;
use crate::id_token::unix_seconds;
use crate::scope;
use crate::services::Services;
use crate::shown_token::ShownToken;

/// An answer; what is `None` is left out, and of a token that is not active everything is.
#[derive(Serialize, Default)]
pub(super) struct Members {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<Box<str>>,
    /// Frappe's word for a client whose users are not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted_client: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Audience>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<Box<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    /// What Frappe says of the user, too.
    #[serde(flatten)]
    claims: Map<String, Value>,
}

/// One, or a list (RFC 7519 §4.1.3).
#[derive(Serialize)]
#[serde(untagged)]
enum Audience {
    One(Box<str>),
    Several(Vec<Box<str>>),
}

impl Members {
    /// What RFC 7662 names.
    pub(super) async fn standard(
        services: &Services,
        active: Option<&Active>,
    ) -> Result<Self, OAuthError> {
        let Some(active) = active else {
            return Ok(Self::default());
        };
        let user = user(services, active.granted()).await?;
        Ok(Self::of(services, active, user.as_ref()))
    }

    /// The same with the members of Frappe: what userinfo would answer, if `openid` was granted.
    pub(super) async fn of_frappe(
        services: &Services,
        active: Option<&Active>,
    ) -> Result<Self, OAuthError> {
        let Some(active) = active else {
            return Ok(Self::default());
        };
        let user = user(services, active.granted()).await?;
        let scopes = active.scopes();
        let claims = match &user {
            Some(user) if scope::has(scopes, "openid") => claims::of_user(user, scopes),
            _ => Map::new(),
        };
        Ok(Self {
            trusted_client: Some(u8::from(active.client.options.skip_consent)),
            claims,
            ..Self::of(services, active, user.as_ref())
        })
    }

    /// What anybody is told.
    pub(super) fn open(active: Option<&Active>) -> Self {
        active.map_or_else(Self::default, |active| Self {
            active: true,
            scope: Some(active.scopes().join(" ")),
            client_id: Some(active.client.id.clone()),
            exp: Some(unix_seconds(active.expires_at())),
            ..Self::default()
        })
    }

    fn of(services: &Services, active: &Active, user: Option<&User>) -> Self {
        let granted = active.granted();
        let issued_at = unix_seconds(active.issued_at());
        let (audience, token_type, id) = match &active.token {
            ShownToken::Access(found) => (&found.row.audience, Some("Bearer"), found.row.id),
            ShownToken::Refresh(found) => (&granted.resources, None, found.row.id),
        };
        let audience = match audience.as_slice() {
            [] => Audience::One(services.issuer().into()),
            [one] => Audience::One(one.clone()),
            several => Audience::Several(several.to_vec()),
        };
        let subject = granted.user_id.as_ref().unwrap_or(&granted.client_id);
        Self {
            username: user.map(|user| user.username.clone()),
            token_type,
            iat: Some(issued_at),
            nbf: Some(issued_at),
            sub: Some(subject.clone()),
            aud: Some(audience),
            iss: Some(services.issuer().into()),
            jti: Some(id.to_string()),
            ..Self::open(Some(active))
        }
    }
}

impl Active {
    const fn granted(&self) -> &Granted {
        &self.token.grant().granted
    }

    fn scopes(&self) -> &[Box<str>] {
        match &self.token {
            ShownToken::Access(found) => &found.row.scopes,
            ShownToken::Refresh(found) => &found.grant.granted.scopes,
        }
    }

    const fn issued_at(&self) -> SystemTime {
        match &self.token {
            ShownToken::Access(found) => found.row.issued_at,
            ShownToken::Refresh(found) => found.row.issued_at,
        }
    }

    fn expires_at(&self) -> SystemTime {
        match &self.token {
            ShownToken::Access(found) => found.row.expires_at,
            ShownToken::Refresh(found) => found.row.expires_at.min(found.grant.expires_at),
        }
    }
}

/// The user of a grant, as it is now.
async fn user(services: &Services, granted: &Granted) -> Result<Option<User>, OAuthError> {
    match &granted.user_id {
        Some(id) => Ok(services.users.user_by_id(id).await?),
        None => Ok(None),
    }
}
