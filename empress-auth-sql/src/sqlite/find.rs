//! What is stored for a credential? One question to the database, joined with the user.

use empress_auth_core::password::PasswordHash;
use empress_auth_core::user_key::UserKey;
use empress_auth_core::{
    ActingCredential, CredentialKind, Lookup, SecretDigest, StoredCredential, StoredUser, TokenId,
};
use rusqlite::{Connection, Row};

#[cfg(feature = "oauth")]
use super::oauth::find as find_access_token;
use super::query::{Failed, one, text, text_or_none};
use super::sql;
use crate::column;
use crate::last_uses::{LastUses, Used};

/// A look-up that can go to another thread.
pub(super) enum Wanted {
    ApiKey(Box<str>),
    Token(TokenId),
    Session(TokenId),
    Digests(Box<[SecretDigest]>),
    Password(UserKey),
}

impl Wanted {
    /// `None` for what is never kept here.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is looked for in some later version is not here in this one"
    )]
    pub(super) fn of(what: Lookup<'_>) -> Option<Self> {
        Some(match what {
            Lookup::ApiKey(key) => Self::ApiKey(key.into()),
            Lookup::Token(id) => Self::Token(id),
            Lookup::SessionId(id) => Self::Session(id),
            Lookup::Digest(digests) => Self::Digests(digests.into()),
            Lookup::Password(username) => Self::Password(UserKey::new(username)),
            _ => return None,
        })
    }

    pub(super) fn find(
        &self,
        connection: &Connection,
        uses: &LastUses,
    ) -> Result<Option<StoredCredential>, Failed> {
        match self {
            Self::ApiKey(key) => find_key(connection, key),
            Self::Token(id) => match find_token(connection, *id, uses)? {
                None => find_access_token(connection, *id),
                found => Ok(found),
            },
            Self::Session(id) => find_session(connection, *id, uses),
            Self::Digests(digests) => {
                for digest in digests {
                    let found = one(
                        connection,
                        sql::FIND_TOKEN_BY_DIGEST,
                        [digest.as_bytes()],
                        |row| stored_token(row, uses),
                    )?;
                    if found.is_some() {
                        return Ok(found);
                    }
                }
                Ok(None)
            }
            Self::Password(name) => one(
                connection,
                sql::FIND_PASSWORD,
                [name.as_str()],
                stored_password,
            ),
        }
    }
}

/// What there is now of the credential that asks for a change.
pub(super) fn acting(
    connection: &Connection,
    acting: &ActingCredential,
    uses: &LastUses,
) -> Result<Option<StoredCredential>, Failed> {
    match acting.kind {
        CredentialKind::ApiKey => find_key(connection, &acting.id),
        CredentialKind::Password => one(
            connection,
            sql::FIND_PASSWORD_OF,
            [acting.user_id.parse::<i64>().ok()],
            stored_password,
        ),
        CredentialKind::ApiToken => match TokenId::parse(&acting.id) {
            Some(id) => find_token(connection, id, uses),
            None => Ok(None),
        },
        CredentialKind::Session => match TokenId::parse(&acting.id) {
            Some(id) => find_session(connection, id, uses),
            None => Ok(None),
        },
        CredentialKind::AccessToken => match TokenId::parse(&acting.id) {
            Some(id) => find_access_token(connection, id),
            None => Ok(None),
        },
        // What some later version knows.
        _ => Ok(None),
    }
}

/// Without a provider nobody knows what an access token is good for.
#[cfg(not(feature = "oauth"))]
fn find_access_token(_: &Connection, _: TokenId) -> Result<Option<StoredCredential>, Failed> {
    Ok(None)
}

fn find_key(connection: &Connection, key: &str) -> Result<Option<StoredCredential>, Failed> {
    one(connection, sql::FIND_API_KEY, [key], |row| {
        let user = stored_user(row)?;
        let digest = digest(row, 4)?;
        let found =
            StoredCredential::new(key, digest, user).with_issued_at(column::to_time(row.get(6)?));
        Ok(match row.get::<_, Option<i64>>(9)? {
            Some(until) => found.with_previous(self::digest(row, 7)?, column::to_time(until)),
            None => found,
        })
    })
}

fn find_token(
    connection: &Connection,
    id: TokenId,
    uses: &LastUses,
) -> Result<Option<StoredCredential>, Failed> {
    one(
        connection,
        sql::FIND_TOKEN,
        [column::from_token_id(id)],
        |row| stored_token(row, uses),
    )
}

fn stored_token(row: &Row<'_>, uses: &LastUses) -> Result<StoredCredential, Failed> {
    let id = column::to_token_id(row.get(4)?);
    let digest = digest(row, 5)?;
    let created_at = column::to_time(row.get(7)?);
    let mut found = StoredCredential::new(&id.to_string(), digest.clone(), stored_user(row)?)
        .with_issued_at(created_at)
        .with_expires_at(row.get::<_, Option<i64>>(8)?.map(column::to_time))
        .with_scopes(column::to_scopes(text_or_none(row, 9)?)?);
    if let Some(networks) = text_or_none(row, 10)? {
        found = found.with_networks(column::to_networks(Some(networks))?);
    }
    if let Some(timeout) = row.get::<_, Option<i64>>(11)? {
        let written: Option<i64> = row.get(12)?;
        let last_used = written
            .map(column::to_time)
            .max(uses.of(Used::Token(id), &digest));
        let timeout = column::to_duration(timeout);
        found = found.with_idle_timeout(timeout, last_used.unwrap_or(created_at));
    }
    Ok(found)
}

fn find_session(
    connection: &Connection,
    id: TokenId,
    uses: &LastUses,
) -> Result<Option<StoredCredential>, Failed> {
    one(
        connection,
        sql::FIND_SESSION,
        [column::from_token_id(id)],
        |row| stored_session(row, uses),
    )
}

fn stored_session(row: &Row<'_>, uses: &LastUses) -> Result<StoredCredential, Failed> {
    let id = column::to_token_id(row.get(4)?);
    let digest = digest(row, 5)?;
    let created_at = column::to_time(row.get(7)?);
    let written: Option<i64> = row.get(10)?;
    let last_used = written
        .map(column::to_time)
        .max(uses.of(Used::Session(id), &digest));
    // A use is known to the second, and may seem older than its session.
    let last_seen = last_used.map_or(created_at, |used| used.max(created_at));
    Ok(
        StoredCredential::new(&id.to_string(), digest, stored_user(row)?)
            .with_issued_at(created_at)
            .with_expires_at(Some(column::to_time(row.get(8)?)))
            .with_idle_timeout(column::to_duration(row.get(9)?), last_seen),
    )
}

fn stored_password(row: &Row<'_>) -> Result<StoredCredential, Failed> {
    let user_id: i64 = row.get(0)?;
    let digest = SecretDigest::from_password_hash(PasswordHash::from_stored(text(row, 4)?));
    Ok(
        StoredCredential::new(&user_id.to_string(), digest, stored_user(row)?)
            .with_issued_at(column::to_time(row.get(5)?)),
    )
}

/// The user, whose columns come first in every look-up.
pub(super) fn stored_user(row: &Row<'_>) -> Result<StoredUser, Failed> {
    let id: i64 = row.get(0)?;
    let user = StoredUser::new(&id.to_string(), text(row, 1)?).with_enabled(row.get(2)?);
    Ok(match text_or_none(row, 3)? {
        Some(roles) => user.with_roles(column::to_roles(Some(roles))?),
        None => user,
    })
}

/// A digest, whose algorithm stands in the column before its bytes.
pub(super) fn digest(row: &Row<'_>, column: usize) -> Result<SecretDigest, Failed> {
    let bytes = row.get_ref(column + 1)?;
    Ok(column::to_digest(text(row, column)?, bytes.as_blob()?)?)
}
