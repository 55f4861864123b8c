//! What an object holds, as places in its text: names that are told apart by one comparison, and their values.

use std::borrow::Cow;
use std::collections::HashSet;

use smallvec::SmallVec;

use super::{Array, Nested, Text, Value};

/// Room for the members of an object; use one again and again to read without allocating.
#[derive(Debug, Default)]
pub(crate) struct Members(pub(super) SmallVec<[Member; 16]>);

#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) name: Name,
    pub(super) value: Place,
}

/// A name, and how it begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name {
    stem: Stem,
    place: Place,
}

/// The first seven bytes of what a name stands for, and how many it has: of a name that is no longer, all that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stem(u64);

/// Where something is written: a string without its quotes, anything else whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

/// What is written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Bool,
    Number,
    /// Without escapes.
    Plain,
    Escaped,
    Array,
    Object,
}

/// What the names of an object stand for, once one of them is escaped or they are many.
pub(super) type Decoded<'a> = Option<HashSet<Cow<'a, str>>>;

/// More members than a token has.
const MANY: usize = 64;

/// So many bytes of a name are in its stem.
const STEM_BYTES: usize = 7;

impl Members {
    /// The value of this name, of which `stem` is the stem.
    pub(super) fn find<'a>(&self, text: &'a str, name: &str, stem: Stem) -> Option<Value<'a>> {
        let mut members = self.0.iter();
        let found = members.find(|member| member.name.is(text, name, stem))?;
        Some(found.value.value(text))
    }

    /// Whether a set finds a name sooner than comparing it with each.
    #[inline]
    pub(super) fn are_many(&self) -> bool {
        self.0.len() >= MANY
    }

    /// Whether there is a member of this name; none is escaped.
    #[inline]
    pub(super) fn has(&self, text: &str, name: Name) -> bool {
        let mut members = self.0.iter();
        members.any(|member| member.name.is_same(text, name))
    }

    /// Whether there is a member of this name, however each is escaped.
    ///
    /// Thousands of them that begin alike would take seconds, decoded pair by pair.
    #[cold]
    pub(super) fn has_decoded<'a>(
        &self,
        text: &'a str,
        decoded: &mut Decoded<'a>,
        name: Name,
    ) -> bool {
        let decode = |name: Name| name.text(text).decode();
        let before = || self.0.iter().map(|member| decode(member.name)).collect();
        !decoded.get_or_insert_with(before).insert(decode(name))
    }
}

impl Stem {
    #[inline(always)]
    pub(super) fn of(name: &[u8]) -> Self {
        let mut stem = [0; 8];
        for (to, from) in stem.iter_mut().zip(name.iter().take(STEM_BYTES)) {
            *to = *from;
        }
        Self::new(u64::from_le_bytes(stem), name.len())
    }

    /// Of the `len` bytes at the beginning of these.
    #[inline]
    fn of_first(bytes: &[u8], len: usize) -> Self {
        match bytes.first_chunk() {
            Some(word) if len < STEM_BYTES => {
                Self::new(u64::from_le_bytes(*word) & !(u64::MAX << (8 * len)), len)
            }
            Some(word) => Self::new(u64::from_le_bytes(*word) & (u64::MAX >> 8), len),
            None => Self::of(bytes.get(..len).unwrap_or_default()),
        }
    }

    #[inline(always)]
    fn new(first: u64, len: usize) -> Self {
        Self(first | u64::from(u8::try_from(len).unwrap_or(u8::MAX)) << 56)
    }
}

impl Name {
    #[inline(always)]
    pub(super) fn new(text: &str, place: Place) -> Self {
        let stem = if place.kind == Kind::Escaped {
            Stem::of(Text::new(place.of(text), true).decode().as_bytes())
        } else {
            let from_here = text.as_bytes().get(place.start..).unwrap_or_default();
            Stem::of_first(from_here, place.end - place.start)
        };
        Self { stem, place }
    }

    /// Whether it stands for `name`, of which `stem` is the stem.
    #[inline]
    pub(super) fn is(self, text: &str, name: &str, stem: Stem) -> bool {
        self.stem == stem && (name.len() <= STEM_BYTES || self.text(text).is(name))
    }

    /// Whether both are the same, neither being escaped.
    #[inline]
    fn is_same(self, text: &str, other: Self) -> bool {
        self.stem == other.stem && self.place.of(text) == other.place.of(text)
    }

    #[inline]
    pub(super) fn is_escaped(self) -> bool {
        self.place.kind == Kind::Escaped
    }

    fn text(self, text: &str) -> Text<'_> {
        Text::new(self.place.of(text), self.is_escaped())
    }
}

impl Place {
    fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// What is written there.
    pub(super) fn value(self, text: &str) -> Value<'_> {
        let written = self.of(text);
        match self.kind {
            Kind::Null => Value::Null,
            Kind::Bool => Value::Bool,
            Kind::Number => Value::Number(written),
            Kind::Plain => Value::String(Text::new(written, false)),
            Kind::Escaped => Value::String(Text::new(written, true)),
            Kind::Array => Value::Array(Array(written)),
            Kind::Object => Value::Object(Nested(written)),
        }
    }
}
