//! What the application says to Empress Auth: the `oauth2` crate knows how, as it does for any other provider.

use oauth2::basic::BasicClient;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse as _, TokenUrl, reqwest,
};
use serde_json::Value;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

pub(crate) struct Login {
    client: BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>,
    http: reqwest::Client,
    userinfo: String,
}

impl Login {
    pub(crate) fn new(
        issuer: &str,
        id: String,
        secret: String,
        callback: String,
    ) -> Result<Self, Failure> {
        Ok(Self {
            client: BasicClient::new(ClientId::new(id))
                .set_client_secret(ClientSecret::new(secret))
                .set_auth_uri(AuthUrl::new(format!("{issuer}/oauth/authorize"))?)
                .set_token_uri(TokenUrl::new(format!("{issuer}/oauth/token"))?)
                .set_redirect_uri(RedirectUrl::new(callback)?),
            // A redirect would carry the secret elsewhere.
            http: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .build()?,
            userinfo: format!("{issuer}/oauth/userinfo"),
        })
    }

    /// Where to send a browser, with the state and the verifier of this login.
    pub(crate) fn begin(&self) -> (String, String, String) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = self
            .client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(["openid", "profile"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge)
            .url();
        let state = state.into_secret();
        (url.into(), state, verifier.into_secret())
    }

    /// A code for a token, and the token for the name of its user.
    pub(crate) async fn finish(&self, code: &str, verifier: &str) -> Result<String, Failure> {
        let token = self
            .client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request_async(&self.http)
            .await?;
        let asked = self.http.get(&self.userinfo);
        let answer = asked.bearer_auth(token.access_token().secret()).send();
        let profile: Value = serde_json::from_slice(&answer.await?.bytes().await?)?;
        let name = profile.get("preferred_username").and_then(Value::as_str);
        Ok(name.ok_or("userinfo has no name")?.to_owned())
    }
}
