//! Which JSON value is this, read so that no two parsers can differ on it?
//!
//! Plain `serde_json` takes the last of two equal member names where others take the first; the one
//! who signs or checks and the one who acts must not see different values. So, in one pass:
//!
//! 1. at most [`MAX_JSON_BYTES`] bytes;
//! 2. the grammar of [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259) and nothing beside it: no
//!    byte order mark, no comment, no `NaN`, nothing after the value but blanks;
//! 3. text is UTF-8 and holds no lone surrogate, numbers fit 64 bits or a finite `f64`;
//! 4. arrays and objects nest at most [`MAX_JSON_DEPTH`] deep;
//! 5. no object has two members of one name, compared after unescaping.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Parses a complete JSON text.
///
/// An empty body is an error here; Django REST framework reads it as `{}`, which is the caller's to
/// decide.
///
/// Source: [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259), made as strict as
/// [RFC 7493 §2](https://www.rfc-editor.org/rfc/rfc7493#section-2) (I-JSON) on names and text.
///
/// # Errors
///
/// [`JsonErrorKind::TooLarge`], [`JsonErrorKind::TooDeep`] and [`JsonErrorKind::RepeatedName`] as
/// they say, [`JsonErrorKind::Malformed`] for all else.
///
/// # Examples
///
/// ```
/// use empress_auth_core::json_body::{JsonErrorKind, parse_json};
///
/// let body = parse_json(br#"{"username": "ada"}"#)?;
/// assert_eq!(body["username"], "ada");
///
/// let refused = parse_json(br#"{"aud": "a", "\u0061ud": "b"}"#).unwrap_err();
/// assert_eq!(refused.kind(), JsonErrorKind::RepeatedName);
/// # Ok::<(), empress_auth_core::json_body::JsonError>(())
/// ```
pub fn parse_json(body: &[u8]) -> Result<Value, JsonError> {
    if body.len() > MAX_JSON_BYTES {
        return Err(JsonError {
            kind: JsonErrorKind::TooLarge,
            line: 0,
            column: 0,
        });
    }
    let kind = Cell::new(JsonErrorKind::Malformed);
    let strict = Strict {
        levels_left: MAX_JSON_DEPTH,
        kind: &kind,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    strict
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| JsonError {
            kind: kind.get(),
            line: error.line(),
            column: error.column(),
        })
}

/// The longest JSON body that is read: 64 KiB.
pub const MAX_JSON_BYTES: usize = 64 * 1024;

/// How deep arrays and objects may nest; `[[1]]` is two deep.
pub const MAX_JSON_DEPTH: usize = 16;

/// A JSON text that is refused, with the place where reading stopped.
///
/// The text of the input is never part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    kind: JsonErrorKind,
    line: usize,
    column: usize,
}

impl JsonError {
    /// What is wrong with the text.
    #[must_use]
    pub const fn kind(&self) -> JsonErrorKind {
        self.kind
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            JsonErrorKind::TooLarge => return f.write_str("the JSON text is larger than 64 KiB"),
            JsonErrorKind::TooDeep => "nested deeper than 16 levels",
            JsonErrorKind::RepeatedName => "repeated member name",
            JsonErrorKind::Malformed => "malformed JSON",
        };
        write!(f, "{what} at line {} column {}", self.line, self.column)
    }
}

impl std::error::Error for JsonError {}

/// What is wrong with a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonErrorKind {
    /// Longer than [`MAX_JSON_BYTES`].
    TooLarge,
    /// Nested deeper than [`MAX_JSON_DEPTH`].
    TooDeep,
    /// One object has two members of one name.
    RepeatedName,
    /// Not JSON, not UTF-8, a lone surrogate, a number out of range, or more than one value.
    Malformed,
}

/// Builds one value; `kind` tells an error of ours from one of the grammar.
#[derive(Clone, Copy)]
struct Strict<'k> {
    levels_left: usize,
    kind: &'k Cell<JsonErrorKind>,
}

impl Strict<'_> {
    /// What the values inside an array or object are read with.
    fn inside<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.levels_left.checked_sub(1) {
            Some(levels_left) => Ok(Self {
                levels_left,
                ..self
            }),
            None => Err(self.refused(JsonErrorKind::TooDeep)),
        }
    }

    fn refused<E: serde::de::Error>(self, kind: JsonErrorKind) -> E {
        self.kind.set(kind);
        E::custom("")
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom(""))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut values = Vec::new();
        while let Some(value) = elements.next_element_seed(inside)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        let mut name = members.next_key::<String>()?;
        if name.as_deref() == Some(NUMBER_IN_DISGUISE) {
            return number_in_disguise(members);
        }
        let inside = self.inside()?;
        while let Some(present) = name {
            if values.contains_key(&present) {
                return Err(self.refused(JsonErrorKind::RepeatedName));
            }
            values.insert(present, members.next_value_seed(inside)?);
            name = members.next_key()?;
        }
        Ok(Value::Object(values))
    }
}

/// The member name under which `serde_json` hands over numbers if any crate of the build switches
/// on its feature `arbitrary_precision`. A client that sends such an object itself has sent the
/// number.
const NUMBER_IN_DISGUISE: &str = "$serde_json::private::Number";

fn number_in_disguise<'de, A: MapAccess<'de>>(mut members: A) -> Result<Value, A::Error> {
    let text: String = members.next_value()?;
    if members.next_key::<String>()?.is_some() {
        return Err(A::Error::custom(""));
    }
    // Grammar first, then the same three kinds of number as without the feature.
    let kept = text.parse::<Number>().ok();
    kept.and_then(|kept| {
        let whole = kept.as_u64().map(Number::from);
        let signed = || kept.as_i64().map(Number::from);
        whole
            .or_else(signed)
            .or_else(|| Number::from_f64(kept.as_f64()?))
    })
    .map(Value::Number)
    .ok_or_else(|| A::Error::custom(""))
}

#[cfg(test)]
mod tests;
