//! Is this head one that every reader between the client and us reads alike?
//!
//! Hyper refuses what is no HTTP; this is what it lets pass and a proxy may see otherwise. Hardly anything of
//! ours reads the host, so that a request with a strange one would be harmless here: the proxy in front may have chosen
//! by it.

use http::header::{HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Request, Version};

use super::problem::Problem;

/// Refuses a head that is ambiguous about its host, its target or where its body ends.
///
/// After a refusal the connection has to be closed: what follows may be a body or a request.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), Problem> {
    let host = check_host(request)?;
    check_target(request, host)?;
    check_coding(request.headers())
}

/// Source: [RFC 9112 §3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2): "A server MUST respond with a 400 (Bad
/// Request) status code to any HTTP/1.1 request message that lacks a Host header field and to any request message that
/// contains more than one Host header field line or a Host header field with an invalid field value."
fn check_host<B>(request: &Request<B>) -> Result<&[u8], Problem> {
    let mut lines = request.headers().get_all(HOST).iter();
    match (lines.next(), lines.next()) {
        (_, Some(_)) => Err(Problem::bad_head("There is more than one Host field.")),
        (Some(host), None) if is_host(host.as_bytes()) => Ok(host.as_bytes()),
        (Some(_), None) => Err(Problem::bad_head("The Host field is not a host.")),
        (None, None) if request.version() >= Version::HTTP_11 => {
            Err(Problem::bad_head("There is no Host field."))
        }
        (None, None) => Ok(b""),
    }
}

/// An absolute target names the host once more; a server must take that one (RFC 9112 §3.2.2), others take the field. So
/// they have to be the same.
fn check_target<B>(request: &Request<B>, host: &[u8]) -> Result<(), Problem> {
    let uri = request.uri();
    match (uri.scheme_str(), uri.authority()) {
        (None, None) => Ok(()),
        (Some("http" | "https"), Some(authority))
            if authority.as_str().as_bytes().eq_ignore_ascii_case(host) =>
        {
            Ok(())
        }
        _ => Err(Problem::bad_head(
            "The target and the Host field do not agree.",
        )),
    }
}

/// The one coding that everybody knows, once. Hyper goes by the last of several.
///
/// Source: [RFC 9112 §6.1](https://www.rfc-editor.org/rfc/rfc9112#section-6.1): "A sender MUST NOT apply the chunked
/// transfer coding more than once".
fn check_coding(fields: &HeaderMap) -> Result<(), Problem> {
    let mut lines = fields.get_all(TRANSFER_ENCODING).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Ok(()),
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        (Some(_), _) => Err(Problem::bad_head(
            "The transfer coding is not chunked alone.",
        )),
    }
}

/// The characters of a host and a port (RFC 3986 §3.2.2); none at all is what a target without authority calls for.
fn is_host(value: &[u8]) -> bool {
    let is_allowed =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte);
    value.iter().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(version: Version, target: &str, hosts: &[&str]) -> bool {
        let mut request = Request::builder().version(version).uri(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        check(&request.body(()).unwrap()).is_ok()
    }

    // H-5
    #[test]
    fn a_body_is_chunked_once_or_not_at_all() {
        for (lines, is_good) in [
            (&[][..], true),
            (&["chunked"], true),
            (&["Chunked"], true),
            (&["chunked", "chunked"], false),
            (&["chunked, chunked"], false),
            (&["gzip, chunked"], false),
            (&["identity", "chunked"], false),
            (&["chunked;q=1"], false),
            (&[""], false),
        ] {
            let mut fields = HeaderMap::new();
            for line in lines {
                fields.append(TRANSFER_ENCODING, line.parse().unwrap());
            }
            assert_eq!(check_coding(&fields).is_ok(), is_good, "{lines:?}");
        }
    }

    // H-6
    #[test]
    fn one_host_and_a_target_that_agrees_pass() {
        for (target, hosts) in [
            ("/", &["auth.example"][..]),
            ("/", &["auth.example:8000"]),
            ("/", &["[::1]:8000"]),
            ("/", &[""]),
            ("http://auth.example/x", &["auth.example"]),
            ("https://Auth.Example:1/x", &["auth.example:1"]),
        ] {
            assert!(
                checked(Version::HTTP_11, target, hosts),
                "{target} {hosts:?}"
            );
        }
        assert!(checked(Version::HTTP_10, "/", &[]));
    }

    // H-6
    #[test]
    fn an_ambiguous_host_is_refused() {
        for (target, hosts) in [
            ("/", &[][..]),
            ("/", &["a", "b"]),
            ("/", &["a", "a"]),
            ("/", &["a", ""]),
            ("/", &["a/b"]),
            ("/", &["a b"]),
            ("/", &["user@a"]),
            ("/", &["a?x"]),
            ("/", &["a#x"]),
            ("/", &["a\\b"]),
            ("http://b/x", &["a"]),
            ("http://a:80/x", &["a"]),
            ("http://user@a/x", &["a"]),
            ("http://a/x", &[""]),
            ("ftp://a/x", &["a"]),
            ("a:80", &["a:80"]),
        ] {
            assert!(
                !checked(Version::HTTP_11, target, hosts),
                "{target} {hosts:?}"
            );
        }
        assert!(!checked(Version::HTTP_10, "/", &["a", "b"]));
        assert!(!checked(Version::HTTP_10, "http://a/", &[]));
    }
}
