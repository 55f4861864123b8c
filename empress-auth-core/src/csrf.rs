//! Did a page of ours send this? Asked only where a cookie decides, because a browser adds cookies by itself.

use crate::head::{Field, Head, field};

/// Whether a request that a cookie authenticates may change something.
///
/// 1. Safe methods may always, but not to open a websocket: its messages change what they like, and any page may open one
///    (RFC 6455 §10.2).
/// 2. `Sec-Fetch-Site`, which no page can forge, must say `same-origin` or `none`.
/// 3. A browser that does not send it must send an `Origin`, or else a `Referer`, of the host it asks.
///
/// Source: Fetch Metadata; OWASP, "Verifying Origin With Standard Headers".
pub(crate) fn is_same_origin(head: &impl Head) -> bool {
    let is_safe = matches!(head.method(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
    if is_safe && !opens_websocket(head) {
        return true;
    }
    match field(head, "sec-fetch-site") {
        Field::Single(site) => return matches!(site, b"same-origin" | b"none"),
        Field::Several => return false,
        Field::Absent => {}
    }
    let Field::Single(host) = field(head, "host") else {
        return false;
    };
    match (field(head, "origin"), field(head, "referer")) {
        (Field::Single(origin), _) => authority(origin) == Some(host),
        (Field::Absent, Field::Single(referer)) => authority(referer) == Some(host),
        _ => false,
    }
}

fn opens_websocket(head: &impl Head) -> bool {
    match field(head, "upgrade") {
        Field::Absent => false,
        Field::Single(protocol) => protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"),
        Field::Several => true,
    }
}

/// The authority of an absolute URL: between `://` and the next slash.
fn authority(url: &[u8]) -> Option<&[u8]> {
    let rest = url
        .strip_prefix(b"https://")
        .or_else(|| url.strip_prefix(b"http://"))?;
    rest.split(|byte| matches!(byte, b'/' | b'?' | b'#')).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    // P-14
    #[test]
    fn only_same_origin_evidence_lets_a_cookie_write() {
        for (method, fields, allowed, why) in [
            ("GET", &[][..], true, "a safe method"),
            ("POST", &[], false, "no evidence"),
            (
                "GET",
                &[("upgrade", "websocket"), ("origin", "https://evil")],
                false,
                "a socket that another site opens",
            ),
            (
                "GET",
                &[("upgrade", "websocket"), ("origin", "https://a.example")],
                true,
                "a socket that an own page opens",
            ),
            (
                "POST",
                &[("sec-fetch-site", "same-origin")],
                true,
                "fetch metadata",
            ),
            (
                "POST",
                &[("sec-fetch-site", "none")],
                true,
                "typed by the user",
            ),
            (
                "POST",
                &[("sec-fetch-site", "cross-site")],
                false,
                "another site",
            ),
            (
                "POST",
                &[("sec-fetch-site", "same-site")],
                false,
                "a sibling domain",
            ),
            (
                "DELETE",
                &[("origin", "https://a.example")],
                true,
                "own origin",
            ),
            (
                "DELETE",
                &[("origin", "https://a.example.evil")],
                false,
                "longer host",
            ),
            ("DELETE", &[("origin", "null")], false, "opaque origin"),
            (
                "PUT",
                &[("referer", "https://a.example/x")],
                true,
                "own page",
            ),
            (
                "PUT",
                &[("referer", "https://evil/?https://a.example/")],
                false,
                "host in query",
            ),
            (
                "PUT",
                &[("referer", "https://a.example@evil/")],
                false,
                "host as user",
            ),
            (
                "POST",
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://a.example"),
                ],
                false,
                "metadata wins",
            ),
        ] {
            let mut request = http::Request::builder()
                .method(method)
                .header("host", "a.example");
            for (name, value) in fields {
                request = request.header(*name, *value);
            }
            assert_eq!(
                is_same_origin(&request.body(()).unwrap()),
                allowed,
                "{method}: {why}"
            );
        }
    }
}
