//! `POST /api-token-auth/`, row by row of what DRF answers (wire drf.md §1.6).

use std::num::NonZeroU32;

use serde_json::{Value, json};

use super::rest::assert_problem;
use super::world::{Answer, Ask, World, ask, get, patch, post};
use crate::limiter::LoginLimiter;
use crate::password::{PasswordHash, PasswordPool};
use crate::{CredentialStore, Lookup, MasterKey, NewUser};

const PATH: &str = "/api-token-auth/";
const PASSWORD: &str = "correct horse battery";

async fn world() -> World {
    let world = World::new().await;
    world.set_password("ada", PASSWORD).await;
    world
}

fn login(username: &str, password: &str) -> Ask {
    post(PATH).json(&json!({ "username": username, "password": password }))
}

fn assert_refused(answer: &Answer, errors: &Value) {
    assert_eq!(
        (answer.status.as_u16(), answer.json()),
        (400, errors.clone())
    );
    assert_eq!(answer.field("content-type"), "application/json");
    assert_eq!(answer.field("cache-control"), "no-store");
}

fn unable() -> Value {
    json!({ "non_field_errors": ["Unable to log in with provided credentials."] })
}

#[tokio::test]
async fn good_credentials_in_any_of_three_forms_yield_the_same_token_each_time() {
    let world = world().await;
    let multipart = concat!(
        "--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nada\r\n",
        "--x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\ncorrect horse battery\r\n--x--\r\n",
    );
    let body = json!({ "username": "ada", "password": PASSWORD }).to_string();
    let mut tokens = Vec::new();
    for ask in [
        login("ada", PASSWORD),
        post(PATH).body("Application/JSON; charset=utf-8", &body),
        post(PATH).form("username=ada&password=correct+horse%20battery&extra=x"),
        post(PATH).body("multipart/form-data; boundary=x", multipart),
        post("/auth/api-token-auth/")
            .form("username=x&username=ada&password=correct+horse+battery"),
    ] {
        let answer = world.ask(ask).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.field("content-type"), "application/json");
        assert_eq!(answer.field("cache-control"), "no-store");
        let token = answer.json()["token"].as_str().unwrap().to_owned();
        assert_eq!(answer.json(), json!({ "token": token }));
        tokens.push(token);
    }
    assert_eq!(tokens[0].len(), 40);
    assert!(tokens.iter().all(|token| *token == tokens[0]));
    let me = world.ask(get("/api/v1/me").with(&tokens[0])).await.json();
    assert_eq!(me["username"], "ada");
}

#[tokio::test]
async fn wrong_password_unknown_and_inactive_user_answer_alike() {
    let world = world().await;
    world.set_password("bob", PASSWORD).await;
    let root = world.token("root").await;
    let disable = patch("/api/v1/users/bob").with(&root);
    assert_eq!(
        world
            .ask(disable.json(&json!({ "enabled": false })))
            .await
            .status,
        200
    );
    let mut answers = Vec::new();
    for (username, password) in [
        ("ada", "wrong"),
        ("eve", PASSWORD),
        ("bob", PASSWORD),
        ("root", PASSWORD),
        ("a/b", PASSWORD),
        ("ada", "   "),
        ("ada", " correct horse battery"),
        (&"x".repeat(300), PASSWORD),
    ] {
        let answer = world.ask(login(username, password)).await;
        assert_refused(&answer, &unable());
        answers.push((answer.headers, answer.body));
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn fields_are_held_to_drfs_rules_in_drfs_words() {
    let world = world().await;
    let required = json!(["This field is required."]);
    let both = json!({ "username": required, "password": required });
    let of_username = |sentence: &str| json!({ "username": [sentence] });
    let with_password = |username: Value| json!({ "username": username, "password": "x" });
    for (body, errors) in [
        (json!({}), both.clone()),
        (
            json!({ "username": "ada" }),
            json!({ "password": required }),
        ),
        (
            with_password(json!("")),
            of_username("This field may not be blank."),
        ),
        (
            with_password(json!(" \t")),
            of_username("This field may not be blank."),
        ),
        (
            with_password(Value::Null),
            of_username("This field may not be null."),
        ),
        (
            with_password(json!(true)),
            of_username("Not a valid string."),
        ),
        (
            with_password(json!(["ada"])),
            of_username("Not a valid string."),
        ),
        (
            with_password(json!({ "a": 1 })),
            of_username("Not a valid string."),
        ),
        (
            with_password(json!("a\u{0}b")),
            of_username("Null characters are not allowed."),
        ),
        (with_password(json!(12)), unable()),
        (with_password(json!(1.5)), unable()),
        (
            json!({ "username": null, "password": "" }),
            json!({
                "username": ["This field may not be null."],
                "password": ["This field may not be blank."],
            }),
        ),
        (
            json!({ "username": "ada", "password": "a\u{0}" }),
            json!({ "password": ["Null characters are not allowed."] }),
        ),
        (
            json!([]),
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got list."] }),
        ),
        (
            json!("x"),
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got str."] }),
        ),
        (
            json!(5),
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got int."] }),
        ),
        (
            json!(5.5),
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got float."] }),
        ),
        (
            json!(true),
            json!({ "non_field_errors": ["Invalid data. Expected a dictionary, but got bool."] }),
        ),
        (
            Value::Null,
            json!({ "non_field_errors": ["No data provided"] }),
        ),
    ] {
        let answer = world.ask(post(PATH).json(&body)).await;
        assert_refused(&answer, &errors);
    }
    assert_refused(
        &world.ask(post(PATH).form("username=&password=x")).await,
        &of_username("This field may not be blank."),
    );
    for ask in [
        post(PATH),
        post(PATH).body("application/json", ""),
        post(PATH).body("text/plain", ""),
        post(PATH).form("usr=ada"),
    ] {
        assert_refused(&world.ask(ask).await, &both);
    }
}

#[tokio::test]
async fn the_user_name_is_trimmed_and_numbers_are_text() {
    let world = world().await;
    world.store.create_user(NewUser::named("12")).await.unwrap();
    world.set_password("12", "8073519264.625").await;
    assert_eq!(world.ask(login(" ada\n", PASSWORD)).await.status, 200);
    let numbers = post(PATH).json(&json!({ "username": 12, "password": 8073519264.625 }));
    assert_eq!(world.ask(numbers).await.status, 200);
}

// P-3
#[tokio::test]
async fn a_password_above_4096_bytes_is_refused_unhashed() {
    let limiter = LoginLimiter::new().with_failures_per_account(NonZeroU32::MIN);
    let world = World::with(|endpoints| endpoints.with_login_limiter(limiter)).await;
    let errors = json!({ "password": ["Ensure this field has no more than 4096 characters."] });
    for _ in 0..3 {
        assert_refused(&world.ask(login("ada", &"x".repeat(4097))).await, &errors);
    }
    assert_refused(&world.ask(login("ada", &"x".repeat(4096))).await, &unable());
    let huge = world.ask(login("ada", &"x".repeat(100_000))).await;
    assert_eq!((huge.status.as_u16(), huge.was_body_read), (413, false));
}

#[tokio::test]
async fn what_cannot_be_parsed_is_400_and_another_media_type_415() {
    let world = world().await;
    for (content_type, body, start) in [
        ("application/json", "{", "JSON parse error - "),
        (
            "application/json",
            "{\"username\": NaN}",
            "JSON parse error - ",
        ),
        (
            "application/json",
            "{\"username\":1,\"username\":2}",
            "JSON parse error - ",
        ),
        (
            "application/x-www-form-urlencoded",
            "username=%zz",
            "Form parse error - ",
        ),
        ("multipart/form-data", "x", "Multipart form parse error - "),
    ] {
        let answer = world.ask(post(PATH).body(content_type, body)).await;
        assert_eq!(answer.status, 400);
        assert!(answer.detail().starts_with(start), "{}", answer.detail());
    }
    for content_type in [
        "text/plain",
        "application/xml",
        "application/vnd.api+json",
        "",
    ] {
        let answer = world.ask(post(PATH).body(content_type, "x")).await;
        let detail = format!("Unsupported media type \"{content_type}\" in request.");
        assert_eq!((answer.status.as_u16(), answer.detail()), (415, detail));
    }
}

#[tokio::test]
async fn an_accept_that_json_cannot_meet_is_406() {
    let world = world().await;
    for method in ["POST", "OPTIONS"] {
        for accept in ["text/html", "application/xml"] {
            let answer = world.ask(ask(method, PATH).field("accept", accept)).await;
            let detail = "Could not satisfy the request Accept header.".to_owned();
            assert_eq!((answer.status.as_u16(), answer.detail()), (406, detail));
        }
    }
    let any = login("ada", PASSWORD).field("accept", "text/html, */*;q=0.8");
    assert_eq!(world.ask(any).await.status, 200);
}

// H-22
#[tokio::test]
async fn only_post_and_options_are_answered_and_only_with_the_slash() {
    let world = world().await;
    for method in ["GET", "PUT", "PATCH", "DELETE", "HEAD"] {
        let answer = world.ask(ask(method, PATH)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.field("allow")),
            (405, "POST, OPTIONS")
        );
    }
    assert_eq!(
        world.ask(get(PATH)).await.json(),
        json!({ "detail": "Method \"GET\" not allowed." })
    );
    assert_eq!(world.ask(post("/api-token-auth")).await.status, 404);
    let options = world.ask(ask("OPTIONS", PATH)).await;
    assert_eq!(
        (options.status.as_u16(), options.field("allow")),
        (200, "POST, OPTIONS")
    );
    let metadata = options.json();
    assert_eq!(metadata["name"], "Obtain Auth Token");
    assert_eq!(metadata["actions"]["POST"]["token"]["read_only"], true);
    assert_eq!(metadata["actions"]["POST"]["password"]["required"], true);
}

// The last row of §1.6: with DRF's default authenticators a stale header breaks the login.
#[tokio::test]
async fn no_header_or_cookie_keeps_anybody_from_logging_in() {
    let world = world().await;
    for (name, value) in [
        ("authorization", "Basic !!!"),
        ("authorization", "Token stale"),
        ("authorization", ""),
        ("cookie", "sid=stale"),
        ("frappe-authorization-source", "Customer"),
    ] {
        let answer = world.ask(login("ada", PASSWORD).field(name, value)).await;
        assert_eq!(answer.status, 200, "{name}: {value}");
    }
}

// P-7, S26
#[tokio::test]
async fn too_many_failures_of_an_account_under_any_spelling_are_429() {
    let limiter = LoginLimiter::new().with_failures_per_account(NonZeroU32::new(3).unwrap());
    let world = World::with(|endpoints| endpoints.with_login_limiter(limiter)).await;
    for name in ["ada", "Ada", "\u{ff41}da"] {
        assert_refused(&world.ask(login(name, "wrong")).await, &unable());
    }
    let answer = world.ask(login("ADA", "wrong")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.field("retry-after")),
        (429, "20")
    );
    let detail = "Request was throttled. Expected available in 20 seconds.";
    assert_eq!(answer.detail(), detail);
    let other = world.ask(login("bob", "wrong")).await;
    assert_refused(&other, &unable());
}

#[tokio::test]
async fn too_many_failures_from_a_network_are_429_and_other_networks_are_not_hit() {
    let limiter = LoginLimiter::new().with_failures_per_network(NonZeroU32::new(2).unwrap());
    let world = World::with(|endpoints| endpoints.with_login_limiter(limiter)).await;
    world.set_password("ada", PASSWORD).await;
    for name in ["x", "y"] {
        assert_refused(
            &world.ask(login(name, "wrong").from("2001:db8::1")).await,
            &unable(),
        );
    }
    let same = world.ask(login("ada", PASSWORD).from("2001:db8::2")).await;
    assert_eq!(same.status, 429);
    let other = world
        .ask(login("ada", PASSWORD).from("2001:db8:0:1::1"))
        .await;
    assert_eq!(other.status, 200);
}

#[tokio::test]
async fn the_token_depends_on_the_master_key_and_changes_when_it_is_revoked() {
    let key = || MasterKey::from_bytes([7; 32]);
    let token = async |world: &World| {
        world.set_password("ada", PASSWORD).await;
        let answer = world.ask(login("ada", PASSWORD)).await;
        answer.json()["token"].as_str().unwrap().to_owned()
    };
    let one = World::with(|endpoints| endpoints.with_master_key(key())).await;
    let same = World::with(|endpoints| endpoints.with_master_key(key())).await;
    let random = World::new().await;
    let first = token(&one).await;
    assert_eq!(first, token(&same).await);
    assert_ne!(first, token(&random).await);

    let root = one.token("root").await;
    let revoke = super::world::delete("/api/v1/tokens?user=ada").with(&root);
    assert_eq!(one.ask(revoke).await.json(), json!({ "revoked": 1 }));
    assert_ne!(first, token(&one).await);
    assert_eq!(one.ask(get("/api/v1/me").with(&first)).await.status, 401);
}

// Else logging in would be answered a token that has ended.
#[tokio::test]
async fn the_derived_token_takes_no_expiry() {
    let world = world().await;
    let obtain = async || {
        let answer = world.ask(login("ada", PASSWORD)).await;
        answer.json()["token"].as_str().unwrap().to_owned()
    };
    let token = obtain().await;
    let me = world.ask(get("/api/v1/me").with(&token)).await.json();
    let path = format!(
        "/api/v1/tokens/{}",
        me["credential"]["id"].as_str().unwrap()
    );
    let change = async |body: &Value| world.ask(patch(&path).with(&token).json(body)).await;
    let ending = change(&json!({ "expires_at": "2027-01-02T03:04:05Z" })).await;
    assert_problem(&ending, 400, "invalid_request");
    assert!(ending.detail().contains("revoke it"), "{}", ending.detail());
    assert_eq!(change(&json!({ "name": "laptop" })).await.status, 200);
    assert_eq!(obtain().await, token);
}

#[tokio::test]
async fn an_old_hash_is_replaced_at_login_and_the_password_stays_the_same() {
    let world = World::new().await;
    let old = "pbkdf2_sha256$1000$seasalt$8G7cbTn9sCES2ryiKZ80qM/wTaRamHxVYu5mzhYVgns=";
    let eve = NewUser::named("eve").with_password_hash(PasswordHash::from_stored(old));
    world.store.create_user(eve).await.unwrap();
    for _ in 0..2 {
        assert_eq!(
            world.ask(login("eve", "old password here")).await.status,
            200
        );
        let row = world
            .store
            .find(Lookup::Password("eve"))
            .await
            .unwrap()
            .unwrap();
        let hash = row.digest.password_hash().unwrap();
        assert!(hash.as_str().starts_with("$argon2id$"), "{}", hash.as_str());
    }
    assert_refused(&world.ask(login("eve", "another")).await, &unable());
}

#[tokio::test]
async fn an_overloaded_password_pool_is_503() {
    let pool = PasswordPool::with_workers(1, 1);
    let world = World::with(|endpoints| endpoints.with_password_pool(pool)).await;
    let logins = (0..8).map(|n| world.ask(login(&format!("user{n}"), "wrong password")));
    let answers = futures_util::future::join_all(logins).await;
    let busy = answers
        .iter()
        .find(|answer| answer.status == 503)
        .expect("one too many");
    assert_eq!(busy.field("retry-after"), "1");
    assert!(answers.iter().any(|answer| answer.status == 400));
}
