//! What a verified token says.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use serde::de::DeserializeOwned;

use super::compact::Compact;
use super::error::Fault;
use super::json::{Array, Limits, Nested, Object, Text, Value};
use super::policy;
use super::segment::JsonRoom;
use crate::clock::from_unix_millis;

/// Claims that were verified, in the buffer that they were decoded into.
///
/// Only a [`JwtVerifier`](super::JwtVerifier) makes them.
pub struct Claims<'a> {
    object: Object<'a>,
    ends_at_millis: u64,
}

/// Claims that were verified, with a copy of their text.
///
/// Only a [`JwtVerifier`](super::JwtVerifier) makes them.
#[derive(Clone)]
pub struct VerifiedClaims {
    json: Box<str>,
    ends_at_millis: u64,
}

/// Where claims are decoded: a kilobyte in place, which is enough for most, else the heap.
///
/// Use one again and again to verify without allocating.
pub struct ClaimsBuffer(JsonRoom<1_024>);

/// Everything that fits into 8,192 bytes and that anybody has a reason to sign.
const LIMITS: Limits = Limits {
    depth: 16,
    members: 256,
};

impl<'a> Claims<'a> {
    pub(super) const fn new(object: Object<'a>, ends_at_millis: u64) -> Self {
        Self {
            object,
            ends_at_millis,
        }
    }

    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'a, str>> {
        self.text("sub")
    }

    /// The claim of this name, if it is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        let text = self.object.string(name).ok().flatten();
        text.map(Text::decode)
    }

    /// The first moment at which the token is no longer accepted: `exp` and the leeway.
    #[must_use]
    pub fn ends_at(&self) -> SystemTime {
        from_unix_millis(self.ends_at_millis)
    }

    /// The claims as they were signed: strict JSON, in which no name stands twice.
    #[must_use]
    pub const fn json(&self) -> &'a str {
        self.object.json()
    }

    /// A copy that outlives the buffer.
    #[must_use]
    pub fn to_owned(&self) -> VerifiedClaims {
        VerifiedClaims {
            json: self.json().into(),
            ends_at_millis: self.ends_at_millis,
        }
    }

    pub(super) const fn object(&self) -> &Object<'a> {
        &self.object
    }

    pub(super) const fn ends_at_millis(&self) -> u64 {
        self.ends_at_millis
    }
}

impl VerifiedClaims {
    /// `sub`.
    #[must_use]
    pub fn subject(&self) -> Option<Cow<'_, str>> {
        self.text("sub")
    }

    /// `aud`, as a list.
    #[must_use]
    pub fn audiences(&self) -> Vec<Cow<'_, str>> {
        let audiences = self.claim("aud").and_then(policy::audiences);
        let audiences = audiences.into_iter().flatten().flatten();
        audiences.map(Text::decode).collect()
    }

    /// The claim of this name, if it is a string.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        let text = self.claim(name).and_then(Value::text);
        text.map(Text::decode)
    }

    /// The first moment at which the token is no longer accepted: `exp` and the leeway.
    #[must_use]
    pub fn ends_at(&self) -> SystemTime {
        from_unix_millis(self.ends_at_millis)
    }

    /// The claims as they were signed: strict JSON, in which no name stands twice.
    #[must_use]
    pub const fn json(&self) -> &str {
        &self.json
    }

    /// All claims, as a type of the application's own.
    ///
    /// # Errors
    ///
    /// [`serde_json::Error`] if they do not fit it.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.json)
    }

    fn claim(&self, name: &str) -> Option<Value<'_>> {
        Nested::known(&self.json).get(name)
    }
}

impl ClaimsBuffer {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Self {
        Self(JsonRoom::new())
    }

    /// The claims of whatever token: whether to believe them is for the caller to know.
    pub(super) fn read(&mut self, token: Compact<'_>) -> Result<Object<'_>, Fault> {
        self.0.read(token.payload, LIMITS, Fault::ClaimsJson)
    }
}

impl Default for ClaimsBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Claims<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims(..)")
    }
}

impl fmt::Debug for VerifiedClaims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifiedClaims(..)")
    }
}

impl fmt::Debug for ClaimsBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimsBuffer(..)")
    }
}

/// The elements of a list that holds nothing but strings; `None` if it holds anything else.
pub(super) fn strings(list: Array<'_>) -> Option<Vec<Cow<'_, str>>> {
    let texts = list.iter().map(Value::text);
    texts.map(|text| text.map(Text::decode)).collect()
}
