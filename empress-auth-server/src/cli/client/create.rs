//! What is asked of a new client.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use empress_auth_oauth::NewClient;
use empress_auth_oauth::client::{AuthMethod, ClientOptions, GrantType, SigningAlg};

/// A client to be made.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct CreateClient {
    /// What the consent page calls it
    name: String,
    /// Where users may be sent back to with a code; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// Where users may be sent after a logout that the client asks for; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    post_logout_redirect_uris: Vec<String>,
    /// A scope that it may ask for, and gets if it names none; may be repeated [default: all openid profile email]
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// A grant that it may use; may be repeated [default: `authorization_code`, `refresh_token`, and `client_credentials` unless
    /// it is public]
    #[arg(long = "grant", value_name = "GRANT", value_parser = grants())]
    grants: Vec<GrantType>,
    /// The only way for it to show its secret [default: either]
    #[arg(long, value_name = "METHOD", value_parser = auth_methods(), conflicts_with = "public")]
    auth_method: Option<AuthMethod>,
    /// It can keep no secret, as an application on a phone or in a browser: it gets none, and must use PKCE
    #[arg(long)]
    public: bool,
    /// Do not ask users for consent: for applications of your own
    #[arg(long)]
    skip_consent: bool,
    /// Let it introspect any token, not only its own
    #[arg(long)]
    introspect_any: bool,
    /// Only users with this role may use it; may be repeated
    #[arg(long = "allowed-role", value_name = "ROLE")]
    allowed_roles: Vec<String>,
    /// Its access tokens are JWTs
    #[arg(long)]
    jwt_access_tokens: bool,
    /// What its ID tokens are signed with; HS256, with its own secret, is for old clients of Frappe
    #[arg(long, value_name = "ALG", value_parser = signing_algs())]
    id_token_alg: Option<SigningAlg>,
    /// It may leave PKCE out though it is public: whoever sees a code can use it
    #[arg(long)]
    danger_allow_missing_pkce: bool,
    /// It may use PKCE with the method plain, which hides nothing from who sees the request
    #[arg(long)]
    danger_allow_plain_pkce: bool,
    /// Its code verifiers may have fewer than 43 characters, and be guessed
    #[arg(long)]
    danger_allow_short_verifier: bool,
}

impl CreateClient {
    pub(super) fn into_new_client(self) -> NewClient {
        let mut new = if self.public {
            NewClient::public(&self.name)
        } else {
            NewClient::confidential(&self.name)
        };
        for uri in &self.redirect_uris {
            new = new.with_redirect_uri(uri);
        }
        for uri in &self.post_logout_redirect_uris {
            new = new.with_post_logout_redirect_uri(uri);
        }
        // A list in quotes, as OAuth writes one, is a list, too.
        let mut scopes = self
            .scopes
            .iter()
            .flat_map(|list| list.split(' '))
            .peekable();
        if scopes.peek().is_some() {
            new = new.with_scopes(scopes);
        }
        if !self.grants.is_empty() {
            new = new.with_grants(self.grants);
        }
        if let Some(method) = self.auth_method {
            new = new.with_auth_method(method);
        }
        let mut options = ClientOptions::default();
        options.skip_consent = self.skip_consent;
        options.introspect_any = self.introspect_any;
        options.jwt_access_tokens = self.jwt_access_tokens;
        options.id_token_alg = self.id_token_alg;
        options.danger_allow_missing_pkce = self.danger_allow_missing_pkce;
        options.danger_allow_plain_pkce = self.danger_allow_plain_pkce;
        options.danger_allow_short_verifier = self.danger_allow_short_verifier;
        new.with_allowed_roles(self.allowed_roles)
            .with_options(options)
    }
}

fn grants() -> impl clap::builder::TypedValueParser<Value = GrantType> {
    PossibleValuesParser::new(GrantType::ALL.iter().map(|grant| grant.as_str()))
        .try_map(|name| GrantType::parse(&name).ok_or("no grant"))
}

fn auth_methods() -> impl clap::builder::TypedValueParser<Value = AuthMethod> {
    PossibleValuesParser::new(AuthMethod::ALL.iter().map(|method| method.as_str()))
        .try_map(|name| AuthMethod::parse(&name).ok_or("no method"))
}

fn signing_algs() -> impl clap::builder::TypedValueParser<Value = SigningAlg> {
    PossibleValuesParser::new(SigningAlg::ALL.iter().map(|alg| alg.as_str()))
        .try_map(|name| SigningAlg::parse(&name).ok_or("no algorithm"))
}
