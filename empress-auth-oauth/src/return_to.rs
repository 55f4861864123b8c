//! Where may a browser be sent after a login?
//!
//! `redirect-to` comes from the URL of the login page, which anybody may have written. Only a path of this origin is taken,
//! in a form that no two programs read differently (P-19).

/// The path and query to go on with, if `text` is one of this origin; `None` for everything else, whatever it is.
///
/// It begins with one slash, consists of visible ASCII without quotes, angle brackets, backslash and `#`, its path has
/// neither an empty nor a dot segment (written out or percent-encoded), and it is at most [`MAX_BYTES`] long.
///
/// # Examples
///
/// ```
/// use empress_auth_oauth::return_to::return_to;
///
/// assert_eq!(return_to("/oauth/authorize?client_id=a"), Some("/oauth/authorize?client_id=a"));
/// for elsewhere in ["//evil.example", "/\\evil.example", "https:evil.example", "/\t/evil.example"] {
///     assert_eq!(return_to(elsewhere), None);
/// }
/// ```
#[must_use]
pub fn return_to(text: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\#`".contains(&byte);
    if text.len() > MAX_BYTES || !text.bytes().all(is_plain) {
        return None;
    }
    let path = text.split('?').next().unwrap_or_default();
    let mut segments = path.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        // A slash at the end leaves an empty segment, which is no doubt; so does `/` alone.
        let is_last = segments.peek().is_none();
        if (segment.is_empty() && !is_last) || is_dotted(segment) {
            return None;
        }
    }
    Some(text)
}

/// The user name to begin a login form with, if `text` can be one; it comes from the same URL.
///
/// At most 140 characters and no controls: what an escaping template may show
/// ([OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest), `login_hint`).
///
/// # Examples
///
/// ```
/// use empress_auth_oauth::return_to::login_hint;
///
/// assert_eq!(login_hint("ada@example.com"), Some("ada@example.com"));
/// assert_eq!(login_hint("ada\n"), None);
/// ```
#[must_use]
pub fn login_hint(text: &str) -> Option<&str> {
    let is_name = text.chars().count() <= MAX_NAME && !text.chars().any(char::is_control);
    is_name.then_some(text)
}

/// The longest user name, in characters.
const MAX_NAME: usize = 140;

/// The longest path that is taken: what an authorization request with a state of 4 KiB has, percent-encoded.
pub const MAX_BYTES: usize = 32 * 1024;

/// `.` and `..`, which browsers take away, also where their dots are percent-encoded ([URL Standard
/// §4.1](https://url.spec.whatwg.org/#single-dot-path-segment)).
fn is_dotted(segment: &str) -> bool {
    let decoded = segment.to_ascii_lowercase().replace("%2e", ".");
    matches!(&*decoded, "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_this_origin_is_taken_as_it_is() {
        for text in [
            "/",
            "/account",
            "/account/",
            "/oauth/authorize?client_id=a&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=%C3%A9",
            "/a?b=//c",
            "/a?b=https://c.example/../d",
            "/a.b/..c/d..",
            "/?redirect-to=/a",
            "/api/method/frappe.integrations.oauth2.authorize?a=b",
        ] {
            assert_eq!(return_to(text), Some(text));
        }
    }

    // P-19, AS-9700-5
    #[test]
    fn no_other_origin_is_ever_named() {
        let long = format!("/{}", "a".repeat(MAX_BYTES));
        for text in [
            "",
            " ",
            "account",
            "?a=b",
            "#a",
            "evil.example",
            "@evil.example",
            ":80",
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "\\\\evil.example",
            "/\\/evil.example",
            "//evil.example/..",
            "//user@evil.example",
            "//evil.example:443/a",
            "//evil%00.example",
            "//%65vil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r/evil.example",
            "/\u{0}/evil.example",
            "/\u{b}/evil.example",
            "\t//evil.example",
            " //evil.example",
            " /account",
            "/account ",
            "/account\r\nset-cookie: a=b",
            "https://evil.example",
            "https:evil.example",
            "https:/evil.example",
            "https:///evil.example",
            "HTTPS://evil.example",
            "http:evil.example",
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "ftp://evil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/%2e//evil.example",
            "/%2E%2e/evil.example",
            "/a/../..//evil.example",
            "/./evil",
            "/a//b",
            "/a\\..\\b",
            "/a#b",
            "/\u{ff0f}evil.example",
            "/\u{3002}evil",
            "/\u{202e}evil",
            "/a\"b",
            "/a<b>",
            "/a`b",
            "/\u{7f}",
            "/\u{e9}",
            &long,
        ] {
            assert_eq!(return_to(text), None, "{text:?}");
        }
    }
}
