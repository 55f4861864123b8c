//! What does a token request ask for? Read, and not yet checked.

use crate::client::GrantType;
use crate::error::{ErrorCode, OAuthError};
use crate::form::Form;

/// A token request, by its grant.
pub(super) enum TokenRequest<'f> {
    AuthorizationCode(CodeRequest<'f>),
    RefreshToken(RefreshRequest<'f>),
    ClientCredentials(ClientCredentialsRequest<'f>),
}

/// [RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3),
/// [RFC 7636 §4.5](https://www.rfc-editor.org/rfc/rfc7636#section-4.5).
pub(super) struct CodeRequest<'f> {
    pub(super) code: &'f str,
    pub(super) redirect_uri: Option<&'f str>,
    pub(super) code_verifier: Option<&'f str>,
    pub(super) resources: Vec<&'f str>,
}

/// [RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6).
pub(super) struct RefreshRequest<'f> {
    pub(super) refresh_token: &'f str,
    pub(super) scope: Option<&'f str>,
    pub(super) resources: Vec<&'f str>,
}

/// [RFC 6749 §4.4.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.4.2).
pub(super) struct ClientCredentialsRequest<'f> {
    pub(super) scope: Option<&'f str>,
    pub(super) resources: Vec<&'f str>,
}

/// The grant type that is asked for.
pub(super) fn grant_type(form: &Form) -> Result<GrantType, OAuthError> {
    let grant_type = required(form, "grant_type", "The parameter grant_type is missing.")?;
    GrantType::parse(grant_type).ok_or_else(|| ErrorCode::UnsupportedGrantType.into())
}

impl<'f> TokenRequest<'f> {
    pub(super) fn read(grant_type: GrantType, form: &'f Form) -> Result<Self, OAuthError> {
        let scope = form.get("scope");
        let resources = form.resources().collect();
        Ok(match grant_type {
            GrantType::AuthorizationCode => Self::AuthorizationCode(CodeRequest {
                code: required(form, "code", "The parameter code is missing.")?,
                redirect_uri: form.get("redirect_uri"),
                code_verifier: form.get("code_verifier"),
                resources,
            }),
            GrantType::RefreshToken => Self::RefreshToken(RefreshRequest {
                refresh_token: required(
                    form,
                    "refresh_token",
                    "The parameter refresh_token is missing.",
                )?,
                scope,
                resources,
            }),
            GrantType::ClientCredentials => {
                Self::ClientCredentials(ClientCredentialsRequest { scope, resources })
            }
        })
    }
}

fn required<'f>(form: &'f Form, name: &str, sentence: &'static str) -> Result<&'f str, OAuthError> {
    form.get(name)
        .ok_or_else(|| OAuthError::invalid_request(sentence))
}
