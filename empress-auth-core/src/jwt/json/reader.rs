//! The grammar of [RFC 8259 §2](https://www.rfc-editor.org/rfc/rfc8259#section-2) to §7, production by production.

use super::members::{Decoded, Kind, Member, Members, Name, Place};
use super::plain::plain_len;
use super::text::unescape;
use super::{Limits, NotStrictJson, Value};

pub(super) struct Reader<'a> {
    text: &'a str,
    /// What of it is not read yet.
    rest: &'a [u8],
    depth_left: u8,
    members_left: u16,
}

type Read<T> = Result<T, NotStrictJson>;

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a str, limits: Limits) -> Self {
        Self {
            text,
            rest: text.as_bytes(),
            depth_left: limits.depth,
            members_left: limits.members,
        }
    }

    /// For a part of a text that was within its limits.
    pub(super) const fn of_known(text: &'a str) -> Self {
        let limits = Limits {
            depth: u8::MAX,
            members: u16::MAX,
        };
        Self::new(text, limits)
    }

    /// `JSON-text = ws object ws`
    pub(super) fn document(&mut self, members: &mut Members) -> Read<()> {
        self.skip_blanks();
        self.object(members)?;
        self.skip_blanks();
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(NotStrictJson)
        }
    }

    /// The next element of an array that is known to be good.
    pub(super) fn next_element(&mut self) -> Option<Value<'a>> {
        self.skip_blanks();
        // The bracket at first, then a comma, then the other bracket.
        self.skip(1);
        self.skip_blanks();
        Some(self.value().ok()?.value(self.text))
    }

    /// `object = begin-object [ member *( value-separator member ) ] end-object`
    fn object(&mut self, members: &mut Members) -> Read<()> {
        members.0.clear();
        let mut decoded = None;
        self.expect(b'{')?;
        self.enter()?;
        self.skip_blanks();
        if !self.take(b'}') {
            loop {
                let member = self.member(members, &mut decoded)?;
                members.0.push(member);
                self.skip_blanks();
                if self.take(b'}') {
                    break;
                }
                self.expect(b',')?;
                self.skip_blanks();
            }
        }
        self.leave();
        Ok(())
    }

    /// `member = string name-separator value`
    #[inline(always)]
    fn member(&mut self, before: &Members, decoded: &mut Decoded<'a>) -> Read<Member> {
        self.members_left = self.members_left.checked_sub(1).ok_or(NotStrictJson)?;
        let name = Name::new(self.text, self.string()?);
        let stands_twice = if decoded.is_some() || name.is_escaped() || before.are_many() {
            before.has_decoded(self.text, decoded, name)
        } else {
            before.has(self.text, name)
        };
        if stands_twice {
            return Err(NotStrictJson);
        }
        self.skip_blanks();
        self.expect(b':')?;
        self.skip_blanks();
        let value = self.value()?;
        Ok(Member { name, value })
    }

    /// `array = begin-array [ value *( value-separator value ) ] end-array`
    fn array(&mut self) -> Read<()> {
        self.expect(b'[')?;
        self.enter()?;
        self.skip_blanks();
        if !self.take(b']') {
            loop {
                self.value()?;
                self.skip_blanks();
                if self.take(b']') {
                    break;
                }
                self.expect(b',')?;
                self.skip_blanks();
            }
        }
        self.leave();
        Ok(())
    }

    /// `value = false / null / true / object / array / number / string`
    #[inline(always)]
    fn value(&mut self) -> Read<Place> {
        let start = self.at();
        let kind = match self.rest.first() {
            Some(b'"') => return self.string(),
            Some(b'{') => {
                self.object(&mut Members::default())?;
                Kind::Object
            }
            Some(b'[') => {
                self.array()?;
                Kind::Array
            }
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
                Kind::Number
            }
            Some(b't') => self.word("true", Kind::Bool)?,
            Some(b'f') => self.word("false", Kind::Bool)?,
            Some(b'n') => self.word("null", Kind::Null)?,
            _ => return Err(NotStrictJson),
        };
        Ok(self.since(start, kind))
    }

    fn word(&mut self, word: &str, means: Kind) -> Read<Kind> {
        self.rest = self
            .rest
            .strip_prefix(word.as_bytes())
            .ok_or(NotStrictJson)?;
        Ok(means)
    }

    /// `string = quotation-mark *char quotation-mark`
    #[inline(always)]
    fn string(&mut self) -> Read<Place> {
        self.expect(b'"')?;
        let start = self.at();
        let mut kind = Kind::Plain;
        loop {
            self.skip(plain_len(self.rest));
            match self.rest.first() {
                Some(b'"') => break,
                Some(b'\\') => {
                    kind = Kind::Escaped;
                    self.escape()?;
                }
                _ => return Err(NotStrictJson),
            }
        }
        let string = self.since(start, kind);
        self.skip(1);
        Ok(string)
    }

    /// `escape ( … )`
    #[cold]
    fn escape(&mut self) -> Read<()> {
        self.skip(1);
        let mut rest = self.text.get(self.at()..).unwrap_or_default().chars();
        unescape(&mut rest).ok_or(NotStrictJson)?;
        self.rest = rest.as_str().as_bytes();
        Ok(())
    }

    /// `number = [ minus ] int [ frac ] [ exp ]`
    #[inline(always)]
    fn number(&mut self) -> Read<()> {
        let start = self.at();
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        let has_exponent = self.take(b'e') || self.take(b'E');
        if has_exponent {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        // What a double cannot hold, others read as infinity, or as the largest number.
        let is_long = has_exponent
            || self.at() - start > f64::MAX_10_EXP.unsigned_abs().try_into().unwrap_or(0);
        let number = self.text.get(start..self.at()).unwrap_or_default();
        if is_long && !number.parse().is_ok_and(f64::is_finite) {
            return Err(NotStrictJson);
        }
        Ok(())
    }

    /// `1*DIGIT`
    #[inline(always)]
    fn digits(&mut self) -> Read<()> {
        let is_digit = |byte: &&u8| byte.is_ascii_digit();
        let digits = self.rest.iter().take_while(is_digit).count();
        self.skip(digits);
        if digits == 0 {
            Err(NotStrictJson)
        } else {
            Ok(())
        }
    }

    /// `ws`
    #[inline(always)]
    fn skip_blanks(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r', rest @ ..] = self.rest {
            self.rest = rest;
        }
    }

    #[inline(always)]
    fn enter(&mut self) -> Read<()> {
        self.depth_left = self.depth_left.checked_sub(1).ok_or(NotStrictJson)?;
        Ok(())
    }

    #[inline(always)]
    const fn leave(&mut self) {
        self.depth_left += 1;
    }

    #[inline(always)]
    fn take(&mut self, byte: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    #[inline(always)]
    fn expect(&mut self, byte: u8) -> Read<()> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(NotStrictJson)
        }
    }

    #[inline(always)]
    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    /// How far it is read.
    #[inline(always)]
    const fn at(&self) -> usize {
        self.text.len() - self.rest.len()
    }

    #[inline(always)]
    const fn since(&self, start: usize, kind: Kind) -> Place {
        Place {
            start,
            end: self.at(),
            kind,
        }
    }
}
