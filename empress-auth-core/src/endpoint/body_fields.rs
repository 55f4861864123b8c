//! Which fields does a body have, whatever its form?

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::media_type;
use crate::fields::Fields;
use crate::form::parse_form;
use crate::json_body::parse_json;
use crate::multipart::parse_multipart;

/// The fields of a body.
pub(super) enum BodyFields {
    /// There is no body, or one of another kind.
    None,
    Form(Fields),
    Json(Map<String, Value>),
}

impl BodyFields {
    /// Reads the body by its media type.
    ///
    /// # Errors
    ///
    /// Why it cannot be read.
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, String> {
        if body.is_empty() {
            return Ok(Self::None);
        }
        let content_type = headers.get(CONTENT_TYPE);
        let content_type = content_type.map_or("", |value| value.to_str().unwrap_or_default());
        match &*media_type::of_body(headers) {
            media_type::FORM => parse_form(body)
                .map(Self::Form)
                .map_err(|error| error.to_string()),
            media_type::MULTIPART => parse_multipart(content_type, body)
                .map(Self::Form)
                .map_err(|error| error.to_string()),
            media_type::JSON => match parse_json(body) {
                Ok(Value::Object(members)) => Ok(Self::Json(members)),
                Ok(_) => Err("the body must be a JSON object".to_owned()),
                Err(error) => Err(error.to_string()),
            },
            _ => Ok(Self::None),
        }
    }

    /// The one text of this name.
    ///
    /// # Errors
    ///
    /// What is wrong with it: it stands twice, or is no text.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, String> {
        match self {
            Self::None => Ok(None),
            Self::Form(fields) => fields
                .single(name)
                .map_err(|_| format!("{name} is given twice")),
            Self::Json(members) => match members.get(name) {
                None => Ok(None),
                Some(Value::String(text)) => Ok(Some(text)),
                Some(_) => Err(format!("{name} must be a text")),
            },
        }
    }
}
