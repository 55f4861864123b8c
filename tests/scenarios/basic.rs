//! Basic with user names and passwords, as DRF's `BasicAuthentication`: drf 1.3.

use empress_auth_core::{Preset, Scheme};
use empress_auth_tests::{Answer, PASSWORD, Server, Stage, World, basic};

const NOT_PROVIDED: &str = "Authentication credentials were not provided.";
const ALONE: &str = "Invalid basic header. No credentials provided.";
const SPACES: &str = "Invalid basic header. Credentials string should not contain spaces.";
const BASE64: &str = "Invalid basic header. Credentials not correctly base64 encoded.";
const WRONG: &str = "Invalid username/password.";

fn joes(stage: Stage) -> (World, Server) {
    let world = stage.world();
    world.user_with_password("joe");
    world.user_with_password("Ждана");
    let auth = world.auth().preset(Preset::Drf).schemes([Scheme::Basic]);
    let server = stage.adapter().serve_behind(auth.passwords());
    (world, server)
}

#[track_caller]
fn assert_refused(answer: &Answer, detail: &str, case: &str) {
    assert_eq!(answer.status, 401, "{case}");
    assert_eq!(answer.challenges(), ["Basic realm=\"api\""], "{case}");
    assert_eq!(answer.member("detail"), detail, "{case}");
}

// drf 1.3 rows 1-2, RS-7617-1, RS-7617-2, RS-7617-4, H-12
pub(crate) fn a_password_may_have_colons_and_a_name_letters_beyond_ascii(stage: Stage) {
    let (_, server) = joes(stage);
    assert_refused(&server.get("/"), NOT_PROVIDED, "none");
    for name in ["joe", "Ждана"] {
        let answer = server.get_as("/", basic(format!("{name}:{PASSWORD}")));
        assert_eq!((answer.status, answer.text()), (200, name));
    }
    let whoami = server.get_as("/whoami", basic(format!("joe:{PASSWORD}")));
    assert!(whoami.text().contains("proof: password\n"));
}

// drf 1.3 rows 3-5, RS-7617-3, RS-7617-5
pub(crate) fn what_is_no_user_and_password_has_drfs_words(stage: Stage) {
    let (_, server) = joes(stage);
    let good = basic(format!("joe:{PASSWORD}"));
    for (value, detail) in [
        ("Basic".to_owned(), ALONE),
        ("Basic ".to_owned(), ALONE),
        (format!("{good} x"), SPACES),
        ("Basic a b c".to_owned(), SPACES),
        ("Basic %%%".to_owned(), BASE64),
        ("Basic am9l".to_owned(), BASE64),
        ("Basic am9lOng".to_owned(), BASE64),
        ("Basic am9lOngé".to_owned(), BASE64),
        ("Token x".to_owned(), NOT_PROVIDED),
        // Python's lenient decoder drops what is not base64; ours does not.
        (good.replacen("am9l", "am9!l", 1), BASE64),
    ] {
        assert_refused(&server.get_as("/", &value), detail, &value);
    }
    assert_refused(&server.get_as("/", basic(b"jo\0e:x")), BASE64, "NUL");
    assert_refused(&server.get_as("/", basic(b"joe:x\x7f")), BASE64, "DEL");
    // Latin-1, which DRF would take for an answer.
    assert_refused(&server.get_as("/", basic(b"jo\xe9:x")), BASE64, "no UTF-8");
}

// drf 1.3 row 6, RS-7617-6, H-10
pub(crate) fn whatever_is_wrong_with_user_and_password_is_one_answer(stage: Stage) {
    let (world, server) = joes(stage);
    world.user_with_password("lazy");
    world.disable("lazy");
    let wrong = server.get_as("/", basic("joe:wrong"));
    assert_refused(&wrong, WRONG, "wrong password");
    for content in [
        "nobody:wrong".to_owned(),
        format!("nobody:{PASSWORD}"),
        format!(":{PASSWORD}"),
        "joe:".to_owned(),
        ":".to_owned(),
        format!("lazy:{PASSWORD}"),
        // Has no password at all.
        format!("ada:{PASSWORD}"),
        format!("joe:{PASSWORD} "),
        format!(" joe:{PASSWORD}"),
    ] {
        let answer = server.get_as("/", basic(&content));
        assert_eq!(answer.comparable(), wrong.comparable(), "{content}");
    }
}

// H-11: more than 4,096 bytes are no password, more than 8 KiB no credential
pub(crate) fn a_password_that_is_too_long_is_refused_unhashed(stage: Stage) {
    let (_, server) = joes(stage);
    let long = server.get_as("/", basic(format!("joe:{}", "x".repeat(4_097))));
    assert_refused(&long, WRONG, "4,097 bytes");
    let longer = server.get_as("/", format!("Basic {}", "A".repeat(8_196)));
    assert_eq!(longer.status, 401);
}

// Ten failures of an account a minute
pub(crate) fn guessing_passwords_is_limited_and_says_until_when(stage: Stage) {
    let (_, server) = joes(stage);
    for _ in 0..10 {
        assert_eq!(server.get_as("/", basic("joe:guess")).status, 401);
    }
    let answer = server.get_as("/", basic(format!("joe:{PASSWORD}")));
    assert_eq!(answer.status, 429);
    let secs: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&secs), "{secs}");
    assert!(answer.challenges().is_empty());
    assert!(
        answer
            .member("detail")
            .starts_with("Request was throttled. Expected available in")
    );
    // Another account is not held up.
    let other = server.get_as("/", basic(format!("Ждана:{PASSWORD}")));
    assert_eq!(other.status, 200);
}

// H-16, Gitea's cluster: a token is not a password
pub(crate) fn a_token_is_no_password_and_a_password_no_token(stage: Stage) {
    let (world, server) = joes(stage);
    let token = world.token("joe");
    let pair = world.keys("joe");
    for content in [
        format!("joe:{token}"),
        format!("{token}:"),
        format!("x-oauth-basic:{token}"),
        format!("{token}:x-oauth-basic"),
        pair,
    ] {
        assert_refused(&server.get_as("/", basic(&content)), WRONG, &content);
    }
    let tokens = stage.adapter().serve_behind(world.auth());
    for value in [
        format!("Bearer {PASSWORD}"),
        format!("Token joe:{PASSWORD}"),
        basic(format!("joe:{PASSWORD}")),
    ] {
        assert_eq!(tokens.get_as("/", &value).status, 401, "{value}");
    }
}
