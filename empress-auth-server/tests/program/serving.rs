//! `empress-auth serve`, as far as the command line goes; what it answers has its own tests.

use std::fs::File;
use std::process::Stdio;

use serde_json::json;

use crate::support::{Place, Serving};

#[test]
fn no_command_is_serve() {
    let place = Place::new();
    let mut command = place.command(&[]);
    let serving = Serving::start(command.env("EMPRESS_LISTEN", "127.0.0.1:0")).unwrap();
    assert_eq!(serving.user_of("token a:b"), None);
    assert!(place.has("empress-auth.db"));
    assert_eq!(serving.killed(), "");
}

#[test]
fn what_the_command_line_makes_the_server_takes_and_what_it_withdraws_not() {
    let place = Place::new();
    let serving = place.serve();
    place.run(&["user", "create", "ada"]).done();
    let keys = place.json(&["keys", "generate", "ada"]);
    let (key, secret) = (
        keys["api_key"].as_str().unwrap(),
        keys["api_secret"].as_str().unwrap(),
    );
    let pair = format!("token {key}:{secret}");
    assert_eq!(serving.user_of(&pair).as_deref(), Some("ada"));
    let token = place.json(&["token", "create", "ada"]);
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    assert_eq!(serving.user_of(&bearer).as_deref(), Some("ada"));

    place
        .run(&["token", "revoke", token["id"].as_str().unwrap()])
        .done();
    refused_soon(&serving, &bearer);
    assert_eq!(serving.user_of(&pair).as_deref(), Some("ada"));
    place.run(&["user", "disable", "ada"]).done();
    refused_soon(&serving, &pair);
    place.run(&["user", "enable", "ada"]).done();
    assert_eq!(serving.user_of(&pair).as_deref(), Some("ada"));
}

/// The promise is 100 ms, which a busy machine may not keep.
fn refused_soon(serving: &Serving, credential: &str) {
    for _ in 0..100 {
        if serving.user_of(credential).is_none() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("a withdrawn credential still opens");
}

#[test]
fn settings_reach_the_endpoints() {
    let place = Place::new();
    place.write(
        "auth.toml",
        "listen = \"127.0.0.1:0\"\npassword_min_length = 8\n[frappe]\nget_generate_keys = false\n",
    );
    let serving = Serving::start(&mut place.command(&["serve", "--config", "auth.toml"])).unwrap();
    place
        .run(&["user", "create", "root", "--role", "System Manager"])
        .done();
    let token = place.json(&["token", "create", "root"]);
    let authorization = format!("Authorization: Token {}", token["token"].as_str().unwrap());
    let path = "/api/method/frappe.core.doctype.user.user.generate_keys?user=root";
    let (status, _) = serving.request(&format!("GET {path} HTTP/1.1\r\n{authorization}"), "");
    assert_eq!(status, 405);
    let (status, _) = serving.request(&format!("POST {path} HTTP/1.1\r\n{authorization}"), "");
    assert_eq!(status, 200);

    let head =
        format!("POST /api/v1/users HTTP/1.1\r\n{authorization}\r\nContent-Type: application/json");
    let body = json!({ "name": "ada", "password": "zq7kd w3" });
    let (status, body) = serving.request(&head, &body.to_string());
    assert_eq!(status, 201, "{body}");
}

#[test]
fn an_address_that_is_taken_is_named() {
    let place = Place::new();
    let serving = place.serve();
    let other = Place::new();
    let address = serving.address.to_string();
    let line = other.run(&["serve", "--listen", &address]).not_served();
    assert!(line.contains(&address), "{line}");
}

// OP-7
#[test]
fn a_variable_that_is_no_setting_is_named_at_the_start() {
    let place = Place::new();
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("EMPRESS_LISTNE", "0.0.0.0:80");
    let log = File::create(place.file("log")).unwrap();
    Serving::start_with_stderr(&mut command, Stdio::from(log))
        .unwrap()
        .stopped();
    let log = place.read("log");
    let line = log.lines().find(|line| line.contains("EMPRESS_LISTNE"));
    assert!(line.unwrap().contains("\"WARN\""), "{log}");
    assert!(!log.contains("0.0.0.0:80"), "{log}");
}

#[test]
fn what_a_killed_program_left_of_a_secret_is_deleted_at_the_next_start() {
    let place = Place::new();
    let drafts = [
        "empress-auth.db.master-key.0123456789abcdef",
        "empress-auth.db.initial-password.00ff00ff00ff00ff",
    ];
    let others = [
        "empress-auth.db.master-key.0123456789abcde",
        "empress-auth.db.master-key.0123456789ABCDEF",
        "empress-auth.db.master-key.old",
        "other.db.master-key.0123456789abcdef",
    ];
    for name in drafts.iter().chain(&others) {
        place.write(name, "a secret");
    }
    let _serving = place.serve();
    assert!(drafts.iter().all(|name| !place.has(name)));
    assert!(others.iter().all(|name| place.has(name)));
    assert!(place.has("empress-auth.db.master-key"));
    assert!(place.has("empress-auth.db.initial-password"));
}
