//! What a refused client is told, and what it is not: H-18 to H-20.

use std::time::Duration;

use bytes::Bytes;
use empress_auth_core::{NewToken, NewUser, Preset, RejectionKind, Scheme, scope};
use empress_auth_tests::{Adapter, OwnStore, Request, Stage, World, basic};

/// Everything that `Token` can be refused for, with a reason that no client may learn.
fn wrong_tokens(world: &World) -> Vec<(&'static str, String)> {
    let good = world.token("ada");
    let (revoked_id, revoked) = world.token_with_id("ada", NewToken::named("revoked"));
    world.revoke(revoked_id);
    let expired = NewToken::named("e").with_expires_in(Duration::from_secs(1));
    let expired = world.token_of("ada", expired);
    let idle = NewToken::named("i").with_idle_timeout(Duration::from_secs(600));
    let idle = world.token_of("ada", idle);
    let elsewhere = world.token_from("ada", "203.0.113.0/24");
    world.user(NewUser::named("disabled"));
    let disabled = world.token("disabled");
    world.disable("disabled");
    world.user(NewUser::named("deleted"));
    let deleted = world.token("deleted");
    world.delete("deleted");
    let replaced = world.keys("ada");
    let pair = world.keys("ada");
    let (key, secret) = pair.split_once(':').unwrap();
    world.clock.advance(Duration::from_secs(601));
    let mut other = OwnStore::default();
    let kinds = empress_auth_core::TokenKind::Session;
    vec![
        ("never issued", "nope".to_owned()),
        ("of another store", World::in_memory().token("ada")),
        ("wrong checksum", good.get(..51).unwrap().to_owned() + "!"),
        ("cut off", good.get(..51).unwrap().to_owned()),
        ("too long", format!("{good}0")),
        ("8 KiB and more", "a".repeat(8_193)),
        ("of letters beyond ASCII", format!("{good}\u{e9}")),
        ("a list", format!("{good},{good}")),
        ("revoked", revoked),
        ("expired", expired),
        ("left alone", idle),
        ("from elsewhere", elsewhere),
        ("of a disabled user", disabled),
        ("of a deleted user", deleted),
        (
            "of another kind",
            other.add(kinds, "ada", empress_auth_core::Scopes::all()),
        ),
        ("unknown key", format!("0123456789abcde:{secret}")),
        ("wrong secret", format!("{key}:wrong")),
        ("empty secret", format!("{key}:")),
        ("replaced secret", replaced),
        ("no key", format!(":{secret}")),
    ]
}

// H-18, RS-6750-5, RS-7617-6, ASVS 6.3.8
pub(crate) fn every_wrong_credential_gets_the_same_bytes(stage: Stage) {
    let world = stage.world();
    let wrong = wrong_tokens(&world);
    for preset in [Preset::Problem, Preset::OAuth, Preset::Frappe] {
        let server = stage.adapter().serve_behind(world.auth().preset(preset));
        for scheme in ["Token", "Bearer"] {
            let expected = server.get_as("/", format!("{scheme} never:issued"));
            assert_eq!(expected.status, 401);
            for (reason, credential) in &wrong {
                // Twice: what was refused a moment ago is remembered.
                for _ in 0..2 {
                    let answer = server.get_as("/", format!("{scheme} {credential}"));
                    assert_eq!(
                        answer.comparable(),
                        expected.comparable(),
                        "{scheme}: {reason}"
                    );
                }
            }
        }
        let expected = server.get_as("/", basic("never:issued"));
        for (reason, credential) in wrong.iter().filter(|(_, value)| value.contains(':')) {
            let answer = server.get_as("/", basic(credential));
            assert_eq!(
                answer.comparable(),
                expected.comparable(),
                "Basic: {reason}"
            );
        }
    }
}

// H-18: the order of the header lines does not tell, either; actix shuffles them anew in every response
pub(crate) fn the_lines_come_in_no_telling_order(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let names = |value: &str| -> Vec<String> {
        let headers = server.get_as("/", value).headers;
        let mut names: Vec<String> = headers.into_iter().map(|(name, _)| name).collect();
        if stage.adapter() == Adapter::Actix {
            names.sort_unstable();
        }
        names
    };
    let pair = world.keys("ada");
    let (key, _) = pair.split_once(':').unwrap();
    let unknown = names("Token a:b");
    assert_eq!(names(&format!("Token {key}:b")), unknown);
    assert_eq!(names(&format!("Token {key}:b")), unknown);
}

// RS-9110-1, RS-9110-3, RS-6750-3, RS-6750-4, H-19
pub(crate) fn without_credentials_there_are_challenges_and_no_error(stage: Stage) {
    let world = stage.world();
    let auth = world.auth().realm("invoices");
    let auth = auth.resource_metadata("https://app.example/.well-known/oauth-protected-resource");
    let server = stage.adapter().serve_behind(auth);
    let answer = server.get("/");
    assert_eq!(answer.status, 401);
    assert_eq!(
        answer.challenges(),
        [
            "Token realm=\"invoices\"",
            "Bearer realm=\"invoices\", \
             resource_metadata=\"https://app.example/.well-known/oauth-protected-resource\"",
        ]
    );
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    assert_eq!(answer.member("code"), "not_authenticated");
    assert_eq!(
        answer.member("detail"),
        "Authentication credentials were not provided."
    );
    let digest = server.get_as("/", "Digest username=\"ada\"");
    assert_eq!(digest.status, 401);
    assert!(
        digest
            .challenges()
            .iter()
            .all(|line| !line.contains("error"))
    );
}

// RS-6750-5, RS-6750-10, RS-7617-1, RS-9110-3
pub(crate) fn a_wrong_credential_is_an_invalid_token_in_its_own_scheme(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let bearer = server.get_as("/", "Bearer nope");
    assert_eq!(
        bearer.challenges(),
        [
            "Token realm=\"api\"",
            "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"Invalid token.\"",
        ]
    );
    // Basic is offered to those who used it: a browser that sees it asks its user for a password.
    let basic = server.get_as("/", basic("a:b"));
    assert!(
        basic
            .challenges()
            .contains(&"Basic realm=\"api\", charset=\"UTF-8\"")
    );
    assert!(
        !bearer
            .challenges()
            .iter()
            .any(|line| line.starts_with("Basic"))
    );
    let only = stage
        .adapter()
        .serve_behind(world.auth().schemes([Scheme::Basic]));
    assert_eq!(
        only.get("/").challenges(),
        ["Basic realm=\"api\", charset=\"UTF-8\""]
    );
}

// RS-6750-6, RS-9110-4
pub(crate) fn too_little_scope_is_a_403_that_names_what_is_needed(stage: Stage) {
    let world = stage.world();
    let auth = world.auth().require(scope("a") & (scope("b") | scope("c")));
    let server = stage.adapter().serve_behind(auth);
    let answer = server.get_as("/", format!("Bearer {}", world.scoped_token("ada", &["a"])));
    assert_eq!(answer.status, 403);
    assert_eq!(answer.member("code"), "insufficient_scope");
    let bearer = answer.challenges().pop().unwrap().to_owned();
    assert!(bearer.contains("error=\"insufficient_scope\""), "{bearer}");
    assert!(bearer.ends_with("scope=\"a b c\""), "{bearer}");
    let enough = format!("Bearer {}", world.scoped_token("ada", &["a", "c"]));
    assert_eq!(server.get_as("/", enough).status, 200);
}

pub(crate) fn what_is_required_twice_is_required_together(stage: Stage) {
    let world = stage.world();
    let auth = world.auth().require(scope("a")).require(scope("b"));
    let server = stage.adapter().serve_behind(auth);
    for (scopes, status) in [(&["a"][..], 403), (&["b"], 403), (&["a", "b"], 200)] {
        let token = world.scoped_token("ada", scopes);
        let answer = server.get_as("/", format!("Bearer {token}"));
        assert_eq!(answer.status, status, "{scopes:?}");
    }
}

// H-19
pub(crate) fn a_realm_cannot_end_a_line_or_begin_a_parameter(stage: Stage) {
    let world = stage.world();
    for realm in [
        "a\"b",
        "a\\",
        "a\r\nX-Injected: 1",
        "a\nb",
        "\0",
        "",
        "é",
        "a\", error=\"x",
        "\u{2028}",
        &"x".repeat(2_000),
    ] {
        let auth = world.auth().realm(realm).resource_metadata(realm);
        let server = stage.adapter().serve_behind(auth);
        for answer in [server.get("/"), server.get_as("/", basic("a:b"))] {
            assert_eq!(answer.status, 401);
            assert!(answer.header("x-injected").is_none());
            assert!(answer.challenges().len() >= 2);
            for line in answer.challenges() {
                assert_eq!(line.matches('"').count() % 2, 0, "{line}");
                assert_eq!(line.matches("realm=").count(), 1, "{line}");
            }
        }
    }
}

// H-20, RS-9110-7
pub(crate) fn no_cache_may_keep_a_refusal_and_success_is_left_alone(stage: Stage) {
    let world = stage.world();
    let token = format!("Bearer {}", world.scoped_token("ada", &["other"]));
    let server = stage.adapter().serve_behind(world.auth());
    let twice = Request::get("/")
        .authorization(&token)
        .authorization(&token);
    for answer in [
        server.get("/"),
        server.get_as("/", "Bearer nope"),
        server.get_as("/scoped", &token),
        server.get_as("/required", &token),
        server.send(&twice),
    ] {
        assert!(answer.status >= 400);
        assert_eq!(
            answer.header("cache-control"),
            Some("no-store"),
            "{answer:?}"
        );
        let length = answer.body.len().to_string();
        assert_eq!(answer.header("content-length"), Some(length.as_str()));
    }
    let success = server.get_as("/", &token);
    assert_eq!(success.status, 200);
    assert!(success.header("cache-control").is_none() && success.header("vary").is_none());
}

// H-20: a response that depends on another field says so
pub(crate) fn vary_names_the_fields_that_decide(stage: Stage) {
    let world = stage.world();
    let auth = world.auth().header("X-API-Key").session_cookie("sid");
    let server = stage.adapter().serve_behind(auth.optional());
    let token = world.scoped_token("ada", &[]);
    for answer in [
        server.get("/maybe"),
        server.get("/"),
        server.get_as("/", "Bearer nope"),
        server.send(&Request::get("/").header("x-api-key", &token)),
        server.send(&Request::get("/scoped").header("x-api-key", &token)),
    ] {
        assert_eq!(
            answer.header("vary"),
            Some("x-api-key, cookie"),
            "{}",
            answer.status
        );
    }
}

// RS-6750-12, RFC 9457
pub(crate) fn a_body_is_short_and_echoes_nothing(stage: Stage) {
    let world = stage.world();
    for preset in [Preset::Problem, Preset::Drf, Preset::OAuth, Preset::Frappe] {
        let server = stage.adapter().serve_behind(world.auth().preset(preset));
        for value in [
            "Bearer canary-credential",
            "canary-scheme x",
            "Basic canary!",
        ] {
            let answer = server.get_as("/", value);
            assert!(answer.body.len() < 600, "{}", answer.text());
            let whole = format!("{:?} {}", answer.headers, answer.text());
            assert!(!whole.contains("canary"), "{whole}");
            // A refusal is what is logged least: nothing of the credential is.
            assert!(!server.log().lines().concat().contains("canary"));
        }
        assert!(server.get("/").json().is_object());
    }
    let oauth = stage
        .adapter()
        .serve_behind(world.auth().preset(Preset::OAuth));
    let answer = oauth.get_as("/", "Bearer nope");
    assert_eq!(answer.member("error"), "invalid_token");
    assert_eq!(answer.member("error_description"), "Invalid token.");
    let problem = stage
        .adapter()
        .serve_behind(world.auth())
        .get_as("/", "Bearer nope");
    assert_eq!(problem.json().get("status").unwrap(), 401);
    assert_eq!(problem.member("title"), "Unauthorized");
}

// `.rejection(fn)` renders what the layer, an extractor and a requirement refuse
pub(crate) fn a_function_of_ones_own_renders_every_refusal(stage: Stage) {
    let world = stage.world();
    let auth = world.auth().rejection(|rejection| {
        let mut response = http::Response::new(Bytes::from(format!("{:?}", rejection.kind())));
        *response.status_mut() = rejection.status();
        let challenge = http::HeaderValue::from_static("Mine");
        response.headers_mut().insert("www-authenticate", challenge);
        response
    });
    let server = stage.adapter().serve_behind(auth);
    let token = format!("Bearer {}", world.scoped_token("ada", &[]));
    for (answer, kind) in [
        (server.get("/"), RejectionKind::Missing),
        (server.get_as("/", "Bearer x"), RejectionKind::Invalid),
        (server.get_as("/scoped", &token), RejectionKind::Forbidden),
        (server.get_as("/required", &token), RejectionKind::Forbidden),
    ] {
        assert_eq!(answer.text(), format!("{kind:?}"));
        assert_eq!(answer.challenges(), ["Mine"]);
    }
}

// gRPC is spoken over HTTP/2 alone: a proxy that asks whether a request may pass is not told 200 because of a content type
pub(crate) fn the_content_type_of_grpc_changes_nothing_over_http_1(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    for content_type in [
        "application/grpc",
        "application/grpc+proto",
        "application/grpc-web",
    ] {
        let call = || Request::post("/").body(content_type, "x");
        assert_eq!(server.send(&call()).status, 401);
        assert_eq!(server.send(&call().authorization("Bearer x")).status, 401);
        let twice = call().authorization("a").authorization("b");
        assert_eq!(server.send(&twice).status, 400);
    }
}
