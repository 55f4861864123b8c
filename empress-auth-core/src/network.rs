//! Is this address in that network?
//!
//! Used for the networks a token may be used from and for trusted proxies. An IPv4 address has a
//! second spelling as an IPv6 address (`::ffff:192.0.2.1`); both sides are brought to IPv4 first,
//! so that a rule cannot be passed by writing the address the other way.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A block of addresses in CIDR notation, or every address (`*`).
///
/// A single address is a network of its own. Bits beyond the prefix must be zero: `10.0.0.1/8` is
/// more often a typing error than a wish for sixteen million addresses. `0.0.0.0/0` is all of IPv4,
/// `::/0` all of IPv6 without the addresses that are IPv4 in disguise, `*` is both.
///
/// Source: [RFC 4632 §3.1](https://www.rfc-editor.org/rfc/rfc4632#section-3.1),
/// [RFC 4291 §2.3 and §2.5.5.2](https://www.rfc-editor.org/rfc/rfc4291#section-2.3).
///
/// # Examples
///
/// ```
/// use empress_auth_core::network::Network;
///
/// let office: Network = "192.0.2.0/24".parse()?;
/// assert!(office.contains("192.0.2.77".parse().unwrap()));
/// assert!(office.contains("::ffff:192.0.2.77".parse().unwrap()));
/// assert!("192.0.2.1/24".parse::<Network>().is_err());
/// # Ok::<(), empress_auth_core::network::NetworkError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network {
    range: Range,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Range {
    Everywhere,
    V4 { first: Ipv4Addr, prefix: u8 },
    V6 { first: Ipv6Addr, prefix: u8 },
}

impl Network {
    /// Every address of both families, written `*`.
    pub const EVERYWHERE: Self = Self {
        range: Range::Everywhere,
    };

    /// The network of the given size that `address` lies in; a longer prefix than the family has
    /// means the address alone.
    #[must_use]
    pub fn around(address: IpAddr, ipv4_prefix: u8, ipv6_prefix: u8) -> Self {
        let range = match address.to_canonical() {
            IpAddr::V4(address) => {
                let prefix = ipv4_prefix.min(32);
                let first = Ipv4Addr::from_bits(address.to_bits() & ipv4_mask(prefix));
                Range::V4 { first, prefix }
            }
            IpAddr::V6(address) => {
                let prefix = ipv6_prefix.min(128);
                let first = Ipv6Addr::from_bits(address.to_bits() & ipv6_mask(prefix));
                Range::V6 { first, prefix }
            }
        };
        Self { range }
    }

    /// Whether the address lies in this network.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.range, address.to_canonical()) {
            (Range::Everywhere, _) => true,
            (Range::V4 { first, prefix }, IpAddr::V4(address)) => {
                address.to_bits() & ipv4_mask(prefix) == first.to_bits()
            }
            (Range::V6 { first, prefix }, IpAddr::V6(address)) => {
                address.to_bits() & ipv6_mask(prefix) == first.to_bits()
            }
            (Range::V4 { .. }, IpAddr::V6(_)) | (Range::V6 { .. }, IpAddr::V4(_)) => false,
        }
    }

    /// Whether every address of this network lies in `other`.
    pub(crate) fn lies_in(&self, other: &Self) -> bool {
        match (self.range, other.range) {
            (_, Range::Everywhere) => true,
            (Range::V4 { first, prefix }, Range::V4 { prefix: wider, .. }) => {
                prefix >= wider && other.contains(first.into())
            }
            (Range::V6 { first, prefix }, Range::V6 { prefix: wider, .. }) => {
                prefix >= wider && other.contains(first.into())
            }
            (Range::Everywhere | Range::V4 { .. } | Range::V6 { .. }, _) => false,
        }
    }

    const fn first_bits(&self) -> u128 {
        match self.range {
            Range::Everywhere => 0,
            // Only ever compared within one family.
            Range::V4 { first, .. } => first.to_ipv6_mapped().to_bits(),
            Range::V6 { first, .. } => first.to_bits(),
        }
    }

    /// Whether the prefix is shorter than the one given for its family.
    pub(crate) const fn is_wider_than(&self, ipv4_prefix: u8, ipv6_prefix: u8) -> bool {
        match self.range {
            Range::Everywhere => true,
            Range::V4 { prefix, .. } => prefix < ipv4_prefix,
            Range::V6 { prefix, .. } => prefix < ipv6_prefix,
        }
    }
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        Self::around(address, 32, 128)
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        if text == "*" {
            return Ok(Self::EVERYWHERE);
        }
        let Some((first, prefix)) = text.split_once('/') else {
            return address(text).map(Self::from);
        };
        let (first, prefix) = (address(first)?, prefix_length(prefix)?);
        let (longest, disguise) = match first {
            IpAddr::V4(_) => (32, 0),
            IpAddr::V6(first) if first.to_ipv4_mapped().is_some() => (128, 96),
            IpAddr::V6(_) => (128, 0),
        };
        if prefix > longest {
            return Err(NetworkErrorKind::Prefix.into());
        }
        // A prefix that ends within `::ffff:` leaves some of its bits beyond the prefix.
        let prefix = prefix
            .checked_sub(disguise)
            .ok_or(NetworkErrorKind::HostBits)?;
        let network = Self::around(first, prefix, prefix);
        let alone = Self::from(first);
        if network.first_bits() == alone.first_bits() {
            Ok(network)
        } else {
            Err(NetworkErrorKind::HostBits.into())
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.range {
            Range::Everywhere => f.write_str("*"),
            Range::V4 { first, prefix } => write!(f, "{first}/{prefix}"),
            Range::V6 { first, prefix } => write!(f, "{first}/{prefix}"),
        }
    }
}

/// A text that is not a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.text())]
pub struct NetworkError {
    kind: NetworkErrorKind,
}

impl NetworkError {
    /// What is wrong with the text.
    #[must_use]
    pub const fn kind(&self) -> NetworkErrorKind {
        self.kind
    }
}

impl From<NetworkErrorKind> for NetworkError {
    fn from(kind: NetworkErrorKind) -> Self {
        Self { kind }
    }
}

/// What is wrong with the text of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NetworkErrorKind {
    /// The part before the slash is not an IPv4 or IPv6 address.
    Address,
    /// The part after the slash is not a length that the address has.
    Prefix,
    /// The address has bits beyond the prefix.
    HostBits,
}

impl NetworkErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::Address => "not an IP address; write it like 192.0.2.0/24 or 2001:db8::/32",
            Self::Prefix => "not a prefix length; write 0 to 32 for IPv4, 0 to 128 for IPv6",
            Self::HostBits => {
                "the address has bits beyond the prefix; write the network's first address"
            }
        }
    }
}

fn address(text: &str) -> Result<IpAddr, NetworkError> {
    text.parse().map_err(|_| NetworkErrorKind::Address.into())
}

/// Decimal without sign or leading zero, so that a network has one spelling.
fn prefix_length(text: &str) -> Result<u8, NetworkError> {
    let is_canonical = text == "0" || text.starts_with(|first| matches!(first, '1'..='9'));
    text.parse()
        .ok()
        .filter(|_| is_canonical)
        .ok_or_else(|| NetworkErrorKind::Prefix.into())
}

fn ipv4_mask(prefix: u8) -> u32 {
    !u32::MAX.checked_shr(prefix.into()).unwrap_or(0)
}

fn ipv6_mask(prefix: u8) -> u128 {
    !u128::MAX.checked_shr(prefix.into()).unwrap_or(0)
}

/// Whether this host of a URL is the machine itself.
///
/// Of names only `localhost` is ([RFC 6761 §6.3](https://www.rfc-editor.org/rfc/rfc6761#section-6.3)); where it leads is for
/// who asks it to look at.
///
/// # Examples
///
/// ```
/// use empress_auth_core::network::is_loopback_host;
///
/// assert!(is_loopback_host("localhost") && is_loopback_host("[::1]") && is_loopback_host("127.0.0.1"));
/// assert!(!is_loopback_host("localhost.example"));
/// ```
#[must_use]
pub fn is_loopback_host(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|it| it.strip_suffix(']'))
        .unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || bare
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests;
