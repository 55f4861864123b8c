//! What does `Authorization: Basic …` say, for an endpoint whose clients authenticate by it
//! ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617))?

use std::fmt;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use crate::credentials::{self, BasicHolds, Malformed, split_pair};
use crate::scheme::{Scheme, Schemes};

/// What the `Authorization` field of a request says, as far as Basic goes.
///
/// # Examples
///
/// ```
/// use empress_auth_core::BasicField;
/// use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
///
/// let mut headers = HeaderMap::new();
/// assert!(matches!(BasicField::read(&headers), BasicField::Absent));
/// headers.insert(AUTHORIZATION, HeaderValue::from_static("basic YTpiOmM="));
/// let BasicField::Pair(pair) = BasicField::read(&headers) else { panic!("a pair") };
/// assert_eq!((pair.user_id(), pair.password()), ("a", "b:c"));
/// ```
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "these are all the cases there are")]
pub enum BasicField {
    /// The request does not have the field.
    Absent,
    /// User-id and password.
    Pair(BasicPair),
    /// The scheme is another one.
    OtherScheme,
    /// Basic, and what follows is not base64 of user-id, colon and password.
    Malformed,
    /// The field stands on several lines.
    Several,
}

/// A user-id and a password; wiped when dropped.
pub struct BasicPair {
    user_id_and_password: Zeroizing<String>,
    colon: usize,
}

impl BasicField {
    /// Reads the field.
    #[must_use]
    pub fn read(headers: &HeaderMap) -> Self {
        let mut lines = headers.get_all(AUTHORIZATION).iter();
        let value = match (lines.next(), lines.next()) {
            (None, _) => return Self::Absent,
            (Some(value), None) => value.as_bytes(),
            (Some(_), Some(_)) => return Self::Several,
        };
        let schemes = Schemes::only([Scheme::Basic]);
        let read = credentials::read(value, &schemes, BasicHolds::Password, |_, _, decoded| {
            BasicPair::new(decoded)
        });
        match read {
            Ok(Some(pair)) => Self::Pair(pair),
            Err(Malformed::Empty | Malformed::UnknownScheme) => Self::OtherScheme,
            Ok(None) | Err(_) => Self::Malformed,
        }
    }
}

impl BasicPair {
    fn new(decoded: &[u8]) -> Option<Self> {
        let colon = split_pair(decoded)?.0.len();
        let text = std::str::from_utf8(decoded).ok()?;
        Some(Self {
            user_id_and_password: Zeroizing::new(text.to_owned()),
            colon,
        })
    }

    /// What stands before the first colon.
    #[must_use]
    pub fn user_id(&self) -> &str {
        self.user_id_and_password
            .get(..self.colon)
            .unwrap_or_default()
    }

    /// What stands after the first colon.
    #[must_use]
    pub fn password(&self) -> &str {
        self.user_id_and_password
            .get(self.colon + 1..)
            .unwrap_or_default()
    }
}

impl fmt::Debug for BasicPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BasicPair(..)")
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    // RS-7617-2, RS-7617-3, RS-7617-5, H-10, H-11, H-12
    #[test]
    fn the_field_is_read_or_refused() {
        let read = |lines: &[&str]| {
            let lines = lines
                .iter()
                .map(|line| HeaderValue::from_bytes(line.as_bytes()));
            let headers = lines.map(|line| (AUTHORIZATION, line.unwrap())).collect();
            let field = BasicField::read(&headers);
            if let BasicField::Pair(pair) = &field {
                return format!("{}|{}", pair.user_id(), pair.password());
            }
            format!("{field:?}")
        };
        for (lines, expected) in [
            (&["Basic YTpi"][..], "a|b"),
            (&["bAsIc \t YTpi"], "a|b"),
            (&["Basic OmI="], "|b"),
            (&["Basic YTo="], "a|"),
            (&["Basic YTpiOmM="], "a|b:c"),
            (&["Basic w6k6w6k="], "é|é"),
            (&[], "Absent"),
            (&["Basic YTpi", "Basic YTpi"], "Several"),
            (&["Bearer YTpi"], "OtherScheme"),
            (&["token a:b"], "OtherScheme"),
            (&["Basically YTpi"], "OtherScheme"),
            (&[""], "OtherScheme"),
            (&["Basic"], "Malformed"),
            (&["Basic YTpi YTpi"], "Malformed"),
            (&["Basic YTpi,YTpi"], "Malformed"),
            (&["Basic YQ=="], "Malformed"),
            (&["Basic YTpiOmM"], "Malformed"),
            (&["Basic a:b"], "Malformed"),
            (&["Basic YTo/Cg=="], "Malformed"),
            (&["Basic /zr/"], "Malformed"),
        ] {
            assert_eq!(read(lines), expected, "{lines:?}");
        }
    }

    #[test]
    fn debug_shows_neither_half() {
        let pair = BasicPair::new(b"ada:hunter2").unwrap();
        assert_eq!(format!("{pair:?}"), "BasicPair(..)");
    }
}
