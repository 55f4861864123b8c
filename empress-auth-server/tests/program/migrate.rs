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

#[test]
fn a_database_that_cannot_be_made_is_named() {
    let place = Place::new();
    let database = ["--database", "sqlite://nowhere/auth.db"];
    let line = place.run(&[&["migrate"], &database[..]].concat()).refused();
    assert!(line.contains("nowhere/auth.db"), "{line}");
}
