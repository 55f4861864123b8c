//! Which data did a client send? In any of the three forms that DRF's view parses.

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::endpoint::call::Call;
use crate::endpoint::media_type::{self, FORM, JSON, MULTIPART};
use crate::endpoint::refused::Refused;
use crate::fields::Fields;
use crate::form::parse_form;
use crate::json_body::parse_json;
use crate::multipart::parse_multipart;

/// The data of a request.
pub(super) enum Data {
    Fields(Fields),
    Json(Value),
}

impl Data {
    /// Reads the body by its media type. An empty body is no data, whatever its type: every field is then missing.
    pub(super) fn of(call: &Call) -> Result<Self, Refused> {
        let body = call.body();
        if body.is_empty() {
            return Ok(Self::Json(Value::Object(Map::new())));
        }
        let content_type = call.headers().get(CONTENT_TYPE);
        let content_type = content_type.map_or("", |value| value.to_str().unwrap_or_default());
        match &*media_type::of_body(call.headers()) {
            JSON => parse_json(body)
                .map(Self::Json)
                .map_err(|error| cannot_parse("JSON", &error)),
            FORM => parse_form(body)
                .map(Self::Fields)
                .map_err(|error| cannot_parse("Form", &error)),
            MULTIPART => parse_multipart(content_type, body)
                .map(Self::Fields)
                .map_err(|error| cannot_parse("Multipart form", &error)),
            _ => Err(unsupported(content_type)),
        }
    }
}

fn cannot_parse(what: &str, error: &dyn std::error::Error) -> Refused {
    Refused::new(
        StatusCode::BAD_REQUEST,
        "parse_error",
        &format!("{what} parse error - {error}"),
    )
}

fn unsupported(content_type: &str) -> Refused {
    let shown: String = content_type.chars().take(MAX_ECHO).collect();
    Refused::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        &format!("Unsupported media type \"{shown}\" in request."),
    )
}

/// How much of a content type an answer repeats, in characters.
const MAX_ECHO: usize = 100;
