//! A string as it is written, between its quotes.

use std::borrow::Cow;

/// Known to be well escaped.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text<'a> {
    raw: &'a str,
    has_escapes: bool,
}

impl<'a> Text<'a> {
    pub(super) const fn new(raw: &'a str, has_escapes: bool) -> Self {
        Self { raw, has_escapes }
    }

    /// Whether it stands for exactly this text.
    #[inline(always)]
    pub(crate) fn is(self, text: &str) -> bool {
        // Most are told apart by their lengths.
        if self.has_escapes {
            self.is_escaped(text)
        } else {
            self.raw.len() == text.len() && self.raw == text
        }
    }

    #[cold]
    fn is_escaped(self, text: &str) -> bool {
        self.chars().eq(text.chars())
    }

    /// The text that it stands for; copied only if something in it is escaped.
    pub(crate) fn decode(self) -> Cow<'a, str> {
        if self.has_escapes {
            Cow::Owned(self.chars().collect())
        } else {
            Cow::Borrowed(self.raw)
        }
    }

    fn chars(self) -> impl Iterator<Item = char> + use<'a> {
        let mut rest = self.raw.chars();
        std::iter::from_fn(move || match rest.next()? {
            '\\' => unescape(&mut rest),
            plain => Some(plain),
        })
    }
}

/// The character that the escape behind a backslash stands for; `None` if there is no such escape.
pub(super) fn unescape(rest: &mut std::str::Chars<'_>) -> Option<char> {
    Some(match rest.next()? {
        literal @ ('"' | '\\' | '/') => literal,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let unit = code_unit(rest)?;
            let low = match unit {
                0xd800..=0xdbff => {
                    (rest.next()? == '\\' && rest.next()? == 'u').then_some(())?;
                    Some(code_unit(rest)?)
                }
                _ => None,
            };
            // Of one half of a pair nobody can say what it means.
            return char::decode_utf16([Some(unit), low].into_iter().flatten())
                .next()?
                .ok();
        }
        _ => return None,
    })
}

/// Four hexadecimal digits.
fn code_unit(rest: &mut std::str::Chars<'_>) -> Option<u16> {
    let mut unit = 0;
    for _ in 0..4 {
        let digit = u16::try_from(rest.next()?.to_digit(16)?).ok()?;
        unit = unit << 4 | digit;
    }
    Some(unit)
}
