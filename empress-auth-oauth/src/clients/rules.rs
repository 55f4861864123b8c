//! The rules of [`NewClient`], each a check of its own.

use empress_auth_core::{IssueError, Scopes};

use super::NewClient;
use crate::client::{Client, GrantType, SigningAlg};
use crate::redirect_uri::check_redirect_uri;

pub(super) fn check(new: &NewClient) -> Result<(), IssueError> {
    check_name(&new.name)?;
    check_uris(&new.redirect_uris)?;
    check_uris(&new.post_logout_redirect_uris)?;
    check_scopes(&new.scopes)?;
    check_grants(new)?;
    if new.auth_methods.is_empty() {
        check_public(new)
    } else {
        check_confidential(new)
    }
}

/// Those of a client's lists, of which the others do not speak.
pub(super) fn check_lists(client: &Client) -> Result<(), IssueError> {
    check_uris(&client.redirect_uris)?;
    check_uris(&client.post_logout_redirect_uris)?;
    check_scopes(&client.scopes)
}

fn check_name(name: &str) -> Result<(), IssueError> {
    let fits = (1..=140).contains(&name.chars().count()) && name.trim() == name;
    require(
        fits && !name.chars().any(char::is_control),
        "a client's name has 1 to 140 characters, no controls, and no blank around it",
    )
}

fn check_uris(uris: &[Box<str>]) -> Result<(), IssueError> {
    for uri in uris {
        check_redirect_uri(uri).map_err(|error| IssueError::invalid(format!("{uri}: {error}")))?;
    }
    require(uris.len() <= MAX_URIS, "a client has at most 100 URIs")?;
    check_once_each(uris, "a URI is registered twice")
}

const MAX_URIS: usize = 100;

fn check_scopes(scopes: &[Box<str>]) -> Result<(), IssueError> {
    require(
        !scopes.is_empty() && scopes.iter().all(|scope| Scopes::is_scope_token(scope)),
        "a client has at least one scope; scopes are visible ASCII without quotes and backslashes",
    )?;
    check_once_each(scopes, "a scope is given twice")
}

fn check_once_each(texts: &[Box<str>], sentence: &str) -> Result<(), IssueError> {
    let mut sorted: Vec<&str> = texts.iter().map(|text| &**text).collect();
    sorted.sort_unstable();
    let is_repeated = sorted.windows(2).any(|pair| pair.first() == pair.last());
    require(!is_repeated, sentence)
}

fn check_grants(new: &NewClient) -> Result<(), IssueError> {
    let has = |grant| new.grants.contains(&grant);
    require(!new.grants.is_empty(), "a client has at least one grant")?;
    require(
        !has(GrantType::RefreshToken) || has(GrantType::AuthorizationCode),
        "refresh_token comes with authorization_code",
    )
}

fn check_public(new: &NewClient) -> Result<(), IssueError> {
    let options = &new.options;
    require(
        !new.grants.contains(&GrantType::ClientCredentials),
        "a public client cannot use client_credentials: it has no secret",
    )?;
    require(
        !options.skip_consent,
        "consent cannot be skipped for a public client: anybody can claim to be it",
    )?;
    require(
        options.id_token_alg != Some(SigningAlg::Hs256),
        "HS256 is keyed with a client's secret, and a public client has none",
    )?;
    require(
        !options.introspect_any,
        "a public client cannot introspect: it has no secret",
    )
}

fn check_confidential(new: &NewClient) -> Result<(), IssueError> {
    require(
        !new.options.danger_allow_missing_pkce,
        "PKCE is optional for a confidential client; the switch is for public ones",
    )
}

fn require(holds: bool, sentence: &str) -> Result<(), IssueError> {
    holds
        .then_some(())
        .ok_or_else(|| IssueError::invalid(sentence))
}
