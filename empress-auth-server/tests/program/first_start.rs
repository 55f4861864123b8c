//! The first start: who gets in at all (P-24).

use std::fs::File;
use std::io::Read as _;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::json;

use crate::support::{Place, Serving, mode};

const PASSWORD: &str = "purple ladder seventeen";

#[test]
fn without_a_terminal_the_password_is_in_a_file_of_the_owners_alone() {
    let place = Place::new();
    let serving = place.serve();
    assert_eq!(mode(&place.file("empress-auth.db.initial-password")), 0o600);
    let password = place.read("empress-auth.db.initial-password");
    assert!(serving.logs_in("Administrator", password.trim_end()));
    assert!(!serving.logs_in("Administrator", PASSWORD));
    let user = place.json(&["user", "show", "Administrator"]);
    assert_eq!(user["roles"], json!(["System Manager"]));
}

#[test]
fn on_a_terminal_the_password_is_shown_and_written_nowhere() {
    let place = Place::new();
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new())
        .unwrap()
        .into_string()
        .unwrap();
    let stderr = File::options().read(true).write(true).open(name).unwrap();
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    let serving = Serving::start_with_stderr(&mut command, Stdio::from(stderr)).unwrap();

    let mut shown = String::new();
    let mut terminal = File::from(terminal);
    while !shown.contains("which is shown this once") {
        let mut bytes = [0; 1024];
        let count = terminal.read(&mut bytes).unwrap();
        shown += std::str::from_utf8(&bytes[..count]).unwrap();
    }
    let words = shown.lines().map(str::trim);
    let password = words
        .clone()
        .find(|line| line.len() == 27 && line.matches('-').count() == 3);
    assert!(
        serving.logs_in("Administrator", password.unwrap()),
        "{shown}"
    );
    assert!(!place.has("empress-auth.db.initial-password"));
    let is_draft = |name: &String| name.contains("initial-password");
    assert!(!place.names().iter().any(is_draft));
}

#[test]
fn a_password_of_the_operators_is_taken_from_its_file() {
    let place = Place::new();
    place.write("secret", &format!("{PASSWORD}\n"));
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("EMPRESS_ADMIN_PASSWORD_FILE", "secret");
    let serving = Serving::start(&mut command).unwrap();
    assert!(serving.logs_in("Administrator", PASSWORD));
    assert!(!place.has("empress-auth.db.initial-password"));
    drop(serving);

    // Later starts do not need the file any more.
    std::fs::remove_file(place.file("secret")).unwrap();
    let serving = Serving::start(&mut command).unwrap();
    assert!(serving.logs_in("Administrator", PASSWORD));
}

#[test]
fn a_password_that_would_not_do_makes_nobody() {
    let place = Place::new();
    place.write("short", "admin");
    for (file, why) in [
        ("short", "too short"),
        ("nowhere", "nowhere"),
        (".", "cannot be read"),
    ] {
        let line = place
            .run(&[
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--admin-password-file",
                file,
            ])
            .not_served();
        assert!(line.contains(why) && line.contains(file), "{line}");
    }
    assert_eq!(place.json(&["user", "list"]), json!([]));
    // Nothing stands in the way of the next try.
    let serving = place.serve();
    let password = place.read("empress-auth.db.initial-password");
    assert!(serving.logs_in("Administrator", password.trim_end()));
}

#[test]
fn an_administrator_is_made_once_and_does_not_come_back() {
    let place = Place::new();
    drop(place.serve());
    let password = place.read("empress-auth.db.initial-password");
    drop(place.serve());
    assert_eq!(place.read("empress-auth.db.initial-password"), password);
    std::fs::remove_file(place.file("empress-auth.db.initial-password")).unwrap();
    place.run(&["user", "delete", "Administrator"]).done();
    drop(place.serve());
    assert_eq!(place.json(&["user", "list"]), json!([]));
    assert!(!place.has("empress-auth.db.initial-password"));
}

#[test]
fn an_administrator_that_an_operator_made_is_left_alone() {
    let place = Place::new();
    let create = ["user", "create", "Administrator", "--password-stdin"];
    place.run_with_input(&create, PASSWORD.as_bytes()).done();
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    let log = File::create(place.file("log")).unwrap();
    let serving = Serving::start_with_stderr(&mut command, Stdio::from(log)).unwrap();
    assert!(serving.logs_in("Administrator", PASSWORD));
    serving.stopped();
    // A first start that was killed leaves the same behind, and nobody who knows the password.
    let log = place.read("log");
    assert!(log.contains("user set-password Administrator"), "{log}");
    assert!(
        !place
            .names()
            .iter()
            .any(|name| name.contains("initial-password"))
    );
    let user = place.json(&["user", "show", "Administrator"]);
    assert_eq!(user["roles"], json!([]));
}

// P-24; many starts at once inside one process have a unit test.
#[test]
fn of_programs_that_start_at_once_one_serves_and_one_password_is_good() {
    let place = Place::new();
    let started: Vec<Result<Serving, String>> = std::thread::scope(|scope| {
        let start = || {
            let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
            Serving::start(&mut command)
        };
        let starts: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        starts
            .into_iter()
            .map(|start| start.join().unwrap())
            .collect()
    });
    let (serving, refused): (Vec<_>, Vec<_>) = started.into_iter().partition(Result::is_ok);
    assert_eq!(serving.len(), 1);
    for refused in refused {
        let said = refused.err().unwrap();
        assert!(said.contains("another program serves from"), "{said}");
    }
    let password = place.read("empress-auth.db.initial-password");
    let serving = serving.into_iter().next().unwrap().unwrap();
    assert!(serving.logs_in("Administrator", password.trim_end()));
    let names = place.names();
    let passwords = names
        .iter()
        .filter(|name| name.contains("initial-password"));
    assert_eq!(passwords.count(), 1, "{names:?}");
}

#[test]
fn the_password_is_not_logged() {
    let place = Place::new();
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--log-level", "trace"]);
    let log = File::create(place.file("log")).unwrap();
    let serving = Serving::start_with_stderr(&mut command, Stdio::from(log)).unwrap();
    let password = place.read("empress-auth.db.initial-password");
    assert!(serving.logs_in("Administrator", password.trim_end()));
    serving.stopped();
    let log = place.read("log");
    assert!(
        log.contains("empress-auth.db.initial-password"),
        "it says where to look: {log}"
    );
    assert!(!log.contains(password.trim_end()), "{log}");
}
