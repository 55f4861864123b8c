//! What does this JSON object say? One strict pass over the text; nothing is copied but names with escapes.
//!
//! Stricter than [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) where two readers could disagree on what a signed
//! text says: a name that stands twice in one object at any depth, however it is escaped, a surrogate without its other
//! half and a number that is not finite are refused
//! ([RFC 8725 §2.4](https://www.rfc-editor.org/rfc/rfc8725#section-2.4)). Depth and the number of members are bounded.

mod members;
mod plain;
mod reader;
mod text;

pub(crate) use self::members::Members;
use self::members::Stem;
use self::reader::Reader;
pub(crate) use self::text::Text;

/// An object whose text was read to its end without a fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Object<'a> {
    text: &'a str,
    members: &'a Members,
}

/// A value inside of it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Bool,
    /// As it is written.
    Number(&'a str),
    String(Text<'a>),
    Array(Array<'a>),
    Object(Nested<'a>),
}

/// An array, kept as text that is known to be good.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Array<'a>(&'a str);

/// An object in another, kept as text that is known to be good.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nested<'a>(&'a str);

/// The text is not what we read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotStrictJson;

/// How much of it we read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Objects and arrays inside of each other.
    pub(crate) depth: u8,
    /// Members of all objects together.
    pub(crate) members: u16,
}

impl<'a> Object<'a> {
    /// Reads a text that is one object and nothing else.
    ///
    /// # Errors
    ///
    /// [`NotStrictJson`].
    pub(crate) fn read(
        text: &'a str,
        limits: Limits,
        members: &'a mut Members,
    ) -> Result<Self, NotStrictJson> {
        Reader::new(text, limits).document(members)?;
        Ok(Self { text, members })
    }

    /// As it is written.
    pub(crate) const fn json(&self) -> &'a str {
        self.text
    }

    /// The member of this name.
    #[inline(always)]
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.members
            .find(self.text, name, Stem::of(name.as_bytes()))
    }

    /// Whether there is a member of this name, be it `null`.
    #[inline]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The string of this name: `Ok(None)` if there is no such member.
    ///
    /// # Errors
    ///
    /// [`NotStrictJson`] for any other value.
    #[inline]
    pub(crate) fn string(&self, name: &str) -> Result<Option<Text<'a>>, NotStrictJson> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value.text().map(Some).ok_or(NotStrictJson),
        }
    }
}

impl<'a> Value<'a> {
    /// The text, if it is a string.
    pub(crate) fn text(self) -> Option<Text<'a>> {
        if let Self::String(text) = self {
            Some(text)
        } else {
            None
        }
    }
}

impl<'a> Nested<'a> {
    /// A text that was read before.
    pub(crate) const fn known(text: &'a str) -> Self {
        Self(text)
    }

    pub(crate) fn open<'m>(self, members: &'m mut Members) -> Object<'m>
    where
        'a: 'm,
    {
        let text = self.0;
        let read = Reader::of_known(text).document(members);
        debug_assert!(read.is_ok(), "a good text has good parts");
        Object { text, members }
    }

    /// The member of this name, for whoever wants no other.
    pub(crate) fn get(self, name: &str) -> Option<Value<'a>> {
        let mut members = Members::default();
        self.open(&mut members);
        members.find(self.0, name, Stem::of(name.as_bytes()))
    }
}

impl<'a> Array<'a> {
    /// The elements.
    pub(crate) fn iter(self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let mut reader = Reader::of_known(self.0);
        std::iter::from_fn(move || reader.next_element())
    }
}

#[cfg(test)]
mod tests;
