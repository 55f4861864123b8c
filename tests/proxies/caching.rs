//! nginx as a cache that keeps whatever nobody forbids it to keep: nobody gets what somebody else was answered (H-20).

use empress_auth_core::NewToken;
use empress_auth_tests::{Adapter, Answer, PASSWORD, Request, Server, World, send_to};

use crate::front::Front;

/// One key for all who ask for one URL, every status and method kept for ten minutes.
fn cache(server: &Server) -> Option<Front> {
    let http = "proxy_cache_path FOLDER/cache keys_zone=kept:1m;
        add_header X-Cache $upstream_cache_status always;";
    let location = "proxy_cache kept;
        proxy_cache_key $request_uri;
        proxy_cache_methods GET HEAD POST;
        proxy_cache_valid any 10m;";
    Front::nginx(server.address(), http, location)
}

fn ask(front: &Front, request: &Request) -> Answer {
    send_to(front.address(), request)
}

#[track_caller]
fn assert_fresh(answer: &Answer, what: &str) {
    assert_eq!(answer.header("x-cache"), Some("MISS"), "{what}: {answer:?}");
}

/// What is answered to each of ada, eve and nobody, one after the other, of each method and target.
pub(crate) fn what_our_endpoints_answer_one_is_kept_for_nobody(adapter: Adapter) {
    let world = World::in_memory();
    let (id, of_ada) = world.token_with_id("ada", NewToken::named("ada's"));
    let (of_eve, of_root) = (world.token("eve"), world.token("root"));
    world.user_with_password("grace");
    world.user_with_password("heidi");
    let server = adapter.serve_mounted(world.auth(), world.endpoints().all());
    let Some(front) = cache(&server) else { return };

    let generate = "/api/method/frappe.core.doctype.user.user.generate_keys?user=ada";
    let token = format!("/api/v1/tokens/{id}");
    for (target, first, then, second) in [
        ("/api/v1/me", &of_ada, &of_eve, 200),
        ("/api/v1/tokens", &of_ada, &of_eve, 200),
        (&*token, &of_ada, &of_eve, 404),
        ("/api/v1/users/ada/keys", &of_root, &of_eve, 403),
        ("/api/v1/users", &of_root, &of_eve, 403),
        (
            "/api/method/frappe.auth.get_logged_user",
            &of_ada,
            &of_eve,
            200,
        ),
        (generate, &of_root, &of_eve, 403),
    ] {
        let get = |token: &String| {
            let request = Request::get(target).authorization(format!("Token {token}"));
            ask(&front, &request)
        };
        let (one, other) = (get(first), get(then));
        assert!(
            one.status == 200 || target.ends_with("keys"),
            "{target}: {one:?}"
        );
        assert_eq!(other.status, second, "{target}: {other:?}");
        assert_ne!(one.body, other.body, "{target}");
        let nobody = ask(&front, &Request::get(target));
        assert!(matches!(nobody.status, 401 | 403), "{target}: {nobody:?}");
        for answer in [one, other, nobody] {
            assert_fresh(&answer, target);
        }
    }

    let log_in = |username: &str, password: &str| {
        let form = format!("username={username}&password={}", percent_encoded(password));
        let request = Request::post("/api-token-auth/");
        ask(
            &front,
            &request.body("application/x-www-form-urlencoded", form),
        )
    };
    let (grace, heidi) = (log_in("grace", PASSWORD), log_in("heidi", PASSWORD));
    let wrong = log_in("grace", "no password of hers");
    assert_eq!((grace.status, heidi.status, wrong.status), (200, 200, 400));
    assert_ne!(grace.member("token"), heidi.member("token"));
    for answer in [grace, heidi, wrong] {
        assert_fresh(&answer, "/api-token-auth/");
    }
}

/// Neither does a refusal shut out who may come in, nor is an answer kept that a refused request asked for.
pub(crate) fn a_refusal_is_kept_for_nobody(adapter: Adapter) {
    let world = World::in_memory();
    let server = adapter.serve_behind(world.auth());
    let Some(front) = cache(&server) else { return };
    let good = format!("Bearer {}", world.token("ada"));
    let limited = format!("Bearer {}", world.scoped_token("ada", &["other"]));
    for (target, refused) in [
        ("/whoami", None),
        ("/scoped", Some("Bearer nope")),
        ("/required", Some("Basic ???")),
        ("/scoped?again", Some(limited.as_str())),
    ] {
        let request = Request::get(target);
        let refused = match refused {
            Some(value) => ask(&front, &request.clone().authorization(value)),
            None => ask(&front, &request),
        };
        assert!(
            (400..500).contains(&refused.status),
            "{target}: {refused:?}"
        );
        assert_fresh(&refused, target);
        let request = request.authorization(&good);
        let admitted = ask(&front, &request);
        assert_fresh(&admitted, target);
        assert_ne!(admitted.body, refused.body, "{target}");
        // The cache does keep what it may.
        let again = ask(&front, &request);
        if admitted.status == 200 {
            assert_eq!(again.header("x-cache"), Some("HIT"), "{target}");
        }
    }
}

/// The application's own answers say which field decided (RFC 9110 §12.5.5), and the cache keeps them apart.
pub(crate) fn an_answer_that_a_header_or_cookie_decided_is_kept_apart(adapter: Adapter) {
    let world = World::in_memory();
    let auth = world.auth().header("x-api-key").optional();
    let server = adapter.serve_behind(auth);
    let Some(front) = cache(&server) else { return };
    let (ada, eve) = (world.token("ada"), world.token("eve"));
    let maybe = |key: Option<&str>| {
        let request = Request::get("/maybe");
        let answer = match key {
            Some(key) => ask(&front, &request.header("X-API-Key", key)),
            None => ask(&front, &request),
        };
        assert_eq!(answer.status, 200);
        answer.text().to_owned()
    };
    for _ in 0..2 {
        assert_eq!(maybe(Some(&ada)), "ada");
        assert_eq!(maybe(Some(&eve)), "eve");
        assert_eq!(maybe(None), "nobody");
    }
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}
