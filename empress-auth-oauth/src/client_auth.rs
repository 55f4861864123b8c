//! Which client is calling?
//!
//! 1. Exactly one method: `client_secret_basic`, `client_secret_post`, or `client_id` alone of a public client. The body
//!    may name the client beside Basic, if it names the same one.
//! 2. The method must be one that the client is registered for; a public client has none.
//! 3. Every refusal is the same `invalid_client`, and costs the same: whether the client exists is not told.
//! 4. Wrong secrets are counted for each client and network. When there are too many, the right one has to wait, too, else
//!    guessing could go on; from elsewhere it works. Where nobody knows where a request comes from, the client alone is
//!    counted: all who are unknown share what they fail of one client, and nothing of another's.

use std::borrow::Cow;
use std::hint::black_box;
use std::sync::Arc;

use empress_auth_core::endpoint::Call;
use empress_auth_core::network::Network;
use empress_auth_core::percent::decode_form_value;
use empress_auth_core::{BasicField, BasicPair, SecretDigest};

use crate::client::{AuthMethod, Client};
use crate::error::{ErrorCode, OAuthError};
use crate::form::Form;
use crate::services::Services;

/// A client that proved who it is, or is public and will be held to PKCE.
///
/// Made only by [`authenticate`].
#[derive(Debug, Clone)]
pub(crate) struct AuthenticatedClient(Arc<Client>);

impl AuthenticatedClient {
    pub(crate) fn client(&self) -> &Client {
        &self.0
    }
}

/// Finds out which client sends `form`.
///
/// Source: [RFC 6749 §2.3](https://www.rfc-editor.org/rfc/rfc6749#section-2.3),
/// [§3.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.2.1).
pub(crate) async fn authenticate(
    services: &Services,
    call: &Call,
    form: &Form,
) -> Result<AuthenticatedClient, OAuthError> {
    let shown = Shown::read(call, form)?;
    let client = services.find(&shown).await?;
    let is_right = is_right(&shown, client.as_deref());
    if shown.has_secret() {
        services.count(&shown, call, is_right)?;
    }
    match client {
        Some(client) if is_right => Ok(AuthenticatedClient(client)),
        _ => Err(shown.refused()),
    }
}

/// What a request shows of its client.
enum Shown<'f> {
    /// `client_secret_basic`.
    Basic(BasicPair),
    /// `client_secret_post`.
    Post { id: &'f str, secret: &'f str },
    /// `none`.
    Id(&'f str),
}

impl<'f> Shown<'f> {
    fn read(call: &Call, form: &'f Form) -> Result<Self, OAuthError> {
        let id = form.get("client_id");
        let secret = form.get("client_secret");
        let refused = OAuthError::new(ErrorCode::InvalidClient);
        if form.get("client_assertion").is_some() || form.get("client_assertion_type").is_some() {
            return Err(refused);
        }
        match (BasicField::read(call.headers()), id, secret) {
            (BasicField::Several, ..) => Err(OAuthError::invalid_request(
                "There is more than one Authorization field.",
            )),
            // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
            (BasicField::Pair(_), _, Some(_)) => Err(OAuthError::invalid_request(
                "The client authenticates in more than one way.",
            )),
            (BasicField::Pair(pair), id, None) => {
                let names_it = |id: &str| id == pair.user_id() || id == decoded(pair.user_id());
                if id.is_none_or(names_it) {
                    Ok(Self::Basic(pair))
                } else {
                    Err(refused.with_basic_challenge())
                }
            }
            (BasicField::OtherScheme | BasicField::Malformed, ..) => {
                Err(refused.with_basic_challenge())
            }
            (BasicField::Absent, Some(id), Some(secret)) => Ok(Self::Post { id, secret }),
            (BasicField::Absent, Some(id), None) => Ok(Self::Id(id)),
            (BasicField::Absent, None, _) => Err(refused),
        }
    }

    /// The id, as it counts for limits: whoever encodes it in another way means the same client.
    fn id(&self) -> Cow<'_, str> {
        match self {
            Self::Basic(pair) => decoded(pair.user_id()),
            Self::Post { id, .. } | Self::Id(id) => Cow::Borrowed(id),
        }
    }

    const fn method(&self) -> Option<AuthMethod> {
        match self {
            Self::Basic(_) => Some(AuthMethod::ClientSecretBasic),
            Self::Post { .. } => Some(AuthMethod::ClientSecretPost),
            Self::Id(_) => None,
        }
    }

    const fn has_secret(&self) -> bool {
        !matches!(self, Self::Id(_))
    }

    /// Whether the shown secret has this digest: form-encoded first, as RFC 6749 §2.3.1 has it, or raw, as many clients
    /// send it.
    fn has_digest(&self, digest: &SecretDigest) -> bool {
        match self {
            Self::Basic(pair) => {
                let raw = pair.password();
                let decoded = decoded(raw);
                digest.is_of(decoded.as_bytes())
                    || (*decoded != *raw && digest.is_of(raw.as_bytes()))
            }
            Self::Post { secret, .. } => digest.is_of(secret.as_bytes()),
            Self::Id(_) => false,
        }
    }

    fn refused(&self) -> OAuthError {
        let refused = OAuthError::new(ErrorCode::InvalidClient);
        match self {
            Self::Basic(_) => refused.with_basic_challenge(),
            Self::Post { .. } | Self::Id(_) => refused,
        }
    }
}

/// Whether `shown` proves that `client` is calling.
fn is_right(shown: &Shown<'_>, client: Option<&Client>) -> bool {
    let stored = client.and_then(|client| client.secret.as_ref());
    let has_digest = match stored {
        Some(stored) => shown.has_digest(&stored.digest),
        // What a wrong secret costs, so that the time does not tell whether the client exists.
        None => {
            black_box(shown.has_digest(&SecretDigest::from_sha256([0; 32])));
            false
        }
    };
    match (client, shown.method()) {
        (None, _) => false,
        (Some(client), None) => client.is_public(),
        (Some(client), Some(method)) => has_digest && client.auth_methods.contains(&method),
    }
}

impl Services {
    async fn find(&self, shown: &Shown<'_>) -> Result<Option<Arc<Client>>, OAuthError> {
        let id = shown.id();
        let found = self.clients.client(&id).await?;
        match shown {
            Shown::Basic(pair) if found.is_none() && *id != *pair.user_id() => {
                Ok(self.clients.client(pair.user_id()).await?)
            }
            Shown::Basic(_) | Shown::Post { .. } | Shown::Id(_) => Ok(found),
        }
    }

    /// RFC 6749 §2.3.1: "the authorization server MUST protect any endpoint utilizing it against brute force attacks."
    fn count(&self, shown: &Shown<'_>, call: &Call, is_right: bool) -> Result<(), OAuthError> {
        let network = call
            .counted_address()
            .map(|address| Network::around(address, 32, 64));
        let key = (shown.id(), network);
        let now = self.clock.monotonic();
        let counted = if is_right {
            self.client_failures.check(&key, now)
        } else {
            self.client_failures.take(&key, now)
        };
        counted.map_err(|refused| OAuthError::slow_down(refused.wait()))
    }
}

/// The text that was form-encoded, or the text itself if it was not.
fn decoded(text: &str) -> Cow<'_, str> {
    decode_form_value(text).unwrap_or(Cow::Borrowed(text))
}
