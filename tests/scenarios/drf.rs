//! Django REST framework's `TokenAuthentication`, row by row: drf 1.2 and 1.4.

use empress_auth_core::{Authenticator, NewUser, Preset, Scheme};
use empress_auth_tests::{Answer, READ, Request, Stage, World, basic};

const NOT_PROVIDED: &str = "Authentication credentials were not provided.";
const ALONE: &str = "Invalid token header. No credentials provided.";
const SPACES: &str = "Invalid token header. Token string should not contain spaces.";
const CHARACTERS: &str =
    "Invalid token header. Token string should not contain invalid characters.";
const INVALID: &str = "Invalid token.";
const INACTIVE: &str = "User inactive or deleted.";

/// A layer like a view with `TokenAuthentication` alone.
fn drf(world: &World) -> Authenticator {
    world.auth().preset(Preset::Drf).schemes([Scheme::Token])
}

#[track_caller]
fn assert_refused(answer: &Answer, detail: &str, case: &str) {
    assert_eq!(answer.status, 401, "{case}");
    assert_eq!(answer.challenges(), ["Token"], "{case}");
    assert_eq!(
        answer.header("content-type"),
        Some("application/json"),
        "{case}"
    );
    // Compact, and nothing else in it.
    assert_eq!(
        answer.text(),
        format!("{{\"detail\":\"{detail}\"}}"),
        "{case}"
    );
}

// drf 1.2 rows 1-3, SEED-D-5
pub(crate) fn nothing_of_ours_is_credentials_not_provided(stage: Stage) {
    let world = stage.world();
    let token = world.drf_token("ada");
    let server = stage.adapter().serve_behind(drf(&world));
    assert_refused(&server.get("/"), NOT_PROVIDED, "no header");
    assert_refused(
        &server.get(&format!("/?token={token}")),
        NOT_PROVIDED,
        "query",
    );
    for value in [
        String::new(),
        " ".to_owned(),
        format!("Bearer {token}"),
        format!("Basic {token}"),
        basic("ada:x"),
        token.clone(),
        format!("Tokens {token}"),
        // NBSP is no separator.
        format!("Token\u{a0}{token}"),
    ] {
        assert_refused(&server.get_as("/", &value), NOT_PROVIDED, &value);
    }
}

// drf 1.2 row 4, SEED-D-6
pub(crate) fn the_keyword_alone_has_no_credentials(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(drf(&world));
    for value in ["Token", "Token ", "token", "  TOKEN\t "] {
        assert_refused(&server.get_as("/", value), ALONE, value);
    }
}

// drf 1.2 row 5, SEED-D-6
pub(crate) fn more_than_one_word_contains_spaces(stage: Stage) {
    let world = stage.world();
    let token = world.drf_token("ada");
    let server = stage.adapter().serve_behind(drf(&world));
    for value in [
        "Token a b".to_owned(),
        format!("Token {token} x"),
        format!("Token {token}\tx"),
        format!("Token x {token}"),
    ] {
        assert_refused(&server.get_as("/", &value), SPACES, &value);
    }
}

// drf 1.2 row 6
pub(crate) fn bytes_that_are_no_text_are_invalid_characters(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(drf(&world));
    for value in [
        &b"Token \xb8"[..],
        b"Token \xff",
        b"Token abc\xc3",
        b"Token \xed\xa0\x80",
    ] {
        assert_refused(
            &server.get_as("/", value),
            CHARACTERS,
            &format!("{value:?}"),
        );
    }
}

// drf 1.2 row 7, SEED-D-6
pub(crate) fn every_other_wrong_token_is_invalid(stage: Stage) {
    let world = stage.world();
    let token = world.drf_token("ada");
    world.user(NewUser::named("gone"));
    let of_gone = world.token("gone");
    let (id, revoked) = world.token_with_id("ada", empress_auth_core::NewToken::named("x"));
    let server = stage.adapter().serve_behind(drf(&world));
    for token in [&of_gone, &revoked] {
        assert_eq!(server.get_as("/", format!("Token {token}")).status, 200);
    }
    world.revoke(id);
    world.delete("gone");
    for value in [
        "Token 0123456789012345678901234567890123456789".to_owned(),
        format!("Token {}", token.to_uppercase()),
        format!("Token \"{token}\""),
        format!("Token token=\"{token}\""),
        format!("Token é{token}"),
        format!("Token {}", "a".repeat(6_000)),
        format!("Token {revoked}"),
        format!("Token {of_gone}"),
        format!("Token {}", token.get(..39).unwrap()),
        format!("Token {token}0"),
    ] {
        assert_refused(&server.get_as("/", &value), INVALID, &value);
    }
}

// drf 1.2 row 8, SEED-D-6
pub(crate) fn the_token_of_an_inactive_user_says_so(stage: Stage) {
    let world = stage.world();
    let token = world.drf_token("ada");
    let server = stage.adapter().serve_behind(drf(&world));
    assert_eq!(server.get_as("/", format!("Token {token}")).status, 200);
    world.disable("ada");
    let answer = server.get_as("/", format!("Token {token}"));
    assert_refused(&answer, INACTIVE, "inactive");
}

// drf 1.2 row 9, SEED-D-4
pub(crate) fn a_good_token_opens_in_any_case_behind_any_blanks(stage: Stage) {
    let world = stage.world();
    let token = world.drf_token("ada");
    let server = stage.adapter().serve_behind(drf(&world));
    for value in [
        format!("Token {token}"),
        format!("token {token}"),
        format!("TOKEN {token}"),
        format!("Token    {token}"),
        format!("Token\t{token}"),
        format!("Token \t {token}"),
        format!("   Token {token}   "),
    ] {
        let answer = server.get_as("/", &value);
        assert_eq!((answer.status, answer.text()), (200, "ada"), "{value:?}");
        assert!(answer.challenges().is_empty());
    }
}

// drf 1.2 row 11, H-1
pub(crate) fn two_authorization_lines_contain_spaces(stage: Stage) {
    let world = stage.world();
    let token = format!("Token {}", world.drf_token("ada"));
    let server = stage.adapter().serve_behind(drf(&world));
    for (first, second) in [
        (&*token, &*token),
        (&*token, "Token x"),
        ("Token x", &*token),
        (&*token, "Bearer x"),
        ("", &*token),
    ] {
        let request = Request::get("/").authorization(first).authorization(second);
        assert_refused(&server.send(&request), SPACES, first);
    }
}

// drf 1.2 rows 12-14, FR-13
pub(crate) fn a_permission_refuses_the_known_with_403_and_the_unknown_with_401(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(drf(&world));
    let token = world.scoped_token("ada", &["other"]);
    for path in ["/scoped", "/required"] {
        let answer = server.get_as(path, format!("Token {token}"));
        assert_eq!(answer.status, 403, "{path}");
        assert_eq!(
            answer.text(),
            "{\"detail\":\"You do not have permission to perform this action.\"}"
        );
        assert!(answer.challenges().is_empty(), "{path}");
        assert_refused(&server.get(path), NOT_PROVIDED, path);
    }
    let eve = world.scoped_token("eve", &[READ]);
    assert_eq!(
        server.get_as("/required", format!("Token {eve}")).status,
        403
    );
    assert_eq!(server.get_as("/scoped", format!("Token {eve}")).status, 200);
}

// drf 1.2 rows 15-16, RS-9110-5
pub(crate) fn the_method_is_looked_at_after_the_token(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(drf(&world));
    let delete = Request::new("DELETE", "/");
    assert_refused(&server.send(&delete), NOT_PROVIDED, "anonymous");
    let token = format!("Token {}", world.drf_token("ada"));
    let answer = server.send(&delete.authorization(token));
    assert_eq!(answer.status, 405);
    assert!(
        answer
            .header("allow")
            .is_some_and(|allow| allow.contains("POST"))
    );
}

// drf 1.2 row 18
pub(crate) fn options_needs_a_token_unless_it_is_a_preflight(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(drf(&world));
    let options = Request::new("OPTIONS", "/");
    assert_refused(&server.send(&options), NOT_PROVIDED, "anonymous");
    let half = options.header("Origin", "https://pages.example");
    assert_refused(&server.send(&half), NOT_PROVIDED, "no method asked for");
}

// drf 1.2 rows 19-20
pub(crate) fn allow_any_lets_nobody_in_and_refuses_a_bad_token(stage: Stage) {
    let world = stage.world();
    let token = world.drf_token("ada");
    let server = stage.adapter().serve_behind(drf(&world).optional());
    assert_eq!(server.get("/maybe").text(), "nobody");
    for value in ["Bearer x", "Basic YTpi", "", "x"] {
        let answer = server.get_as("/maybe", value);
        assert_eq!((answer.status, answer.text()), (200, "nobody"), "{value}");
    }
    assert_eq!(
        server.get_as("/maybe", format!("Token {token}")).text(),
        "ada"
    );
    assert_refused(&server.get_as("/maybe", "Token x"), INVALID, "bad");
    assert_refused(&server.get_as("/maybe", "Token"), ALONE, "empty");
    world.disable("ada");
    let answer = server.get_as("/maybe", format!("Token {token}"));
    assert_refused(&answer, INACTIVE, "inactive");
}

// drf 1.2 row 21
pub(crate) fn read_only_for_nobody_asks_for_a_token_to_write(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(drf(&world).optional());
    assert_eq!(server.get("/maybe").status, 200);
    let answer = server.send(&Request::post("/").body("text/plain", "x"));
    assert_refused(&answer, NOT_PROVIDED, "POST");
}

// drf 1.2, keyword override
pub(crate) fn a_keyword_takes_the_place_of_token(stage: Stage) {
    let world = stage.world();
    let token = world.drf_token("ada");
    let server = stage.adapter().serve_behind(drf(&world).keyword("Bearer"));
    assert_eq!(server.get_as("/", format!("bearer {token}")).text(), "ada");
    for (value, detail) in [
        (format!("Token {token}"), NOT_PROVIDED),
        ("Bearer".to_owned(), ALONE),
        ("Bearer a b".to_owned(), SPACES),
        ("Bearer x".to_owned(), INVALID),
    ] {
        let answer = server.get_as("/", &value);
        assert_eq!(
            (answer.status, answer.member("detail").as_str()),
            (401, detail)
        );
        assert_eq!(answer.challenges(), ["Bearer"], "{value}");
    }
}

// drf 1.4 rows Token+Session, Basic+Token, Token+Basic
pub(crate) fn the_first_scheme_gives_the_challenge_whichever_failed(stage: Stage) {
    let world = stage.world();
    world.user_with_password("joe");
    let both = |first, second| {
        let auth = world.auth().preset(Preset::Drf).passwords();
        stage.adapter().serve_behind(auth.schemes([first, second]))
    };
    let basic_first = both(Scheme::Basic, Scheme::Token);
    for (answer, detail) in [
        (basic_first.get("/"), NOT_PROVIDED),
        (basic_first.get_as("/", "Token x"), INVALID),
    ] {
        assert_eq!(answer.status, 401);
        assert_eq!(answer.challenges(), ["Basic realm=\"api\""]);
        assert_eq!(answer.member("detail"), detail);
    }
    let token_first = both(Scheme::Token, Scheme::Basic);
    let answer = token_first.get_as("/", basic("joe:wrong"));
    assert_refused(&answer, "Invalid username/password.", "Token, Basic");

    let with_session = drf(&world).session_cookie("sessionid");
    let server = stage.adapter().serve_behind(with_session);
    assert_refused(&server.get("/"), NOT_PROVIDED, "Token, Session");
}

// drf 1.4 last rows but one (Token first): the header decides, a cookie that writes shows its origin
pub(crate) fn a_session_that_writes_shows_its_origin_and_a_token_need_not(stage: Stage) {
    use empress_auth_core::{Scopes, TokenKind};
    let mut store = empress_auth_tests::OwnStore::default();
    let session = store.add(TokenKind::Session, "ada", Scopes::all());
    let token = store.add(TokenKind::Api, "ada", Scopes::all());
    let auth = Authenticator::new(store)
        .preset(Preset::Drf)
        .schemes([Scheme::Token])
        .session_cookie("sessionid");
    let server = stage.adapter().serve_behind(auth);
    let post = Request::post("/")
        .header("Cookie", format!("sessionid={session}"))
        .body("text/plain", "x");
    let refused = server.send(&post);
    assert_eq!(refused.status, 403);
    assert!(refused.member("detail").starts_with("CSRF Failed: "));
    assert!(refused.challenges().is_empty());
    let answer = server.send(&post.authorization(format!("Token {token}")));
    assert_eq!((answer.status, answer.text()), (200, "ada 1"));
}
