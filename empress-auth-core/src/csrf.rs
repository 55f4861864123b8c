//! Did a page of ours send this? Asked only where a cookie decides, because a browser adds cookies by itself.
//!
//! 1. Safe methods may always, but not to open a websocket: its messages change what they like, and any page may open one
//!    (RFC 6455 §10.2).
//! 2. Who shows a token ([`token_of`]) must show the session's: in `X-Frappe-CSRF-Token`, or where an endpoint of ours
//!    reads the body, as its field `csrf_token`. Nobody who cannot read what we answer knows it.
//! 3. Without a token, what the browser says of the page must say that it is ours: `Sec-Fetch-Site`, which no page can
//!    forge, or else `Origin`, or else `Referer`.
//! 4. Who says none of these is no browser, and is believed for a session of ours, whose cookie is `SameSite=Lax`: a
//!    browser old enough to send a cross-site POST without `Origin` does not send the cookie with it (but for Internet
//!    Explorer 11 on Windows 7 and 8.1 and Firefox before 60, which are given up). An application's own cookie may be of
//!    another kind, so that for it silence is not enough.
//!
//! Source: Fetch Metadata; OWASP, "Verifying Origin With Standard Headers"; rule 4 is that of Go's
//! `http.CrossOriginProtection`.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

use crate::head::{Field, Head, field};
use crate::public_url::PublicUrl;

/// The field in which a script shows the token, by the name that Frappe's clients use.
pub(crate) const TOKEN_FIELD: &str = "x-frappe-csrf-token";

/// Whether a request that the cookie `session` authenticates may change something.
///
/// `ours` is the public URL, if the cookie is one that we set; see the module docs for the rules.
pub(crate) fn may_change(head: &impl Head, session: &[u8], ours: Option<&PublicUrl>) -> bool {
    let is_safe = matches!(head.method(), "GET" | "HEAD" | "OPTIONS" | "TRACE");
    if is_safe && !opens_websocket(head) {
        return true;
    }
    match field(head, TOKEN_FIELD) {
        Field::Single(shown) => return is_token_of(session, shown),
        Field::Several => return false,
        Field::Absent => {}
    }
    match page(head, ours) {
        Page::Own => true,
        Page::Foreign => false,
        Page::Unsaid => ours.is_some(),
    }
}

/// Which page sent a request, as far as the browser says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    /// One of ours, or the user's own hand.
    Own,
    /// Another site's, or nobody knows whose.
    Foreign,
    /// Nothing is said of a page.
    Unsaid,
}

/// The page behind a request; against the public URL's origin if there is one, else against the host that was asked.
pub(crate) fn page(head: &impl Head, ours: Option<&PublicUrl>) -> Page {
    match field(head, "sec-fetch-site") {
        Field::Single(b"same-origin" | b"none") => return Page::Own,
        Field::Single(_) | Field::Several => return Page::Foreign,
        Field::Absent => {}
    }
    let url = match (field(head, "origin"), field(head, "referer")) {
        (Field::Absent, Field::Absent) => return Page::Unsaid,
        (Field::Single(url), _) | (Field::Absent, Field::Single(url)) => url,
        (Field::Several, _) | (Field::Absent, Field::Several) => return Page::Foreign,
    };
    let is_own = match (ours, field(head, "host")) {
        (Some(ours), _) => origin(url) == Some(ours.origin().as_bytes()),
        (None, Field::Single(host)) => authority(url) == Some(host),
        (None, Field::Absent | Field::Several) => false,
    };
    if is_own { Page::Own } else { Page::Foreign }
}

/// The token that belongs to a session: 64 hexadecimal digits, the same for the life of the session.
///
/// A digest of the cookie's value, which has 160 random bits and which no page can read; another one than what is stored,
/// which does not yield it.
pub(crate) fn token_of(session: &[u8]) -> String {
    use std::fmt::Write as _;
    let digest = Sha256::new()
        .chain_update(b"csrf-token:")
        .chain_update(session)
        .finalize();
    let mut token = String::with_capacity(64);
    for byte in digest {
        // Writing to a `String` cannot fail.
        _ = write!(token, "{byte:02x}");
    }
    token
}

/// Whether somebody shows the token of this session.
pub(crate) fn is_token_of(session: &[u8], shown: &[u8]) -> bool {
    // An empty cookie has no token; it authenticates nobody, either.
    !session.is_empty() && token_of(session).as_bytes().ct_eq(shown).into()
}

fn opens_websocket(head: &impl Head) -> bool {
    match field(head, "upgrade") {
        Field::Absent => false,
        Field::Single(protocol) => protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"),
        Field::Several => true,
    }
}

/// The scheme and authority of an absolute URL: what stands before the first slash after `://`.
fn origin(url: &[u8]) -> Option<&[u8]> {
    let scheme = url.len() - after_scheme(url)?.len();
    url.get(..scheme + authority(url)?.len())
}

/// The authority of an absolute URL: between `://` and the next slash.
fn authority(url: &[u8]) -> Option<&[u8]> {
    let rest = after_scheme(url)?;
    rest.split(|byte| matches!(byte, b'/' | b'?' | b'#')).next()
}

fn after_scheme(url: &[u8]) -> Option<&[u8]> {
    url.strip_prefix(b"https://")
        .or_else(|| url.strip_prefix(b"http://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Fields<'a> = &'a [(&'a str, &'a str)];

    fn request(method: &str, fields: Fields<'_>) -> http::Request<()> {
        let request = http::Request::builder().method(method);
        let request = request.header("host", "a.example");
        let with = |request: http::request::Builder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        fields.iter().fold(request, with).body(()).unwrap()
    }

    const SESSION: &[u8] = b"emp_ss_0000000000000000000000000000000000000000000";

    // P-14
    #[test]
    fn only_same_origin_evidence_lets_a_cookie_write() {
        const EVIL: &str = "https://evil.example";
        let cases: &[(&str, Fields<'_>, bool, &str)] = &[
            ("GET", &[], true, "a safe method"),
            (
                "GET",
                &[("upgrade", "websocket"), ("origin", EVIL)],
                false,
                "another site's socket",
            ),
            (
                "GET",
                &[("upgrade", "websocket"), ("origin", "https://a.example")],
                true,
                "an own page's socket",
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
                "POST",
                &[("sec-fetch-site", "")],
                false,
                "nothing that is known",
            ),
            (
                "POST",
                &[("sec-fetch-site", "none"), ("sec-fetch-site", "none")],
                false,
                "said twice",
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
            (
                "DELETE",
                &[("origin", "https://a.example:8443")],
                false,
                "another port",
            ),
            ("DELETE", &[("origin", "null")], false, "opaque origin"),
            ("DELETE", &[("origin", "")], false, "empty origin"),
            (
                "PUT",
                &[("referer", "https://a.example/x")],
                true,
                "own page",
            ),
            (
                "PUT",
                &[("referer", "https://a.example")],
                true,
                "own page without a path",
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
                "PUT",
                &[("origin", EVIL), ("referer", "https://a.example/")],
                false,
                "origin wins",
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
        ];
        let ours: PublicUrl = "https://a.example".parse().unwrap();
        for (method, fields, allowed, why) in cases {
            let head = request(method, fields);
            assert_eq!(
                may_change(&head, SESSION, None),
                *allowed,
                "{method}: {why}"
            );
            assert_eq!(
                may_change(&head, SESSION, Some(&ours)),
                *allowed,
                "ours, {method}: {why}"
            );
        }
    }

    // P-14: an http page of the same host is another origin, where it is known that ours is https
    #[test]
    fn the_scheme_counts_where_it_is_known() {
        let ours: PublicUrl = "https://a.example".parse().unwrap();
        for name in ["origin", "referer"] {
            let head = request("POST", &[(name, "http://a.example")]);
            assert!(may_change(&head, SESSION, None));
            assert!(!may_change(&head, SESSION, Some(&ours)), "{name}");
        }
        // Behind a proxy that names another host, the public URL decides.
        let behind: PublicUrl = "https://public.example/auth".parse().unwrap();
        let head = request("POST", &[("origin", "https://public.example")]);
        assert!(may_change(&head, SESSION, Some(&behind)));
        let head = request("POST", &[("referer", "https://public.example/auth/login")]);
        assert!(may_change(&head, SESSION, Some(&behind)));
        let head = request("POST", &[("origin", "https://a.example")]);
        assert!(!may_change(&head, SESSION, Some(&behind)));
    }

    // L12: requests, curl and their like say nothing of a page
    #[test]
    fn silence_is_believed_of_a_cookie_that_is_lax_alone() {
        let ours: PublicUrl = "https://a.example".parse().unwrap();
        let silent = request("POST", &[]);
        assert!(may_change(&silent, SESSION, Some(&ours)));
        assert!(!may_change(&silent, SESSION, None));
    }

    // P-15: blank, of another session, several, too long; a wrong one is refused whatever the page is
    #[test]
    fn a_token_that_is_shown_must_be_the_sessions() {
        let ours: PublicUrl = "https://a.example".parse().unwrap();
        let token = token_of(SESSION);
        assert_eq!(token.len(), 64);
        let other = token_of(b"emp_ss_another");
        let (longer, shorter, upper) = (format!("{token}0"), &token[..63], token.to_uppercase());
        for (fields, allowed) in [
            (&[(TOKEN_FIELD, &*token)][..], true),
            (
                &[(TOKEN_FIELD, &token), ("sec-fetch-site", "cross-site")],
                true,
            ),
            (&[(TOKEN_FIELD, "")], false),
            (&[(TOKEN_FIELD, " ")], false),
            (&[(TOKEN_FIELD, "None")], false),
            (&[(TOKEN_FIELD, "null")], false),
            (&[(TOKEN_FIELD, &other)], false),
            (&[(TOKEN_FIELD, &longer)], false),
            (&[(TOKEN_FIELD, shorter)], false),
            (&[(TOKEN_FIELD, &upper)], false),
            (&[(TOKEN_FIELD, &token), (TOKEN_FIELD, &token)], false),
            (
                &[(TOKEN_FIELD, &other), ("sec-fetch-site", "same-origin")],
                false,
            ),
        ] {
            for ours in [None, Some(&ours)] {
                let head = request("POST", fields);
                assert_eq!(may_change(&head, SESSION, ours), allowed, "{fields:?}");
            }
        }
        let head = request("POST", &[(TOKEN_FIELD, &token_of(b""))]);
        assert!(!may_change(&head, b"", Some(&ours)), "an empty cookie");
    }
}
