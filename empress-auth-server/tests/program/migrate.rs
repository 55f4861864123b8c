//! `empress-auth migrate`.

use std::fs;

use serde_json::json;

use crate::support::Place;

#[test]
fn a_database_is_made_once() {
    let place = Place::new();
    let made = place.json(&["migrate"]);
    assert_eq!(made["database"], "sqlite://empress-auth.db");
    assert_eq!(made["from"], 0);
    let again = place.json(&["migrate"]);
    assert_eq!((&again["from"], &again["to"]), (&made["to"], &made["to"]));
    assert_eq!(place.json(&["user", "list"]), json!([]));
}

#[test]
fn what_is_no_database_is_left_as_it_is() {
    let place = Place::new();
    let text = "Dear diary,\n".repeat(1000);
    place.write("empress-auth.db", &text);
    for command in [
        &["migrate"][..],
        &["serve"],
        &["user", "list"],
        &["user", "create", "ada"],
    ] {
        place.run(command).not_served();
    }
    assert_eq!(place.read("empress-auth.db"), text);
}

// OP-6
#[test]
fn a_newer_schema_is_refused_by_every_command_and_left_as_it_is() {
    let place = Place::with_users(&["ada"]);
    let newer = || rusqlite::Connection::open(place.file("empress-auth.db")).unwrap();
    newer().pragma_update(None, "user_version", 99).unwrap();
    let before = fs::read(place.file("empress-auth.db")).unwrap();
    for command in [
        &["migrate"][..],
        &["serve"],
        &["user", "list"],
        &["user", "create", "bob"],
        &["backup", "copy.db"],
        &["restored"],
    ] {
        let line = place.run(command).not_served();
        assert!(
            line.contains("schema 99") && line.contains("newer version"),
            "{line}"
        );
    }
    assert_eq!(place.run(&["doctor"]).code, Some(1));
    assert_eq!(fs::read(place.file("empress-auth.db")).unwrap(), before);
}

// OP-6
#[test]
fn a_newer_schema_is_looked_at_read_only_and_left_as_it_is() {
    let place = Place::with_users(&["ada"]);
    let token = place.json(&["token", "create", "ada"]);
    let client = [
        "client",
        "create",
        "Invoices",
        "--redirect-uri",
        "https://a.example/",
    ];
    let client = place.json(&client);
    let newer = rusqlite::Connection::open(place.file("empress-auth.db")).unwrap();
    newer
        .execute_batch(
            "PRAGMA user_version = 99;
             ALTER TABLE users ADD COLUMN newer INTEGER;
             CREATE TABLE newer (id INTEGER PRIMARY KEY)",
        )
        .unwrap();
    drop(newer);
    let before = fs::read(place.file("empress-auth.db")).unwrap();
    let names = place.names();
    let line = place.run(&["user", "list"]).refused();
    assert!(line.contains("--read-only"), "{line}");

    let look = |command: &[&str]| place.json(&[command, &["--read-only"]].concat());
    assert_eq!(look(&["user", "list"])[0]["username"], "ada");
    assert_eq!(look(&["user", "show", "ada"])["username"], "ada");
    assert_eq!(look(&["token", "list"])[0]["id"], token["id"]);
    assert_eq!(
        look(&["client", "list"])[0]["client_id"],
        client["client_id"]
    );
    assert_eq!(look(&["signing-key", "list"]), json!([]));
    let doctor = place.run(&["doctor", "--read-only", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&doctor.stdout).unwrap();
    let finding = |check| {
        let findings = report["findings"].as_array().unwrap();
        findings.iter().find(|it| it["check"] == check).unwrap()
    };
    assert_eq!((doctor.code, &report["ok"]), (Some(1), &json!(false)));
    assert_eq!(finding("database")["verdict"], "failed");
    assert!(
        finding("database")["detail"]
            .as_str()
            .unwrap()
            .contains("schema 99")
    );
    assert_eq!(finding("integrity")["verdict"], "ok");

    for command in [
        &["serve"][..],
        &[],
        &["migrate"],
        &["backup", "copy.db"],
        &["restored"],
        &["user", "create", "bob"],
        &["user", "disable", "ada"],
        &["keys", "generate", "ada"],
        &["token", "create", "ada"],
        &["token", "revoke-all", "ada"],
        &["client", "create", "Other"],
        &["signing-key", "rotate"],
        &["execute", "frappe.ping"],
    ] {
        let line = place.run(&[command, &["--read-only"]].concat()).misused();
        assert!(line.contains("--read-only"), "{command:?}: {line}");
    }
    assert_eq!(place.names(), names);
    assert_eq!(fs::read(place.file("empress-auth.db")).unwrap(), before);
}

#[test]
fn a_database_that_cannot_be_made_is_named() {
    let place = Place::new();
    let database = ["--database", "sqlite://nowhere/auth.db"];
    let line = place.run(&[&["migrate"], &database[..]].concat()).refused();
    assert!(line.contains("nowhere/auth.db"), "{line}");
}
