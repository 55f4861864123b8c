//! Which fields does an `application/x-www-form-urlencoded` body, or a query, carry?
//!
//! The WHATWG rules, made strict: a bad escape or text that is not UTF-8 refuses the whole body,
//! where a browser would guess. `&` is the only separator, empty pieces between two of them are
//! skipped, and a piece without `=` is a name without a value.

use crate::fields::Fields;
use crate::percent::{self, PercentError, Plus};

/// Parses a form body or the query of a URL (without its `?`).
///
/// At most [`MAX_FORM_BYTES`] long and at most [`MAX_FIELDS`] fields; time is linear in the length.
///
/// Source: [RFC 6749 appendix B](https://www.rfc-editor.org/rfc/rfc6749#appendix-B),
/// [URL Standard §5.1](https://url.spec.whatwg.org/#urlencoded-parsing).
///
/// # Errors
///
/// [`FormErrorKind::TooLarge`] and [`FormErrorKind::TooManyFields`] over the limits,
/// [`FormErrorKind::Encoding`] if an escape is broken or the text is not UTF-8.
///
/// # Examples
///
/// ```
/// use empress_auth_core::form::{FormErrorKind, parse_form};
///
/// let fields = parse_form(b"username=ada&password=a+b%2Bc")?;
/// assert_eq!(fields.single("password"), Ok(Some("a b+c")));
///
/// let refused = parse_form(b"password=100%").unwrap_err();
/// assert_eq!(refused.kind(), FormErrorKind::Encoding);
/// # Ok::<(), empress_auth_core::form::FormError>(())
/// ```
pub fn parse_form(body: &[u8]) -> Result<Fields, FormError> {
    if body.len() > MAX_FORM_BYTES {
        return Err(FormErrorKind::TooLarge.into());
    }
    let mut fields = Fields::default();
    for piece in body.split(|byte| *byte == b'&') {
        if piece.is_empty() {
            continue;
        }
        if fields.len() == MAX_FIELDS {
            return Err(FormErrorKind::TooManyFields.into());
        }
        let mut halves = piece.splitn(2, |byte| *byte == b'=');
        let name = percent::decode(halves.next().unwrap_or_default(), Plus::Space)?;
        let value = percent::decode(halves.next().unwrap_or_default(), Plus::Space)?;
        fields.push(name, value);
    }
    Ok(fields)
}

/// The longest form body that is read: 64 KiB.
pub const MAX_FORM_BYTES: usize = 64 * 1024;

/// The most fields a form may have, repetitions included; the longest form of ours has a dozen.
pub const MAX_FIELDS: usize = 100;

/// A form that is refused as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.text())]
pub struct FormError {
    kind: FormErrorKind,
}

impl FormError {
    /// What is wrong with the form.
    #[must_use]
    pub const fn kind(&self) -> FormErrorKind {
        self.kind
    }
}

impl From<FormErrorKind> for FormError {
    fn from(kind: FormErrorKind) -> Self {
        Self { kind }
    }
}

impl From<PercentError> for FormError {
    fn from(_: PercentError) -> Self {
        FormErrorKind::Encoding.into()
    }
}

/// What is wrong with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormErrorKind {
    /// Longer than [`MAX_FORM_BYTES`].
    TooLarge,
    /// More than [`MAX_FIELDS`] fields.
    TooManyFields,
    /// A broken escape, or text that is not UTF-8.
    Encoding,
}

impl FormErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::TooLarge => "the form is larger than 64 KiB",
            Self::TooManyFields => "the form has more than 100 fields",
            Self::Encoding => "the form is not percent-encoded UTF-8",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutation::Mutation;

    type Pairs = &'static [(&'static str, &'static str)];

    #[test]
    fn forms_parse_as_sent() {
        let cases: &[(&str, &[u8], Pairs)] = &[
            ("empty body", b"", &[]),
            ("one field", b"a=1", &[("a", "1")]),
            ("two fields", b"a=1&b=2", &[("a", "1"), ("b", "2")]),
            ("a repeated name", b"a=1&a=2", &[("a", "1"), ("a", "2")]),
            ("name without `=`", b"a", &[("a", "")]),
            ("empty value", b"a=", &[("a", "")]),
            ("empty name", b"=1", &[("", "1")]),
            ("equals sign in the value", b"a=b=c", &[("a", "b=c")]),
            ("separators without a field", b"&&a=1&", &[("a", "1")]),
            ("plus is a blank", b"a+b=c+d", &[("a b", "c d")]),
            ("encoded plus", b"a=%2B", &[("a", "+")]),
            ("encoded separators", b"%61%3D=%26", &[("a=", "&")]),
            ("UTF-8, encoded", b"a=%C3%A9", &[("a", "\u{e9}")]),
            ("UTF-8, raw", b"a=\xc3\xa9", &[("a", "\u{e9}")]),
            ("decoded once only", b"a=%2541", &[("a", "%41")]),
            ("semicolon does not separate", b"a=1;b=2", &[("a", "1;b=2")]),
            ("brackets are part of the name", b"a[]=1", &[("a[]", "1")]),
            ("NUL is the caller's to refuse", b"a=%00", &[("a", "\0")]),
            ("line end is kept", b"a=1\r\n", &[("a", "1\r\n")]),
        ];
        for (description, body, expected) in cases {
            let fields = parse_form(body).expect(description);
            assert_eq!(
                fields.iter().collect::<Vec<_>>(),
                *expected,
                "{description}"
            );
        }
    }

    #[test]
    fn broken_forms_are_refused_whole() {
        let many = "a=1&".repeat(MAX_FIELDS + 1);
        let long = "a".repeat(MAX_FORM_BYTES + 1);
        let cases: &[(&str, &[u8], FormErrorKind)] = &[
            ("percent at the end", b"a=%", FormErrorKind::Encoding),
            ("one digit", b"a=%4", FormErrorKind::Encoding),
            ("not hexadecimal", b"a=%zz", FormErrorKind::Encoding),
            (
                "escape across the separator",
                b"a=%4&1=b",
                FormErrorKind::Encoding,
            ),
            ("bad escape in a name", b"%=1&a=1", FormErrorKind::Encoding),
            ("raw 0xFF", b"a=\xff", FormErrorKind::Encoding),
            ("encoded Latin-1", b"a=%E9", FormErrorKind::Encoding),
            ("encoded surrogate", b"a=%ED%A0%80", FormErrorKind::Encoding),
            ("101 fields", many.as_bytes(), FormErrorKind::TooManyFields),
            (
                "one byte too long",
                long.as_bytes(),
                FormErrorKind::TooLarge,
            ),
        ];
        for (description, body, expected) in cases {
            let refused = parse_form(body).expect_err(description);
            assert_eq!(refused.kind(), *expected, "{description}");
        }
    }

    #[test]
    fn the_limits_themselves_are_allowed() {
        let fields = parse_form("a=1&".repeat(MAX_FIELDS).as_bytes());
        assert_eq!(fields.unwrap().len(), MAX_FIELDS);
        assert!(parse_form("a".repeat(MAX_FORM_BYTES).as_bytes()).is_ok());
    }

    #[test]
    fn errors_do_not_echo_the_input() {
        let text = parse_form(b"password=hunter2%").unwrap_err();
        assert!(!format!("{text} {text:?}").contains("hunter2"));
    }

    #[test]
    fn arbitrary_bytes_never_panic() {
        let seeds: &[&[u8]] = &[b"username=ada&password=a+b%2Bc", b"%C3%A9=%26&&=&a[]=1;"];
        Mutation::feed(100_000, seeds, |bytes| _ = parse_form(bytes));
    }
}
