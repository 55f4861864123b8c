//! Which parameters does a request of a client have?
//!
//! Strict, where clients get by and attackers do not: only `application/x-www-form-urlencoded`, no parameter twice, and
//! nothing from the URL, where it would be logged.

use empress_auth_core::endpoint::Call;
use empress_auth_core::fields::Fields;
use empress_auth_core::form::parse_form;
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::error::OAuthError;

/// The parameters of one request; every name occurs once, but for those that may be repeated.
pub(crate) struct Form(Fields);

impl Form {
    /// No parameters.
    pub(crate) fn empty() -> Self {
        Self(Fields::default())
    }

    /// Whether the body of a call says that it is a form.
    pub(crate) fn is_one(call: &Call) -> bool {
        is_form(call.headers())
    }

    /// Reads the body of a call.
    ///
    /// Source: [RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2).
    pub(crate) fn of_body(call: &Call) -> Result<Self, OAuthError> {
        if call.body().is_empty() {
            return Ok(Self::empty());
        }
        if !is_form(call.headers()) {
            return Err(OAuthError::invalid_request(
                "The body must be application/x-www-form-urlencoded.",
            ));
        }
        Self::parse(call.body())
    }

    /// Reads a form or a query.
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, OAuthError> {
        let fields = parse_form(encoded)
            .map_err(|_| OAuthError::invalid_request("The parameters cannot be decoded."))?;
        let form = Self(fields);
        form.check_once_each()?;
        Ok(form)
    }

    /// RFC 6749 §3.1: "Request and response parameters MUST NOT be included more than once."
    fn check_once_each(&self) -> Result<(), OAuthError> {
        for (index, (name, _)) in self.0.iter().enumerate() {
            let is_repeated = self
                .0
                .iter()
                .take(index)
                .any(|(earlier, _)| earlier == name);
            if is_repeated && name != RESOURCE {
                return Err(OAuthError::invalid_request("A parameter is repeated."));
            }
        }
        Ok(())
    }

    /// The value of a parameter; "Parameters sent without a value MUST be treated as if they were omitted" (RFC 6749
    /// §3.1).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.last(name).filter(|value| !value.is_empty())
    }

    /// The resources that are asked for ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)); the one
    /// parameter that may be repeated.
    pub(crate) fn resources(&self) -> impl Iterator<Item = &str> {
        self.0.all(RESOURCE).filter(|value| !value.is_empty())
    }
}

const RESOURCE: &str = "resource";

/// Whether the one `Content-Type` says that the body is a form, whatever its parameters.
fn is_form(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    let text = value.to_str().unwrap_or_default();
    let essence = text.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    // AS-6749-3, AS-6749-4, O-4, AS-8707-4
    #[test]
    fn a_parameter_stands_once_and_an_empty_one_is_none() {
        let form = Form::parse(b"scope=&code=x&resource=https://a&resource=https://b&resource=");
        let form = form.unwrap();
        assert_eq!(form.get("scope"), None);
        assert_eq!(form.get("code"), Some("x"));
        assert_eq!(form.get("nothing"), None);
        assert_eq!(
            form.resources().collect::<Vec<_>>(),
            ["https://a", "https://b"]
        );
        for repeated in [
            "code=x&code=x",
            "code=x&code=",
            "z=1&a=2&z=1",
            "%63ode=x&code=y",
        ] {
            let refused = Form::parse(repeated.as_bytes()).err().unwrap();
            assert_eq!(refused.code().as_str(), "invalid_request", "{repeated}");
        }
    }

    // AS-ROB-1
    #[test]
    fn what_cannot_be_decoded_is_refused() {
        for broken in ["code=%", "code=%zz", "code=%ff"] {
            assert!(Form::parse(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    // AS-6749-21
    #[test]
    fn the_media_type_of_a_form_is_the_only_one() {
        for (values, expected) in [
            (&["application/x-www-form-urlencoded"][..], true),
            (&["Application/X-WWW-Form-URLencoded ; charset=UTF-8"], true),
            (&["application/json"], false),
            (&["multipart/form-data; boundary=x"], false),
            (&["text/plain"], false),
            (&[], false),
            (
                &["application/x-www-form-urlencoded", "application/json"],
                false,
            ),
        ] {
            let headers = values.iter().map(|value| HeaderValue::from_static(value));
            let headers = headers.map(|value| (CONTENT_TYPE, value)).collect();
            assert_eq!(is_form(&headers), expected, "{values:?}");
        }
    }
}
