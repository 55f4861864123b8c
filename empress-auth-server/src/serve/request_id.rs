//! Which request does a line of the log belong to?

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use empress_auth_core::network::Network;
use empress_auth_core::{Entropy, EntropyError};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::task::futures::TaskLocalFuture;

/// The field by which a proxy tells us its own id, and by which clients learn ours.
pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    /// The request that this task answers. Not a span: making one costs as much as verifying a credential.
    static CURRENT: RequestId;
}

/// The id of a request: a trusted proxy's, or `<this run>-<number>`.
#[derive(Debug, Clone)]
pub(crate) enum RequestId {
    Told(HeaderValue),
    Made { run: u32, number: u64 },
}

impl RequestId {
    /// The id of the request that this task answers, if it answers one.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Runs `answering` as the answer to this request.
    pub(super) fn scope<F: Future>(self, answering: F) -> TaskLocalFuture<Self, F> {
        CURRENT.scope(self, answering)
    }

    pub(super) fn to_value(&self) -> Option<HeaderValue> {
        match self {
            Self::Told(value) => Some(value.clone()),
            Self::Made { .. } => HeaderValue::try_from(self.to_string()).ok(),
        }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Told(value) => f.write_str(value.to_str().unwrap_or_default()),
            Self::Made { run, number } => write!(f, "{run:08x}-{number:x}"),
        }
    }
}

/// Gives ids to requests.
#[derive(Debug)]
pub(super) struct RequestIds {
    run: u32,
    next: AtomicU64,
    trusted: Vec<Network>,
}

impl RequestIds {
    /// Believes what the proxies in `trusted` say.
    pub(super) fn new(trusted: Vec<Network>) -> Result<Self, EntropyError> {
        let mut run = [0; 4];
        Entropy::system().fill(&mut run)?;
        Ok(Self {
            run: u32::from_be_bytes(run),
            next: AtomicU64::new(1),
            trusted,
        })
    }

    /// The id of a request with these fields from this peer.
    pub(super) fn of(&self, peer: IpAddr, fields: &HeaderMap) -> RequestId {
        self.told(peer, fields).unwrap_or_else(|| RequestId::Made {
            run: self.run,
            number: self.next.fetch_add(1, Ordering::Relaxed),
        })
    }

    fn told(&self, peer: IpAddr, fields: &HeaderMap) -> Option<RequestId> {
        if !self.trusted.iter().any(|network| network.contains(peer)) {
            return None;
        }
        let mut lines = fields.get_all(X_REQUEST_ID).iter();
        let (value, None) = (lines.next()?, lines.next()) else {
            return None;
        };
        is_id(value.as_bytes()).then(|| RequestId::Told(value.clone()))
    }
}

/// What proxies write (UUIDs, hex, base64url), and short enough for a line.
fn is_id(value: &[u8]) -> bool {
    let is_allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    (1..=64).contains(&value.len()) && value.iter().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(peer: &str, lines: &[&str]) -> String {
        let ids = RequestIds::new(vec!["10.0.0.0/8".parse().unwrap()]).unwrap();
        let mut fields = HeaderMap::new();
        for line in lines {
            fields.append(X_REQUEST_ID, HeaderValue::try_from(*line).unwrap());
        }
        ids.of(peer.parse().unwrap(), &fields).to_string()
    }

    // H-7, K-15
    #[test]
    fn only_a_trusted_proxy_names_a_request_and_only_plainly() {
        let uuid = "0f2a9c1e-7d1b-4c55-9a3e-1f2d3c4b5a69";
        assert_eq!(id("10.0.0.1", &[uuid]), uuid);
        let long = "a".repeat(65);
        for (peer, lines) in [
            ("192.0.2.1", &[uuid][..]),
            ("10.0.0.1", &[]),
            ("10.0.0.1", &[uuid, uuid]),
            ("10.0.0.1", &[""]),
            ("10.0.0.1", &["a b"]),
            ("10.0.0.1", &["a\tb"]),
            ("10.0.0.1", &["\u{e9}"]),
            ("10.0.0.1", &["\"}"]),
            ("10.0.0.1", &[&long]),
        ] {
            assert!(id(peer, lines).ends_with("-1"), "{peer} {lines:?}");
        }
    }

    #[tokio::test]
    async fn the_task_of_a_request_knows_its_id() {
        assert!(RequestId::current().is_none());
        let id = RequestId::Made {
            run: 0xab,
            number: 31,
        };
        let seen = id
            .scope(async { RequestId::current().unwrap().to_string() })
            .await;
        assert_eq!(seen, "000000ab-1f");
        assert!(RequestId::current().is_none());
    }
}
