//! What every route has in common.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response};

use super::world::{Answer, World, ask, get, post};
use crate::endpoint::{Access, Call, Dispatcher, Route, SessionCookie};
use crate::token_text::{TokenKind, TokenText};
use crate::{Authenticator, CredentialStore, Lookup, StoreError, StoreErrorKind, StoredCredential};
use crate::{Entropy, MemoryStore};
use crate::{Preset, Requirement, role, scope};

async fn echo(call: Call) -> Response<Bytes> {
    let who = call.identity().map_or("nobody", |who| who.username());
    let parameter = call.parameter("name").unwrap_or("-");
    let (path, query) = (call.path(), call.query());
    let from = call
        .client_address()
        .map_or_else(String::new, |from| from.to_string());
    let text = format!(
        "{who} {parameter} {path} {query} {from} {}",
        call.body().len()
    );
    Response::new(Bytes::from(text))
}

fn echo_route(method: Method, path: &str, access: Access) -> Route {
    Route::new(method, path, access, echo)
}

async fn world(routes: Vec<Route>) -> World {
    World::new().await.serving(routes)
}

fn known() -> Access {
    Access::Requires(Requirement::authenticated())
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

#[tokio::test]
async fn an_endpoint_sees_caller_parameters_query_address_and_body() {
    let world = world(vec![echo_route(Method::POST, "/x/{name}", known())]).await;
    let token = world.token("ada").await;
    let ask = post("/auth/x/a%20b?c=d")
        .with(&token)
        .body("text/plain", "12345");
    let answer = world.ask(ask).await;
    assert_eq!(text(&answer), "ada a b /auth/x/a%20b c=d 203.0.113.9 5");
}

// L-6
#[tokio::test]
async fn a_body_is_read_only_for_callers_that_may_and_only_up_to_the_limit() {
    let route = echo_route(Method::POST, "/x", known()).with_body_limit_bytes(10);
    let world = world(vec![route]).await;
    let token = world.token("ada").await;

    let stranger = world.ask(post("/x").body("text/plain", "12345")).await;
    assert_eq!(
        (stranger.status.as_u16(), stranger.was_body_read),
        (401, false)
    );

    let exact = world
        .ask(post("/x").with(&token).body("text/plain", "1234567890"))
        .await;
    assert_eq!((exact.status.as_u16(), exact.was_body_read), (200, true));

    let announced = post("/x").with(&token).body("text/plain", "12345678901");
    let announced = world.ask(announced).await;
    assert_eq!(
        (announced.status.as_u16(), announced.was_body_read),
        (413, false)
    );

    let chunked = post("/x")
        .with(&token)
        .body("text/plain", "12345678901")
        .chunked();
    let chunked = world.ask(chunked).await;
    assert_eq!(
        (chunked.status.as_u16(), chunked.was_body_read),
        (413, true)
    );

    let broken = world.ask(post("/x").with(&token).broken()).await;
    assert_eq!(broken.status, 400);

    let unread = world
        .ask(ask("GET", "/x").with(&token).body("text/plain", "1"))
        .await;
    assert_eq!((unread.status.as_u16(), unread.was_body_read), (405, false));
}

// L-6, P-15
#[tokio::test]
async fn a_body_is_read_for_its_csrf_token_only_if_the_session_bears_our_tag() {
    let world = world(vec![echo_route(Method::POST, "/x", known())]).await;
    let of = |kind, store: &MemoryStore| {
        let memory = store.memory().unwrap();
        let key = memory.store_key().unwrap();
        let (_, text) = TokenText::generate(kind, 0, key, &Entropy::system()).unwrap();
        text.to_string()
    };
    for (session, is_read) in [
        (of(TokenKind::Session, &world.store), true),
        (of(TokenKind::Session, &MemoryStore::new()), false),
        (of(TokenKind::Api, &world.store), false),
        ("emp_ss_x".to_owned(), false),
        ("x".to_owned(), false),
    ] {
        let form = post("/x")
            .field("cookie", format!("sid={session}"))
            .field("origin", "null")
            .form("csrf_token=x");
        let answer = world.ask(form).await;
        assert_eq!(
            (answer.status.as_u16(), answer.was_body_read),
            (403, is_read),
            "{session}"
        );
    }
}

// L-7
#[tokio::test]
async fn a_compressed_body_is_refused_before_it_is_read() {
    let world = world(vec![echo_route(Method::POST, "/x", Access::Anyone)]).await;
    for coding in ["gzip", "br", "identity, gzip", "GZIP", ""] {
        let answer = world
            .ask(post("/x").field("content-encoding", coding))
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.was_body_read),
            (415, false),
            "{coding}"
        );
        assert_eq!(answer.field("accept-encoding"), "identity");
    }
    let plain = world
        .ask(post("/x").field("content-encoding", "Identity"))
        .await;
    assert_eq!(plain.status, 200);
}

// H-22, RS-9110-5
#[tokio::test]
async fn a_wrong_method_is_405_with_allow_and_overrides_are_not_read() {
    let routes = vec![
        echo_route(Method::PATCH, "/x", known()),
        echo_route(Method::GET, "/x", known()),
        echo_route(Method::GET, "/y", known()).without_head(),
        echo_route(Method::POST, "/y", known()),
    ];
    let world = world(routes).await;
    let token = world.token("ada").await;
    for method in ["POST", "PUT", "DELETE", "TRACE", "PROPFIND", "get"] {
        let ask = ask(method, "/x")
            .with(&token)
            .field("x-http-method-override", "GET");
        let answer = world.ask(ask).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.field("allow"), "GET, HEAD, PATCH, OPTIONS");
        assert_eq!(answer.detail(), format!("Method \"{method}\" not allowed."));
    }
    let answer = world.ask(ask("HEAD", "/y").with(&token)).await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.field("allow"), "GET, POST, OPTIONS");
}

// H-22, RS-9110-11
#[tokio::test]
async fn head_is_answered_as_get_without_the_body() {
    let world = world(vec![echo_route(Method::GET, "/x", known())]).await;
    let token = world.token("ada").await;
    let got = world.ask(get("/x").with(&token)).await;
    let head = world.ask(ask("HEAD", "/x").with(&token)).await;
    assert_eq!((got.status, &got.headers), (head.status, &head.headers));
    assert!(head.body.is_empty());
    assert_eq!(head.field("content-length"), got.body.len().to_string());

    let refused = world.ask(ask("HEAD", "/x")).await;
    assert_eq!((refused.status.as_u16(), refused.body.len()), (401, 0));
    assert_ne!(refused.field("www-authenticate"), "");
}

// H-22, RS-9110-9
#[tokio::test]
async fn options_tells_the_methods_and_runs_nothing() {
    let world = world(vec![echo_route(Method::GET, "/x", known())]).await;
    let preflight = ask("OPTIONS", "/x")
        .field("origin", "https://a.example")
        .field("access-control-request-method", "GET");
    for ask in [ask("OPTIONS", "/x"), preflight] {
        let answer = world.ask(ask).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
        assert_eq!(answer.field("allow"), "GET, HEAD, OPTIONS");
        assert!(!answer.headers.contains_key("content-length"));
    }
}

// H-22: a preflight passes layers without credentials; a route for OPTIONS that asks for a caller still gets one.
#[tokio::test]
async fn a_preflight_does_not_open_a_route_that_requires_a_caller() {
    let world = world(vec![echo_route(Method::OPTIONS, "/x", known())]).await;
    let preflight = ask("OPTIONS", "/x")
        .field("origin", "https://a.example")
        .field("access-control-request-method", "GET");
    assert_eq!(world.ask(preflight).await.status, 401);
}

// H-20
#[tokio::test]
async fn every_answer_has_its_length_and_is_not_cached_unless_its_endpoint_says_so() {
    async fn cached(_: Call) -> Response<Bytes> {
        let builder = Response::builder().header("cache-control", "public, max-age=60");
        builder.body(Bytes::from_static(b"keys")).unwrap()
    }
    let routes = vec![
        echo_route(Method::GET, "/x", known()),
        Route::new(Method::GET, "/keys", Access::Anyone, cached),
    ];
    let world = world(routes).await;
    let token = world.token("ada").await;
    for ask in [
        get("/x"),
        get("/x").with(&token),
        get("/x").with("wrong"),
        post("/x"),
    ] {
        let answer = world.ask(ask).await;
        assert_eq!(answer.field("cache-control"), "no-store");
        assert_eq!(
            answer.field("content-length"),
            answer.body.len().to_string()
        );
    }
    let keys = world.ask(get("/keys")).await;
    assert_eq!(keys.field("cache-control"), "public, max-age=60");
}

#[tokio::test]
async fn access_decides_whether_a_credential_is_looked_at() {
    let routes = vec![
        echo_route(Method::GET, "/anyone", Access::Anyone),
        echo_route(Method::GET, "/optional", Access::Optional),
        echo_route(Method::GET, "/known", known()),
        echo_route(
            Method::GET,
            "/scope",
            Access::Requires(scope("a") & role("b")),
        ),
    ];
    let world = world(routes).await;
    let token = world.token("ada").await;
    for (path, nobody, wrong, right) in [
        ("/anyone", 200, 200, 200),
        ("/optional", 200, 401, 200),
        ("/known", 401, 401, 200),
        ("/scope", 401, 401, 403),
    ] {
        assert_eq!(world.ask(get(path)).await.status, nobody, "{path}");
        assert_eq!(
            world.ask(get(path).with("wrong")).await.status,
            wrong,
            "{path}"
        );
        assert_eq!(
            world.ask(get(path).with(&token)).await.status,
            right,
            "{path}"
        );
    }
    let anyone = world.ask(get("/anyone").with(&token)).await;
    assert!(text(&anyone).starts_with("nobody"));
    let optional = world.ask(get("/optional").with(&token)).await;
    assert!(text(&optional).starts_with("ada"));
}

// P-14
#[tokio::test]
async fn a_route_can_ignore_the_session_cookie() {
    let with = |cookie| echo_route(Method::GET, "/x", known()).with_session_cookie(cookie);
    for (cookie, code) in [
        (SessionCookie::Accepted, "session_ended"),
        (SessionCookie::Ignored, "not_authenticated"),
        (SessionCookie::Required, "session_ended"),
    ] {
        let world = world(vec![with(cookie)]).await;
        let answer = world
            .ask(get("/x").field("cookie", "sid=emp_ss_wrong"))
            .await;
        assert_eq!(answer.json()["code"], code);
    }
}

#[tokio::test]
async fn a_route_answers_in_its_own_shape_whatever_the_layers_is() {
    let routes = vec![
        echo_route(Method::GET, "/problem", known()),
        echo_route(Method::GET, "/drf", known()).with_preset(Preset::Drf),
        echo_route(Method::GET, "/frappe", known()).with_preset(Preset::Frappe),
        echo_route(Method::GET, "/oauth", known()).with_preset(Preset::OAuth),
    ];
    let world = world(routes)
        .await
        .behind(|layer| layer.preset(Preset::OAuth));
    for (path, status, member) in [
        ("/problem", 401, "title"),
        ("/drf", 401, "detail"),
        ("/frappe", 403, "exc_type"),
        ("/oauth", 401, "error"),
    ] {
        let answer = world.ask(get(path)).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.json().get(member).is_some(), "{path}");
    }
    let wrong_method = world.ask(post("/frappe")).await;
    assert_eq!(wrong_method.json()["exc_type"], "PermissionError");
}

#[tokio::test]
async fn paths_with_fewer_parameters_are_mounted_first_and_the_first_of_two_equal_routes_answers() {
    let named = |name: &'static str| {
        async move |_: Call| Response::new(Bytes::from_static(name.as_bytes()))
    };
    let routes = vec![
        echo_route(Method::GET, "/x/{name}", Access::Anyone),
        Route::new(Method::GET, "/x/y", Access::Anyone, named("first")),
        Route::new(Method::GET, "/x/y", Access::Anyone, named("second")),
    ];
    let store = MemoryStore::new();
    let grouped = Dispatcher::group(routes.clone(), &Authenticator::new(store));
    let paths: Vec<&str> = grouped.iter().map(|(path, _)| &**path).collect();
    assert_eq!(paths, ["/x/y", "/x/{name}"]);
    assert_eq!(text(&world(routes).await.ask(get("/x/y")).await), "first");
}

// H-23
#[tokio::test]
async fn a_path_that_cannot_be_decoded_or_belongs_elsewhere_is_refused_behind_authentication() {
    let world = world(vec![echo_route(Method::GET, "/x/{name}", known())]).await;
    let token = world.token("ada").await;
    assert_eq!(world.ask(get("/x/%ff")).await.status, 401);
    assert_eq!(world.ask(get("/x/%ff").with(&token)).await.status, 400);

    let grouped = Dispatcher::group(
        vec![echo_route(Method::GET, "/x", Access::Anyone)],
        &Authenticator::new(world.store.clone()),
    );
    let head = http::Request::get("/y").body(()).unwrap();
    let answer = grouped[0].1.respond(head, async |_| Ok(Bytes::new())).await;
    assert_eq!(answer.status(), 404);
}

// H-1, H-15
#[tokio::test]
async fn two_authorization_fields_are_refused_on_our_routes_too() {
    let world = world(vec![echo_route(Method::GET, "/x", known())]).await;
    let token = world.token("ada").await;
    assert_eq!(
        world.ask(get("/x").with(&token).with(&token)).await.status,
        400
    );
}

#[tokio::test]
async fn an_outage_is_503_with_retry_after_in_every_shape() {
    struct Down;
    impl CredentialStore for Down {
        async fn find(&self, _: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
            Err(StoreError::new(StoreErrorKind::Unavailable, "down"))
        }
    }
    for preset in [Preset::Problem, Preset::Drf, Preset::Frappe, Preset::OAuth] {
        let route = echo_route(Method::GET, "/x", known()).with_preset(preset);
        let grouped = Dispatcher::group(vec![route], &Authenticator::new(Down));
        let head = http::Request::get("/x")
            .header("authorization", "Token x")
            .body(())
            .unwrap();
        let answer = grouped[0].1.respond(head, async |_| Ok(Bytes::new())).await;
        assert_eq!(answer.status(), 503, "{preset:?}");
        assert_eq!(answer.headers()["retry-after"], "1");
    }
}

#[tokio::test]
async fn a_dispatcher_serves_send_and_local_body_readers() {
    fn assert_send<T: Send>(value: T) -> T {
        value
    }
    let routes = vec![echo_route(Method::POST, "/x", Access::Anyone)];
    let grouped = Dispatcher::group(routes, &Authenticator::new(MemoryStore::new()));
    let head = || http::Request::post("/x").body(()).unwrap();
    let body = Arc::new(Bytes::from_static(b"1234"));
    let shared = Arc::clone(&body);
    let send = grouped[0]
        .1
        .respond(head(), move |_| async move { Ok(Bytes::clone(&shared)) });
    assert!(assert_send(send).await.body().ends_with(b" 4"));

    let local = std::rc::Rc::new(Bytes::from_static(b"12345"));
    let local = grouped[0]
        .1
        .respond(head(), move |_| async move { Ok(Bytes::clone(&local)) });
    assert!(local.await.body().ends_with(b" 5"));
}
