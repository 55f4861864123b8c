//! What can be set, each with a default that can stand in front of strangers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use empress_auth_core::PublicUrl;
use empress_auth_core::endpoint::Switches;
use empress_auth_core::network::Network;
use empress_auth_core::password::PasswordPolicy;

/// How to serve.
#[derive(Debug, Clone)]
pub(crate) struct ServeOptions {
    /// Where to listen. `127.0.0.1:8000`: TLS is a proxy's business, and the proxy is on this machine until told otherwise.
    pub(crate) listen: SocketAddr,
    /// The URL that people use; unless set it is the address that is listened on, for trying the program out.
    pub(crate) public_url: Option<PublicUrl>,
    /// Whose `X-Forwarded-For` and `X-Request-Id` are believed. Nobody's.
    pub(crate) trusted_proxies: Vec<Network>,
    /// How long clients may take.
    pub(crate) timeouts: Timeouts,
    /// How many connections may be open. 10,000; one that waits takes about 12 KB.
    pub(crate) max_connections: usize,
    /// How many of them may be of one address, or one /64 of IPv6. 256: more than an office behind one address needs,
    /// less than one needs to shut out the others. A /24 of IPv4 or a /48 of IPv6 has a quarter of all, or this if it is
    /// more. Loopback and trusted proxies speak for many and are not counted.
    pub(crate) max_connections_per_address: usize,
    /// Which requests are logged.
    pub(crate) access_log: AccessLog,
    /// What is asked of new passwords.
    pub(crate) password_policy: PasswordPolicy,
    /// The switches of the endpoints.
    pub(crate) switches: Switches,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8000),
            public_url: None,
            trusted_proxies: Vec::new(),
            timeouts: Timeouts::default(),
            max_connections: 10_000,
            max_connections_per_address: 256,
            access_log: AccessLog::default(),
            password_policy: PasswordPolicy::new(),
            switches: Switches::default(),
        }
    }
}

/// How long clients may take; kept to within a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeouts {
    /// From the connection's beginning, or a request's first byte, to the end of its head. 10 s.
    pub(crate) head: Duration,
    /// For a body to arrive; 15 s, which is also the most that the endpoints wait.
    pub(crate) body: Duration,
    /// Between an answer and the first byte of the next request. 60 s. Part of a head that came together with the request
    /// before it has this time as well: until more of it comes, nothing tells that it has begun.
    pub(crate) idle: Duration,
    /// For an answer to be taken. 30 s: a hundred kilobytes over a slow modem.
    pub(crate) write: Duration,
    /// For everything under way when the program is told to stop. 20 s, which is less than the 30 s that supervisors
    /// wait before they kill.
    pub(crate) drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(15),
            idle: Duration::from_secs(60),
            write: Duration::from_secs(30),
            drain: Duration::from_secs(20),
        }
    }
}

/// Which requests get a line in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum AccessLog {
    /// None.
    Off,
    /// Those that failed on our side (5xx), twenty a second at most. A line for every request costs more than the request
    /// itself, and a proxy in front writes one already; how often callers were refused is in the metrics.
    #[default]
    Errors,
    /// All.
    All,
}
