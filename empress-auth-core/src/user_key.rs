//! Do two spellings of a user name mean one user?
//!
//! One answer for every path: creating, finding, logging in, counting failures. Where two paths
//! answer differently, a limit is passed by writing the name another way, or a mail goes to
//! someone else.

use unicode_normalization::UnicodeNormalization;

/// A user name in its one canonical form: NFKC, small letters, without blanks around it.
///
/// Lower-casing is per character, so it does not depend on the language or on the neighbouring
/// letters: `İ` becomes `i̇` and `ı` stays `ı`, which both differ from `i`; the Kelvin sign becomes
/// `k` and `ſ` becomes `s`. Whether the text is an acceptable name at all is checked elsewhere.
///
/// An e-mail address and a user name are two keys. Who lets both log in looks the user up first and
/// uses the key of the name found, or of the text typed if none is.
///
/// Source: [UAX #15](https://www.unicode.org/reports/tr15/) and
/// [RFC 8265 §3.3](https://www.rfc-editor.org/rfc/rfc8265#section-3.3) for the mapping of case.
///
/// # Examples
///
/// ```
/// use empress_auth_core::user_key::UserKey;
///
/// assert_eq!(UserKey::new(" Ada "), UserKey::new("ada"));
/// assert_eq!(UserKey::new("ＡＤＡ").as_str(), "ada");
/// assert_ne!(UserKey::new("ada."), UserKey::new("ada"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserKey {
    canonical: String,
}

impl UserKey {
    /// The key of a name as it was typed. Time is linear in its length; the caller caps that.
    #[must_use]
    pub fn new(name: &str) -> Self {
        // Lower-casing can undo composition, so it is composed again.
        let lowered = name.nfkc().flat_map(char::to_lowercase);
        let canonical: String = lowered.nfkc().collect();
        Self {
            canonical: canonical.trim().to_owned(),
        }
    }

    /// The canonical text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.canonical
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_share_a_key_and_others_do_not() {
        let cases = [
            ("case", "Ada", "ada", true),
            ("blanks around", "\t ada\r\n", "ada", true),
            (
                "no-break and ideographic blanks",
                "\u{a0}ada\u{3000}",
                "ada",
                true,
            ),
            ("composed and decomposed", "\u{e9}va", "e\u{301}va", true),
            ("fullwidth", "\u{ff41}da", "ada", true),
            ("ligature", "o\u{fb03}ce", "office", true),
            ("Kelvin sign", "\u{212a}arl", "karl", true),
            ("long s", "\u{17f}am", "sam", true),
            (
                "capital sigma",
                "\u{39d}\u{391}\u{3a3}",
                "\u{3bd}\u{3b1}\u{3c3}",
                true,
            ),
            (
                "e-mail in capitals",
                "ADA@EXAMPLE.ORG",
                "ada@example.org",
                true,
            ),
            ("I with a dot", "\u{130}da", "ida", false),
            ("I with a dot, both ways", "\u{130}da", "i\u{307}da", true),
            ("dotless i", "\u{131}da", "ida", false),
            ("dot at the end", "ada.", "ada", false),
            ("blank inside", "a da", "ada", false),
            ("sharp s", "stra\u{df}e", "strasse", false),
            ("Cyrillic a", "\u{430}da", "ada", false),
            ("two at signs", "ada@@x", "ada@x", false),
        ];
        for (description, left, right, equal) in cases {
            let (left, right) = (UserKey::new(left), UserKey::new(right));
            assert_eq!(left == right, equal, "{description}: {left:?}, {right:?}");
        }
    }

    #[test]
    fn the_key_of_a_key_is_itself() {
        for character in '\0'..='\u{1ffff}' {
            let name: String = ['a', character, '\u{301}', 'b'].iter().collect();
            let key = UserKey::new(&name);
            assert_eq!(UserKey::new(key.as_str()), key, "{character:?}");
        }
    }
}
