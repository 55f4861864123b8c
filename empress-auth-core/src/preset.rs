//! In whose words is a refusal told?

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use http::{Response, StatusCode};
use serde_json::json;

use crate::challenge::Offer;
use crate::rejection::{Rejection, RejectionKind};

mod drf;
mod frappe;

/// The shape of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Preset {
    /// RFC 9457 `application/problem+json`; its member `detail` holds the sentence that DRF clients read.
    #[default]
    Problem,
    /// Django REST framework's: `{"detail": …}` and the bare challenge of the first scheme.
    Drf,
    /// Frappe's envelope: `exc_type`, `exception`, `exc`, `_server_messages`.
    Frappe,
    /// The same without `exc`, which some clients take for a traceback and others need to see an error at all.
    FrappeWithoutExc,
    /// The envelope of Frappe's `/api/v2/`: `errors`, a list.
    FrappeV2,
    /// OAuth 2's: `{"error": …, "error_description": …}`.
    OAuth,
}

/// How a layer renders its refusals.
#[derive(Clone)]
pub(crate) enum Renderer {
    Preset(Preset),
    Custom(Arc<Render>),
}

pub(crate) type Render = dyn Fn(&Rejection) -> Response<Bytes> + Send + Sync;

impl Renderer {
    pub(crate) fn render(&self, rejection: &Rejection, offer: &Offer) -> Response<Bytes> {
        match self {
            Self::Preset(preset) => preset.render(rejection, offer),
            Self::Custom(render) => render(rejection),
        }
    }
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preset(preset) => preset.fmt(f),
            Self::Custom(_) => f.write_str("Custom(..)"),
        }
    }
}

impl Preset {
    pub(crate) fn render(self, rejection: &Rejection, offer: &Offer) -> Response<Bytes> {
        let (status, content_type, body) = match self {
            Self::Problem => problem(rejection),
            Self::Drf => drf::render(rejection),
            Self::Frappe | Self::FrappeWithoutExc | Self::FrappeV2 => {
                let (status, body) = frappe::render(rejection, self);
                (status, JSON, body)
            }
            Self::OAuth => oauth(rejection),
        };
        let mut response = answer(status, content_type, body);
        let headers = response.headers_mut();
        if self == Self::Drf {
            if status == StatusCode::UNAUTHORIZED {
                headers.extend(offer.bare_challenge().map(|line| (WWW_AUTHENTICATE, line)));
            }
        } else if Offer::applies_to(rejection.kind(), status)
            || (self.is_frappe() && rejection.kind() == RejectionKind::Missing)
        {
            for line in offer.challenges(rejection) {
                headers.append(WWW_AUTHENTICATE, line);
            }
        }
        if rejection.retry_after_secs() > 0 {
            headers.insert(RETRY_AFTER, rejection.retry_after_secs().into());
        }
        response
    }

    /// Whether refusals come in Frappe's envelope.
    pub(crate) const fn is_frappe(self) -> bool {
        matches!(self, Self::Frappe | Self::FrappeWithoutExc | Self::FrappeV2)
    }

    /// A refusal that has nothing to do with credentials, such as a body that cannot be read.
    pub(crate) fn render_failure(self, failure: &Failure) -> Response<Bytes> {
        let Failure {
            status,
            code,
            detail,
            field,
        } = failure;
        let (content_type, body) = match self {
            Self::Problem => (PROBLEM, problem_body(*status, code, detail)),
            Self::Drf => (JSON, json!({ "detail": detail }).to_string()),
            Self::Frappe | Self::FrappeWithoutExc | Self::FrappeV2 => {
                (JSON, frappe::render_failure(*status, detail, self))
            }
            Self::OAuth => (
                JSON,
                json!({ "error": code, "error_description": detail }).to_string(),
            ),
        };
        let mut response = answer(*status, content_type, body);
        response.headers_mut().extend(field.clone());
        response
    }
}

/// A request that an endpoint cannot answer, whoever sent it.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    /// What would be accepted instead: `Allow`, `Accept`, …
    pub(crate) field: Option<(HeaderName, HeaderValue)>,
}

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// A response that no cache may keep.
fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, body.len().into());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    *response.body_mut() = Bytes::from(body);
    response
}

fn problem(rejection: &Rejection) -> (StatusCode, &'static str, String) {
    let status = rejection.status();
    (
        status,
        PROBLEM,
        problem_body(status, rejection.code(), rejection.detail()),
    )
}

/// RFC 9457 §3.1; `type` is left out, which means `about:blank`.
fn problem_body(status: StatusCode, code: &str, detail: &str) -> String {
    let title = status.canonical_reason().unwrap_or_default();
    json!({ "title": title, "status": status.as_u16(), "detail": detail, "code": code }).to_string()
}

fn oauth(rejection: &Rejection) -> (StatusCode, &'static str, String) {
    let body = json!({ "error": rejection.code(), "error_description": rejection.detail() });
    (rejection.status(), JSON, body.to_string())
}
