//! `empress-auth keys`.

use serde_json::json;

use crate::support::Place;

#[test]
fn generated_keys_are_shown_once_and_the_key_stays() {
    let place = Place::with_users(&["ada"]);
    let first = place.json(&["keys", "generate", "ada"]);
    let members: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(members, ["api_key", "api_secret", "user"]);
    assert_eq!(first["user"], "ada");
    assert_eq!(first["api_key"].as_str().unwrap().len(), 15);
    assert_eq!(first["api_secret"].as_str().unwrap().len(), 27);

    let second = place.json(&["keys", "generate", "ada"]);
    assert_eq!(second["api_key"], first["api_key"]);
    assert_ne!(second["api_secret"], first["api_secret"]);

    let shown = place.json(&["keys", "show", "ada"]);
    assert_eq!(shown["api_key"], first["api_key"]);
    assert!(shown["issued_at"].is_string());
    assert!(shown.get("api_secret").is_none());
}

#[test]
fn people_get_the_header_to_copy() {
    let place = Place::with_users(&["ada"]);
    let text = place.run(&["keys", "generate", "ada"]).done().stdout;
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().to_owned()
    };
    let header = format!(
        "Authorization: token {}:{}",
        value("api key"),
        value("api secret")
    );
    assert_eq!(value("header"), header);
    assert!(text.contains("the one before has ended"), "{text}");

    let overlap = [("EMPRESS_FRAPPE_KEY_OVERLAP", "90m")];
    let text = place
        .run_with(&["keys", "generate", "ada"], &overlap)
        .done()
        .stdout;
    assert!(text.contains("the one before ends in 1h30m"), "{text}");
}

#[test]
fn a_revoked_secret_leaves_the_key() {
    let place = Place::with_users(&["ada"]);
    let made = place.json(&["keys", "generate", "ada"]);
    assert_eq!(
        place.json(&["keys", "revoke", "ada"]),
        json!({ "user": "ada", "revoked": true })
    );
    assert_eq!(
        place.json(&["keys", "revoke", "ada"]),
        json!({ "user": "ada", "revoked": false })
    );
    let shown = place.json(&["keys", "show", "ada"]);
    assert_eq!(
        shown,
        json!({ "user": "ada", "api_key": made["api_key"], "issued_at": null })
    );
    let again = place.json(&["keys", "generate", "ada"]);
    assert_eq!(again["api_key"], made["api_key"]);
}

#[test]
fn who_is_not_there_and_what_is_not_there_are_told_apart() {
    let place = Place::with_users(&["ada"]);
    for command in ["generate", "show", "revoke"] {
        let line = place.run(&["keys", command, "bob"]).refused();
        assert!(line.contains("there is no user bob"), "{line}");
    }
    let line = place.run(&["keys", "show", "ada"]).refused();
    assert!(line.contains("empress-auth keys generate ada"), "{line}");
}

#[test]
fn no_secret_is_in_the_database() {
    let place = Place::with_users(&["ada"]);
    let made = place.json(&["keys", "generate", "ada"]);
    let token = place.json(&["token", "create", "ada"]);
    let drf = place.json(&["token", "create", "ada", "--drf"]);
    for name in place
        .names()
        .iter()
        .filter(|name| !name.ends_with(".master-key"))
    {
        let bytes = std::fs::read(place.file(name)).unwrap();
        for secret in [&made["api_secret"], &token["token"], &drf["token"]] {
            let secret = secret.as_str().unwrap().as_bytes();
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "K-14: a secret is in {name}");
        }
    }
}
