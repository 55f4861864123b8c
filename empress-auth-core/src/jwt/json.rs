//! What does this JSON object say? One strict pass over the text; nothing is copied.
//!
//! Stricter than [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) where two readers could disagree on what a signed
//! text says: a name that stands twice in one object at any depth, however it is escaped, a surrogate without its other
//! half and a number that is not finite are refused
//! ([RFC 8725 §2.4](https://www.rfc-editor.org/rfc/rfc8725#section-2.4)). Depth and the number of members are bounded.

use smallvec::SmallVec;

mod plain;
mod reader;
mod text;

use self::reader::Reader;
pub(crate) use self::text::Text;

/// An object whose text was read to its end without a fault.
#[derive(Debug, Default)]
pub(crate) struct Object<'a> {
    members: Members<'a>,
}

type Members<'a> = SmallVec<[(Text<'a>, Value<'a>); 16]>;

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
    pub(crate) fn read(json: &'a str, limits: Limits) -> Result<Self, NotStrictJson> {
        let members = Reader::new(json, limits).document()?;
        Ok(Self { members })
    }

    /// The member of this name.
    #[inline(always)]
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.members
            .iter()
            .find(|(member, _)| member.is(name))
            .map(|(_, value)| *value)
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
    pub(crate) fn open(self) -> Object<'a> {
        let members = Reader::of_known(self.0).document().unwrap_or_default();
        Object { members }
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
