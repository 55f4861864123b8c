//! `empress-auth signing-key`, the published keys, and what they are encrypted under.

use std::time::Duration;

use empress_auth_tests::soon;
use serde_json::{Value, json};

use crate::support::{Place, Serving};

const JWKS: &str = "GET /.well-known/jwks.json HTTP/1.1";
const METADATA: &str = "GET /.well-known/openid-configuration HTTP/1.1";

fn get(serving: &Serving, head: &str) -> Value {
    let (status, body) = serving.request(head, "");
    assert_eq!(status, 200, "{head}: {body}");
    serde_json::from_str(&body).unwrap()
}

fn published(serving: &Serving) -> Vec<String> {
    let jwks = get(serving, JWKS);
    let keys = jwks["keys"].as_array().unwrap().iter();
    keys.map(|key| text(&key["kid"])).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn kids(listed: &Value) -> Vec<String> {
    let keys = listed.as_array().unwrap().iter();
    keys.map(|key| text(&key["kid"])).collect()
}

fn same(mut one: Vec<String>, mut other: Vec<String>) -> bool {
    one.sort();
    other.sort();
    one == other
}

/// What a client that gets JWTs asks for one with.
fn ask_for_jwt(place: &Place) -> String {
    let arguments = [
        "client",
        "create",
        "Robot",
        "--grant",
        "client_credentials",
        "--scope",
        "a:read",
        "--jwt-access-tokens",
        "--auth-method",
        "client_secret_post",
    ];
    let made = place.json(&arguments);
    let (id, secret) = (text(&made["client_id"]), text(&made["client_secret"]));
    format!("grant_type=client_credentials&client_id={id}&client_secret={secret}")
}

fn access_jwt(serving: &Serving, body: &str) -> String {
    let head = "POST /oauth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    let (status, answer) = serving.request(head, body);
    assert_eq!(status, 200, "{answer}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    text(&answer["access_token"])
}

fn opens(serving: &Serving, token: &str) -> bool {
    let head = format!("GET /api/v1/me HTTP/1.1\r\nAuthorization: Bearer {token}");
    match serving.request(&head, "").0 {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

#[test]
fn keys_are_made_at_the_first_start_and_listed() {
    let place = Place::with_users(&["ada"]);
    assert_eq!(place.json(&["signing-key", "list"]), json!([]));
    let empty = place.run(&["signing-key", "list"]).done().stdout;
    assert!(empty.contains("empress-auth serve"), "{empty}");

    let serving = place.serve();
    let listed = place.json(&["signing-key", "list"]);
    let keys = listed.as_array().unwrap();
    let mut algs: Vec<_> = keys.iter().map(|key| text(&key["alg"])).collect();
    algs.sort();
    assert_eq!(algs, ["ES256", "EdDSA", "RS256"]);
    for key in keys {
        assert_eq!(key["state"], "signing");
        assert_eq!(key["signs_from"], key["created_at"]);
        assert_eq!(
            (&key["signs_until"], &key["published_until"]),
            (&json!(null), &json!(null))
        );
    }
    assert!(same(published(&serving), kids(&listed)));
    let table = place.run(&["signing-key", "list"]).done().stdout;
    for word in [
        "KID",
        "ALGORITHM",
        "SIGNS FROM",
        "ES256",
        "signing",
        &kids(&listed)[0],
    ] {
        assert!(table.contains(word), "{table}");
    }
}

// KY-1: who rotates is told when it takes effect
#[test]
fn a_rotation_is_published_by_the_running_server_and_says_when_it_signs() {
    let place = Place::new();
    let serving = place.serve();
    let before = published(&serving);
    let made = place.json(&["signing-key", "rotate"]);
    assert_eq!(made.as_array().unwrap().len(), 3);
    for key in made.as_array().unwrap() {
        assert_eq!(key["state"], "waiting");
        assert!(text(&key["signs_from"]) > text(&key["created_at"]));
    }
    let all = [before.clone(), kids(&made)].concat();
    assert!(soon(|| same(published(&serving), all.clone())));
    let listed = place.json(&["signing-key", "list"]);
    for key in listed.as_array().unwrap() {
        if before.contains(&text(&key["kid"])) {
            assert_eq!(key["state"], "signing");
            assert!(text(&key["published_until"]) > text(&key["signs_until"]));
        }
    }
    let said = place.run(&["signing-key", "rotate"]).done().stdout;
    assert_eq!(said.matches("signs from 20").count(), 3, "{said}");
    for alg in ["RS256", "ES256", "EdDSA"] {
        assert!(said.contains(alg), "{said}");
    }
}

// KY-3
#[test]
fn what_a_retired_key_signed_is_refused_by_the_running_server() {
    let place = Place::new();
    let serving = place.serve();
    let body = ask_for_jwt(&place);
    let token = access_jwt(&serving, &body);
    assert!(opens(&serving, &token));
    let listed = place.json(&["signing-key", "list"]);
    let signs = |key: &&Value| key["alg"] == "ES256";
    let key = listed.as_array().unwrap().iter().find(signs).unwrap();
    let kid = text(&key["kid"]);
    let retired = place.json(&["signing-key", "retire", &kid]);
    assert_eq!(
        (&retired["kid"], &retired["retired"]),
        (&json!(kid), &json!(true))
    );
    assert_eq!(retired["signing"].as_array().unwrap().len(), 3);
    assert!(soon(|| !opens(&serving, &token)));
    assert!(soon(|| !published(&serving).contains(&kid)));
    let next = access_jwt(&serving, &body);
    assert!(opens(&serving, &next));
    assert!(!opens(&serving, &token), "it stays so");

    let line = place.run(&["signing-key", "retire", &kid]).refused();
    assert!(line.contains("empress-auth signing-key list"), "{line}");
    place.run(&["signing-key", "retire"]).unparsed();
    for kid in ["-iQ", "-hidden", "-", "--none"] {
        let line = place.run(&["signing-key", "retire", kid]).refused();
        assert!(line.contains("empress-auth signing-key list"), "{line}");
        place
            .run(&["signing-key", "retire", "--json", kid])
            .refused();
    }
    let help = place.run(&["signing-key", "retire", "--help"]).done();
    assert!(help.stdout.contains("<KID>"), "{help:?}");
    place.run(&["signing-key", "revoke"]).unparsed();
}

// KY-4
#[test]
fn no_private_key_lies_in_the_database_and_another_master_key_does_not_start() {
    let place = Place::new();
    drop(place.serve());
    let listed = place.json(&["signing-key", "list"]);
    for name in place.names() {
        if name.ends_with(".master-key") {
            continue;
        }
        let Ok(bytes) = std::fs::read(place.file(&name)) else {
            continue;
        };
        for (what, marker) in private_markers() {
            let found = bytes.windows(marker.len()).any(|window| window == marker);
            assert!(!found, "{what} in {name}");
        }
    }
    let key = place.read("empress-auth.db.master-key");
    let other = if key.starts_with('0') { '1' } else { '0' };
    place.write(
        "empress-auth.db.master-key",
        &format!("{other}{}", &key[1..]),
    );
    let line = place
        .run(&["serve", "--listen", "127.0.0.1:0"])
        .not_served();
    assert!(line.contains("master key"), "{line}");
    for command in [
        &["signing-key", "rotate"][..],
        &["signing-key", "retire", "x"],
    ] {
        let line = place.run(command).refused();
        assert!(line.contains("master key"), "{line}");
    }
    // The list needs no key, and nothing was made.
    assert_eq!(place.json(&["signing-key", "list"]), listed);
}

// KY-4: not even where the fingerprint of the master key is gone
#[test]
fn keys_under_another_master_key_are_not_replaced() {
    let place = Place::new();
    drop(place.serve());
    let listed = place.json(&["signing-key", "list"]);
    let database = rusqlite::Connection::open(place.file("empress-auth.db")).unwrap();
    let forget = "DELETE FROM settings WHERE name = 'program.master_key_fingerprint'";
    assert_eq!(database.execute(forget, []).unwrap(), 1);
    drop(database);
    std::fs::remove_file(place.file("empress-auth.db.master-key")).unwrap();
    let line = place
        .run(&["serve", "--listen", "127.0.0.1:0"])
        .not_served();
    assert!(line.contains("another master key"), "{line}");
    assert_eq!(place.json(&["signing-key", "list"]), listed);
}

// KY-5
#[test]
fn the_master_key_is_replaced_and_keys_and_secrets_that_sign_go_on() {
    let place = Place::new();
    drop(place.serve());
    let made = place.json(&[
        "client",
        "create",
        "Old",
        "--redirect-uri",
        "https://app.example/callback",
        "--id-token-alg",
        "HS256",
    ]);
    let listed = place.json(&["signing-key", "list"]);
    place.run(&["user", "create", "ada"]).done();
    let derive = || text(&place.json(&["token", "create", "ada", "--drf"])["token"]);
    let derived = derive();
    let kept = text(&place.json(&["token", "create", "ada"])["token"]);
    let (beside, old) = ("empress-auth.db.master-key", "old.master-key");
    let rewrap = [
        "signing-key",
        "rewrap",
        "--previous-master-key-file",
        place.file(old).to_str().unwrap(),
    ]
    .map(str::to_owned);
    let rewrap = rewrap.each_ref().map(String::as_str);

    let line = place.run(&rewrap).refused();
    assert!(line.contains("is not there"), "{line}");
    // Not another's key, and nothing is made for who shows one.
    place.write(old, &"ab".repeat(32));
    std::fs::rename(place.file(beside), place.file("kept")).unwrap();
    let line = place.run(&rewrap).refused();
    assert!(line.contains("is not the one of this database"), "{line}");
    assert!(!place.has(beside));

    std::fs::rename(place.file("kept"), place.file(old)).unwrap();
    let done = place.json(&rewrap);
    let counts = |keys: u8, secrets: u8, derived: u8| json!({ "signing_keys": keys, "client_secrets": secrets, "drf_tokens": derived });
    assert_eq!(done, counts(3, 1, 1));
    assert_ne!(place.read(beside), place.read(old));
    // Again, as after a kill: nothing is left to do.
    let again = place.json(&rewrap);
    assert_eq!(again, counts(0, 0, 0));
    let serving = place.serve();
    assert!(same(published(&serving), kids(&listed)));
    // Whoever has the old key can make the old token, and no token that is good.
    let user_of = |token: &str| serving.user_of(&format!("Token {token}"));
    assert_eq!(user_of(&derived), None);
    assert_eq!(user_of(&derive()).as_deref(), Some("ada"));
    assert_eq!(user_of(&kept).as_deref(), Some("ada"));
    drop(serving);
    let client = place.json(&["client", "show", &text(&made["client_id"])]);
    assert_eq!(client["secret_issued_at"], made["secret_issued_at"]);

    // The old key opens nothing any more.
    std::fs::rename(place.file(old), place.file(beside)).unwrap();
    let line = place
        .run(&["serve", "--listen", "127.0.0.1:0"])
        .not_served();
    assert!(line.contains("is not the one of this database"), "{line}");
}

// KY-5: while a server signs, and killed at whatever moment, again and again
#[test]
fn a_rewrap_that_is_killed_is_resumed_while_the_server_goes_on() {
    const CLIENTS: usize = 24;
    let place = Place::new();
    let serving = place.serve();
    let body = ask_for_jwt(&place);
    for _ in 0..CLIENTS {
        let hs256 = ["--id-token-alg", "HS256"];
        let uri = ["--redirect-uri", "https://app.example/callback"];
        place.json(&[&["client", "create", "Old"], &uri[..], &hs256].concat());
    }
    let before = published(&serving);
    let old = "old.master-key";
    std::fs::rename(place.file("empress-auth.db.master-key"), place.file(old)).unwrap();
    let rewrap = ["signing-key", "rewrap", "--previous-master-key-file", old];
    let mut killed = 0;
    for delay in 0.. {
        let mut running = place.command(&rewrap);
        let quiet = || std::process::Stdio::null();
        let mut running = running.stdout(quiet()).stderr(quiet()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(2 * delay));
        assert!(opens(&serving, &access_jwt(&serving, &body)));
        _ = running.kill();
        if running.wait().unwrap().success() {
            break;
        }
        killed += 1;
    }
    assert!(killed > 3, "{killed}");
    assert_eq!(
        place.json(&rewrap),
        json!({ "signing_keys": 0, "client_secrets": 0, "drf_tokens": 0 }),
        "all of them are under the new key"
    );
    drop(serving);
    let serving = place.serve();
    assert!(same(published(&serving), before));
    assert!(opens(&serving, &access_jwt(&serving, &body)));
}

/// What PKCS#8 begins with, for each kind of key, and PEM.
fn private_markers() -> [(&'static str, &'static [u8]); 4] {
    [
        (
            "an RSA key",
            b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
        ),
        ("a P-256 key", b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
        (
            "an Ed25519 key",
            b"\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20",
        ),
        ("PEM", b"PRIVATE KEY"),
    ]
}

// AS-8414-8, O-37
#[test]
fn every_endpoint_that_is_advertised_answers_wherever_the_metadata_are_read() {
    for path in ["", "/tenant/a"] {
        let place = Place::new();
        let url = format!("https://auth.example{path}");
        let serving = place.serve_with(&["--public-url", &url]);
        let mut documents = vec![
            get(
                &serving,
                &format!("GET {path}/.well-known/openid-configuration HTTP/1.1"),
            ),
            get(
                &serving,
                &format!("GET /.well-known/oauth-authorization-server{path} HTTP/1.1"),
            ),
            get(
                &serving,
                &format!("GET /.well-known/openid-configuration{path} HTTP/1.1"),
            ),
        ];
        documents.dedup();
        assert_eq!(documents.len(), 1, "one document");
        let of_frappe = "/api/method/frappe.integrations.oauth2.openid_configuration";
        documents.push(get(&serving, &format!("GET {path}{of_frappe} HTTP/1.1")));
        for document in documents {
            assert_eq!(document["issuer"], *url);
            let mut asked = 0;
            for (name, value) in document.as_object().unwrap() {
                if !name.ends_with("_endpoint") && name != "jwks_uri" {
                    continue;
                }
                let at = text(value);
                let target = at.strip_prefix("https://auth.example").unwrap();
                let method = match name.as_str() {
                    "token_endpoint" | "revocation_endpoint" | "introspection_endpoint" => "POST",
                    _ => "GET",
                };
                let (status, body) = serving.request(&format!("{method} {target} HTTP/1.1"), "");
                assert!(
                    ![404, 405, 500].contains(&status),
                    "{name} {target}: {status} {body}"
                );
                asked += 1;
            }
            assert_eq!(asked, 7, "{document}");
        }
    }
    let place = Place::new();
    let metadata = get(&place.serve(), METADATA);
    assert!(text(&metadata["issuer"]).starts_with("http://127.0.0.1:"));
}
