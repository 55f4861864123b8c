//! Backup and restoring as docs/operations.md tells them, its commands as they stand there.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Place;

const PAGE: &str = include_str!("../../../docs/operations.md");

/// The commands of the page that have this in them.
fn block(part: &str) -> &'static str {
    let blocks = PAGE.split("```sh\n").skip(1);
    let mut blocks = blocks.filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains(part)).unwrap()
}

/// What the commands print.
fn type_in(place: &Place, commands: &str) -> String {
    let mut bash = Command::new("bash");
    let programs = Path::new(env!("CARGO_BIN_EXE_empress-auth"))
        .parent()
        .unwrap();
    let others = std::env::var("PATH").unwrap();
    let output = bash
        .args(["-euc", commands])
        .env("PATH", format!("{}:{others}", programs.display()))
        .current_dir(place.file("."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{commands}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn has_sqlite3() -> bool {
    let is_there = Command::new("sqlite3").arg("--version").output().is_ok();
    let in_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(is_there || !in_ci, "no sqlite3: run `make test-tools`");
    is_there
}

/// The id and the text of a new token.
fn token(place: &Place, arguments: &[&str]) -> (String, String) {
    let made = place.json(&[&["token", "create"], arguments].concat());
    let member = |name: &str| made[name].as_str().unwrap().to_owned();
    (member("id"), member("token"))
}

const DATABASE: &str = "empress-auth.db";
const KEY: &str = "empress-auth.db.master-key";

// DU-9, DU-10
#[test]
fn what_was_revoked_after_a_backup_ends_again() {
    if !has_sqlite3() {
        return;
    }
    let place = Place::with_users(&["ada"]);
    let serving = place.serve();
    let (_, kept) = token(&place, &["ada"]);
    let (revoked_id, revoked) = token(&place, &["ada"]);
    let (derived_id, derived) = token(&place, &["ada", "--drf"]);
    type_in(&place, block("VACUUM INTO"));

    place.run(&["token", "revoke", &revoked_id]).done();
    place.run(&["token", "revoke", &derived_id]).done();
    place.run(&["user", "create", "late"]).done();
    let (_, of_late) = token(&place, &["late", "--drf"]);
    drop(serving);
    fs::create_dir(place.file("old")).unwrap();
    for name in place.names() {
        if name.starts_with(DATABASE) {
            fs::rename(place.file(&name), place.file("old").join(&name)).unwrap();
        }
    }
    fs::rename(place.file("backup.db"), place.file(DATABASE)).unwrap();
    fs::rename(place.file("backup.db.master-key"), place.file(KEY)).unwrap();
    assert_eq!(
        token(&place, &["ada", "--drf"]).1,
        derived,
        "what the page warns of"
    );

    let since = block("FROM audit").replace("2026-11-20 03:00", "2026-01-01 00:00");
    let done_since = type_in(&place, &since);
    for id in [&revoked_id, &derived_id] {
        let row = format!("token.revoked|ada|{id}");
        assert!(done_since.contains(&row), "{done_since}");
    }
    place.run(&["token", "revoke", &revoked_id]).done();
    type_in(&place, block("DELETE FROM sessions"));
    type_in(&place, block("mv empress-auth.db.master-key"));

    let serving = place.serve();
    let user_of = |token: &str| serving.user_of(&format!("Token {token}"));
    assert_eq!(user_of(&kept).as_deref(), Some("ada"));
    // A user with the number that Late had before.
    place.run(&["user", "create", "later"]).done();
    for (name, before) in [("ada", &derived), ("later", &of_late)] {
        let (_, now) = token(&place, &[name, "--drf"]);
        assert_eq!(user_of(&now).as_deref(), Some(name));
        assert_eq!(user_of(before), None);
    }
    assert_eq!(user_of(&revoked), None);
}
