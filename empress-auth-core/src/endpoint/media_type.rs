//! Which kind of body is it, and which kind may the answer be?

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

pub(super) const JSON: &str = "application/json";
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const MULTIPART: &str = "multipart/form-data";

/// The media type of the body in small letters, without parameters; empty if the request does not say one.
pub(super) fn of_body(headers: &HeaderMap) -> String {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let value = match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().unwrap_or_default(),
        _ => "",
    };
    essence(value)
}

/// Whether JSON is among what the client accepts (RFC 9110 §12.5.1).
pub(super) fn accepts_json(headers: &HeaderMap) -> bool {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let fields: Vec<String> = headers.get_all(ACCEPT).iter().map(text).collect();
    let mut ranges = fields.iter().flat_map(|field| field.split(',')).peekable();
    ranges.peek().is_none() || ranges.any(|range| range_holds_json(range.trim()))
}

fn range_holds_json(range: &str) -> bool {
    let is_refused = range.split(';').skip(1).any(|parameter| {
        let (name, value) = parameter.split_once('=').unwrap_or_default();
        name.trim().eq_ignore_ascii_case("q") && value.trim().parse() == Ok(0.0_f32)
    });
    !is_refused && matches!(&*essence(range), "" | "*/*" | "application/*" | JSON)
}

fn essence(value: &str) -> String {
    let media_type = value.split(';').next().unwrap_or_default();
    media_type.trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &http::HeaderName, values: &[&str]) -> HeaderMap {
        let value = |value: &&str| HeaderValue::from_str(value).unwrap();
        values
            .iter()
            .map(|text| (name.clone(), value(text)))
            .collect()
    }

    #[test]
    fn a_media_type_is_read_without_case_and_parameters() {
        for (values, expected) in [
            (&["application/json"][..], "application/json"),
            (&["Application/JSON; charset=utf-8"], "application/json"),
            (&[" text/plain ;x"], "text/plain"),
            (&[], ""),
            (&["application/json", "text/plain"], ""),
        ] {
            assert_eq!(of_body(&headers(&CONTENT_TYPE, values)), expected);
        }
    }

    #[test]
    fn json_is_accepted_unless_the_client_asks_for_something_else_only() {
        for (values, expected) in [
            (&[][..], true),
            (&[""], true),
            (&["*/*"], true),
            (&["application/json"], true),
            (&["application/json; indent=4"], true),
            (&["text/html, application/*;q=0.8"], true),
            (&["text/html", "*/*;q=0.1"], true),
            (&["text/html"], false),
            (&["application/xml, text/html"], false),
            (&["application/json;q=0"], false),
            (&["application/json;Q=0.0, text/html"], false),
            (&["json"], false),
        ] {
            assert_eq!(
                accepts_json(&headers(&ACCEPT, values)),
                expected,
                "{values:?}"
            );
        }
    }
}
