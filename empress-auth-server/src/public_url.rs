//! Under which URL do people reach the program?

use std::fmt;
use std::str::FromStr;

use http::Uri;

/// The URL that stands in front of every path of ours: `https://auth.example`, or `https://example.com/auth`.
///
/// The only source of links, cookie names and issuers; what a request says of its host is not read for that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrl {
    text: Box<str>,
    path_prefix: Box<str>,
    is_https: bool,
    is_local: bool,
}

impl PublicUrl {
    /// What the paths of all routes begin with: empty, or `/auth`.
    pub(crate) fn path_prefix(&self) -> &str {
        &self.path_prefix
    }

    /// Whether browsers reach it over TLS, which a proxy in front terminates.
    pub(crate) const fn is_https(&self) -> bool {
        self.is_https
    }

    /// Whether nobody but this machine can mean it: `localhost` or a loopback address.
    pub(crate) const fn is_local(&self) -> bool {
        self.is_local
    }
}

impl FromStr for PublicUrl {
    type Err = PublicUrlError;

    fn from_str(text: &str) -> Result<Self, PublicUrlError> {
        // The parser drops a fragment without a word.
        let uri: Uri = text
            .parse()
            .ok()
            .filter(|_| !text.contains('#'))
            .ok_or(PublicUrlError)?;
        let is_https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(PublicUrlError),
        };
        let authority = uri.authority().ok_or(PublicUrlError)?;
        let path_prefix = uri.path().trim_end_matches('/');
        let is_plain = uri.query().is_none()
            && !text.ends_with('?')
            && !authority.as_str().contains('@')
            && path_prefix.split('/').skip(1).all(is_plain_segment);
        if !is_plain {
            return Err(PublicUrlError);
        }
        Ok(Self {
            text: text.trim_end_matches('/').into(),
            path_prefix: path_prefix.into(),
            is_https,
            is_local: is_local(authority.host()),
        })
    }
}

/// The URL as it was written, without a slash at its end.
impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text that is no such URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a public URL; write it like https://auth.example or https://example.com/auth")]
pub(crate) struct PublicUrlError;

/// A segment that nobody can write in two ways: unreserved characters alone (RFC 3986 §2.3), no dot segment.
fn is_plain_segment(segment: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !matches!(segment, "" | "." | "..") && segment.bytes().all(is_unreserved)
}

fn is_local(host: &str) -> bool {
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reached_and_where() {
        for (text, written, prefix, is_https, is_local) in [
            (
                "https://auth.example",
                "https://auth.example",
                "",
                true,
                false,
            ),
            (
                "https://auth.example/",
                "https://auth.example",
                "",
                true,
                false,
            ),
            (
                "https://example.com/auth/",
                "https://example.com/auth",
                "/auth",
                true,
                false,
            ),
            (
                "http://example.com/a/b-c",
                "http://example.com/a/b-c",
                "/a/b-c",
                false,
                false,
            ),
            (
                "http://localhost:8000",
                "http://localhost:8000",
                "",
                false,
                true,
            ),
            (
                "http://127.0.0.1:8000/",
                "http://127.0.0.1:8000",
                "",
                false,
                true,
            ),
            ("http://[::1]:8000", "http://[::1]:8000", "", false, true),
            (
                "https://localhost.example",
                "https://localhost.example",
                "",
                true,
                false,
            ),
        ] {
            let url: PublicUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), written);
            assert_eq!(
                (url.path_prefix(), url.is_https(), url.is_local()),
                (prefix, is_https, is_local),
                "{text}"
            );
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for text in [
            "",
            "auth.example",
            "//auth.example",
            "/auth",
            "ftp://auth.example",
            "https://",
            "https:///auth",
            "https://user@auth.example",
            "https://user:pw@auth.example",
            "https://auth.example?x=y",
            "https://auth.example/?",
            "https://auth.example/#top",
            "https://auth.example/a//b",
            "https://auth.example/../a",
            "https://auth.example/./a",
            "https://auth.example/a%2fb",
            "https://auth.example/{a}",
            "https://auth.example/a b",
            "javascript:alert(1)",
        ] {
            assert_eq!(text.parse::<PublicUrl>(), Err(PublicUrlError), "{text:?}");
        }
    }
}
