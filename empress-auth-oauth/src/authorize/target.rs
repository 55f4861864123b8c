//! Who asks, and where may the answer go? Asked before anything else: until both are known, no error may leave by a
//! redirect ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)).

use std::sync::Arc;

use super::parameters::Parameters;
use crate::client::Client;
use crate::error::OAuthError;
use crate::redirect_uri::RegisteredRedirectUri;
use crate::store::ClientStore;

/// The client and a redirect URI of its own: errors may be sent there.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) client: Arc<Client>,
    pub(crate) redirect_uri: RegisteredRedirectUri,
    /// Whether the request named it.
    pub(crate) redirect_uri_was_sent: bool,
}

impl Target {
    /// What the request names.
    ///
    /// # Errors
    ///
    /// For a page, never for a redirect.
    pub(crate) async fn of(
        parameters: &Parameters,
        clients: &dyn ClientStore,
    ) -> Result<Self, OAuthError> {
        let client = check_client(parameters, clients).await?;
        check_redirect_uri(parameters, client)
    }
}

async fn check_client(
    parameters: &Parameters,
    clients: &dyn ClientStore,
) -> Result<Arc<Client>, OAuthError> {
    let id = parameters
        .single("client_id")
        .map_err(|_| OAuthError::invalid_request("A parameter is repeated."))?
        .ok_or(OAuthError::invalid_request("Missing client_id parameter."))?;
    let client = clients.client(id).await?;
    client.ok_or(OAuthError::invalid_request(
        "Invalid client_id parameter value.",
    ))
}

fn check_redirect_uri(parameters: &Parameters, client: Arc<Client>) -> Result<Target, OAuthError> {
    let sent = parameters
        .single("redirect_uri")
        .map_err(|_| OAuthError::invalid_request("A parameter is repeated."))?;
    let registered = RegisteredRedirectUri::of(&client, sent);
    let redirect_uri =
        registered.ok_or(OAuthError::invalid_request("Mismatching redirect URI."))?;
    Ok(Target {
        client,
        redirect_uri,
        redirect_uri_was_sent: sent.is_some(),
    })
}
