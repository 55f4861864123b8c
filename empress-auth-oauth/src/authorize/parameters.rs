//! What did the authorization request say? Read once, from the query and the form; judged elsewhere.

use empress_auth_core::endpoint::Call;
use empress_auth_core::fields::{Fields, Repeated};
use empress_auth_core::form::parse_form;
use empress_auth_core::percent::encode_segment;
use http::Method;
use http::header::CONTENT_TYPE;

/// The parameters of a request to the front channel, in the order sent.
#[derive(Debug)]
pub(crate) struct Parameters(Fields);

/// A request whose parameters cannot be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Not percent-encoded UTF-8, or too much of it.
    Encoding,
    /// The body is no form.
    MediaType,
}

impl Parameters {
    /// Those of the query, and of the form if there is one. What stands in both stands twice.
    pub(crate) fn of(call: &Call) -> Result<Self, Unreadable> {
        let mut text = call.query().as_bytes().to_vec();
        if call.method() == Method::POST && !call.body().is_empty() {
            if !has_form(call) {
                return Err(Unreadable::MediaType);
            }
            text.push(b'&');
            text.extend_from_slice(call.body());
        }
        Self::parse(&text)
    }

    /// Those of a query, such as [`to_query`](Self::to_query) writes.
    pub(crate) fn parse(query: &[u8]) -> Result<Self, Unreadable> {
        parse_form(query)
            .map(Self)
            .map_err(|_| Unreadable::Encoding)
    }

    /// The value of a parameter; `None` if it is missing or empty.
    ///
    /// RFC 6749 §3.1: "Parameters sent without a value MUST be treated as if they were omitted from the request."
    pub(crate) fn single(&self, name: &str) -> Result<Option<&str>, Repeated> {
        Ok(self.0.single(name)?.filter(|value| !value.is_empty()))
    }

    /// The same, where a repetition was refused before.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.single(name).ok().flatten()
    }

    /// The values of a parameter that may be repeated, but for empty ones.
    pub(crate) fn all<'p>(&'p self, name: &'p str) -> impl Iterator<Item = &'p str> {
        self.0.all(name).filter(|value| !value.is_empty())
    }

    /// Whether a parameter that we know stands twice; `resource` may
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)).
    pub(crate) fn repeats(&self) -> bool {
        KNOWN.iter().any(|name| self.0.single(name).is_err())
    }

    /// The request once more, as a query: what we act on and nothing else, in the order sent.
    pub(crate) fn to_query(&self) -> String {
        self.to_query_without(&[])
    }

    /// The same without these parameters.
    pub(crate) fn to_query_without(&self, names: &[&str]) -> String {
        let carried = |name: &str| CARRIED.contains(&name) && !names.contains(&name);
        let pieces = self
            .0
            .iter()
            .filter(|(name, value)| carried(name) && !value.is_empty())
            .map(|(name, value)| format!("{name}={}", encode_segment(value)));
        pieces.collect::<Vec<_>>().join("&")
    }
}

/// RFC 6749 §3.1 has requests by POST in the format of a form.
fn has_form(call: &Call) -> bool {
    let mut types = call.headers().get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else {
        return false;
    };
    let essence = only.to_str().unwrap_or_default().split(';').next();
    essence
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// What we act on.
const CARRIED: [&str; 17] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "max_age",
    "id_token_hint",
    "login_hint",
    "acr_values",
    "resource",
    "request",
    "request_uri",
];

/// What must not stand twice: the same but for `resource`, and what is known and has no effect here.
const KNOWN: [&str; 22] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "prompt",
    "max_age",
    "id_token_hint",
    "login_hint",
    "acr_values",
    "request",
    "request_uri",
    "display",
    "ui_locales",
    "claims",
    "claims_locales",
    "registration",
    super::LOGIN_ASKED,
];
