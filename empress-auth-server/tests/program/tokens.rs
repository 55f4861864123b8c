//! `empress-auth token`.

use serde_json::json;

use crate::support::Place;

#[test]
fn a_made_token_is_answered_with_its_secret_and_listed_without() {
    let place = Place::with_users(&["ada"]);
    let arguments = [
        "token",
        "create",
        "ada",
        "--name",
        "ci",
        "--scope",
        "b",
        "--scope",
        "a",
        "--expires-in",
        "90d",
        "--idle-timeout",
        "30d",
        "--network",
        "192.0.2.0/24",
    ];
    let mut made = place.json(&arguments);
    let token = made["token"].as_str().unwrap().to_owned();
    let id = made["id"].as_str().unwrap().to_owned();
    assert!(
        token.starts_with("emp_pat_") && token.len() == 52,
        "{token}"
    );
    assert_eq!(&token[8..19], id);
    assert_eq!(made["user"], "ada");
    assert_eq!(made["kind"], "pat");
    assert_eq!(made["name"], "ci");
    assert_eq!(made["scopes"], json!(["a", "b"]));
    assert_eq!(made["idle_timeout_secs"], 2_592_000);
    assert_eq!(made["allowed_networks"], json!(["192.0.2.0/24"]));
    assert_eq!(made["created_by"], json!(null));
    assert!(made["expires_at"].is_string());

    made.as_object_mut().unwrap().remove("token");
    assert_eq!(place.json(&["token", "list"]), json!([made]));
    assert_eq!(place.json(&["token", "list", "ada"]), json!([made]));
    let list = place.run(&["token", "list"]).done().stdout;
    assert!(
        list.contains(&id) && list.contains("a b") && !list.contains(&token),
        "{list}"
    );
}

#[test]
fn without_options_a_token_may_all_and_lasts() {
    let place = Place::with_users(&["ada"]);
    let made = place.json(&["token", "create", "ada"]);
    assert_eq!(made["scopes"], json!(null));
    assert_eq!(made["expires_at"], json!(null));
    assert_eq!(made["name"], "command line");
}

#[test]
fn the_token_of_drf_is_the_same_until_it_is_revoked() {
    let place = Place::with_users(&["ada"]);
    let first = place.json(&["token", "create", "ada", "--drf"]);
    let token = first["token"].as_str().unwrap();
    assert!(
        token.len() == 40 && token.bytes().all(|digit| digit.is_ascii_hexdigit()),
        "{token}"
    );
    assert_eq!(first["kind"], "drf");
    assert_eq!(place.json(&["token", "create", "ada", "--drf"]), first);
    assert_eq!(place.json(&["token", "revoke-all", "ada"])["revoked"], 1);
    let second = place.json(&["token", "create", "ada", "--drf"]);
    assert_ne!(second["token"], first["token"]);
    place
        .run(&["token", "create", "ada", "--drf", "--expires-in", "90d"])
        .unparsed();
    place
        .run(&["token", "create", "ada", "--drf", "--scope", "x"])
        .unparsed();
    place
        .run(&["token", "create", "ada", "--drf", "--name", "x"])
        .unparsed();
}

#[test]
fn one_token_or_all_of_a_user_are_revoked() {
    let place = Place::with_users(&["ada", "bob"]);
    let made = |user: &str| {
        let made = place.json(&["token", "create", user]);
        made["id"].as_str().unwrap().to_owned()
    };
    let (one, two, other) = (made("ada"), made("ada"), made("bob"));
    assert_eq!(
        place.json(&["token", "revoke", &one]),
        json!({ "revoked": [one] })
    );
    let line = place.run(&["token", "revoke", &one]).refused();
    assert!(line.contains(&format!("there is no token {one}")), "{line}");
    assert_eq!(place.json(&["token", "list", "ada"])[0]["id"], two);
    let all = place.json(&["token", "revoke-all", "ada"]);
    assert_eq!(all, json!({ "user": "ada", "revoked": 1 }));
    assert_eq!(place.json(&["token", "list", "ada"]), json!([]));
    assert_eq!(place.json(&["token", "list"])[0]["id"], other);
}

#[test]
fn a_token_in_place_of_its_id_is_not_repeated() {
    let place = Place::with_users(&["ada"]);
    let made = place.json(&["token", "create", "ada"]);
    let token = made["token"].as_str().unwrap();
    let line = place.run(&["token", "revoke", token]).misused();
    assert!(line.contains("not the id of a token"), "{line}");
    assert!(!line.contains(&token[19..]), "{line}");
    assert_eq!(place.json(&["token", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_is_refused() {
    let place = Place::with_users(&["ada"]);
    let refused = |arguments: &[&str], why: &str| {
        let line = place
            .run(&[&["token", "create", "ada"], arguments].concat())
            .refused();
        assert!(line.contains(why), "{arguments:?}: {line}");
    };
    refused(&["--name", ""], "name");
    refused(&["--scope", "a b"], "scopes");
    refused(&["--expires-in", "0s"], "expires_at");
    refused(&["--idle-timeout", "1m"], "idle_timeout");
    let unparsed = |arguments: &[&str], why: &str| {
        let text = place
            .run(&[&["token", "create", "ada"], arguments].concat())
            .unparsed();
        assert!(text.contains(why), "{arguments:?}: {text}");
    };
    unparsed(&["--expires-in", "90"], "write numbers with a unit");
    unparsed(&["--expires-in", "soon"], "--expires-in");
    unparsed(&["--network", "10.0.0.1/8"], "--network");
    for arguments in [
        &["token", "create", "bob"][..],
        &["token", "list", "bob"],
        &["token", "revoke-all", "bob"],
    ] {
        let line = place.run(arguments).refused();
        assert!(line.contains("there is no user bob"), "{line}");
    }
    assert_eq!(place.json(&["token", "list"]), json!([]));
}

#[test]
fn a_disabled_user_gets_no_token() {
    let place = Place::with_users(&["ada"]);
    place.run(&["user", "disable", "ada"]).done();
    for arguments in [
        &["token", "create", "ada"][..],
        &["token", "create", "ada", "--drf"],
    ] {
        let line = place.run(arguments).refused();
        assert!(line.contains("empress-auth user enable ada"), "{line}");
    }
}
