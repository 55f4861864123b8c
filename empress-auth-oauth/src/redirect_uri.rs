//! Where may a browser be sent? What may be registered, and what equals what is registered.
//!
//! Registered are:
//!
//! 1. `https://…`, any host;
//! 2. `http://` on this device alone: `127.0.0.1`, `[::1]` and, for developers, `localhost`;
//! 3. a scheme of an application's own, which has a dot: `com.example.app:/callback`
//!    ([RFC 8252 §7.1](https://www.rfc-editor.org/rfc/rfc8252#section-7.1)).
//!
//! No fragment, no user, no wildcard, no dot segment, nothing that two readers could read in two ways. Compared is byte by
//! byte; for public clients the **port** on `127.0.0.1` and `[::1]` may be any, because native applications listen where
//! there is room ([RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)). `localhost` is not one of these: it
//! can be another machine.

use empress_auth_core::percent::decode_segment;

use crate::client::Client;

/// A redirect URI that equals a registered one of its client; errors may be sent there.
///
/// Made only by [`RegisteredRedirectUri::of`] and [`RegisteredRedirectUri::after_logout`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredRedirectUri(Box<str>);

impl RegisteredRedirectUri {
    /// The URI that `client` asks for, or its only one if it names none.
    ///
    /// `None` if that is not registered.
    ///
    /// Source: [RFC 9700 §4.1.3](https://www.rfc-editor.org/rfc/rfc9700#section-4.1.3),
    /// [RFC 6749 §3.1.2.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.1.2.3).
    #[must_use]
    pub fn of(client: &Client, requested: Option<&str>) -> Option<Self> {
        match (requested, client.redirect_uris.as_slice()) {
            (None, [only]) => Some(Self(only.clone())),
            (None, _) => None,
            (Some(requested), registered) => Self::among(client, registered, requested),
        }
    }

    /// The URI that a browser is sent to after a logout that `client` asked for; `None` if it is not registered.
    #[must_use]
    pub fn after_logout(client: &Client, requested: &str) -> Option<Self> {
        Self::among(client, &client.post_logout_redirect_uris, requested)
    }

    fn among(client: &Client, registered: &[Box<str>], requested: &str) -> Option<Self> {
        let port = if client.is_public() {
            Port::AnyOnThisDevice
        } else {
            Port::Exact
        };
        let mut registered = registered.iter();
        registered
            .any(|registered| matches(registered, requested, port))
            .then(|| Self(requested.into()))
    }

    /// The URI, as it was asked for.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which port the requested URI may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    Exact,
    AnyOnThisDevice,
}

fn matches(registered: &str, requested: &str, port: Port) -> bool {
    registered == requested
        || (port == Port::AnyOnThisDevice
            && without_loopback_port(registered)
                .zip(without_loopback_port(requested))
                .is_some_and(|(registered, requested)| registered == requested))
}

/// Host, and path with query, of an `http` URI of this device, in the one spelling in which it is registered.
fn without_loopback_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let host = LOOPBACK_ADDRESSES
        .into_iter()
        .find(|host| authority.starts_with(host))?;
    let port = authority.strip_prefix(host)?;
    (port.is_empty() || is_port(port.strip_prefix(':')?)).then_some((host, path))
}

const LOOPBACK_ADDRESSES: [&str; 2] = ["127.0.0.1", "[::1]"];

/// Why a redirect URI cannot be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectUriError {
    /// Not an absolute URI ([RFC 3986](https://www.rfc-editor.org/rfc/rfc3986)) of at most 2,000 bytes.
    #[error("not an absolute URI; write it like https://app.example/callback")]
    Malformed,
    /// It has a fragment (RFC 6749 §3.1.2).
    #[error("a redirect URI has no fragment")]
    Fragment,
    /// It names a user, as in `https://app.example@evil.example`.
    #[error("a redirect URI has no user")]
    User,
    /// It holds a `*`, which would stand for itself alone.
    #[error("a redirect URI has no wildcard; register each one")]
    Wildcard,
    /// A segment is `.` or `..`, encoded or not.
    #[error("a redirect URI has no dot segments")]
    DotSegment,
    /// `http` beyond this device.
    #[error("http is for 127.0.0.1, [::1] and localhost alone; use https")]
    PlainHttp,
    /// A scheme that is neither `https` nor one of an application's own, with a dot in it.
    #[error("the scheme must be https or have a dot, like com.example.app:/callback")]
    Scheme,
}

/// Checks that a redirect URI may be registered; see the [module](self) for the rules.
///
/// # Errors
///
/// [`RedirectUriError`].
///
/// # Examples
///
/// ```
/// use empress_auth_oauth::redirect_uri::{RedirectUriError, check_redirect_uri};
///
/// assert!(check_redirect_uri("https://app.example/callback").is_ok());
/// let refused = check_redirect_uri("http://app.example/callback");
/// assert_eq!(refused, Err(RedirectUriError::PlainHttp));
/// ```
pub fn check_redirect_uri(uri: &str) -> Result<(), RedirectUriError> {
    if uri.len() > MAX_LENGTH || !uri.bytes().all(is_uri_byte) || !is_percent_encoded(uri) {
        return Err(RedirectUriError::Malformed);
    }
    let (scheme, rest) = uri.split_once(':').ok_or(RedirectUriError::Malformed)?;
    if !is_scheme(scheme) || rest.is_empty() {
        return Err(RedirectUriError::Malformed);
    }
    if rest.contains('#') {
        return Err(RedirectUriError::Fragment);
    }
    if rest.contains('*') {
        return Err(RedirectUriError::Wildcard);
    }
    let (authority, path) = split_authority(rest);
    check_path(path)?;
    if authority.is_some_and(|authority| authority.contains('@')) {
        return Err(RedirectUriError::User);
    }
    match (scheme, authority) {
        ("https", Some(authority)) => check_authority(authority),
        ("http", Some(authority)) => check_loopback(authority),
        ("https" | "http", None) => Err(RedirectUriError::Malformed),
        _ if scheme.contains('.') => Ok(()),
        _ => Err(RedirectUriError::Scheme),
    }
}

const MAX_LENGTH: usize = 2_000;

/// The characters of [RFC 3986 §2](https://www.rfc-editor.org/rfc/rfc3986#section-2), brackets only because IPv6
/// addresses have them.
fn is_uri_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

fn is_percent_encoded(uri: &str) -> bool {
    decode_segment(uri).is_ok()
}

/// [RFC 3986 §3.1](https://www.rfc-editor.org/rfc/rfc3986#section-3.1), in small letters: browsers would send it so.
fn is_scheme(scheme: &str) -> bool {
    let is_rest = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
    scheme.starts_with(|first: char| first.is_ascii_lowercase()) && scheme.bytes().all(is_rest)
}

/// Authority, if there is one, and what follows it.
fn split_authority(rest: &str) -> (Option<&str>, &str) {
    match rest.strip_prefix("//") {
        None => (None, rest),
        Some(rest) => {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            (Some(authority), path)
        }
    }
}

fn check_path(path_and_query: &str) -> Result<(), RedirectUriError> {
    let path = path_and_query.split('?').next().unwrap_or_default();
    let is_dots = |segment: &str| {
        let segment = decode_segment(segment).unwrap_or_default();
        matches!(&*segment, "." | "..")
    };
    if path.split('/').any(is_dots) {
        return Err(RedirectUriError::DotSegment);
    }
    let is_plain = !path_and_query.contains(['[', ']']);
    is_plain.then_some(()).ok_or(RedirectUriError::Malformed)
}

/// A host in one spelling (small letters, digits, dots and hyphens, or an IPv6 address in brackets), and maybe a port.
fn check_authority(authority: &str) -> Result<(), RedirectUriError> {
    let (host, port) = split_port(authority);
    let is_name = |host: &str| {
        let is_byte = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-._".contains(&b);
        let edges = host.starts_with(['.', '-']) || host.ends_with(['.', '-']);
        !host.is_empty() && host.bytes().all(is_byte) && !edges && !host.contains("..")
    };
    let is_host = match host.strip_prefix('[') {
        None => is_name(host),
        Some(address) => address
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok()),
    };
    let is_right = is_host && port.is_none_or(is_port);
    is_right.then_some(()).ok_or(RedirectUriError::Malformed)
}

fn check_loopback(authority: &str) -> Result<(), RedirectUriError> {
    let (host, port) = split_port(authority);
    if host != "localhost" && !LOOPBACK_ADDRESSES.contains(&host) {
        return Err(RedirectUriError::PlainHttp);
    }
    let is_right = port.is_none_or(is_port);
    is_right.then_some(()).ok_or(RedirectUriError::Malformed)
}

/// Host and port; the colons of an IPv6 address are the host's.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    let host_ends = authority.find(']').map_or(0, |bracket| bracket + 1);
    match authority
        .get(host_ends..)
        .and_then(|rest| rest.find(':'))
        .and_then(|colon| authority.split_at_checked(host_ends + colon))
    {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => (authority, None),
    }
}

/// 1 to 65535, without zeros in front.
fn is_port(text: &str) -> bool {
    !text.starts_with(['0', '+']) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests;
