use bytes::Bytes;
use empress_auth_core::endpoint::Dispatcher;
use empress_auth_core::{Authenticator, MemoryStore, NewUser, User};
use http::{Request, Response};
use serde_json::{Value, json};

use super::*;
use crate::claims;

fn routes_at(public_url: &str) -> Vec<Route> {
    let public_url = public_url.parse().unwrap();
    let offer = Offer {
        public_url: &public_url,
        scopes: SCOPES,
        claims: CLAIMS,
        algs: &[SigningAlg::Rs256, SigningAlg::Es256],
    };
    // As a program mounts them.
    let prefix = public_url.path_prefix();
    let under = routes(&offer);
    let mut all = host_routes(&offer);
    all.extend(
        under
            .iter()
            .map(|route| route.at(&format!("{prefix}{}", route.path()))),
    );
    all
}

async fn ask(public_url: &str, request: http::request::Builder) -> Option<Response<Bytes>> {
    let head = request.body(()).unwrap();
    let authenticator = Authenticator::new(MemoryStore::new());
    let dispatchers = Dispatcher::group(routes_at(public_url), &authenticator);
    let (_, dispatcher) = dispatchers
        .iter()
        .find(|(path, _)| **path == *head.uri().path())?;
    Some(dispatcher.respond(head, async |_| Ok(Bytes::new())).await)
}

async fn document(public_url: &str, path: &str) -> Value {
    let answer = ask(public_url, Request::get(path)).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    serde_json::from_slice(answer.body()).unwrap()
}

const ROOT: &str = "https://auth.example";

// AS-8414-1, AS-8414-2, OP-DISC-1, MCP-AS-4
#[tokio::test]
async fn the_same_document_is_at_every_place() {
    for (public_url, places) in [
        (
            ROOT,
            &[
                "/.well-known/openid-configuration",
                "/.well-known/oauth-authorization-server",
            ][..],
        ),
        (
            "https://example.com/tenant/auth",
            &[
                "/.well-known/oauth-authorization-server/tenant/auth",
                "/.well-known/openid-configuration/tenant/auth",
                "/tenant/auth/.well-known/openid-configuration",
                "/tenant/auth/.well-known/oauth-authorization-server",
            ],
        ),
    ] {
        let first = document(public_url, places[0]).await;
        assert_eq!(first["issuer"], public_url);
        for place in places {
            assert_eq!(document(public_url, place).await, first, "{place}");
        }
    }
    let path = "/.well-known/openid-configuration";
    assert!(
        ask("https://example.com/tenant", Request::get(path))
            .await
            .is_none()
    );
}

// AS-7636-9, AS-8414-3, AS-8414-4, AS-8414-5, AS-8414-6, AS-8414-7, AS-9207-3, AS-9700-4, OP-DISC-2, OP-DISC-3, OP-DISC-4, MCP-AS-5, MCP-AS-6
#[tokio::test]
async fn it_advertises_what_works() {
    let document = document(
        "https://example.com/auth",
        "/auth/.well-known/openid-configuration",
    )
    .await;
    let at = |path: &str| json!(format!("https://example.com/auth{path}"));
    assert_eq!(
        document,
        json!({
            "issuer": at(""),
            "authorization_endpoint": at("/oauth/authorize"),
            "token_endpoint": at("/oauth/token"),
            "userinfo_endpoint": at("/oauth/userinfo"),
            "jwks_uri": at("/.well-known/jwks.json"),
            "revocation_endpoint": at("/oauth/revoke"),
            "introspection_endpoint": at("/oauth/introspect"),
            "end_session_endpoint": at("/oauth/logout"),
            "scopes_supported": SCOPES,
            "claims_supported": CLAIMS,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "prompt_values_supported": ["none", "login", "consent", "select_account"],
            "authorization_response_iss_parameter_supported": true,
            "claims_parameter_supported": false,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
        })
    );
}

// Wire row M1, SEED-F-11
#[tokio::test]
async fn frappes_document_has_its_nine_keys_and_its_endpoints() {
    let base = "/api/method/frappe.integrations.oauth2.";
    for path in [
        format!("{base}openid_configuration"),
        format!("{base}openid_configuration/"),
    ] {
        let document = document(ROOT, &path).await;
        assert_eq!(document["issuer"], ROOT);
        for (key, method) in [
            ("authorization_endpoint", "authorize"),
            ("token_endpoint", "get_token"),
            ("userinfo_endpoint", "openid_profile"),
            ("revocation_endpoint", "revoke_token"),
            ("introspection_endpoint", "introspect_token"),
        ] {
            assert_eq!(document[key], format!("{ROOT}{base}{method}"));
        }
        for key in [
            "response_types_supported",
            "subject_types_supported",
            "id_token_signing_alg_values_supported",
        ] {
            assert!(document[key].is_array(), "{key}");
        }
    }
}

// AS-8414-10, OP-DISC-9, H-21
#[tokio::test]
async fn anybody_may_ask_and_keep_the_answer() {
    let path = "/.well-known/openid-configuration";
    let get = ask(ROOT, Request::get(path)).await.unwrap();
    assert_eq!(get.headers()["access-control-allow-origin"], "*");
    assert_eq!(
        get.headers()["cache-control"],
        "public, max-age=300, stale-if-error=86400"
    );
    let head = ask(ROOT, Request::head(path)).await.unwrap();
    assert_eq!((head.status(), head.body().len()), (get.status(), 0));
    assert_eq!(
        head.headers()["content-length"],
        get.headers()["content-length"]
    );

    let etag = get.headers()["etag"].clone();
    let again = ask(ROOT, Request::get(path).header("if-none-match", etag))
        .await
        .unwrap();
    assert_eq!((again.status().as_u16(), again.body().len()), (304, 0));
    assert_eq!(
        again.headers()["cache-control"],
        get.headers()["cache-control"]
    );

    let preflight = Request::options(path)
        .header("origin", "https://app.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "if-none-match");
    let answer = ask(ROOT, preflight).await.unwrap();
    assert_eq!(answer.status(), 204);
    assert_eq!(answer.headers()["access-control-allow-origin"], "*");
    let allowed = answer.headers()["access-control-allow-headers"]
        .to_str()
        .unwrap();
    assert!(allowed.contains("If-None-Match"));
    assert!(
        !answer
            .headers()
            .contains_key("access-control-allow-credentials")
    );

    let post = ask(ROOT, Request::post(path)).await.unwrap();
    assert_eq!(post.status(), 405);
}

#[tokio::test]
async fn a_wrong_credential_makes_no_difference() {
    let path = "/.well-known/openid-configuration";
    let request = Request::get(path).header("authorization", "Bearer nobody");
    assert_eq!(ask(ROOT, request).await.unwrap().status(), 200);
}

#[test]
fn every_claim_of_userinfo_is_advertised() {
    let new = NewUser::named("ada")
        .with_email("ada@example.com")
        .with_full_name("Ada Lovelace");
    let user = User::from_new("7", &new, std::time::SystemTime::UNIX_EPOCH);
    for claim in claims::of_user(&user, &["all".into()]).keys() {
        assert!(CLAIMS.contains(&&**claim), "{claim}");
    }
}
