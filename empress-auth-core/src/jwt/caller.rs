//! Who does a verified token of another issuer speak of?

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::claims::{Claims, strings};
use super::error::Fault;
use super::json::{Object, Text, Value};
use super::numeric_date::{self, Round};
use crate::clock::from_unix_millis;
use crate::digest::SecretDigest;
use crate::scopes::Scopes;
use crate::stored::{StoredCredential, StoredUser};

/// Which claims carry what.
#[derive(Debug, Clone)]
pub(super) struct ClaimNames {
    roles: Path,
    /// The first that is there.
    scopes: Vec<Path>,
    username: Box<str>,
}

/// A claim, or a member of the object in it.
type Path = Vec<Box<str>>;

/// OpenID Connect Core §2: "It MUST NOT exceed 255 ASCII characters in length".
const MAX_NAME_BYTES: usize = 255;

impl Default for ClaimNames {
    fn default() -> Self {
        Self {
            roles: path(["roles"]),
            scopes: vec![path(["scope"]), path(["scp"])],
            username: "sub".into(),
        }
    }
}

fn path<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Path {
    names.into_iter().map(|name| name.as_ref().into()).collect()
}

impl ClaimNames {
    pub(super) fn set_roles<S: AsRef<str>>(&mut self, names: impl IntoIterator<Item = S>) {
        self.roles = path(names);
    }

    pub(super) fn set_scopes<S: AsRef<str>>(&mut self, names: impl IntoIterator<Item = S>) {
        self.scopes = vec![path(names)];
    }

    pub(super) fn set_username(&mut self, name: &str) {
        self.username = name.into();
    }

    /// The token as a row that no store holds.
    pub(super) fn credential(
        &self,
        issuer: &str,
        claims: &Claims<'_>,
        token: &[u8],
    ) -> Result<StoredCredential, Fault> {
        let object = claims.object();
        let subject = name(object, "sub")?.ok_or(Fault::Subject)?;
        let username = name(object, &self.username)?;
        let user = StoredUser::new(
            &user_id(issuer, &subject),
            username.as_deref().unwrap_or(&subject),
        )
        .with_roles(self.roles(object)?);
        let digest: [u8; 32] = Sha256::digest(token).into();
        let issued_at = object
            .get("iat")
            .and_then(|iat| numeric_date::seconds(iat, Round::Down))
            .map_or(Duration::ZERO, Duration::from_secs);
        let mut row = StoredCredential::new(
            &credential_id(&digest),
            SecretDigest::from_sha256(digest),
            user,
        )
        .with_scopes(self.scopes(object)?)
        .with_issued_at(
            std::time::UNIX_EPOCH
                .checked_add(issued_at)
                .unwrap_or(std::time::UNIX_EPOCH),
        )
        .with_expires_at(Some(from_unix_millis(claims.ends_at_millis())));
        // RFC 9068 §2.2, and OpenID Connect Core §2 for those who make access tokens like ID tokens.
        if let Some(client_id) = [name(object, "client_id")?, name(object, "azp")?]
            .into_iter()
            .flatten()
            .next()
        {
            row = row.with_client_id(&client_id);
        }
        Ok(row)
    }

    fn roles<'a>(&self, claims: &Object<'a>) -> Result<Vec<Cow<'a, str>>, Fault> {
        match find(claims, &self.roles) {
            None => Ok(Vec::new()),
            Some(Value::Array(roles)) => strings(roles).ok_or(Fault::Roles),
            Some(_) => Err(Fault::Roles),
        }
    }

    /// Never everything: who grants everything here is our own store.
    fn scopes(&self, claims: &Object<'_>) -> Result<Scopes, Fault> {
        let found = self.scopes.iter().find_map(|path| find(claims, path));
        let listed = match found {
            None => Vec::new(),
            Some(Value::String(text)) => {
                let text = text.decode();
                return Ok(Scopes::only(
                    text.split(' ')
                        .filter(|scope| Scopes::is_scope_token(scope)),
                ));
            }
            Some(Value::Array(scopes)) => strings(scopes).ok_or(Fault::Scopes)?,
            Some(_) => return Err(Fault::Scopes),
        };
        Ok(Scopes::only(
            listed.iter().filter(|scope| Scopes::is_scope_token(scope)),
        ))
    }
}

/// The value at the end of the path; `None` where it leads nowhere.
fn find<'a>(claims: &Object<'a>, path: &[Box<str>]) -> Option<Value<'a>> {
    let (first, rest) = path.split_first()?;
    let mut value = claims.get(first)?;
    for name in rest {
        let Value::Object(nested) = value else {
            return None;
        };
        value = nested.get(name)?;
    }
    Some(value)
}

/// A claim that names somebody: it goes into logs and ids.
fn name<'a>(claims: &Object<'a>, claim: &str) -> Result<Option<Cow<'a, str>>, Fault> {
    let text = claims.string(claim).map_err(|_| Fault::Subject)?;
    let Some(name) = text.map(Text::decode) else {
        return Ok(None);
    };
    let is_name = (1..=MAX_NAME_BYTES).contains(&name.len()) && !name.contains(char::is_control);
    if is_name {
        Ok(Some(name))
    } else {
        Err(Fault::Subject)
    }
}

/// Issuer and subject, of which only both together mean one user (RFC 7519 §4.1.2).
///
/// No user of ours has an id with a `|`, and no issuer keeps one, so that nobody's id can be spelled in two ways.
fn user_id(issuer: &str, subject: &str) -> String {
    format!("{}|{subject}", issuer.replace('|', "%7C"))
}

/// Of a length that no token id has, so that it is found in no store.
fn credential_id(digest: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode(digest.first_chunk::<16>().copied().unwrap_or_default())
}
