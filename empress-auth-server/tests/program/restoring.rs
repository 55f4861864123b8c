//! Backup and restoring as docs/operations.md tells them, its commands as they stand there.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use empress_auth_tests::{Request, send_to};

use crate::support::{Place, mode};

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
    type_in(&place, block("empress-auth backup"));
    assert_eq!(mode(&place.file("backup.db")), 0o600);

    place.run(&["token", "revoke", &revoked_id]).done();
    place.run(&["token", "revoke", &derived_id]).done();
    let (_, derived_later) = token(&place, &["ada", "--drf"]);
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
    for command in [&["user", "list"][..], &["migrate"], &["serve"]] {
        let line = place.run(command).not_served();
        assert!(line.contains("`empress-auth restored`"), "{line}");
    }

    let said = type_in(&place, block("empress-auth restored"));
    assert!(said.contains("1 tokens of /api-token-auth/"), "{said}");
    let since = block("FROM audit").replace("2026-11-20 03:00", "2026-01-01 00:00");
    let done_since = type_in(&place, &since);
    for id in [&revoked_id, &derived_id] {
        let row = format!("token.revoked|ada|{id}");
        assert!(done_since.contains(&row), "{done_since}");
    }
    place.run(&["token", "revoke", &revoked_id]).done();

    let serving = place.serve();
    let user_of = |token: &str| serving.user_of(&format!("Token {token}"));
    assert_eq!(user_of(&kept).as_deref(), Some("ada"));
    place.run(&["user", "create", "later"]).done();
    for name in ["ada", "later"] {
        let (_, now) = token(&place, &[name, "--drf"]);
        assert_eq!(user_of(&now).as_deref(), Some(name));
    }
    for before in [&revoked, &derived, &derived_later, &of_late] {
        assert_eq!(user_of(before), None);
    }
}

// DU-9: what was answered before the backup began is in it, whatever is written meanwhile
#[test]
fn a_backup_under_load_has_all_that_was_answered_before() {
    let place = Place::with_users(&["ada"]);
    let serving = place.serve();
    let (_, bearer) = token(&place, &["ada"]);
    let made = Mutex::new(Vec::new());
    let is_over = AtomicBool::new(false);
    let before = thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    let new = Request::post("/api/v1/tokens")
                        .authorization(format!("Bearer {bearer}"))
                        .body("application/json", r#"{"name":"x"}"#);
                    let answer = send_to(serving.address, &new);
                    if answer.status != 201 {
                        // A user has a thousand tokens at most.
                        break;
                    }
                    made.lock().unwrap().push(answer.member("token"));
                }
            });
        }
        while made.lock().unwrap().len() < 100 {
            thread::yield_now();
        }
        let before = made.lock().unwrap().clone();
        place.run(&["backup", "backup.db"]).done();
        is_over.store(true, Ordering::Relaxed);
        before
    });
    drop(serving);

    let database = ["--database", "sqlite://backup.db"];
    place.run(&[&["restored"][..], &database].concat()).done();
    let report = place.json(&[&["doctor"][..], &database, &["--master-key-file", KEY]].concat());
    let integrity = report["findings"].as_array().unwrap().iter();
    let mut integrity = integrity.filter(|finding| finding["check"] == "integrity");
    assert_eq!(integrity.next().unwrap()["verdict"], "ok", "{report}");
    let flags = [&database[..], &["--master-key-file", KEY]].concat();
    let serving = place.serve_with(&flags);
    for token in before {
        let user = serving.user_of(&format!("Bearer {token}"));
        assert_eq!(user.as_deref(), Some("ada"));
    }
}

// KY-4: nothing is made in the place of a lost key before the operator says so
#[test]
fn where_the_master_key_is_lost_others_are_made_by_the_commands_of_the_page() {
    if !has_sqlite3() {
        return;
    }
    let place = Place::with_users(&["ada"]);
    drop(place.serve());
    let (_, kept) = token(&place, &["ada"]);
    fs::remove_file(place.file(KEY)).unwrap();
    place
        .run(&["serve", "--listen", "127.0.0.1:0"])
        .not_served();
    type_in(&place, block("DELETE FROM signing_keys"));
    let user = place.serve().user_of(&format!("Token {kept}"));
    assert_eq!(user.as_deref(), Some("ada"));
}
