//! What does a JSON body say? Read member by member, and nothing in it is passed over.
//!
//! A member that nobody asked for is refused by name: a misspelt `scopes` must not make a token that can do everything.

use std::time::SystemTime;

use http::StatusCode;
use http::header::ACCEPT;
use serde_json::{Map, Value};

use super::time;
use crate::endpoint::call::Call;
use crate::endpoint::media_type;
use crate::endpoint::refused::Refused;
use crate::json_body::parse_json;

/// The members of a JSON object that were not read yet.
pub(super) struct Members(Map<String, Value>);

/// One member: not there, `null`, or a value of the right type.
pub(super) struct Member<T> {
    name: &'static str,
    state: State<T>,
}

enum State<T> {
    Absent,
    Null,
    Value(T),
}

/// What POST takes.
pub(super) const CREATE: &[&str] = &[media_type::JSON];

/// What PATCH takes: [RFC 7396](https://www.rfc-editor.org/rfc/rfc7396), and its syntax under the plain name.
pub(super) const MERGE_PATCH: &[&str] = &["application/merge-patch+json", media_type::JSON];

impl Members {
    /// Reads the body of `call`, which must have one of these media types.
    pub(super) fn of(call: &Call, accepted: &[&str]) -> Result<Self, Refused> {
        if !accepted.contains(&&*media_type::of_body(call.headers())) {
            let accepted = accepted.join(", ");
            let detail = format!("The body must be sent as {accepted}.");
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return Err(Refused::new(status, "unsupported_media_type", &detail)
                .with_field(ACCEPT, &accepted));
        }
        let body = parse_json(call.body()).map_err(|error| Refused::invalid(&error.to_string()))?;
        let Value::Object(members) = body else {
            return Err(Refused::invalid("the body must be a JSON object"));
        };
        Ok(Self(members))
    }

    pub(super) fn text(&mut self, name: &'static str) -> Result<Member<String>, Refused> {
        self.read(name, "must be a text", text_of)
    }

    pub(super) fn boolean(&mut self, name: &'static str) -> Result<Member<bool>, Refused> {
        self.read(name, "must be true or false", |value| value.as_bool())
    }

    pub(super) fn whole_number(&mut self, name: &'static str) -> Result<Member<u64>, Refused> {
        self.read(name, "must be a whole number, not negative", |value| {
            value.as_u64()
        })
    }

    pub(super) fn texts(&mut self, name: &'static str) -> Result<Member<Vec<String>>, Refused> {
        self.read(name, "must be a list of texts", |value| {
            let Value::Array(values) = value else {
                return None;
            };
            values.into_iter().map(text_of).collect()
        })
    }

    pub(super) fn moment(&mut self, name: &'static str) -> Result<Member<SystemTime>, Refused> {
        let wanted = "must be a time such as 2026-01-02T03:04:05Z (RFC 3339)";
        self.read(name, wanted, |value| time::parse(value.as_str()?))
    }

    /// Refuses what is left.
    pub(super) fn end(self) -> Result<(), Refused> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => {
                let name: String = name.chars().take(MAX_ECHO).collect();
                Err(Refused::invalid(&format!("unknown member {name:?}")))
            }
        }
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        wanted: &str,
        convert: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Member<T>, Refused> {
        let state = match self.0.remove(name) {
            None => State::Absent,
            Some(Value::Null) => State::Null,
            Some(value) => match convert(value) {
                Some(value) => State::Value(value),
                None => return Err(Refused::invalid(&format!("{name}: {wanted}"))),
            },
        };
        Ok(Member { name, state })
    }
}

impl<T> Member<T> {
    /// The value of a member that must be there.
    pub(super) fn required(self) -> Result<T, Refused> {
        let name = self.name;
        let absent = || Refused::invalid(&format!("{name}: is required"));
        self.optional()?.ok_or_else(absent)
    }

    /// The value of a member that may be left out, but has no `null`.
    pub(super) fn optional(self) -> Result<Option<T>, Refused> {
        match self.state {
            State::Absent => Ok(None),
            State::Null => Err(Refused::invalid(&format!(
                "{}: must not be null",
                self.name
            ))),
            State::Value(value) => Ok(Some(value)),
        }
    }

    /// The value of a member for which `null` means as much as its absence.
    pub(super) fn or_null(self) -> Option<T> {
        match self.state {
            State::Absent | State::Null => None,
            State::Value(value) => Some(value),
        }
    }

    /// The value of a member whose `null` means `otherwise`; `None` if it is left out.
    pub(super) fn null_means(self, otherwise: T) -> Option<T> {
        match self.state {
            State::Absent => None,
            State::Null => Some(otherwise),
            State::Value(value) => Some(value),
        }
    }

    pub(super) fn map<U>(self, convert: impl FnOnce(T) -> U) -> Member<U> {
        let state = match self.state {
            State::Absent => State::Absent,
            State::Null => State::Null,
            State::Value(value) => State::Value(convert(value)),
        };
        Member {
            name: self.name,
            state,
        }
    }
}

fn text_of(value: Value) -> Option<String> {
    let Value::String(text) = value else {
        return None;
    };
    Some(text)
}

/// How much of an unknown name an answer repeats, in characters.
const MAX_ECHO: usize = 64;
