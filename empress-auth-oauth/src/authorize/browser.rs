//! Who sits at the browser, and is that enough for what was asked?

use std::time::{Duration, SystemTime};

use empress_auth_core::{Actor, CredentialKind, Identity, PublicUrl, TokenId};

use super::request::AuthorizationRequest;
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::grant::Consent;
use crate::resource;
use crate::sealed::from_millis;

/// A browser with a session.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    pub(crate) identity: Identity,
    pub(crate) session_id: TokenId,
    /// When its user proved who it is: every login begins a session.
    pub(crate) auth_time: SystemTime,
}

impl Browser {
    /// `None` for an identity that was not proven by a session of ours.
    pub(crate) fn of(identity: Identity, now: SystemTime) -> Option<Self> {
        let session_id = TokenId::parse(identity.credential_id())?;
        let acting = Actor::from(&identity).grounds(now).acting?;
        (identity.proof() == CredentialKind::Session).then(|| Self {
            session_id,
            auth_time: from_millis(acting.issued_at),
            identity,
        })
    }

    /// What sealed texts of this session are bound to.
    pub(crate) fn binding(&self) -> Vec<u8> {
        self.session_id.number().to_be_bytes().to_vec()
    }
}

/// Whether somebody must log in before this request can be answered.
///
/// `asked_at` is when a login was asked for on account of this very request: one that came after it is enough, or the
/// browser would be sent to the login for ever.
pub(crate) fn needs_login(
    request: &AuthorizationRequest,
    browser: Option<&Browser>,
    asked_at: Option<SystemTime>,
    now: SystemTime,
) -> bool {
    let Some(browser) = browser else {
        return true;
    };
    if asked_at.is_some_and(|asked_at| browser.auth_time > asked_at) {
        return false;
    }
    // OpenID Connect Core §3.1.2.1: "If the elapsed time is greater than this value, the OP MUST attempt to actively
    // re-authenticate the End-User"; 0 asks for the same as `prompt=login`, so that no time at all is within it.
    let age = now.duration_since(browser.auth_time).unwrap_or_default();
    let is_too_old = |max_age| age > max_age || max_age == Duration::ZERO;
    request.prompt.login || request.max_age.is_some_and(is_too_old)
}

/// Whether this user may use the client at all.
pub(crate) fn check_roles(client: &Client, browser: &Browser) -> Result<(), OAuthError> {
    if client.allows(browser.identity.roles()) {
        return Ok(());
    }
    let sentence = "The user may not use this application.";
    Err(OAuthError::worded(ErrorCode::AccessDenied, sentence))
}

/// Whether the user must be asked.
///
/// A public client cannot prove that it is the one that was allowed before, so that its user is asked every time
/// (O-25, RFC 9700 §4.1.3 and OAuth 2.1 §7.3.1).
pub(crate) fn needs_consent(
    request: &AuthorizationRequest,
    given: Option<&Consent>,
    public_url: &PublicUrl,
) -> bool {
    let client = request.client();
    if client.is_public() || request.prompt.asks_for_consent() {
        return true;
    }
    if client.options.skip_consent {
        return false;
    }
    let resources = resource::consented(&request.resources, public_url);
    !given.is_some_and(|given| given.covers(&request.scopes, &resources))
}
