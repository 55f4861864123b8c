//! `empress-auth user`.

use serde_json::json;

use crate::support::Place;

const PASSWORD: &str = "purple ladder seventeen";

#[test]
fn a_made_user_is_answered_listed_and_shown_alike() {
    let place = Place::new();
    let arguments = [
        "user",
        "create",
        "ada",
        "--email",
        "ada@example.com",
        "--full-name",
        "Ada Lovelace",
        "--role",
        "System Manager",
        "--role",
        "Auditor",
    ];
    let made = place.json(&arguments);
    assert_eq!(made["username"], "ada");
    assert_eq!(made["email"], "ada@example.com");
    assert_eq!(made["full_name"], "Ada Lovelace");
    assert_eq!(made["enabled"], true);
    assert_eq!(made["roles"], json!(["Auditor", "System Manager"]));
    assert!(made["created_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(place.json(&["user", "show", "ada"]), made);
    assert_eq!(place.json(&["user", "list"]), json!([made]));

    let list = place.run(&["user", "list"]).done().stdout;
    assert!(list.starts_with("NAME  STATE    E-MAIL"), "{list}");
    assert!(
        list.contains("ada   enabled  ada@example.com  Auditor, System Manager"),
        "{list}"
    );
    let shown = place.run(&["user", "show", "ada"]).done().stdout;
    assert!(shown.contains("full name  Ada Lovelace\n"), "{shown}");
}

#[test]
fn the_first_command_makes_a_database_that_is_its_owners_alone() {
    let place = Place::new();
    place.run(&["user", "create", "ada"]).done();
    assert_eq!(place.names(), ["empress-auth.db"]);
    assert_eq!(crate::support::mode(&place.file("empress-auth.db")), 0o600);
}

#[test]
fn no_other_command_makes_a_database() {
    let place = Place::new();
    for arguments in [
        &["user", "list"][..],
        &["user", "show", "ada"],
        &["user", "disable", "ada"],
        &["user", "delete", "ada"],
        &["keys", "generate", "ada"],
        &["token", "create", "ada"],
        &["token", "create", "ada", "--drf"],
        &["token", "list"],
        &["token", "revoke-all", "ada"],
        &[
            "execute",
            "frappe.core.doctype.user.user.generate_keys",
            "--args",
            "ada",
        ],
    ] {
        let line = place.run(arguments).refused();
        assert!(line.contains("there is no database"), "{line}");
        assert!(line.contains("empress-auth migrate"), "{line}");
    }
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn an_empty_list_is_an_empty_array_and_a_sentence() {
    let place = Place::new();
    place.run(&["migrate"]).done();
    assert_eq!(place.json(&["user", "list"]), json!([]));
    let text = place.run(&["user", "list"]).done().stdout;
    assert!(text.starts_with("there are no users"), "{text}");
}

#[test]
fn a_name_is_taken_once_and_names_that_break_the_rules_are_refused() {
    let place = Place::with_users(&["ada"]);
    let line = place.run(&["user", "create", "Ada"]).refused();
    assert!(line.contains("there is a user Ada already"), "{line}");
    for name in ["a/b", "a:b", "a\nb", " ada", ""] {
        let line = place.run(&["user", "create", name]).refused();
        assert!(line.contains("1 to 140 characters"), "{name:?}: {line}");
    }
    let line = place
        .run(&["user", "create", "bob", "--email", "nowhere"])
        .refused();
    assert!(line.contains("e-mail"), "{line}");
    place
        .run(&["user", "create", "bob", "--role", ""])
        .refused();
    place
        .run(&["user", "create", "bob", "--full-name", "\u{1b}[2J"])
        .refused();
    assert_eq!(place.json(&["user", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn roles_come_and_go() {
    let place = Place::with_users(&["ada"]);
    let roles = |arguments: &[&str]| place.json(arguments)["roles"].clone();
    assert_eq!(
        roles(&["user", "add-role", "ada", "System Manager"]),
        json!(["System Manager"])
    );
    assert_eq!(
        roles(&["user", "add-role", "ada", "Writer", "Auditor", "Writer"]),
        json!(["Auditor", "System Manager", "Writer"])
    );
    assert_eq!(
        roles(&["user", "remove-role", "ada", "Writer"]),
        json!(["Auditor", "System Manager"])
    );
    // A misspelt role would stay, and look as if it were gone.
    let line = place
        .run(&["user", "remove-role", "ada", "system manager"])
        .refused();
    assert!(line.contains("ada has no role system manager"), "{line}");
    assert_eq!(
        roles(&["user", "show", "ada"]),
        json!(["Auditor", "System Manager"])
    );
    place.run(&["user", "add-role", "ada"]).unparsed();
}

#[test]
fn roles_that_two_give_at_once_are_both_there() {
    let place = Place::with_users(&["ada"]);
    let roles: Vec<String> = (0..8).map(|number| format!("Role {number}")).collect();
    std::thread::scope(|scope| {
        for role in &roles {
            scope.spawn(|| place.run(&["user", "add-role", "ada", role]).done());
        }
    });
    assert_eq!(place.json(&["user", "show", "ada"])["roles"], json!(roles));
}

#[test]
fn what_is_told_of_a_user_changes_and_goes() {
    let place = Place::with_users(&["ada"]);
    let told = |arguments: &[&str]| {
        let user = place.json(&[&["user", "change", "ada"], arguments].concat());
        assert_eq!(user, place.json(&["user", "show", "ada"]));
        (user["email"].clone(), user["full_name"].clone())
    };
    let (email, name) = (json!("ada@example.com"), json!("Ada Lovelace"));
    assert_eq!(
        told(&["--email", "ada@example.com"]),
        (email.clone(), json!(null))
    );
    assert_eq!(
        told(&["--full-name", "Ada Lovelace"]),
        (email, name.clone())
    );
    assert_eq!(told(&["--email", ""]), (json!(null), name));
    let both = ["--email", "a@example.com", "--full-name", ""];
    assert_eq!(told(&both), (json!("a@example.com"), json!(null)));

    let line = place
        .run(&["user", "change", "ada", "--email", "nowhere"])
        .refused();
    assert!(line.contains("e-mail"), "{line}");
    place.run(&["user", "change", "ada"]).unparsed();
    assert_eq!(
        told(&["--full-name", ""]),
        (json!("a@example.com"), json!(null))
    );
}

#[test]
fn a_user_is_switched_off_and_on() {
    let place = Place::with_users(&["ada"]);
    assert_eq!(place.json(&["user", "disable", "ada"])["enabled"], false);
    assert_eq!(place.json(&["user", "show", "ada"])["enabled"], false);
    let text = place.run(&["user", "enable", "ada"]).done().stdout;
    assert_eq!(text, "ada is enabled\n");
}

#[test]
fn a_deleted_user_is_gone() {
    let place = Place::with_users(&["ada", "bob"]);
    let answer = place.json(&["user", "delete", "ada"]);
    assert_eq!(answer, json!({ "username": "ada", "deleted": true }));
    let line = place.run(&["user", "show", "ada"]).refused();
    assert!(line.contains("there is no user ada"), "{line}");
    let ada = place.json(&["user", "create", "ada"]);
    assert_eq!(ada["id"], "3", "an id is never used again");
}

#[test]
fn whoever_is_not_there_is_named() {
    let place = Place::with_users(&["ada"]);
    let password = format!("{PASSWORD}\n");
    for command in ["show", "enable", "disable", "delete"] {
        let line = place.run(&["user", command, "bob"]).refused();
        assert!(line.contains("there is no user bob"), "{line}");
        assert!(line.contains("empress-auth user list"), "{line}");
    }
    for command in ["add-role", "remove-role"] {
        let line = place.run(&["user", command, "bob", "Writer"]).refused();
        assert!(line.contains("there is no user bob"), "{line}");
    }
    let line = place
        .run(&["user", "change", "bob", "--email", ""])
        .refused();
    assert!(line.contains("there is no user bob"), "{line}");
    let arguments = ["user", "set-password", "bob", "--password-stdin"];
    let line = place
        .run_with_input(&arguments, password.as_bytes())
        .refused();
    assert!(line.contains("there is no user bob"), "{line}");
}

#[test]
fn a_password_comes_from_standard_input_and_is_held_to_the_policy() {
    let place = Place::new();
    let create = ["user", "create", "ada", "--password-stdin", "--json"];
    for (input, why) in [
        (&b"short\n"[..], "too short, it needs 15 characters"),
        (b"passwordpassword\n", "too common"),
        (b"", "holds no password"),
        (b"\n", "holds no password"),
        (b"purple ladder \xff seventeen", "not UTF-8"),
        (&[b'x'; 5000], "longer than 4,096 bytes"),
    ] {
        let line = place.run_with_input(&create, input).refused();
        assert!(line.contains(why), "{line}");
    }
    let made = place.run_with_input(&create, PASSWORD.as_bytes()).json();
    assert_eq!(made["username"], "ada");
    assert!(!made.to_string().contains("password"), "{made}");

    let set = ["user", "set-password", "ada", "--password-stdin"];
    let line = place.run_with_input(&set, b"short").refused();
    assert!(line.contains("too short"), "{line}");
    let set_short = [&set[..], &["--password-min-length", "9"]].concat();
    place.run_with_input(&set_short, b"zq7kd w3m\n").done();
}

#[test]
fn a_password_is_never_an_argument() {
    let place = Place::with_users(&["ada"]);
    place.run(&["user", "set-password", "ada"]).unparsed();
    for arguments in [
        &["user", "set-password", "ada", PASSWORD][..],
        &["user", "set-password", "ada", PASSWORD, "--password-stdin"],
    ] {
        let line = place.run(arguments).misused();
        assert!(
            line.contains("--password-stdin") && !line.contains(PASSWORD),
            "{line}"
        );
    }
    place
        .run(&["user", "create", "bob", "--password", PASSWORD])
        .unparsed();
}
