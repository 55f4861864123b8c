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
    /// Which of the usual names mean the scheme of this name, in the order of [`Scheme`].
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
        // A keyword that is another scheme's name goes the long way, where the first one offered is found.
        let [token, basic, bearer] = &mut self.accepts;
        *token = false;
        *basic &= !keyword.eq_ignore_ascii_case(Scheme::Basic.name());
        *bearer &= !keyword.eq_ignore_ascii_case(Scheme::Bearer.name());
        self
    }

    pub(crate) fn keyword(&self) -> Option<&str> {
        self.keyword.as_deref()
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

    /// Scheme and credential of a usual field: one of the three names, one space, and what does not look like a blank.
    ///
    /// `None` says nothing; [`read`](Self::read) does. Eight bytes are compared as one number, letter case aside: the
    /// bit that a blank has is the one in which `B` and `b` differ, so that only a letter in either case equals a letter.
    #[inline(always)]
    pub(crate) fn read_usual<'a>(&self, value: &'a [u8]) -> Option<(Scheme, &'a [u8])> {
        const BEARER: u64 = u64::from_le_bytes(*b"bearer \0");
        const TOKEN: u64 = u64::from_le_bytes(*b"token \0\0");
        const BASIC: u64 = u64::from_le_bytes(*b"basic \0\0");
        const FIVE_LETTERS: u64 = u64::from_le_bytes(*b"     \0\0\0");
        const SIX_LETTERS: u64 = u64::from_le_bytes(*b"      \0\0");

        let head = u64::from_le_bytes(*value.first_chunk()?);
        let [token, basic, bearer] = self.accepts;
        let seven = (head | SIX_LETTERS) & (u64::MAX >> 8);
        if seven == BEARER && bearer {
            return Some((Scheme::Bearer, value.get(7..)?));
        }
        let six = (head | FIVE_LETTERS) & (u64::MAX >> 16);
        if six == TOKEN && token {
            return Some((Scheme::Token, value.get(6..)?));
        }
        (six == BASIC && basic).then_some((Scheme::Basic, value.get(6..)?))
    }

    /// Splits any field value into an accepted scheme and its credential; `None` if the scheme is no accepted one.
    pub(crate) fn read<'a>(&self, value: &'a [u8]) -> Option<(Scheme, &'a [u8])> {
        let (name, rest) = split(value);
        let mut offered = self.offered.iter().copied();
        let scheme =
            offered.find(|scheme| name.eq_ignore_ascii_case(self.name(*scheme).as_bytes()))?;
        Some((scheme, rest))
    }
}

/// Splits a field value at its first run of blanks: `auth-scheme [ 1*SP … ]`, TAB taken for SP.
///
/// The rest is empty where the scheme stands alone.
fn split(value: &[u8]) -> (&[u8], &[u8]) {
    let value = trim_blanks(value);
    let end = value
        .iter()
        .position(|byte| matches!(byte, b' ' | b'\t'))
        .unwrap_or(value.len());
    value
        .split_at_checked(end)
        .map_or((value, &[]), |(scheme, rest)| (scheme, trim_blanks(rest)))
}

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
            ("Digest x", None, ""),
            ("tokens x", None, ""),
            ("Token\u{a0}x", None, ""),
            ("abc", None, ""),
            ("", None, ""),
        ] {
            let expected = scheme.map(|scheme| (scheme, rest.as_bytes()));
            assert_eq!(Schemes::all().read(value.as_bytes()), expected, "{value:?}");
        }
    }

    #[test]
    fn the_usual_field_is_read_like_any_other() {
        let all = Schemes::all();
        let keyword = Schemes::all().with_keyword("Basic");
        let one = Schemes::only([Scheme::Basic]);
        for name in ["Token", "Basic", "Bearer", "tOKEN", "BASIC", "bearer"] {
            for place in 0..name.len() + 1 {
                for byte in 0..=u8::MAX {
                    let mut value = format!("{name} xyz").into_bytes();
                    value[place] = byte;
                    for schemes in [&all, &one, &keyword] {
                        let usual = schemes.read_usual(&value);
                        assert!(
                            usual.is_none() || usual == schemes.read(&value),
                            "{value:?}"
                        );
                    }
                }
            }
            let value = format!("{name} xyz");
            assert!(all.read_usual(value.as_bytes()).is_some(), "{value}");
        }
    }

    #[test]
    fn a_scheme_that_is_switched_off_is_unknown() {
        let schemes = Schemes::only([Scheme::Token]);
        assert_eq!(schemes.read(b"bearer x"), None);
        assert_eq!(schemes.read(b"TOKEN x"), Some((Scheme::Token, &b"x"[..])));
    }

    #[test]
    fn a_keyword_stands_in_place_of_token() {
        let schemes = Schemes::all().with_keyword("ApiKey");
        assert_eq!(schemes.read(b"apikey x"), Some((Scheme::Token, &b"x"[..])));
        assert_eq!(schemes.read(b"token x"), None);
        assert_eq!(schemes.read(b"bearer x"), Some((Scheme::Bearer, &b"x"[..])));
    }
}
