//! A client as a row.

use std::collections::BTreeSet;

use empress_auth_core::SecretDigest;
use empress_auth_oauth::client::{
    AuthMethod, Client, ClientOptions, ClientSecretRow, GrantType, SigningAlg,
};
use rusqlite::{Row, params};

use super::sql;
use crate::column;
use crate::sqlite::change::Change;
use crate::sqlite::find;
use crate::sqlite::query::{Failed, text, text_or_none};

/// Writes it with a statement whose values are in the order of the table, and answers how many rows that changed.
pub(super) fn put(change: &Change<'_>, sql: &str, client: &Client) -> Result<usize, Failed> {
    let secret = client.secret.as_ref();
    let options = &client.options;
    let auth_methods: Vec<_> = client
        .auth_methods
        .iter()
        .map(|known| known.as_str())
        .collect();
    let grants: Vec<_> = client.grants.iter().map(|known| known.as_str()).collect();
    change.execute(
        sql,
        params![
            client.id,
            client.name,
            words(&auth_methods),
            secret.map(|secret| secret.digest.algorithm()),
            secret.map(|secret| secret.digest.as_bytes()),
            secret.and_then(|secret| secret.wrapped.as_deref()),
            secret.map(|secret| column::from_time(secret.issued_at)),
            words(&grants),
            column::from_list(&client.redirect_uris),
            column::from_list(&client.post_logout_redirect_uris),
            column::from_list(&client.scopes),
            column::from_list(&client.allowed_roles),
            options.skip_consent,
            options.introspect_any,
            options.jwt_access_tokens,
            options.id_token_alg.map(SigningAlg::as_str),
            options.danger_allow_plain_pkce,
            options.danger_allow_missing_pkce,
            options.danger_allow_short_verifier,
            column::from_time(client.created_at),
        ],
    )
}

/// Writes a secret over `previous`, and answers how many rows that changed.
pub(super) fn put_secret(
    change: &Change<'_>,
    id: &str,
    previous: &SecretDigest,
    secret: &ClientSecretRow,
) -> Result<usize, Failed> {
    change.execute(
        sql::REPLACE_CLIENT_SECRET,
        params![
            id,
            secret.digest.algorithm(),
            secret.digest.as_bytes(),
            secret.wrapped.as_deref(),
            column::from_time(secret.issued_at),
            previous.algorithm(),
            previous.as_bytes(),
        ],
    )
}

/// Nothing if a word in it is of a version that is not this one.
pub(super) fn read(row: &Row<'_>) -> Result<Option<Client>, Failed> {
    let list =
        |at, what| -> Result<_, Failed> { Ok(column::to_list(text_or_none(row, at)?, what)?) };
    let created_at = column::to_time(row.get(19)?);
    let mut client = Client::new(text(row, 0)?, text(row, 1)?, created_at);
    let Some(auth_methods) = known(&list(2, "authentication methods")?, AuthMethod::parse) else {
        return Ok(None);
    };
    let Some(grants) = known(&list(7, "grant types")?, GrantType::parse) else {
        return Ok(None);
    };
    let id_token_alg = match text_or_none(row, 15)? {
        None => None,
        Some(word) => match SigningAlg::parse(word) {
            None => return Ok(None),
            known => known,
        },
    };
    client.auth_methods = auth_methods;
    client.grants = grants;
    client.secret = secret(row)?;
    client.redirect_uris = list(8, "redirect URIs")?;
    client.post_logout_redirect_uris = list(9, "redirect URIs")?;
    client.scopes = list(10, "scopes")?;
    client.allowed_roles = list(11, "roles")?;
    client.options = options(row)?;
    client.options.id_token_alg = id_token_alg;
    Ok(Some(client))
}

fn secret(row: &Row<'_>) -> Result<Option<ClientSecretRow>, Failed> {
    let Some(issued_at) = row.get::<_, Option<i64>>(6)? else {
        return Ok(None);
    };
    let digest = find::digest(row, 3)?;
    let mut secret = ClientSecretRow::new(digest, column::to_time(issued_at));
    secret.wrapped = row.get(5)?;
    Ok(Some(secret))
}

fn options(row: &Row<'_>) -> Result<ClientOptions, Failed> {
    let mut options = ClientOptions::default();
    options.skip_consent = row.get(12)?;
    options.introspect_any = row.get(13)?;
    options.jwt_access_tokens = row.get(14)?;
    options.danger_allow_plain_pkce = row.get(16)?;
    options.danger_allow_missing_pkce = row.get(17)?;
    options.danger_allow_short_verifier = row.get(18)?;
    Ok(options)
}

fn words(words: &[&str]) -> Option<String> {
    let words: Vec<Box<str>> = words.iter().map(|word| (*word).into()).collect();
    column::from_list(&words)
}

fn known<T: Ord>(words: &[Box<str>], parse: impl Fn(&str) -> Option<T>) -> Option<BTreeSet<T>> {
    words.iter().map(|word| parse(word)).collect()
}
