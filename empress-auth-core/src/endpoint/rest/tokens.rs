//! `/api/v1/tokens`: API tokens, one's own or, for administrators, anybody's.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::members::{CREATE, MERGE_PATCH, Members};
use super::page::{List, Page, parameter, wrong_cursor};
use super::time;
use crate::api_token::{ApiToken, NewToken, TokenChange};
use crate::endpoint::answer;
use crate::endpoint::call::Call;
use crate::endpoint::refused::Refused;
use crate::endpoint::services::{Answered, Services};
use crate::network::Network;
use crate::scopes::Scopes;
use crate::token_text::TokenId;
use crate::user::is_username;

/// The most ids in one call of [`revoke_several`].
const MAX_IDS: usize = 1_000;

pub(super) async fn create(services: Arc<Services>, call: Call) -> Answered {
    let mut members = Members::of(&call, CREATE)?;
    let user = members.text("user")?.or_null();
    let mut new = NewToken::named(&members.text("name")?.required()?);
    new.scopes = members
        .texts("scopes")?
        .map(Scopes::only)
        .null_means(Scopes::all());
    if let Some(at) = members.moment("expires_at")?.or_null() {
        new = new.with_expires_at(at);
    }
    let idle_secs = members.whole_number("idle_timeout_secs")?.or_null();
    new.idle_timeout = idle_secs.map(Duration::from_secs);
    new.networks = networks(&mut members)?.unwrap_or_default();
    members.end()?;

    let actor = services.actor(&call)?;
    let username = match &user {
        Some(user) => checked(user)?,
        None => call.caller()?.username(),
    };
    let (made, token) = services.tokens.create_listed(&actor, username, new).await?;
    let mut body = view(&token);
    if let Some(members) = body.as_object_mut() {
        members.insert("token".to_owned(), made.expose_secret().into());
    }
    Ok(answer::created(
        &format!("{}/{}", call.path(), made.id()),
        &body,
    ))
}

pub(super) async fn list(services: Arc<Services>, call: Call) -> Answered {
    let query = call.query_fields()?;
    let page = Page::of(List::Tokens, &query)?;
    let after = match &page.after {
        Some(key) => Some(TokenId::parse(key).ok_or_else(wrong_cursor)?),
        None => None,
    };
    let username = match parameter(&query, "user")? {
        Some(user) => checked(user)?,
        None => call.caller()?.username(),
    };
    let actor = services.actor(&call)?;
    let tokens = services
        .tokens
        .list(&actor, Some(username), after, page.wanted())
        .await?;
    let body = page.answer(&tokens, |token| token.id.to_string(), view);
    Ok(answer::json(&body))
}

/// Revokes all tokens of the user that the query names. Without a name nothing is revoked: it was forgotten.
pub(super) async fn revoke_all(services: Arc<Services>, call: Call) -> Answered {
    let query = call.query_fields()?;
    let user = parameter(&query, "user")?.ok_or_else(|| Refused::invalid("user: is required"))?;
    let revoked = services
        .tokens
        .revoke_all(&services.actor(&call)?, checked(user)?)
        .await?;
    Ok(answer::json(&json!({ "revoked": revoked })))
}

pub(super) async fn revoke_several(services: Arc<Services>, call: Call) -> Answered {
    let mut members = Members::of(&call, CREATE)?;
    let mut asked = members.texts("ids")?.required()?;
    members.end()?;
    if asked.len() > MAX_IDS || !asked.iter().all(|id| is_id(id)) {
        return Err(Refused::invalid(
            "ids: at most 1000, each of the form that a list shows",
        ));
    }
    let mut seen = HashSet::new();
    asked.retain(|id| seen.insert(id.clone()));
    let ids: Vec<TokenId> = asked.iter().filter_map(|id| TokenId::parse(id)).collect();
    let revoked = services
        .tokens
        .revoke(&services.actor(&call)?, &ids)
        .await?;
    let revoked: HashSet<String> = revoked.iter().map(ToString::to_string).collect();
    let (revoked, not_found): (Vec<_>, Vec<_>) =
        asked.into_iter().partition(|id| revoked.contains(id));
    Ok(answer::json(
        &json!({ "revoked": revoked, "not_found": not_found }),
    ))
}

pub(super) async fn show(services: Arc<Services>, call: Call) -> Answered {
    let token = services
        .tokens
        .show(&services.actor(&call)?, id(&call)?)
        .await?;
    Ok(answer::json(&view(&token)))
}

pub(super) async fn update(services: Arc<Services>, call: Call) -> Answered {
    let id = id(&call)?;
    let mut members = Members::of(&call, MERGE_PATCH)?;
    let change = TokenChange {
        name: members.text("name")?.optional()?.map(Into::into),
        scopes: members
            .texts("scopes")?
            .map(Scopes::only)
            .null_means(Scopes::all()),
        expires_at: members.moment("expires_at")?.optional()?,
        networks: networks(&mut members)?.map(Into::into),
    };
    members.end()?;
    let token = services
        .tokens
        .update(&services.actor(&call)?, id, change)
        .await?;
    Ok(answer::json(&view(&token)))
}

pub(super) async fn revoke(services: Arc<Services>, call: Call) -> Answered {
    let revoked = services
        .tokens
        .revoke(&services.actor(&call)?, &[id(&call)?])
        .await?;
    if revoked.is_empty() {
        Err(no_token())
    } else {
        Ok(answer::no_content())
    }
}

/// The token that the path names; what cannot be an id names none.
fn id(call: &Call) -> Result<TokenId, Refused> {
    TokenId::parse(call.parameter("id").unwrap_or_default()).ok_or_else(no_token)
}

fn is_id(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=32).contains(&text.len()) && text.bytes().all(is_allowed)
}

fn no_token() -> Refused {
    Refused::not_found("there is no such token")
}

fn checked(user: &str) -> Result<&str, Refused> {
    let no_user = || Refused::not_found("there is no such user");
    is_username(user).then_some(user).ok_or_else(no_user)
}

fn networks(members: &mut Members) -> Result<Option<Vec<Network>>, Refused> {
    let texts = members.texts("allowed_networks")?.null_means(Vec::new());
    let parse = |text: &String| {
        text.parse::<Network>()
            .map_err(|error| Refused::invalid(&format!("allowed_networks: {error}")))
    };
    texts
        .map(|texts| texts.iter().map(parse).collect())
        .transpose()
}

fn view(token: &ApiToken) -> Value {
    let networks: Vec<String> = token.networks.iter().map(ToString::to_string).collect();
    json!({
        "id": token.id.to_string(),
        "user": token.username,
        "kind": token.form.as_str(),
        "name": token.name,
        "scopes": token.scopes.as_list(),
        "last4": token.last4,
        "created_at": time::text(token.created_at),
        "created_by": token.created_by,
        "expires_at": token.expires_at.map(time::text),
        "idle_timeout_secs": token.idle_timeout.map(|timeout| timeout.as_secs()),
        "allowed_networks": networks,
        "last_used_at": token.last_used_at.map(time::text),
    })
}
