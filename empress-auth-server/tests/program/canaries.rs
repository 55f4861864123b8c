//! No secret is written where it can be read: K-14, with everything logged that anybody logs.

use std::fs::{self, File};
use std::process::Stdio;

use empress_auth_tests::{Answer, Connection, Request, basic};
use serde_json::json;

use crate::support::{Place, Serving};

const PASSWORD: &str = "canary correct horse battery staple";

// K-14
#[test]
fn secrets_are_in_no_log_no_metric_and_no_file() {
    let place = Place::with_users(&["ada"]);
    place
        .run_with_input(
            &["user", "set-password", "ada", "--password-stdin"],
            PASSWORD.as_bytes(),
        )
        .done();
    place
        .run(&["user", "add-role", "ada", "System Manager"])
        .done();
    let log = File::create(place.file("log")).unwrap();
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--access-log", "all"]);
    command.env("EMPRESS_LOG_LEVEL", "trace");
    let mut serving = Serving::start_with_stderr(&mut command, Stdio::from(log)).unwrap();
    let send = |request: &Request| {
        let mut connection = Connection::open(serving.address);
        connection.write(&request.to_bytes());
        let answer = connection.answer();
        answer.unwrap_or_else(|| panic!("no answer to {request:?}: {}", place.read("log")))
    };

    let keys = place.json(&["keys", "generate", "ada"]);
    let pair = format!(
        "{}:{}",
        keys["api_key"].as_str().unwrap(),
        keys["api_secret"].as_str().unwrap()
    );
    let secret = keys["api_secret"].as_str().unwrap().to_owned();
    let login = json!({ "usr": "ada", "pwd": PASSWORD }).to_string();
    let login = send(&Request::post("/api/method/login").body("application/json", login));
    assert_eq!(login.status, 200, "{login:?}");
    let session = session_of(&login);
    let obtain = json!({ "username": "ada", "password": PASSWORD }).to_string();
    let obtained = send(&Request::post("/api-token-auth/").body("application/json", obtain));
    assert_eq!(obtained.status, 200, "{obtained:?}");
    let drf = obtained.member("token");
    let mut secrets = vec![
        secret,
        session.clone(),
        drf.clone(),
        PASSWORD.to_owned(),
        "canary".to_owned(),
    ];
    for credential in [
        format!("token {pair}"),
        basic(&pair),
        format!("Token {drf}"),
    ] {
        for path in [
            "/api/v1/me",
            "/api/v1/users",
            "/api/method/frappe.auth.get_logged_user",
            "/api/v1/canary?token=canary",
        ] {
            send(
                &Request::get(path)
                    .authorization(&credential)
                    .header("User-Agent", "canary"),
            );
            send(&Request::get(path).authorization(format!("{credential}canary")));
        }
        let new = Request::post("/api/v1/tokens")
            .authorization(&credential)
            .body("application/json", r#"{"name":"x"}"#);
        let made = send(&new);
        assert_eq!(made.status, 201, "{made:?}");
        secrets.push(made.member("token"));
    }
    send(&Request::get("/api/v1/me").header("Cookie", format!("sid={session}")));
    for body in ["{\"canary", "usr=canary&pwd=canary"] {
        for path in ["/api/method/login", "/api-token-auth/"] {
            send(&Request::post(path).body("application/json", body));
            send(&Request::post(path).body("application/x-www-form-urlencoded", body));
        }
    }
    let metrics = send(&Request::get("/metrics").to_host("localhost"));
    serving.signal("TERM");
    assert_eq!(serving.ended(), Some(0));

    assert!(
        place.read("log").contains("\"user.name\":\"ada\""),
        "something was logged"
    );
    for name in place.names() {
        let bytes = fs::read(place.file(&name)).unwrap();
        for secret in &secrets {
            assert!(!holds(&bytes, secret), "{name} holds {secret}");
        }
    }
    for secret in &secrets {
        assert!(
            !metrics.text().contains(secret.as_str()),
            "the metrics hold {secret}"
        );
    }
}

fn session_of(login: &Answer) -> String {
    let cookies = login.all("set-cookie");
    let session = cookies
        .iter()
        .find_map(|cookie| cookie.strip_prefix("sid="));
    session.unwrap().split(';').next().unwrap().to_owned()
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes
        .windows(secret.len())
        .any(|window| window == secret.as_bytes())
}
