//! For how long does an answer say that it is good?

use std::time::Duration;

use http::HeaderMap;
use http::header::{AGE, CACHE_CONTROL};

/// What is left of `max-age`, as the issuer and the caches on the way say; `None` if they do not say, or forbid keeping.
///
/// Source: [RFC 9111 §4.2](https://www.rfc-editor.org/rfc/rfc9111#section-4.2).
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut least: Option<u64> = None;
    for value in headers.get_all(CACHE_CONTROL) {
        for directive in value.to_str().ok()?.split(',') {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            let name = name.trim();
            if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
                return None;
            }
            if name.eq_ignore_ascii_case("max-age") {
                let seconds = seconds(argument.trim().trim_matches('"'))?;
                least = Some(least.map_or(seconds, |it| it.min(seconds)));
            }
        }
    }
    let age = headers.get(AGE).and_then(|value| value.to_str().ok());
    let age = age.and_then(|text| seconds(text.trim())).unwrap_or(0);
    least.map(|seconds| Duration::from_secs(seconds.saturating_sub(age)))
}

/// Digits alone; more than fit mean for ever, which is cut elsewhere.
fn seconds(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(cache_control: &[&'static str], age: Option<&'static str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for value in cache_control {
            headers.append(CACHE_CONTROL, HeaderValue::from_static(value));
        }
        if let Some(age) = age {
            headers.append(AGE, HeaderValue::from_static(age));
        }
        max_age(&headers).map(|it| it.as_secs())
    }

    #[test]
    fn the_age_is_what_is_left_of_it() {
        for (what, fields, age, left) in [
            ("none", &[][..], None, None),
            ("plain", &["max-age=300"], None, Some(300)),
            (
                "among others",
                &["public, max-age=19845, must-revalidate"],
                None,
                Some(19_845),
            ),
            ("any case, quoted", &["Max-Age=\"60\""], None, Some(60)),
            ("kept on the way", &["max-age=300"], Some("100"), Some(200)),
            (
                "older than it may be",
                &["max-age=300"],
                Some("400"),
                Some(0),
            ),
            (
                "an age that is none",
                &["max-age=300"],
                Some("-5"),
                Some(300),
            ),
            (
                "the lesser of two",
                &["max-age=300", "max-age=60"],
                None,
                Some(60),
            ),
            ("not to be kept", &["max-age=300, no-store"], None, None),
            (
                "to be asked each time",
                &["no-cache", "max-age=300"],
                None,
                None,
            ),
            ("not a number", &["max-age=-1"], None, None),
            ("no number", &["max-age"], None, None),
            (
                "for ever",
                &["max-age=99999999999999999999999"],
                None,
                Some(u64::MAX),
            ),
            ("for caches that are shared", &["s-maxage=300"], None, None),
        ] {
            assert_eq!(of(fields, age), left, "{what}");
        }
    }
}
