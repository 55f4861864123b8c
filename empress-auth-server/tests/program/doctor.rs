//! `empress-auth doctor`.

use std::fs;

use serde_json::Value;

use crate::support::{Place, Ran, set_mode};

const KEY: &str = "empress-auth.db.master-key";

/// What it says of one check; the exit code says whether all is well.
fn verdict(ran: &Ran, check: &str) -> String {
    let report: Value = serde_json::from_str(&ran.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let words: Vec<String> = findings
        .iter()
        .filter(|finding| finding["check"] == check)
        .map(|finding| {
            format!(
                "{}: {}",
                finding["verdict"].as_str().unwrap(),
                finding["detail"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        ran.code,
        Some(if report["ok"] == true { 0 } else { 1 }),
        "{ran:?}"
    );
    words.join("; ")
}

fn examine(place: &Place) -> Ran {
    place.run(&["doctor", "--json"])
}

#[test]
fn a_healthy_place_is_healthy() {
    let place = Place::with_users(&["ada"]);
    place.run(&["token", "create", "ada", "--drf"]).done();
    let before = place.names();
    let ran = examine(&place);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for check in ["database", "integrity", "files", "master key", "clock"] {
        assert!(verdict(&ran, check).starts_with("ok: "), "{ran:?}");
    }
    // P-4: what a hash costs is measured; whether that is much, only a quiet machine can tell.
    assert!(
        verdict(&ran, "passwords").contains(" ms to hash (Argon2id, 19 MiB, 2 passes)"),
        "{ran:?}"
    );
    assert_eq!(place.names(), before, "it leaves nothing behind");
    let text = place.run(&["doctor"]).done().stdout;
    assert!(
        text.contains("ok       database     sqlite://empress-auth.db"),
        "{text}"
    );
}

#[test]
fn what_is_missing_is_found_and_not_made() {
    let place = Place::new();
    let ran = examine(&place);
    assert!(
        verdict(&ran, "database").starts_with("failed: there is no database"),
        "{ran:?}"
    );
    assert!(
        verdict(&ran, "master key").starts_with("warning: not made yet"),
        "{ran:?}"
    );
    assert_eq!(ran.stderr.lines().count(), 1);
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn what_is_damaged_inside_the_file_is_found() {
    let place = Place::with_users(&["ada"]);
    let path = place.file("empress-auth.db");
    let damaging = rusqlite::Connection::open(&path).unwrap();
    damaging
        .execute_batch(
            "PRAGMA foreign_keys = OFF;
            INSERT INTO api_keys (api_key, user_id, last_issued_at) VALUES ('0123456789abcde', 4711, 0);",
        )
        .unwrap();
    drop(damaging);
    let ran = examine(&place);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let said = verdict(&ran, "integrity");
    assert!(
        said.starts_with("failed: a row of api_keys refers to one of users"),
        "{said}"
    );
}

#[test]
fn a_lost_or_foreign_master_key_is_found() {
    let place = Place::with_users(&["ada"]);
    place.run(&["token", "create", "ada", "--drf"]).done();
    fs::remove_file(place.file(KEY)).unwrap();
    let ran = examine(&place);
    assert!(
        verdict(&ran, "master key").starts_with("failed: this database has a master key"),
        "{ran:?}"
    );
    assert!(!place.has(KEY));
    place.write(KEY, &"ab".repeat(32));
    set_mode(&place.file(KEY), 0o600);
    let ran = examine(&place);
    assert!(
        verdict(&ran, "master key").contains("not the one of this database"),
        "{ran:?}"
    );
}

#[test]
fn files_that_others_can_open_are_found() {
    let place = Place::with_users(&["ada"]);
    set_mode(&place.file("empress-auth.db"), 0o644);
    let ran = examine(&place);
    assert!(
        verdict(&ran, "files").contains("empress-auth.db: others may read it; chmod 600"),
        "{ran:?}"
    );
    set_mode(&place.file("empress-auth.db"), 0o620);
    let ran = examine(&place);
    assert!(
        verdict(&ran, "files").contains("others may write it"),
        "{ran:?}"
    );
}

#[test]
fn a_first_password_that_still_lies_there_is_found() {
    let place = Place::new();
    drop(place.serve());
    let ran = examine(&place);
    assert!(
        verdict(&ran, "files").contains("initial-password is still there"),
        "{ran:?}"
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn a_draft_of_a_secret_and_a_second_name_of_the_master_key_are_found() {
    let place = Place::with_users(&["ada"]);
    place.run(&["token", "create", "ada", "--drf"]).done();
    let draft = "empress-auth.db.initial-password.00ff00ff00ff00ff";
    place.write(draft, "a password");
    fs::hard_link(place.file(KEY), place.file("kept")).unwrap();
    let said = verdict(&examine(&place), "files");
    assert!(said.contains(&format!("{draft} is a draft")), "{said}");
    assert!(said.contains("master-key has other names, 1 of"), "{said}");
    assert!(place.has(draft), "it changes nothing");
    fs::remove_file(place.file(draft)).unwrap();
    fs::remove_file(place.file("kept")).unwrap();
    let said = verdict(&examine(&place), "files");
    assert!(said.starts_with("ok: "), "{said}");
}

#[test]
fn a_misspelt_variable_is_found() {
    let place = Place::with_users(&["ada"]);
    let ran = place.run_with(
        &["doctor", "--json"],
        &[
            ("EMPRESS_LISTNE", "127.0.0.1:1"),
            ("EMPRESS_LISTEN", "127.0.0.1:1"),
        ],
    );
    let said = verdict(&ran, "environment");
    assert_eq!(
        said,
        "warning: EMPRESS_LISTNE is set and is no setting of ours"
    );
}

#[test]
fn what_is_no_database_is_found() {
    let place = Place::new();
    place.write(
        "empress-auth.db",
        &"not a database at all, but long enough for one".repeat(100),
    );
    let ran = examine(&place);
    assert!(verdict(&ran, "database").starts_with("failed: "), "{ran:?}");
}
