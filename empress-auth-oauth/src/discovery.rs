//! What the provider says of itself: its metadata, by OpenID Connect Discovery §4 and by RFC 8414 §3.
//!
//! 1. One document, the same at every place (RFC 8414 §5, AS-8414-2). It is made once and answered from memory.
//! 2. It is made of the lists that the endpoints themselves go by, and of the paths that they are mounted at: what it
//!    advertises is what works (O-37).
//! 3. The issuer is the public URL, to the byte.
//! 4. An issuer with a path has its metadata at three places: `{path}/.well-known/…` and, at the root of the host,
//!    `/.well-known/…{path}` (MCP-AS-4). The latter are [`host_routes`], because no prefix is put before them.
//! 5. Frappe's `openid_configuration` is the same but for the endpoints, which are Frappe's.

use std::sync::Arc;

use empress_auth_core::PublicUrl;
use empress_auth_core::endpoint::{Call, Endpoint, Route};
use http::Method;
use serde::Serialize;

use crate::client::{AuthMethod, GrantType, SigningAlg};
use crate::document::Document;
use crate::paths;
use crate::routes::{FRAPPE_PREFIXES, open};

/// The scopes that mean something to the provider.
pub(crate) const SCOPES: &[&str] = &["openid", "profile", "email", "all"];

/// What ID tokens and userinfo may say.
pub(crate) const CLAIMS: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "at_hash",
    "sid",
    "acr",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "email",
    "email_verified",
    "roles",
];

/// What differs from provider to provider.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Offer<'a> {
    /// The issuer.
    pub(crate) public_url: &'a PublicUrl,
    /// The scopes that mean something here.
    pub(crate) scopes: &'a [&'a str],
    /// What ID tokens and userinfo may say.
    pub(crate) claims: &'a [&'a str],
    /// What there are keys for.
    pub(crate) algs: &'a [SigningAlg],
}

/// The routes under the path of the public URL.
pub(crate) fn routes(offer: &Offer<'_>) -> Vec<Route> {
    let frappe = endpoint(&Metadata::frappe(offer));
    let frappe = FRAPPE_PREFIXES.iter().flat_map(|prefix| {
        let path = format!("{prefix}openid_configuration");
        [format!("{path}/"), path].map(|path| route(&path, &frappe))
    });
    [
        standard(offer, |path| path.to_owned()),
        frappe.flatten().collect(),
    ]
    .concat()
}

/// The routes at the root of the host, if the public URL has a path: there it comes last
/// ([RFC 8414 §3.1](https://www.rfc-editor.org/rfc/rfc8414#section-3.1)).
pub(crate) fn host_routes(offer: &Offer<'_>) -> Vec<Route> {
    match offer.public_url.path_prefix() {
        "" => Vec::new(),
        prefix => standard(offer, |path| format!("{path}{prefix}")),
    }
}

fn standard(offer: &Offer<'_>, place: impl Fn(&str) -> String) -> Vec<Route> {
    let metadata = endpoint(&Metadata::standard(offer));
    [
        paths::OPENID_CONFIGURATION,
        paths::OAUTH_AUTHORIZATION_SERVER,
    ]
    .into_iter()
    .flat_map(|path| route(&place(path), &metadata))
    .collect()
}

fn route(path: &str, metadata: &Arc<dyn Endpoint>) -> Vec<Route> {
    open(path, "metadata", &[Method::GET], metadata)
}

fn endpoint(metadata: &Metadata<'_>) -> Arc<dyn Endpoint> {
    let document = Document::json(metadata);
    Arc::new(move |call: Call| {
        let answer = document.answer(call.headers());
        async move { answer }
    })
}

/// The metadata. Lists without members are left out (RFC 8414 §3.2); here none is.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the registry has them")]
struct Metadata<'a> {
    issuer: &'a str,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    revocation_endpoint: String,
    introspection_endpoint: String,
    end_session_endpoint: String,
    scopes_supported: &'a [&'a str],
    claims_supported: &'a [&'a str],
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 2],
    grant_types_supported: Vec<&'static str>,
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    /// Not `plain`: the few clients that may use it know.
    code_challenge_methods_supported: [&'static str; 1],
    prompt_values_supported: [&'static str; 4],
    authorization_response_iss_parameter_supported: bool,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    /// Would be true if it were left out.
    request_uri_parameter_supported: bool,
}

impl<'a> Metadata<'a> {
    fn standard(offer: &Offer<'a>) -> Self {
        let base = offer.public_url.as_str();
        let at = |path: &str| format!("{base}{path}");
        let names = |methods: &[AuthMethod]| -> Vec<_> {
            methods.iter().map(|method| method.as_str()).collect()
        };
        let confidential = names(AuthMethod::ALL);
        // A public client says who it is and proves nothing (RFC 8414 §2, RFC 7591 §2).
        let anybody = [confidential.as_slice(), &["none"]].concat();
        let mut algs: Vec<_> = offer.algs.iter().map(|alg| alg.as_str()).collect();
        // With the secret of a client that asks for it, no key of ours.
        algs.push(SigningAlg::Hs256.as_str());
        Self {
            issuer: base,
            authorization_endpoint: at(paths::AUTHORIZE),
            token_endpoint: at(paths::TOKEN),
            userinfo_endpoint: at(paths::USERINFO),
            jwks_uri: at(paths::JWKS),
            revocation_endpoint: at(paths::REVOKE),
            introspection_endpoint: at(paths::INTROSPECT),
            end_session_endpoint: at(paths::END_SESSION),
            scopes_supported: offer.scopes,
            claims_supported: offer.claims,
            response_types_supported: ["code"],
            response_modes_supported: ["query", "form_post"],
            grant_types_supported: GrantType::ALL.iter().map(|grant| grant.as_str()).collect(),
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: algs,
            token_endpoint_auth_methods_supported: anybody.clone(),
            revocation_endpoint_auth_methods_supported: anybody,
            introspection_endpoint_auth_methods_supported: confidential,
            code_challenge_methods_supported: ["S256"],
            prompt_values_supported: ["none", "login", "consent", "select_account"],
            authorization_response_iss_parameter_supported: true,
            claims_parameter_supported: false,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
        }
    }

    fn frappe(offer: &Offer<'a>) -> Self {
        let base = offer.public_url.as_str();
        let [prefix, ..] = FRAPPE_PREFIXES;
        let at = |method: &str| format!("{base}{prefix}{method}");
        Self {
            authorization_endpoint: at("authorize"),
            token_endpoint: at("get_token"),
            userinfo_endpoint: at("openid_profile"),
            revocation_endpoint: at("revoke_token"),
            introspection_endpoint: at("introspect_token"),
            ..Self::standard(offer)
        }
    }
}

#[cfg(test)]
mod tests;
