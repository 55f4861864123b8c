//! Called by the clients that people have: curl, Python's requests, the frappe-client of `PyPI`.

use std::process::Command;

use empress_auth_core::{NewUser, SYSTEM_MANAGER};
use empress_auth_tests::{
    PASSWORD, Server, Stage, output_of, run_python, serve_actix, serve_tower, wait,
};

/// The program for axum, but for the port and for who runs it.
fn tower_program() -> (String, Server) {
    use axum::Router;
    use axum::routing::get;
    use empress_auth_tower::{
        Actor, Authenticated, MemoryStore, NewToken, NewUser, TokenAuth, TokenIssuer,
    };

    let store = MemoryStore::new();
    wait(store.create_user(NewUser::named("ada"))).unwrap();
    let issuer = TokenIssuer::new(store.clone());
    let laptop = NewToken::named("laptop");
    let made = wait(issuer.create(Actor::assert_local_operator(), "ada", laptop)).unwrap();
    let app = Router::new()
        .route(
            "/",
            get(|Authenticated(who): Authenticated| async move { who.username().to_owned() }),
        )
        .layer(TokenAuth::new(store));
    (made.expose_secret().to_owned(), serve_tower(app))
}

/// The same for actix-web.
fn actix_program() -> (String, Server) {
    use actix_web::web;
    use empress_auth_actix::{
        Actor, Authenticated, MemoryStore, NewToken, NewUser, TokenAuth, TokenIssuer,
    };

    let store = MemoryStore::new();
    wait(store.create_user(NewUser::named("ada"))).unwrap();
    let issuer = TokenIssuer::new(store.clone());
    let laptop = NewToken::named("laptop");
    let made = wait(issuer.create(Actor::assert_local_operator(), "ada", laptop)).unwrap();
    let server = serve_actix(Some(TokenAuth::new(store)), |config| {
        config.route(
            "/",
            web::get().to(async |Authenticated(who): Authenticated| who.username().to_owned()),
        );
    });
    (made.expose_secret().to_owned(), server)
}

fn url(server: &Server) -> String {
    format!("http://{}/", server.address())
}

fn curl_gets_in_and_is_refused(token: &str, server: &Server) {
    let url = url(server);
    let curl = |arguments: &[&str]| {
        let mut command = Command::new("curl");
        let command = command.args(["-sS", "-o", "-", "-w", " %{http_code}"]);
        output_of(command.args(arguments).arg(&url))
    };
    for scheme in ["Token", "Bearer", "token"] {
        let header = format!("Authorization: {scheme} {token}");
        assert_eq!(curl(&["-H", &header]), "ada 200");
    }
    assert_eq!(curl(&["--oauth2-bearer", token]), "ada 200");
    assert!(curl(&[]).ends_with(" 401"));
    assert!(curl(&["-H", "Authorization: Token wrong"]).ends_with(" 401"));
    assert!(curl(&["-u", "ada:wrong"]).ends_with(" 401"));
    let header = format!("Authorization: Token {token}");
    assert!(curl(&["-H", &header, "-H", &header]).ends_with(" 400"));
    // What curl makes of the challenges: it sees no scheme that it would try by itself.
    assert!(curl(&["--anyauth", "-u", "ada:wrong"]).ends_with(" 401"));
}

#[test]
fn curl_calls_the_first_program_on_axum() {
    let (token, server) = tower_program();
    curl_gets_in_and_is_refused(&token, &server);
}

#[test]
fn curl_calls_the_first_program_on_actix() {
    let (token, server) = actix_program();
    curl_gets_in_and_is_refused(&token, &server);
}

// gRPC: a refusal is told in `grpc-status`, with HTTP 200; over HTTP/2, which actix-web's server does without
#[test]
fn curl_speaking_grpc_is_refused_in_grpcs_words() {
    let (token, server) = tower_program();
    let url = url(&server);
    let call = |content_type: &str, authorization: &[&str]| {
        let mut command = Command::new("curl");
        command.args([
            "-sS",
            "--http2-prior-knowledge",
            "-D",
            "-",
            "-o",
            "-",
            "-X",
            "POST",
        ]);
        command.args(["-H", &format!("Content-Type: {content_type}")]);
        for value in authorization {
            command.args(["-H", &format!("Authorization: {value}")]);
        }
        output_of(command.arg(&url)).to_ascii_lowercase()
    };
    let known = format!("Bearer {token}");
    for (authorization, status) in [
        (&[][..], "grpc-status: 16"),
        (&["Bearer x"], "grpc-status: 16"),
        (&["Bearer x", "Bearer x"], "grpc-status: 3"),
    ] {
        for content_type in ["application/grpc", "application/grpc+proto"] {
            let answer = call(content_type, authorization);
            assert!(answer.starts_with("http/2 200"), "{answer}");
            assert!(answer.contains(status), "{answer}");
            assert!(
                answer.contains("content-type: application/grpc\r\n"),
                "{answer}"
            );
        }
    }
    // A browser's dialect reads HTTP statuses.
    assert!(call("application/grpc-web", &[]).starts_with("http/2 401"));
    // Past the layer there is no gRPC here.
    assert!(call("application/grpc", &[&known]).starts_with("http/2 405"));
}

const SCRIPT: &str = r#"
import sys
import requests

url, token = sys.argv[1:]
session = requests.Session()
session.trust_env = False

for scheme in ("Token", "Bearer"):
    answer = session.get(url, headers={"Authorization": f"{scheme} {token}"})
    assert (answer.status_code, answer.text) == (200, "ada"), answer.text

class TokenAuth(requests.auth.AuthBase):
    def __call__(self, request):
        request.headers["Authorization"] = f"Token {token}"
        return request

assert session.get(url, auth=TokenAuth()).ok

answer = session.get(url)
assert answer.status_code == 401
assert answer.headers["WWW-Authenticate"].startswith("Token realm=")
assert answer.json()["detail"] == "Authentication credentials were not provided."

answer = session.get(url, headers={"Authorization": "Token wrong"})
assert answer.status_code == 401
assert answer.json()["detail"] == "Invalid token."
assert answer.headers["Content-Type"] == "application/problem+json"

answer = session.get(url, auth=("key", "secret"))
assert answer.status_code == 401
assert 'Basic realm="api"' in answer.headers["WWW-Authenticate"]
print("done")
"#;

fn requests_gets_in_and_is_refused(token: &str, server: &Server) {
    run_python(SCRIPT, "requests", &[&url(server), token]);
}

#[test]
fn requests_calls_the_first_program_on_axum() {
    let (token, server) = tower_program();
    requests_gets_in_and_is_refused(&token, &server);
}

#[test]
fn requests_calls_the_first_program_on_actix() {
    let (token, server) = actix_program();
    requests_gets_in_and_is_refused(&token, &server);
}

const FRAPPE_SCRIPT: &str = r#"
import sys
from frappeclient import FrappeClient
from frappeclient.frappeclient import AuthError, FrappeException

url, password, key, secret = sys.argv[1:]

def refused(kind, call):
    try:
        call()
    except kind:
        return
    raise AssertionError(f"not {kind}")

client = FrappeClient(url, "boss", password)
assert client.get_api("frappe.auth.get_logged_user") == "boss"
assert client.post_api("frappe.auth.get_logged_user") == "boss"
made = client.post_api("frappe.core.doctype.user.user.generate_keys", {"user": "boss"})
by_key = FrappeClient(url, api_key=made["api_key"], api_secret=made["api_secret"])
assert by_key.get_api("frappe.auth.get_logged_user") == "boss"
with FrappeClient(url, "boss", password) as again:
    assert again.get_api("frappe.auth.get_logged_user") == "boss"

refused(AuthError, lambda: FrappeClient(url, "boss", "guess"))
refused(AuthError, lambda: FrappeClient(url, "nobody", password))
refused(FrappeException, lambda: FrappeClient(url).get_api("frappe.auth.get_logged_user"))
ada = FrappeClient(url, api_key=key, api_secret=secret)
assert ada.get_api("frappe.auth.get_logged_user") == "ada"
refused(FrappeException, lambda: ada.post_api("frappe.core.doctype.user.user.generate_keys", {"user": "ada"}))
print("done")
"#;

// L1, L12: what it sends after the login says nothing of a page
pub(crate) fn the_frappe_client_logs_in_and_calls_methods(stage: Stage) {
    let world = stage.world();
    world.user(NewUser::named("boss").with_roles([SYSTEM_MANAGER]));
    world.set_password("boss");
    let server = stage.serve_endpoints(&world);
    let pair = world.keys("ada");
    let (key, secret) = pair.split_once(':').unwrap();
    // It writes a slash of its own behind the address.
    let url = format!("http://{}", server.address());
    run_python(
        FRAPPE_SCRIPT,
        "frappeclient",
        &[&url, PASSWORD, key, secret],
    );
}
