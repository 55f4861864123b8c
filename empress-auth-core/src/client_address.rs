//! Which address does a request come from?
//!
//! The peer of the connection, unless the peer is a proxy that the operator trusts. Then, and only
//! then, the field the proxy appends to is read, from the right, because everything to the left of
//! what a trusted proxy wrote may have been sent by the client:
//!
//! 1. no peer → no address; the peer is not trusted → the peer;
//! 2. take the hops of all field lines from the last to the first;
//! 3. a hop that is not trusted → that hop: the rightmost untrusted one;
//! 4. a hop that cannot be read (`unknown`, an obfuscated name, an empty one) → no address: reading
//!    on would believe what an untrusted sender wrote, and the proxy's own address is not the
//!    client's. What counts failures counts it under that proxy;
//! 5. no hop is left → the last trusted address: it asks for itself.
//!
//! One field is read and never two: a proxy that maintains one of them passes the other through as
//! the client sent it.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Once};

use crate::network::Network;

mod forwarded;

/// Whom to believe about where a request comes from; by default nobody.
///
/// Used for limits, allow-lists and the audit log. Cheap to clone.
///
/// # Examples
///
/// ```
/// use empress_auth_core::client_address::ClientAddress;
///
/// let fields: [&[u8]; 1] = [b"6.6.6.6, 203.0.113.9"];
/// let proxy = "10.0.0.5".parse().ok();
///
/// let behind = ClientAddress::behind(["10.0.0.0/8".parse().unwrap()])?;
/// assert_eq!(behind.resolve(proxy, fields.into_iter()), "203.0.113.9".parse().ok());
/// assert_eq!(ClientAddress::peer().resolve(proxy, fields.into_iter()), proxy);
///
/// assert!(ClientAddress::behind(["0.0.0.0/0".parse().unwrap()]).is_err());
/// # Ok::<(), empress_auth_core::client_address::TrustsStrangers>(())
/// ```
#[derive(Clone, Debug)]
pub struct ClientAddress {
    trusted: Arc<[Network]>,
    field: Field,
}

#[derive(Clone, Copy, Debug)]
enum Field {
    XForwardedFor,
    Forwarded,
}

impl ClientAddress {
    /// Trusts nobody: the address is the peer's.
    #[must_use]
    pub fn peer() -> Self {
        Self {
            trusted: Arc::new([]),
            field: Field::XForwardedFor,
        }
    }

    /// Trusts the proxies in these networks, and reads `X-Forwarded-For`.
    ///
    /// # Errors
    ///
    /// [`TrustsStrangers`] if a network is wider than the widest private one, which is `10.0.0.0/8`
    /// for IPv4 and `fc00::/7` for IPv6. So `*`, `0.0.0.0/0` and the two halves of it are refused:
    /// whoever trusts everyone lets each client choose its address.
    pub fn behind(networks: impl IntoIterator<Item = Network>) -> Result<Self, TrustsStrangers> {
        let trusted: Arc<[Network]> = networks.into_iter().collect();
        if trusted.iter().any(|network| network.is_wider_than(8, 7)) {
            return Err(TrustsStrangers(()));
        }
        Ok(Self {
            trusted,
            field: Field::XForwardedFor,
        })
    }

    /// Reads `Forwarded` ([RFC 7239 §5.2](https://www.rfc-editor.org/rfc/rfc7239#section-5.2)) in
    /// place of `X-Forwarded-For`, for proxies that maintain that field.
    #[must_use]
    pub fn with_forwarded(self) -> Self {
        Self {
            field: Field::Forwarded,
            ..self
        }
    }

    /// The name, in small letters, of the field whose lines [`resolve`](Self::resolve) expects.
    #[must_use]
    pub const fn field_name(&self) -> &'static str {
        match self.field {
            Field::XForwardedFor => "x-forwarded-for",
            Field::Forwarded => "forwarded",
        }
    }

    /// The address a request comes from, `None` if it is unknown; see the module docs for the steps.
    ///
    /// `lines` are the values of all fields named [`field_name`](Self::field_name), in the order
    /// received. An IPv4 address in IPv6 spelling is returned as IPv4. Time is linear in the length
    /// of the lines. Never an address that an untrusted sender could choose.
    #[must_use]
    #[expect(
        single_use_lifetimes,
        reason = "an anonymous lifetime cannot stand in `impl Trait`"
    )]
    pub fn resolve<'h>(
        &self,
        peer: Option<IpAddr>,
        lines: impl DoubleEndedIterator<Item = &'h [u8]>,
    ) -> Option<IpAddr> {
        self.origin(peer, lines).address()
    }

    #[expect(
        single_use_lifetimes,
        reason = "an anonymous lifetime cannot stand in `impl Trait`"
    )]
    pub(crate) fn origin<'h>(
        &self,
        peer: Option<IpAddr>,
        lines: impl DoubleEndedIterator<Item = &'h [u8]>,
    ) -> Origin {
        let Some(peer) = peer else {
            return Origin::Unknown;
        };
        let mut address = peer.to_canonical();
        // A comma within quotes is no separator, but an address has none either: the pieces around
        // it cannot be read, which ends the search.
        let mut elements = lines
            .rev()
            .flat_map(|line| line.rsplit(|byte| *byte == b','));
        while self.trusts(address) {
            match elements.next().map(|element| self.hop(element)) {
                Some(Some(hop)) => address = hop,
                Some(None) => return Origin::Behind(address),
                None => break,
            }
        }
        Origin::Address(address)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.contains(address))
    }

    fn hop(&self, element: &[u8]) -> Option<IpAddr> {
        let element = str::from_utf8(element).ok()?.trim_matches([' ', '\t']);
        let node = match self.field {
            Field::XForwardedFor => forwarded::value(element)?,
            Field::Forwarded => forwarded::node(element)?,
        };
        address_of(node).map(|address| address.to_canonical())
    }
}

/// What is known of where a request comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The server does not know its peer.
    #[default]
    Unknown,
    Address(IpAddr),
    /// Somewhere behind the trusted proxy at this address, which did not say where.
    Behind(IpAddr),
}

impl Origin {
    /// The client's address, for allow-lists and the audit log.
    pub(crate) const fn address(self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => Some(address),
            Self::Unknown | Self::Behind(_) => None,
        }
    }

    /// Whom a failure is counted against: clients that a proxy does not tell apart share a counter.
    pub(crate) const fn counted(self) -> Option<IpAddr> {
        match self {
            Self::Address(address) | Self::Behind(address) => Some(address),
            Self::Unknown => None,
        }
    }

    /// Logs, once, that nothing can be counted or allowed by address, where that was to be done.
    pub(crate) fn warn_if_unknown(self) {
        static TOLD: Once = Once::new();
        if self == Self::Unknown {
            TOLD.call_once(|| {
                tracing::warn!(
                    "the address of a client is not known: logins are not limited by network, and tokens that are \
                     limited to networks are refused; in axum, serve with \
                     into_make_service_with_connect_info::<SocketAddr>()"
                );
            });
        }
    }
}

/// The address in `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`;
/// an IPv6 zone is cut off.
fn address_of(node: &str) -> Option<IpAddr> {
    if let Some(bracketed) = node.strip_prefix('[') {
        let (address, after) = bracketed.split_once(']')?;
        let is_port = after.is_empty() || after.strip_prefix(':').is_some_and(is_port);
        return ipv6(address).filter(|_| is_port);
    }
    let ipv4 = match node.split_once(':') {
        None => node.parse::<Ipv4Addr>().ok(),
        Some((address, port)) => address.parse().ok().filter(|_| is_port(port)),
    };
    ipv4.map(IpAddr::V4).or_else(|| ipv6(node))
}

fn ipv6(text: &str) -> Option<IpAddr> {
    let address = match text.split_once('%') {
        None => text,
        Some((address, zone)) => Some(address).filter(|_| is_zone(zone))?,
    };
    address.parse().ok().map(IpAddr::V6)
}

/// A number, or the obfuscated port of [RFC 7239 §6](https://www.rfc-editor.org/rfc/rfc7239#section-6).
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(obfuscated) => is_zone(obfuscated),
        None => text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}

fn is_zone(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_allowed)
}

/// A network of trusted proxies is so wide that strangers are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a trusted network is wider than any private one; name the networks of your proxies")]
pub struct TrustsStrangers(());

#[cfg(test)]
mod tests;
