//! How do the two versions of Frappe's API word an answer? Rows E1, E3, E4 and E5.

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};

use crate::endpoint::answer;
use crate::endpoint::switches::Switches;
use crate::preset::Preset;

/// A version of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V1,
    V2,
}

/// What stands before the name of a method, and whose words it speaks.
pub(super) const VERSIONS: [(&str, Version); 3] = [
    ("/api/method/", Version::V1),
    ("/api/v1/method/", Version::V1),
    ("/api/v2/method/", Version::V2),
];

impl Version {
    /// The answer of a method that returned `value`.
    pub(super) fn answer(self, value: &Value) -> Response<Bytes> {
        answer::json(&match self {
            Self::V1 => json!({ "message": value }),
            Self::V2 => json!({ "data": value }),
        })
    }

    /// The shape of its refusals.
    pub(super) const fn preset(self, switches: Switches) -> Preset {
        match self {
            Self::V1 if switches.exc_member => Preset::Frappe,
            Self::V1 => Preset::FrappeWithoutExc,
            Self::V2 => Preset::FrappeV2,
        }
    }
}
