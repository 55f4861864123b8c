//! The grammar of [RFC 8259 §2](https://www.rfc-editor.org/rfc/rfc8259#section-2) to §7, production by production.

use smallvec::SmallVec;

use super::plain::plain_len;
use super::text::unescape;
use super::{Array, Limits, Members, Nested, NotStrictJson, Text, Value};

pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth_left: u8,
    members_left: u16,
}

type Read<T> = Result<T, NotStrictJson>;

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a str, limits: Limits) -> Self {
        Self {
            text,
            at: 0,
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
    pub(super) fn document(&mut self) -> Read<Members<'a>> {
        self.skip_blanks();
        let members = self.object()?;
        self.skip_blanks();
        if self.at == self.text.len() {
            Ok(members)
        } else {
            Err(NotStrictJson)
        }
    }

    /// The next element of an array that is known to be good.
    pub(super) fn next_element(&mut self) -> Option<Value<'a>> {
        self.skip_blanks();
        // The bracket at first, then a comma, then the other bracket.
        self.at += 1;
        self.skip_blanks();
        self.value().ok()
    }

    /// `object = begin-object [ member *( value-separator member ) ] end-object`
    fn object(&mut self) -> Read<Members<'a>> {
        self.expect(b'{')?;
        self.enter()?;
        let mut members = SmallVec::new();
        self.skip_blanks();
        if !self.take(b'}') {
            loop {
                members.push(self.member(&members)?);
                self.skip_blanks();
                if self.take(b'}') {
                    break;
                }
                self.expect(b',')?;
                self.skip_blanks();
            }
        }
        self.leave();
        Ok(members)
    }

    /// `member = string name-separator value`
    fn member(&mut self, before: &Members<'a>) -> Read<(Text<'a>, Value<'a>)> {
        self.members_left = self.members_left.checked_sub(1).ok_or(NotStrictJson)?;
        let name = self.string()?;
        if before.iter().any(|(other, _)| other.is_same(name)) {
            return Err(NotStrictJson);
        }
        self.skip_blanks();
        self.expect(b':')?;
        self.skip_blanks();
        Ok((name, self.value()?))
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
    fn value(&mut self) -> Read<Value<'a>> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.string().map(Value::String),
            Some(b'{') => {
                self.object()?;
                self.since(start).map(|text| Value::Object(Nested(text)))
            }
            Some(b'[') => {
                self.array()?;
                self.since(start).map(|text| Value::Array(Array(text)))
            }
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            Some(b't') => self.word("true", Value::Bool),
            Some(b'f') => self.word("false", Value::Bool),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(NotStrictJson),
        }
    }

    fn word(&mut self, word: &str, means: Value<'a>) -> Read<Value<'a>> {
        if self.rest().starts_with(word) {
            self.at += word.len();
            Ok(means)
        } else {
            Err(NotStrictJson)
        }
    }

    /// `string = quotation-mark *char quotation-mark`
    fn string(&mut self) -> Read<Text<'a>> {
        self.expect(b'"')?;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.at += plain_len(self.rest().as_bytes());
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    has_escapes = true;
                    let mut rest = self.rest().chars();
                    rest.next();
                    unescape(&mut rest).ok_or(NotStrictJson)?;
                    self.at = self.text.len() - rest.as_str().len();
                }
                _ => return Err(NotStrictJson),
            }
        }
        let raw = self.since(start)?;
        self.at += 1;
        Ok(Text::new(raw, has_escapes))
    }

    /// `number = [ minus ] int [ frac ] [ exp ]`
    fn number(&mut self) -> Read<&'a str> {
        let start = self.at;
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
        let number = self.since(start)?;
        // What a double cannot hold, others read as infinity, or as the largest number.
        let is_long =
            has_exponent || number.len() > f64::MAX_10_EXP.unsigned_abs().try_into().unwrap_or(0);
        if is_long && !number.parse().is_ok_and(f64::is_finite) {
            return Err(NotStrictJson);
        }
        Ok(number)
    }

    /// `1*DIGIT`
    fn digits(&mut self) -> Read<()> {
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += digits;
        if digits == 0 {
            Err(NotStrictJson)
        } else {
            Ok(())
        }
    }

    /// `ws`
    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn enter(&mut self) -> Read<()> {
        self.depth_left = self.depth_left.checked_sub(1).ok_or(NotStrictJson)?;
        Ok(())
    }

    const fn leave(&mut self) {
        self.depth_left += 1;
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn expect(&mut self, byte: u8) -> Read<()> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(NotStrictJson)
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn since(&self, start: usize) -> Read<&'a str> {
        self.text.get(start..self.at).ok_or(NotStrictJson)
    }
}
