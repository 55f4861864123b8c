//! What does `%41` stand for?
//!
//! Strict: a `%` without two hexadecimal digits is an error, never a literal `%`, and what comes
//! out is UTF-8. Nothing is decoded twice.

use std::borrow::Cow;

/// Decodes one segment of a path, such as the user's name in `/api/v1/users/{name}`.
///
/// Split the path at `/` first: an encoded slash decodes to a slash, which is then part of the
/// name. A `+` stays a `+`.
///
/// Source: [RFC 3986 §2.1](https://www.rfc-editor.org/rfc/rfc3986#section-2.1).
///
/// # Errors
///
/// [`PercentError`] if a `%` is not followed by two hexadecimal digits, or if the decoded bytes are
/// not UTF-8.
///
/// # Examples
///
/// ```
/// use empress_auth_core::percent::decode_segment;
///
/// assert_eq!(decode_segment("ada%40example.org")?, "ada@example.org");
/// assert!(decode_segment("100%").is_err());
/// # Ok::<(), empress_auth_core::percent::PercentError>(())
/// ```
pub fn decode_segment(segment: &str) -> Result<Cow<'_, str>, PercentError> {
    if segment.contains('%') {
        decode(segment.as_bytes(), Plus::Literal).map(Cow::Owned)
    } else {
        Ok(Cow::Borrowed(segment))
    }
}

/// Decodes one name or value of a form, such as the halves of client credentials in Basic: a `+` is a blank.
///
/// Source: [RFC 6749 appendix B](https://www.rfc-editor.org/rfc/rfc6749#appendix-B).
///
/// # Errors
///
/// As [`decode_segment`].
pub fn decode_form_value(value: &str) -> Result<Cow<'_, str>, PercentError> {
    if value.contains(['%', '+']) {
        decode(value.as_bytes(), Plus::Space).map(Cow::Owned)
    } else {
        Ok(Cow::Borrowed(value))
    }
}

/// Encodes `text` as one segment of a path, or as a name or value of a query: all but the unreserved characters.
///
/// Source: [RFC 3986 §2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3).
#[must_use]
pub fn encode_segment(text: &str) -> String {
    use std::fmt::Write as _;

    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A percent-encoded text that cannot be decoded.
///
/// Says nothing of the text itself, which may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not percent-encoded UTF-8")]
pub struct PercentError(());

/// What a `+` means: a blank in a form, itself elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plus {
    Space,
    Literal,
}

pub(crate) fn decode(encoded: &[u8], plus: Plus) -> Result<String, PercentError> {
    // Never grows, so that no copy of a secret is left behind in a smaller buffer.
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(&byte) = rest.next() {
        decoded.push(match byte {
            b'%' => hex_digit(rest.next())? << 4 | hex_digit(rest.next())?,
            b'+' if plus == Plus::Space => b' ',
            _ => byte,
        });
    }
    String::from_utf8(decoded).map_err(|_| PercentError(()))
}

fn hex_digit(byte: Option<&u8>) -> Result<u8, PercentError> {
    match byte {
        Some(digit @ b'0'..=b'9') => Ok(digit - b'0'),
        Some(digit @ b'a'..=b'f') => Ok(digit - b'a' + 10),
        Some(digit @ b'A'..=b'F') => Ok(digit - b'A' + 10),
        _ => Err(PercentError(())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutation::Mutation;

    #[test]
    fn segments_decode_strictly() {
        let cases: &[(&str, &str, Option<&str>)] = &[
            ("nothing encoded", "ada", Some("ada")),
            ("empty", "", Some("")),
            ("at sign", "ada%40x.org", Some("ada@x.org")),
            ("small hex digits", "%c3%a9", Some("é")),
            ("capital hex digits", "%C3%A9", Some("é")),
            ("plus is itself", "a+b", Some("a+b")),
            ("plus beside an escape", "a+b%20", Some("a+b ")),
            ("slash", "a%2Fb", Some("a/b")),
            ("decoded once only", "%2541", Some("%41")),
            ("NUL is the caller's to refuse", "%00", Some("\0")),
            ("percent alone", "100%", None),
            ("one digit", "%4", None),
            ("not a digit", "%4g", None),
            ("sign is not a digit", "%+1", None),
            ("two percents", "%%41", None),
            ("half a character", "%c3", None),
            ("overlong slash", "%c0%af", None),
            ("surrogate", "%ed%a0%80", None),
            ("percent-u", "%u0041", None),
        ];
        for (description, segment, expected) in cases {
            let decoded = decode_segment(segment);
            assert_eq!(decoded.ok().as_deref(), *expected, "{description}");
        }
    }

    #[test]
    fn a_segment_comes_back_from_its_encoding() {
        assert_eq!(encode_segment("ada@example.org"), "ada%40example.org");
        for text in ["", "ada", "a/b?c#d%e+f", "\u{e9}\u{1f600}", "..", "\0 ~"] {
            let encoded = encode_segment(text);
            assert!(!encoded.contains(['/', '?', '#', ' ']), "{text:?}");
            assert_eq!(decode_segment(&encoded).as_deref(), Ok(text));
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic() {
        Mutation::feed(100_000, &[b"ada%40example.org", b"%C3%A9+%2541"], |bytes| {
            _ = decode(bytes, Plus::Space);
            _ = decode_segment(&String::from_utf8_lossy(bytes));
        });
    }
}
