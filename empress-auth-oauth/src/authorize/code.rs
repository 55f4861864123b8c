//! A code, stored by its digest and answered once.

use empress_auth_core::{Actor, StoreErrorKind, TokenKind};
use zeroize::Zeroizing;

use super::browser::Browser;
use super::request::AuthorizationRequest;
use crate::client::{Client, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::front_channel::FrontChannel;
use crate::grant::{CodeRow, Granted};

impl FrontChannel {
    /// Makes and stores a code for what `request` asks and the browser's user grants, bound to all of it: the client, where
    /// it is sent, the challenge, the nonce, the session and the time of its login.
    ///
    /// Source: [RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2).
    ///
    /// # Errors
    ///
    /// `access_denied` if the user or the client is gone meanwhile; `temporarily_unavailable`.
    pub(crate) async fn issue_code(
        &self,
        request: &AuthorizationRequest,
        browser: &Browser,
    ) -> Result<Zeroizing<String>, OAuthError> {
        let services = &self.services;
        let now = services.clock.now();
        // A session that ends while this is on its way gives no code any more.
        let grounds = &Actor::from(&browser.identity).grounds(now);
        let expires_at = now.checked_add(services.lifetimes.code).unwrap_or(now);
        let user_id = browser.identity.user_id();
        let mut granted = Granted::new(&request.client().id, Some(user_id), &request.scopes);
        granted.resources.clone_from(&request.resources);
        granted.auth_time = Some(browser.auth_time);
        granted.session_id = Some(browser.session_id);
        granted.nonce.clone_from(&request.nonce);
        granted.acr.clone_from(&request.acr);
        let target = &request.target;
        for _ in 0..ATTEMPTS {
            let minted = services.mint.make(TokenKind::Code, now)?;
            let digest = minted.digest.clone();
            let redirect_uri = target.redirect_uri.as_str();
            let times = (now, expires_at);
            let mut row = CodeRow::new(minted.id, digest, granted.clone(), redirect_uri, times);
            row.redirect_uri_was_sent = target.redirect_uri_was_sent;
            row.challenge.clone_from(&request.code_challenge);
            match services.grants.insert_code(row, grounds).await {
                Ok(()) => return Ok(Zeroizing::new(minted.expose_secret().to_owned())),
                // Two ids of one millisecond met.
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                Err(error)
                    if matches!(
                        error.kind(),
                        StoreErrorKind::NotFound | StoreErrorKind::ActorWithdrawn
                    ) =>
                {
                    return Err(ErrorCode::AccessDenied.into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(ErrorCode::ServerError.into())
    }

    /// How long a client may have what it is granted, without asking again.
    pub(crate) fn lifetime(&self, client: &Client) -> std::time::Duration {
        if client.grants.contains(&GrantType::RefreshToken) {
            self.services.lifetimes.grant
        } else {
            self.services.lifetimes.access_token
        }
    }
}

const ATTEMPTS: usize = 8;
