//! How is a client shown? The members have the names of client metadata, where there is one ([RFC 7591
//! §2](https://www.rfc-editor.org/rfc/rfc7591#section-2)).

use empress_auth_oauth::client::{Client, ClientOptions};
use serde::Serialize;

use crate::cli::view::{lines, moment};

/// A client without its secret, for programs.
#[derive(Debug, Serialize)]
pub(super) struct ClientView {
    client_id: Box<str>,
    client_name: Box<str>,
    public: bool,
    token_endpoint_auth_methods: Vec<&'static str>,
    grant_types: Vec<&'static str>,
    redirect_uris: Vec<Box<str>>,
    post_logout_redirect_uris: Vec<Box<str>>,
    scopes: Vec<Box<str>>,
    allowed_roles: Vec<Box<str>>,
    #[serde(flatten)]
    options: OptionsView,
    secret_issued_at: Option<String>,
    created_at: String,
}

/// What it may do beyond the rules for all, and what it is forgiven.
#[derive(Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct OptionsView {
    skip_consent: bool,
    introspect_any: bool,
    jwt_access_tokens: bool,
    id_token_signed_response_alg: Option<&'static str>,
    danger_allow_missing_pkce: bool,
    danger_allow_plain_pkce: bool,
    danger_allow_short_verifier: bool,
}

impl From<&Client> for ClientView {
    fn from(client: &Client) -> Self {
        let methods = client.auth_methods.iter().map(|method| method.as_str());
        let grants = client.grants.iter().map(|grant| grant.as_str());
        let secret = client.secret.as_ref();
        Self {
            client_id: client.id.clone(),
            client_name: client.name.clone(),
            public: client.is_public(),
            token_endpoint_auth_methods: methods.collect(),
            grant_types: grants.collect(),
            redirect_uris: client.redirect_uris.clone(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            scopes: client.scopes.clone(),
            allowed_roles: client.allowed_roles.clone(),
            options: client.options.into(),
            secret_issued_at: secret.map(|secret| moment(secret.issued_at)),
            created_at: moment(client.created_at),
        }
    }
}

impl From<ClientOptions> for OptionsView {
    fn from(options: ClientOptions) -> Self {
        Self {
            skip_consent: options.skip_consent,
            introspect_any: options.introspect_any,
            jwt_access_tokens: options.jwt_access_tokens,
            id_token_signed_response_alg: options.id_token_alg.map(|alg| alg.as_str()),
            danger_allow_missing_pkce: options.danger_allow_missing_pkce,
            danger_allow_plain_pkce: options.danger_allow_plain_pkce,
            danger_allow_short_verifier: options.danger_allow_short_verifier,
        }
    }
}

impl OptionsView {
    /// What is on, by the names of the flags.
    fn on(&self) -> Vec<&'static str> {
        let switches = [
            (self.skip_consent, "skip-consent"),
            (self.introspect_any, "introspect-any"),
            (self.jwt_access_tokens, "jwt-access-tokens"),
            (self.danger_allow_missing_pkce, "danger-allow-missing-pkce"),
            (self.danger_allow_plain_pkce, "danger-allow-plain-pkce"),
            (
                self.danger_allow_short_verifier,
                "danger-allow-short-verifier",
            ),
        ];
        let on = switches.into_iter().filter(|(is_on, _)| *is_on);
        on.map(|(_, name)| name).collect()
    }
}

impl ClientView {
    /// The titles of [`row`](Self::row).
    pub(super) const TITLES: [&'static str; 5] = ["CLIENT ID", "NAME", "KIND", "GRANTS", "MADE"];

    pub(super) fn row(&self) -> [String; 5] {
        [
            self.client_id.to_string(),
            self.client_name.to_string(),
            self.kind().to_owned(),
            self.grant_types.join(" "),
            self.created_at.clone(),
        ]
    }

    /// A line a member, for people.
    pub(super) fn lines(&self) -> String {
        let alg = self.options.id_token_signed_response_alg;
        lines(&[
            ("client id", self.client_id.to_string()),
            ("name", self.client_name.to_string()),
            ("kind", self.kind().to_owned()),
            (
                "shows its secret by",
                self.token_endpoint_auth_methods.join(" "),
            ),
            ("grants", self.grant_types.join(" ")),
            ("redirect URIs", self.redirect_uris.join(" ")),
            ("after a logout", self.post_logout_redirect_uris.join(" ")),
            ("scopes", self.scopes.join(" ")),
            ("for users with", self.allowed_roles.join(", ")),
            ("ID tokens", alg.unwrap_or_default().to_owned()),
            ("options", self.options.on().join(" ")),
            (
                "secret made",
                self.secret_issued_at.clone().unwrap_or_default(),
            ),
            ("made", self.created_at.clone()),
        ])
    }

    const fn kind(&self) -> &'static str {
        if self.public {
            "public"
        } else {
            "confidential"
        }
    }
}
