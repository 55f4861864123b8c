//! Extractors and requirements, with the layer and without it: H-26, RS-9110-4.

use empress_auth_core::Preset;
use empress_auth_tests::{Adapter, App, READ, Stage};

// H-26: never anonymous, 500 and a log line that names what was forgotten
pub(crate) fn a_forgotten_layer_is_a_500_and_the_log_says_so(stage: Stage) {
    let server = stage.adapter().serve(&App::without_layer());
    for (path, who_asks) in [
        ("/", "`Authenticated`"),
        ("/whoami", "`Authenticated`"),
        ("/maybe", "`MaybeAuthenticated`"),
        ("/scoped", "`Scoped`"),
        ("/user", "`CurrentUser`"),
        ("/required", "`Require`"),
    ] {
        for value in ["Bearer x", "Token emp_pat_x", ""] {
            let before = server.log().errors().len();
            let answer = server.get_as(path, value);
            assert_eq!(answer.status, 500, "{path}");
            assert_eq!(answer.member("code"), "server_error");
            assert!(answer.challenges().is_empty());
            assert!(
                !answer.text().contains("TokenAuth"),
                "the words are for the log"
            );
            let errors = server.log().errors();
            let new = errors.get(before..).unwrap().concat();
            assert!(new.contains(who_asks), "{path}: {new}");
            assert!(new.contains("TokenAuth::new(store)"), "{new}");
        }
    }
}

// H-26: what actix makes of `Option` of an extractor; axum does it right
pub(crate) fn option_tells_a_forgotten_layer_in_axum_and_hides_it_in_actix(stage: Stage) {
    let world = stage.world();
    let forgotten = stage.adapter().serve(&App::without_layer()).get("/option");
    match stage.adapter() {
        Adapter::Tower => assert_eq!(forgotten.status, 500),
        Adapter::Actix => assert_eq!((forgotten.status, forgotten.text()), (200, "nobody")),
    }
    let server = stage.adapter().serve_behind(world.auth().optional());
    assert_eq!(server.get("/option").text(), "nobody");
    let token = format!("Bearer {}", world.token("ada"));
    assert_eq!(server.get_as("/option", token).text(), "ada");
    // The layer refuses a wrong credential before any extractor runs.
    assert_eq!(server.get_as("/option", "Bearer x").status, 401);
}

pub(crate) fn an_optional_layer_lets_nobody_in_and_a_wrong_credential_out(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth().optional());
    assert_eq!(server.get("/maybe").text(), "nobody");
    assert_eq!(server.get("/plain").text(), "plain");
    for path in ["/", "/scoped", "/required", "/user"] {
        let answer = server.get(path);
        assert_eq!(answer.status, 401, "{path}");
        assert_eq!(answer.member("code"), "not_authenticated");
        assert_eq!(
            answer.challenges(),
            ["Token realm=\"api\"", "Bearer realm=\"api\""]
        );
    }
    for path in ["/maybe", "/plain"] {
        for value in ["Bearer x", "Bearer", "Basic !", "Token a:b", "Digest x", ""] {
            assert_eq!(server.get_as(path, value).status, 401, "{path} {value}");
        }
    }
}

// Only what is well formed and has ended is ignored
pub(crate) fn ignoring_invalid_ignores_the_ended_and_refuses_the_malformed(stage: Stage) {
    let world = stage.world();
    let (id, revoked) = world.token_with_id("ada", empress_auth_core::NewToken::named("r"));
    world.revoke(id);
    let of_eve = world.token("eve");
    world.disable("eve");
    let elsewhere = world.token_from("ada", "203.0.113.0/24");
    let server = stage.adapter().serve_behind(world.auth().ignore_invalid());
    assert_eq!(server.get("/maybe").text(), "nobody");
    for credential in ["x", "a:b", &revoked, &of_eve, &elsewhere] {
        let answer = server.get_as("/maybe", format!("Token {credential}"));
        assert_eq!(
            (answer.status, answer.text()),
            (200, "nobody"),
            "{credential}"
        );
        assert_eq!(
            server.get_as("/", format!("Token {credential}")).status,
            401
        );
    }
    for value in [
        "Token",
        "Token a b",
        "Token a,b",
        "Basic !",
        "Digest x",
        "",
        "Token é",
    ] {
        assert_eq!(server.get_as("/maybe", value).status, 401, "{value}");
    }
}

// RS-6750-6, RS-9110-4
pub(crate) fn a_requirement_asks_for_scope_and_role(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    for (token, scoped, required) in [
        (world.token("ada"), 200, 200),
        (world.token("eve"), 200, 403),
        (world.scoped_token("ada", &[READ]), 200, 200),
        (world.scoped_token("eve", &[READ]), 200, 403),
        (world.scoped_token("ada", &["invoices:write"]), 403, 403),
        (world.scoped_token("ada", &["invoices"]), 403, 403),
        (world.scoped_token("ada", &[]), 403, 403),
    ] {
        let value = format!("Bearer {token}");
        assert_eq!(server.get_as("/scoped", &value).status, scoped);
        assert_eq!(server.get_as("/required", &value).status, required);
        assert_eq!(server.get_as("/", &value).status, 200);
    }
    let answer = server.get_as(
        "/scoped",
        format!("Bearer {}", world.scoped_token("ada", &[])),
    );
    assert_eq!(answer.member("code"), "insufficient_scope");
    assert!(
        answer
            .challenges()
            .iter()
            .any(|line| line.ends_with("scope=\"invoices:read\""))
    );
}

// An extractor's refusal has the shape of the layer around it
pub(crate) fn an_extractor_refuses_in_the_layers_preset(stage: Stage) {
    let world = stage.world();
    let token = format!("Bearer {}", world.scoped_token("ada", &[]));
    for (preset, member) in [
        (Preset::Problem, "code"),
        (Preset::Drf, "detail"),
        (Preset::Frappe, "exc_type"),
        (Preset::OAuth, "error"),
    ] {
        let server = stage
            .adapter()
            .serve_behind(world.auth().preset(preset).realm("mine"));
        for path in ["/scoped", "/required"] {
            let answer = server.get_as(path, &token);
            assert_eq!(answer.status, 403);
            assert!(!answer.member(member).is_empty());
            if preset != Preset::Drf {
                assert!(
                    answer
                        .challenges()
                        .iter()
                        .all(|line| line.contains("realm=\"mine\""))
                );
            }
        }
    }
}

pub(crate) fn an_application_knows_its_own_users(stage: Stage) {
    let world = stage.world();
    let ada = format!("Token {}", world.token("ada"));
    let server = stage.adapter().serve_behind(world.auth());
    assert_eq!(server.get_as("/user", &ada).text(), "Ada Lovelace");
    let unknown = server.get_as("/user", format!("Token {}", world.token("eve")));
    assert_eq!(unknown.status, 403);
    assert_eq!(unknown.member("code"), "unknown_user");
    assert_eq!(server.get("/user").status, 401);

    let down = stage
        .adapter()
        .serve(&App::behind(world.auth()).with_accounts_down());
    let answer = down.get_as("/user", &ada);
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), Some("1"));
    assert!(!answer.text().contains("10.0.0.7"));
    assert!(
        down.log()
            .errors()
            .concat()
            .contains("accounts at 10.0.0.7 do not answer")
    );
}

// Revoking, disabling and changing roles hold for the next request
pub(crate) fn what_is_withdrawn_is_refused_at_once_on_every_worker(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let (id, token) = world.token_with_id("ada", empress_auth_core::NewToken::named("t"));
    let value = format!("Bearer {token}");
    let pair = format!("Token {}", world.keys("ada"));
    for _ in 0..8 {
        assert_eq!(server.get_as("/", &value).status, 200);
        assert_eq!(server.get_as("/", &pair).status, 200);
    }
    world.revoke(id);
    let next = format!("Token {}", world.keys("ada"));
    for _ in 0..8 {
        assert_eq!(server.get_as("/", &value).status, 401);
        assert_eq!(server.get_as("/", &pair).status, 401);
        assert_eq!(server.get_as("/", &next).status, 200);
    }
}
