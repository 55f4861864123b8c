//! The ID token of an answer: which of its claims are due.

use empress_auth_core::User;
use zeroize::Zeroizing;

use super::issue::Terms;
use crate::claims;
use crate::error::OAuthError;
use crate::id_token::IdToken;
use crate::keys::MAX_JWT_LIFETIME;
use crate::services::Services;

/// Who logged in, when, and what belongs to this one answer.
pub(super) async fn make(
    services: &Services,
    terms: &Terms<'_>,
    user: &User,
    access_token: &str,
) -> Result<Zeroizing<String>, OAuthError> {
    let granted = terms.granted;
    let lives = services.lifetimes.id_token.min(MAX_JWT_LIFETIME);
    let times = (terms.now, terms.now + lives);
    let sid = granted
        .session_id
        .map(|id| services.signers.session_names.name(id, &granted.client_id));
    let userinfo = services
        .switches
        .id_token_userinfo
        .then(|| claims::of_user(user, terms.scopes));
    let mut token = IdToken::new(services.issuer(), &user.id, &granted.client_id, times);
    token.auth_time = granted.auth_time;
    token.nonce = terms.nonce;
    token.acr = granted.acr.as_deref();
    token.sid = sid.as_deref();
    token.access_token = Some(access_token);
    token.roles = Some(&user.roles);
    token.userinfo = userinfo.as_ref();
    let key = services.signers.of_id_token(terms.client).await?;
    Ok(token.sign(&key)?)
}
