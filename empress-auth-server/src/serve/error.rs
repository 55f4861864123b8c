//! Why serving could not begin.

use std::io;
use std::net::SocketAddr;

use empress_auth_core::client_address::TrustsStrangers;
use empress_auth_core::{EntropyError, IssueError, PublicUrlError};
use empress_auth_oauth::keys::SigningKeyError;

/// Why [`serve`](super::serve) failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; is another server running there?")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    /// The signals that end the program cannot be waited for.
    #[error("cannot wait for signals: {0}")]
    Signals(#[source] io::Error),
    /// The trusted proxies are everybody.
    #[error("trusted proxies: {0}")]
    TrustedProxies(#[from] TrustsStrangers),
    /// The address that is listened on makes no URL: a defect of the program.
    #[error("the address that is listened on: {0}")]
    PublicUrl(#[from] PublicUrlError),
    /// The signing keys cannot be made or read.
    #[error("signing keys: {0}")]
    SigningKeys(#[from] SigningKeyError),
    /// The clients cannot be looked at.
    #[error("clients: {0}")]
    Clients(#[from] IssueError),
    /// There is no randomness.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Two routes cannot be told apart: a defect of the program.
    #[error("the routes contradict each other: {0}")]
    Routes(#[from] matchit::InsertError),
}
