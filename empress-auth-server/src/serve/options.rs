//! What can be set, each with a default that can stand in front of strangers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use empress_auth_core::PublicUrl;
use empress_auth_core::endpoint::Switches;
use empress_auth_core::limiter::{Ipv6Prefix, LoginLimiter};
use empress_auth_core::network::Network;
use empress_auth_core::password::PasswordPolicy;
use empress_auth_oauth::client::SigningAlg;
use empress_auth_oauth::{Lifetimes, Resource, SigningAlgs};

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
    /// How people log in.
    pub(crate) logins: Logins,
    /// What is asked of new passwords.
    pub(crate) password_policy: PasswordPolicy,
    /// The switches of the endpoints.
    pub(crate) switches: Switches,
    /// The OAuth provider.
    pub(crate) provider: ProviderOptions,
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
            logins: Logins::default(),
            password_policy: PasswordPolicy::new(),
            switches: Switches::default(),
            provider: ProviderOptions::default(),
        }
    }
}

/// How often people may fail to log in, and how long a login lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Logins {
    /// How many failures a minute one account may have, from networks that are not its usual ones. 10.
    pub(crate) failures_per_account: usize,
    /// How many one network may have, over all accounts. 100: an office.
    pub(crate) failures_per_network: usize,
    /// How much of an IPv6 address is one network.
    pub(crate) ipv6_prefix: Ipv6Prefix,
    /// How long a browser session lives. 7 days.
    pub(crate) session_lifetime: Duration,
    /// How long it may be left alone. 12 h.
    pub(crate) session_idle_timeout: Duration,
}

impl Default for Logins {
    fn default() -> Self {
        Self {
            failures_per_account: 10,
            failures_per_network: 100,
            ipv6_prefix: Ipv6Prefix::default(),
            session_lifetime: Duration::from_secs(7 * 24 * 60 * 60),
            session_idle_timeout: Duration::from_secs(12 * 60 * 60),
        }
    }
}

impl Logins {
    /// A limiter that counts from nothing; all parts of the program share one.
    pub(crate) fn limiter(&self) -> LoginLimiter {
        let limit = |failures: usize| {
            let failures = u32::try_from(failures).unwrap_or(u32::MAX);
            NonZeroU32::new(failures).unwrap_or(NonZeroU32::MIN)
        };
        LoginLimiter::new()
            .with_failures_per_account(limit(self.failures_per_account))
            .with_failures_per_network(limit(self.failures_per_network))
            .with_ipv6_prefix(self.ipv6_prefix)
    }
}

/// How the provider behaves; its own defaults are ours, but that there is a key for whatever a client may ask for.
#[derive(Debug, Clone)]
pub(crate) struct ProviderOptions {
    pub(crate) lifetimes: Lifetimes,
    pub(crate) switches: empress_auth_oauth::Switches,
    pub(crate) signing_algs: SigningAlgs,
    /// Which a client may name; any if there are none.
    pub(crate) resources: Vec<Resource>,
}

impl Default for ProviderOptions {
    fn default() -> Self {
        let mut signing_algs = SigningAlgs::default();
        signing_algs.others = SigningAlg::ALL.to_vec();
        Self {
            lifetimes: Lifetimes::default(),
            switches: empress_auth_oauth::Switches::default(),
            signing_algs,
            resources: Vec::new(),
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
