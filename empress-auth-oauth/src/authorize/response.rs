//! How does the client hear of it? The authorization response, by the way that the request asked for.

use std::fmt;

use bytes::Bytes;
use empress_auth_core::percent::encode_segment;
use http::{Method, Response, StatusCode};

use crate::error::{ErrorCode, OAuthError};
use crate::front_channel::FrontChannel;
use crate::page_response::{self, Policy};
use crate::pages::{FormPostPage, PageForm};
use crate::redirect_uri::RegisteredRedirectUri;

/// Where the answer to a request goes, and how.
#[derive(Debug, Clone)]
pub(crate) struct ReplyTo {
    pub(crate) client_name: Box<str>,
    pub(crate) redirect_uri: RegisteredRedirectUri,
    pub(crate) mode: ResponseMode,
    /// What the client sent, byte for byte.
    pub(crate) state: Option<Box<str>>,
}

/// `response_mode`: [OAuth 2.0 Multiple Response Types
/// §2.1](https://openid.net/specs/oauth-v2-multiple-response-types-1_0.html#ResponseModes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ResponseMode {
    /// In the query of the redirect URI.
    #[default]
    Query,
    /// In a form that the browser posts ([Form Post Response
    /// Mode](https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html)).
    FormPost,
}

/// What is answered.
pub(crate) enum Reply {
    /// The code, in clear.
    Code(zeroize::Zeroizing<String>),
    /// Why there is none.
    Error(OAuthError),
}

impl ReplyTo {
    /// The response to a browser that asked by `method`.
    pub(crate) fn send(
        &self,
        front: &FrontChannel,
        method: &Method,
        reply: &Reply,
    ) -> Response<Bytes> {
        let fields = self.fields(front.issuer(), reply);
        let sent = match self.mode {
            ResponseMode::Query => page_response::redirect(method, &self.location(&fields)),
            ResponseMode::FormPost => Some(self.form(front, &fields)),
        };
        // Registered redirect URIs are of visible ASCII, and what is added is percent-encoded.
        sent.unwrap_or_else(|| OAuthError::new(ErrorCode::ServerError).to_response())
    }

    /// RFC 6749 §4.1.2 and §4.1.2.1; [RFC 9207 §2](https://www.rfc-editor.org/rfc/rfc9207#section-2) adds `iss`, in errors
    /// too.
    fn fields<'r>(&'r self, issuer: &'r str, reply: &'r Reply) -> Vec<(&'static str, &'r str)> {
        let mut fields = match reply {
            Reply::Code(code) => vec![("code", code.as_str())],
            Reply::Error(error) => vec![
                ("error", error.code().as_str()),
                ("error_description", error.description()),
            ],
        };
        fields.extend(self.state.as_deref().map(|state| ("state", state)));
        fields.push(("iss", issuer));
        fields
    }

    /// RFC 6749 §3.1.2: a query that the redirect URI has "MUST be retained when adding additional query parameters".
    fn location(&self, fields: &[(&str, &str)]) -> String {
        let redirect_uri = self.redirect_uri.as_str();
        let mut location = redirect_uri.to_owned();
        let mut separator = match redirect_uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some(_) => "&",
        };
        for (name, value) in fields {
            location.push_str(separator);
            location.push_str(name);
            location.push('=');
            location.push_str(&encode_segment(value));
            separator = "&";
        }
        location
    }

    fn form(&self, front: &FrontChannel, fields: &[(&str, &str)]) -> Response<Bytes> {
        let redirect_uri = self.redirect_uri.as_str();
        let page = FormPostPage {
            client_name: self.client_name.clone(),
            form: PageForm::new(redirect_uri, fields.iter().copied()),
            script: front.path(crate::front_channel::SCRIPT).into(),
        };
        let policy = Policy {
            redirect_uri: Some(redirect_uri),
            script: Some(&front.url(crate::front_channel::SCRIPT)),
        };
        page_response::page(StatusCode::OK, front.pages.form_post(&page), &policy)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(_) => f.write_str("Code(..)"),
            Self::Error(error) => error.fmt(f),
        }
    }
}
