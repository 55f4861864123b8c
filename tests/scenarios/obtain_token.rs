//! DRF's obtain-token endpoint, row by row (SEED-D).

use empress_auth_tests::{Answer, PASSWORD, Request, Server, Stage, World, basic};
use serde_json::{Value, json};

const PATH: &str = "/api-token-auth/";
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
const UNABLE: &str = "Unable to log in with provided credentials.";

fn joes(stage: Stage) -> (World, Server) {
    let world = stage.world();
    world.user_with_password("joe");
    let server = stage.serve_endpoints(&world);
    (world, server)
}

fn post_json(body: &Value) -> Request {
    Request::post(PATH).body(JSON, body.to_string())
}

fn login(username: &str, password: &str) -> Request {
    post_json(&json!({ "username": username, "password": password }))
}

#[track_caller]
fn token_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some(JSON));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.json().as_object().unwrap().len(), 1);
    let token = answer.member("token");
    assert_eq!(token.len(), 40);
    assert!(
        token
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    );
    token
}

/// Whom a token opens for.
fn user_of(server: &Server, token: &str) -> Option<String> {
    let answer = server.get_as("/api/v1/me", format!("Token {token}"));
    (answer.status == 200).then(|| answer.member("username"))
}

#[track_caller]
fn assert_bad_request(answer: &Answer, body: &Value, case: &str) {
    assert_eq!(answer.status, 400, "{case}: {}", answer.text());
    assert_eq!(&answer.json(), body, "{case}");
}

// drf 1.6 rows 1-2, SEED-D-1
pub(crate) fn the_same_token_comes_each_time_in_any_of_three_forms(stage: Stage) {
    let (_, server) = joes(stage);
    let object = json!({ "username": "joe", "password": PASSWORD, "extra": [1] });
    let form = "username=joe&password=p%C3%A4ssword%3Awith+a+colon&extra=1";
    let multipart = format!(
        "--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\njoe\r\n\
         --x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n{PASSWORD}\r\n--x--\r\n"
    );
    let first = token_of(&server.send(&post_json(&object)));
    for (content_type, body) in [
        ("application/json; charset=utf-8", object.to_string()),
        (FORM, form.to_owned()),
        ("multipart/form-data; boundary=x", multipart),
    ] {
        let answer = server.send(&Request::post(PATH).body(content_type, body));
        assert_eq!(token_of(&answer), first, "{content_type}");
    }
    assert_eq!(user_of(&server, &first).as_deref(), Some("joe"));
}

// drf 1.6 row 3, SEED-D-2, P-2, K-12
pub(crate) fn whoever_cannot_log_in_gets_one_answer(stage: Stage) {
    let (world, server) = joes(stage);
    world.user_with_password("lazy");
    world.disable("lazy");
    let wrong = server.send(&login("joe", "wrong"));
    assert_bad_request(&wrong, &json!({ "non_field_errors": [UNABLE] }), "wrong");
    for (username, password) in [
        ("nobody", PASSWORD),
        ("lazy", PASSWORD),
        ("ada", PASSWORD),
        ("joe", " "),
        ("joe", &format!("{PASSWORD} ")),
    ] {
        let answer = server.send(&login(username, password));
        assert_eq!(answer.comparable(), wrong.comparable(), "{username}");
    }
    assert!(!world.is_enabled("lazy"), "a login enables nobody");
}

// drf 1.6 rows 4-8, SEED-D-3
pub(crate) fn every_field_is_told_what_is_wrong_with_it(stage: Stage) {
    let (_, server) = joes(stage);
    let required = ["This field is required."];
    let blank = ["This field may not be blank."];
    let not_text = ["Not a valid string."];
    let none = ["This field may not be null."];
    let nul = ["Null characters are not allowed."];
    for (sent, told) in [
        (
            json!({ "username": "joe" }),
            json!({ "password": required }),
        ),
        (json!({ "password": "x" }), json!({ "username": required })),
        (
            json!({}),
            json!({ "username": required, "password": required }),
        ),
        (
            json!({ "username": "", "password": "" }),
            json!({ "username": blank, "password": blank }),
        ),
        (
            json!({ "username": "  ", "password": "x" }),
            json!({ "username": blank }),
        ),
        (
            json!({ "username": Value::Null, "password": "x" }),
            json!({ "username": none }),
        ),
        (
            json!({ "username": true, "password": [] }),
            json!({ "username": not_text, "password": not_text }),
        ),
        (
            json!({ "username": {}, "password": "x" }),
            json!({ "username": not_text }),
        ),
        (
            json!({ "username": "jo\0e", "password": "x" }),
            json!({ "username": nul }),
        ),
        (
            json!({ "username": "joe", "password": "x\0" }),
            json!({ "password": nul }),
        ),
        (
            json!([]),
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got list."] }),
        ),
        (
            json!("joe"),
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got str."] }),
        ),
    ] {
        assert_bad_request(&server.send(&post_json(&sent)), &told, &sent.to_string());
    }
    // Numbers are turned into text.
    let answer = server.send(&post_json(&json!({ "username": 12, "password": 34 })));
    assert_bad_request(&answer, &json!({ "non_field_errors": [UNABLE] }), "numbers");
}

// drf 1.6 row 9
pub(crate) fn a_user_name_is_trimmed_and_a_password_is_not(stage: Stage) {
    let (_, server) = joes(stage);
    token_of(&server.send(&login("  joe\t", PASSWORD)));
    assert_eq!(
        server.send(&login("joe", &format!(" {PASSWORD}"))).status,
        400
    );
}

// drf 1.6 rows 10-13, SEED-D-3, RS-9110-6
pub(crate) fn a_body_that_cannot_be_read_is_told_why(stage: Stage) {
    let (_, server) = joes(stage);
    for body in [
        "{",
        "{\"username\": NaN}",
        "nonsense",
        "{\"username\":\"a\"}x",
        "\u{feff}{}",
    ] {
        let answer = server.send(&Request::post(PATH).body(JSON, body));
        assert_eq!(answer.status, 400, "{body}");
        assert!(
            answer.member("detail").starts_with("JSON parse error - "),
            "{body}"
        );
    }
    let both =
        json!({ "username": ["This field is required."], "password": ["This field is required."] });
    assert_bad_request(
        &server.send(&Request::post(PATH).body(JSON, "")),
        &both,
        "empty",
    );
    assert_bad_request(&server.send(&Request::post(PATH)), &both, "no body at all");
    for content_type in ["text/plain", "application/xml", "application/vnd.api+json"] {
        let answer = server.send(&Request::post(PATH).body(content_type, "{}"));
        assert_eq!(answer.status, 415, "{content_type}");
        assert_eq!(
            answer.member("detail"),
            format!("Unsupported media type \"{content_type}\" in request.")
        );
    }
}

// drf 1.6 rows 14-16, SEED-D-3, RS-9110-5
pub(crate) fn only_post_is_answered_and_only_in_json(stage: Stage) {
    let (_, server) = joes(stage);
    for accept in ["text/html", "application/xml"] {
        let answer = server.send(&login("joe", PASSWORD).header("Accept", accept));
        assert_eq!(answer.status, 406, "{accept}");
        assert_eq!(
            answer.member("detail"),
            "Could not satisfy the request Accept header."
        );
    }
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let answer = server.send(&Request::new(method, PATH));
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
        assert_eq!(
            answer.member("detail"),
            format!("Method \"{method}\" not allowed.")
        );
    }
    let answer = server.send(&Request::new("OPTIONS", PATH));
    assert_eq!(answer.status, 200);
    assert_eq!(answer.member("name"), "Obtain Auth Token");
}

// drf 1.6 last row (differs): a stale header does not keep anybody from logging in
pub(crate) fn a_stale_header_is_not_read(stage: Stage) {
    let (_, server) = joes(stage);
    for value in ["Token stale", "Basic !", "Token", &basic("joe:wrong")] {
        token_of(&server.send(&login("joe", PASSWORD).authorization(value)));
    }
}

// Revoking gives another token, disabling none
pub(crate) fn a_revoked_token_is_followed_by_another(stage: Stage) {
    let (world, server) = joes(stage);
    let first = token_of(&server.send(&login("joe", PASSWORD)));
    let root = format!("Bearer {}", world.token("root"));
    let revoke = Request::new("DELETE", "/api/v1/tokens?user=joe").authorization(root);
    assert_eq!(server.send(&revoke).json(), json!({ "revoked": 1 }));
    assert_eq!(user_of(&server, &first), None);
    let second = token_of(&server.send(&login("joe", PASSWORD)));
    assert_ne!(first, second);
    assert_eq!(user_of(&server, &second).as_deref(), Some("joe"));
}

// Guessing is limited
pub(crate) fn guessing_is_limited_here_too(stage: Stage) {
    let (_, server) = joes(stage);
    for _ in 0..10 {
        assert_eq!(server.send(&login("joe", "guess")).status, 400);
    }
    let answer = server.send(&login("joe", PASSWORD));
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());
    assert!(
        answer
            .member("detail")
            .starts_with("Request was throttled. Expected available in")
    );
}
