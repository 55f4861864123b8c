//! Are these a user name and a password? DRF's serializer, its order of checks and its sentences.

use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::data::Data;

/// What a login needs.
pub(super) struct LoginFields {
    pub(super) username: String,
    pub(super) password: Zeroizing<String>,
}

/// The sentences, by field.
pub(super) type Errors = Map<String, Value>;

/// Reads both fields, and says of both what is wrong.
///
/// The user name is trimmed, the password is not.
pub(super) fn read(data: &Data) -> Result<LoginFields, Errors> {
    if let Data::Json(value) = data
        && let Some(sentence) = not_a_dictionary(value)
    {
        return Err(error("non_field_errors", sentence));
    }
    let username = text(data, "username").and_then(|text| check(text.trim().to_owned()));
    let password = text(data, "password").and_then(check).map(Zeroizing::new);
    match (username, password) {
        (Ok(username), Ok(password)) => Ok(LoginFields { username, password }),
        (username, password) => {
            let mut errors = Errors::new();
            errors.extend(
                username
                    .err()
                    .map(|sentence| ("username".into(), json!([sentence]))),
            );
            errors.extend(
                password
                    .err()
                    .map(|sentence| ("password".into(), json!([sentence]))),
            );
            Err(errors)
        }
    }
}

/// The one sentence about one field.
pub(super) fn error(field: &str, sentence: &str) -> Errors {
    Errors::from_iter([(field.to_owned(), json!([sentence]))])
}

/// Nothing so long is hashed (P-3).
pub(super) fn too_long() -> Errors {
    error(
        "password",
        "Ensure this field has no more than 4096 characters.",
    )
}

fn not_a_dictionary(value: &Value) -> Option<&'static str> {
    match value {
        Value::Object(_) => None,
        Value::Null => Some("No data provided"),
        Value::Array(_) => Some("Invalid data. Expected a dictionary, but got list."),
        Value::String(_) => Some("Invalid data. Expected a dictionary, but got str."),
        Value::Bool(_) => Some("Invalid data. Expected a dictionary, but got bool."),
        Value::Number(number) if number.is_f64() => {
            Some("Invalid data. Expected a dictionary, but got float.")
        }
        Value::Number(_) => Some("Invalid data. Expected a dictionary, but got int."),
    }
}

/// A field as text; numbers are turned into it.
fn text(data: &Data, name: &str) -> Result<String, &'static str> {
    const REQUIRED: &str = "This field is required.";
    match data {
        Data::Fields(fields) => fields.last(name).map(str::to_owned).ok_or(REQUIRED),
        Data::Json(value) => match value.get(name) {
            None => Err(REQUIRED),
            Some(Value::Null) => Err("This field may not be null."),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Err("Not a valid string."),
        },
    }
}

fn check(text: String) -> Result<String, &'static str> {
    if text.is_empty() {
        Err("This field may not be blank.")
    } else if text.contains('\0') {
        Err("Null characters are not allowed.")
    } else {
        Ok(text)
    }
}
