//! Is the request one that we can act on? Everything that can be said without knowing who sits at the browser.

use std::time::Duration;

use super::code_challenge::check_code_challenge;
use super::parameters::Parameters;
use super::prompt::Prompt;
use super::response::{ReplyTo, ResponseMode};
use super::target::Target;
use crate::client::{Client, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::grant::CodeChallenge;
use crate::resource::{Resource, check_resource};
use crate::scope::check_scope;

/// An authorization request that was checked.
#[derive(Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) target: Target,
    pub(crate) scopes: Vec<Box<str>>,
    pub(crate) code_challenge: Option<CodeChallenge>,
    pub(crate) resources: Vec<Box<str>>,
    pub(crate) nonce: Option<Box<str>>,
    pub(crate) prompt: Prompt,
    pub(crate) max_age: Option<Duration>,
    pub(crate) id_token_hint: Option<Box<str>>,
    pub(crate) acr: Option<Box<str>>,
}

/// What goes back to the client, whatever it is told: read first, so that errors go that way, too.
///
/// # Errors
///
/// For a page: without a state that can be given back, no client could tell what the answer is to.
pub(crate) fn check_reply_to(
    parameters: &Parameters,
    target: &Target,
) -> Result<ReplyTo, OAuthError> {
    let state = parameters.single("state").unwrap_or_default();
    if state.is_some_and(|state| state.len() > MAX_STATE_BYTES) {
        return Err(OAuthError::invalid_request(
            "The state is longer than 4096 bytes.",
        ));
    }
    let mode = match parameters.single("response_mode") {
        Ok(Some("form_post")) => ResponseMode::FormPost,
        Ok(_) | Err(_) => ResponseMode::Query,
    };
    Ok(ReplyTo {
        client_name: target.client.name.clone(),
        redirect_uri: target.redirect_uri.clone(),
        mode,
        state: state.map(Into::into),
    })
}

impl AuthorizationRequest {
    /// Checks the rest of the request, in the order of the table in the [module's docs](super).
    ///
    /// # Errors
    ///
    /// For a redirect.
    pub(crate) fn check(
        parameters: &Parameters,
        target: Target,
        known_resources: &[Resource],
    ) -> Result<Self, OAuthError> {
        check_repeated(parameters)?;
        check_response_mode(parameters.get("response_mode"))?;
        check_request_object(parameters)?;
        check_response_type(parameters.get("response_type"))?;
        check_grant(&target.client)?;
        let scopes = check_scope(parameters.get("scope"), &target.client.scopes)?;
        let code_challenge = check_code_challenge(
            &target.client,
            parameters.get("code_challenge"),
            parameters.get("code_challenge_method"),
        )?;
        let resources = check_resource(parameters.all("resource"), known_resources)?;
        let nonce = check_nonce(parameters.get("nonce"))?;
        let prompt = check_prompt(parameters.get("prompt"))?;
        let max_age = check_max_age(parameters.get("max_age"))?;
        Ok(Self {
            target,
            scopes,
            code_challenge,
            resources,
            nonce,
            prompt,
            max_age,
            id_token_hint: parameters.get("id_token_hint").map(Into::into),
            acr: met_acr(parameters.get("acr_values")),
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.target.client
    }
}

/// RFC 6749 §3.1: "Request and response parameters MUST NOT be included more than once."
fn check_repeated(parameters: &Parameters) -> Result<(), OAuthError> {
    if parameters.repeats() {
        return Err(OAuthError::invalid_request("A parameter is repeated."));
    }
    Ok(())
}

/// `fragment` would leave the code in the browser's history.
fn check_response_mode(mode: Option<&str>) -> Result<(), OAuthError> {
    match mode {
        None | Some("query" | "form_post") => Ok(()),
        Some(_) => Err(OAuthError::invalid_request(
            "response_mode is query or form_post.",
        )),
    }
}

/// OpenID Connect Core §6: a provider that does not support them says so, and does not ignore them.
fn check_request_object(parameters: &Parameters) -> Result<(), OAuthError> {
    for (name, code) in [
        ("request", ErrorCode::RequestNotSupported),
        ("request_uri", ErrorCode::RequestUriNotSupported),
        ("registration", ErrorCode::RegistrationNotSupported),
    ] {
        if parameters.get(name).is_some() {
            return Err(code.into());
        }
    }
    Ok(())
}

/// [RFC 9700 §2.1.2](https://www.rfc-editor.org/rfc/rfc9700#section-2.1.2) leaves the code alone.
fn check_response_type(response_type: Option<&str>) -> Result<(), OAuthError> {
    match response_type {
        Some("code") => Ok(()),
        None => Err(OAuthError::invalid_request(
            "Missing response_type parameter.",
        )),
        Some(_) => Err(ErrorCode::UnsupportedResponseType.into()),
    }
}

fn check_grant(client: &Client) -> Result<(), OAuthError> {
    if client.grants.contains(&GrantType::AuthorizationCode) {
        return Ok(());
    }
    Err(ErrorCode::UnauthorizedClient.into())
}

fn check_nonce(nonce: Option<&str>) -> Result<Option<Box<str>>, OAuthError> {
    if nonce.is_some_and(|nonce| nonce.len() > MAX_NONCE_BYTES) {
        return Err(OAuthError::invalid_request(
            "The nonce is longer than 1024 bytes.",
        ));
    }
    Ok(nonce.map(Into::into))
}

fn check_prompt(prompt: Option<&str>) -> Result<Prompt, OAuthError> {
    prompt.map_or_else(|| Ok(Prompt::default()), Prompt::parse)
}

fn check_max_age(max_age: Option<&str>) -> Result<Option<Duration>, OAuthError> {
    let Some(text) = max_age else {
        return Ok(None);
    };
    let is_number = text.bytes().all(|digit| digit.is_ascii_digit());
    let secs: Option<u64> = text.parse().ok().filter(|_| is_number);
    let malformed = OAuthError::invalid_request("max_age is a number of seconds.");
    Ok(Some(Duration::from_secs(secs.ok_or(malformed)?)))
}

/// `acr_values` is a wish (OpenID Connect Core §3.1.2.1): what we can say of a login by password is met if it was wished
/// for, and whatever else goes unmentioned.
fn met_acr(acr_values: Option<&str>) -> Option<Box<str>> {
    let mut wished = acr_values.unwrap_or_default().split(' ');
    wished
        .any(|acr| acr == PASSWORD_ACR)
        .then(|| PASSWORD_ACR.into())
}

/// The authentication context of a login by password, at a level that the certification's tests ask for: the lowest of
/// ISO/IEC 29115 that is more than none.
pub(crate) const PASSWORD_ACR: &str = "1";

/// What clients keep in a state fits four times over, and a URL with it stays within what servers read.
const MAX_STATE_BYTES: usize = 4_096;

/// It is stored beside the code and goes into the ID token.
const MAX_NONCE_BYTES: usize = 1_024;

#[cfg(test)]
mod tests;
