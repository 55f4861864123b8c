//! Where answers go, and what if they cannot.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::support::Place;

/// Standard output is a pipe that nobody reads any more, as behind `head -1`.
fn nobody_reads(place: &Place, arguments: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = place.command(arguments);
    let child = command
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn whoever_has_read_enough_is_no_failure() {
    let place = Place::with_users(&["ada"]);
    for arguments in [
        &["user", "list"][..],
        &["user", "list", "--json"],
        &["user", "show", "ada"],
        &["--help"],
        &["completions", "bash"],
    ] {
        assert_eq!(
            nobody_reads(&place, arguments),
            (Some(0), String::new()),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_secret_that_nobody_could_read_is_a_failure_that_says_what_to_do() {
    let place = Place::with_users(&["ada"]);
    for (arguments, what_to_do) in [
        (&["keys", "generate", "ada"][..], "generate the keys again"),
        (
            &["token", "create", "ada", "--json"],
            "empress-auth token revoke ",
        ),
        (
            &["execute", "frappe.core.doctype.user.user", "--args", "ada"],
            "generate the keys again",
        ),
    ] {
        let (code, stderr) = nobody_reads(&place, arguments);
        assert_eq!(code, Some(1), "{arguments:?}");
        assert!(stderr.contains(what_to_do), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}

#[test]
fn a_full_disk_is_a_failure() {
    let place = Place::with_users(&["ada"]);
    for arguments in [&["user", "list"][..], &["keys", "generate", "ada"]] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = place.command(arguments);
        let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(
            output.stderr.starts_with(b"error: standard output"),
            "{output:?}"
        );
    }
}

#[test]
fn a_failing_command_says_nothing_on_standard_output_in_json_either() {
    let place = Place::with_users(&["ada"]);
    place.run(&["user", "show", "bob", "--json"]).refused();
    place.run(&["token", "revoke", "x", "--json"]).misused();
    place.run(&["user", "create", "ada", "--json"]).refused();
}

#[test]
fn long_lists_come_in_pages_that_make_one_answer() {
    const USERS: usize = 1_100;
    let place = Place::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = empress_auth_sql::SqliteStore::open(place.file("empress-auth.db"))
            .await
            .unwrap();
        for number in 0..USERS {
            let new = empress_auth_core::NewUser::named(&format!("user {number:04}"));
            store.create_user(new).await.unwrap();
        }
        store.close().await;
    });
    let list = place.json(&["user", "list"]);
    let names: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|user| user["username"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), USERS);
    assert!(names.is_sorted());
    let text = place.run(&["user", "list"]).done().stdout;
    assert_eq!(text.lines().count(), 1 + USERS);
}
