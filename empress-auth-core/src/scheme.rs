//! Which authentication schemes are accepted, and how a field is split into scheme and credential.

/// An authentication scheme of the `Authorization` field (RFC 9110 §11.1); letter case does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// `Token`: an API token, or `key:secret`.
    Token,
    /// `Basic` (RFC 7617): base64 of `key:secret`, or of user name and password where those are accepted.
    Basic,
    /// `Bearer` (RFC 6750): an API token or an OAuth access token.
    Bearer,
}

impl Scheme {
    /// The name as it is written in challenges.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Token => "Token",
            Self::Basic => "Basic",
            Self::Bearer => "Bearer",
        }
    }
}

/// The schemes that a layer accepts, in the order in which it offers them.
#[derive(Debug, Clone)]
pub(crate) struct Schemes {
    offered: Vec<Scheme>,
    accepts: [bool; 3],
    /// Stands in place of `Token`.
    keyword: Option<Box<str>>,
}

impl Schemes {
    pub(crate) fn all() -> Self {
        Self::only([Scheme::Token, Scheme::Bearer, Scheme::Basic])
    }

    pub(crate) fn only(schemes: impl IntoIterator<Item = Scheme>) -> Self {
        let mut offered = Vec::new();
        for scheme in schemes {
            if !offered.contains(&scheme) {
                offered.push(scheme);
            }
        }
        let accepts =
            [Scheme::Token, Scheme::Basic, Scheme::Bearer].map(|known| offered.contains(&known));
        Self {
            offered,
            accepts,
            keyword: None,
        }
    }

    pub(crate) fn with_keyword(mut self, keyword: &str) -> Self {
        self.keyword = Some(keyword.into());
        self
    }

    pub(crate) fn offered(&self) -> &[Scheme] {
        &self.offered
    }

    /// The name under which `scheme` is offered here.
    pub(crate) fn name(&self, scheme: Scheme) -> &str {
        match (scheme, &self.keyword) {
            (Scheme::Token, Some(keyword)) => keyword,
            _ => scheme.name(),
        }
    }

    /// The scheme of this name, if it is accepted.
    #[inline]
    pub(crate) fn find(&self, name: &[u8]) -> Option<Scheme> {
        if self.keyword.is_some() {
            return self.find_with_keyword(name);
        }
        let [token, basic, bearer] = self.accepts;
        if name.len() == 5 {
            if token && name.eq_ignore_ascii_case(b"token") {
                return Some(Scheme::Token);
            }
            return (basic && name.eq_ignore_ascii_case(b"basic")).then_some(Scheme::Basic);
        }
        (bearer && name.eq_ignore_ascii_case(b"bearer")).then_some(Scheme::Bearer)
    }

    #[cold]
    fn find_with_keyword(&self, name: &[u8]) -> Option<Scheme> {
        self.offered
            .iter()
            .copied()
            .find(|scheme| name.eq_ignore_ascii_case(self.name(*scheme).as_bytes()))
    }
}

/// Splits a field value at its first run of blanks: `auth-scheme [ 1*SP … ]`, TAB taken for SP.
///
/// The rest is empty where the scheme stands alone.
#[inline]
pub(crate) fn split(value: &[u8]) -> (&[u8], &[u8]) {
    let value = trim_blanks(value);
    let end = value
        .iter()
        .position(|byte| matches!(byte, b' ' | b'\t'))
        .unwrap_or(value.len());
    value
        .split_at_checked(end)
        .map_or((value, &[]), |(scheme, rest)| (scheme, trim_blanks(rest)))
}

#[inline]
fn trim_blanks(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    // H-9, RS-9110-2, RS-9110-10, RS-6750-2
    #[test]
    fn a_scheme_is_found_in_any_letter_case_behind_any_blanks() {
        for (value, scheme, rest) in [
            ("Token x", Some(Scheme::Token), "x"),
            ("tOkEn \t x", Some(Scheme::Token), "x"),
            ("BASIC\tx", Some(Scheme::Basic), "x"),
            ("bearer   x  ", Some(Scheme::Bearer), "x"),
            ("  Bearer x", Some(Scheme::Bearer), "x"),
            ("Bearer", Some(Scheme::Bearer), ""),
            ("Bearer ", Some(Scheme::Bearer), ""),
            ("Digest x", None, "x"),
            ("tokens x", None, "x"),
            ("Token\u{a0}x", None, ""),
            ("abc", None, ""),
            ("", None, ""),
        ] {
            let (name, found_rest) = split(value.as_bytes());
            assert_eq!(Schemes::all().find(name), scheme, "{value:?}");
            assert_eq!(found_rest, rest.as_bytes(), "{value:?}");
        }
    }

    #[test]
    fn a_scheme_that_is_switched_off_is_unknown() {
        let schemes = Schemes::only([Scheme::Token]);
        assert_eq!(schemes.find(b"bearer"), None);
        assert_eq!(schemes.find(b"TOKEN"), Some(Scheme::Token));
    }

    #[test]
    fn a_keyword_stands_in_place_of_token() {
        let schemes = Schemes::all().with_keyword("ApiKey");
        assert_eq!(schemes.find(b"apikey"), Some(Scheme::Token));
        assert_eq!(schemes.find(b"token"), None);
        assert_eq!(schemes.find(b"bearer"), Some(Scheme::Bearer));
    }
}
