//! The master key: made once, and never another one for the same database (KY-4).

use std::fs;

use serde_json::Value;

use crate::support::{Place, Ran, mode, set_mode};

const KEY: &str = "empress-auth.db.master-key";

const DRF: [&str; 5] = ["token", "create", "ada", "--drf", "--json"];

/// The token that is derived from the key in force.
fn token(ran: Ran) -> Value {
    ran.json()["token"].clone()
}

#[test]
fn it_is_made_when_first_needed_for_the_owner_alone() {
    let place = Place::with_users(&["ada"]);
    assert!(!place.has(KEY));
    let first = token(place.run(&DRF));
    assert_eq!(mode(&place.file(KEY)), 0o600);
    assert_eq!(place.read(KEY).trim_end().len(), 64);
    assert_eq!(token(place.run(&DRF)), first);
    assert_eq!(
        place.names(),
        ["empress-auth.db", KEY],
        "no draft of the key is left"
    );
}

#[test]
fn serve_makes_it_too_and_answers_the_same_tokens() {
    let place = Place::new();
    let serving = place.serve();
    assert!(place.has(KEY));
    place.run(&["user", "create", "ada"]).done();
    let token = token(place.run(&DRF));
    let credential = format!("Token {}", token.as_str().unwrap());
    assert_eq!(serving.user_of(&credential).as_deref(), Some("ada"));
}

#[test]
fn a_lost_key_is_not_made_again() {
    let place = Place::with_users(&["ada"]);
    let first = token(place.run(&DRF));
    let kept = place.read(KEY);
    fs::remove_file(place.file(KEY)).unwrap();
    for arguments in [&DRF[..], &["serve", "--listen", "127.0.0.1:0"]] {
        let line = place.run(arguments).not_served();
        assert!(line.contains("put it back") && line.contains(KEY), "{line}");
    }
    assert!(!place.has(KEY));
    place.write("restored", &kept);
    let restored = ["--master-key-file", "restored"];
    assert_eq!(token(place.run(&[&DRF, &restored[..]].concat())), first);
}

#[test]
fn another_key_is_refused_wherever_it_comes_from() {
    let place = Place::with_users(&["ada"]);
    let first = token(place.run(&DRF));
    let kept = place.read(KEY);
    let other = "0123456789abcdef".repeat(4);
    place.write("other", &other);
    set_mode(&place.file("other"), 0o600);
    let refused = |ran: Ran| {
        let line = ran.not_served();
        assert!(line.contains("not the one of this database"), "{line}");
    };
    refused(place.run(&[&DRF[..], &["--master-key-file", "other"]].concat()));
    refused(place.run_with(&DRF, &[("EMPRESS_MASTER_KEY", &other)]));
    refused(place.run_with(&["serve"], &[("EMPRESS_MASTER_KEY", &other)]));
    fs::copy(place.file("other"), place.file(KEY)).unwrap();
    refused(place.run(&DRF));
    let variable = [("EMPRESS_MASTER_KEY", kept.as_str())];
    assert_eq!(token(place.run_with(&DRF, &variable)), first);
}

#[test]
fn a_key_in_a_variable_is_written_nowhere() {
    let place = Place::with_users(&["ada"]);
    let key = "fedcba9876543210".repeat(4);
    let first = token(place.run_with(&DRF, &[("EMPRESS_MASTER_KEY", &key)]));
    assert_eq!(place.names(), ["empress-auth.db"]);
    let upper = key.to_uppercase();
    assert_eq!(
        token(place.run_with(&DRF, &[("EMPRESS_MASTER_KEY", &upper)])),
        first
    );
    let line = place.run(&DRF).refused();
    assert!(line.contains("put it back"), "{line}");
}

#[test]
fn what_is_no_key_is_refused_and_not_repeated() {
    let place = Place::with_users(&["ada"]);
    for text in [
        "hunter2",
        "",
        &"g".repeat(64),
        &"0".repeat(63),
        &"0".repeat(65),
        &"+0".repeat(32),
    ] {
        let line = place
            .run_with(&DRF, &[("EMPRESS_MASTER_KEY", text)])
            .refused();
        assert!(line.contains("64 hexadecimal digits"), "{line}");
        assert!(text.is_empty() || !line.contains(text), "{line}");
        place.write(KEY, text);
        set_mode(&place.file(KEY), 0o600);
        let line = place.run(&DRF).refused();
        assert!(
            line.contains(KEY) && line.contains("64 hexadecimal digits"),
            "{line}"
        );
        fs::remove_file(place.file(KEY)).unwrap();
    }
}

#[test]
fn a_key_that_others_can_read_is_refused_unless_the_operator_chose_its_place() {
    let place = Place::with_users(&["ada"]);
    let first = token(place.run(&DRF));
    set_mode(&place.file(KEY), 0o644);
    let line = place.run(&DRF).refused();
    assert!(line.contains("chmod 600"), "{line}");
    // As containers are given their secrets.
    fs::rename(place.file(KEY), place.file("mounted")).unwrap();
    let named = [&DRF[..], &["--master-key-file", "mounted"]].concat();
    assert_eq!(token(place.run(&named)), first);
}

#[test]
fn of_commands_that_make_it_at_once_all_use_one() {
    let place = Place::with_users(&["ada"]);
    let tokens: Vec<Value> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| token(place.run(&DRF))))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    // Two that close at once may each think that the other tidies up.
    let mut names = place.names();
    names.retain(|name| !name.ends_with("-wal") && !name.ends_with("-shm"));
    assert_eq!(names, ["empress-auth.db", KEY]);
}
