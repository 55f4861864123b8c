//! Help texts: every command has one, and it goes to standard output.

use crate::support::Place;

const COMMANDS: [&[&str]; 36] = [
    &[],
    &["serve"],
    &["migrate"],
    &["backup"],
    &["restored"],
    &["user"],
    &["user", "create"],
    &["user", "list"],
    &["user", "show"],
    &["user", "change"],
    &["user", "enable"],
    &["user", "disable"],
    &["user", "set-password"],
    &["user", "add-role"],
    &["user", "remove-role"],
    &["user", "delete"],
    &["keys", "generate"],
    &["keys", "show"],
    &["keys", "revoke"],
    &["token", "create"],
    &["token", "list"],
    &["token", "revoke"],
    &["token", "revoke-all"],
    &["client", "create"],
    &["client", "list"],
    &["client", "show"],
    &["client", "change"],
    &["client", "rotate-secret"],
    &["client", "delete"],
    &["signing-key", "list"],
    &["signing-key", "rotate"],
    &["signing-key", "retire"],
    &["signing-key", "rewrap"],
    &["execute"],
    &["doctor"],
    &["completions"],
];

#[test]
fn every_command_explains_itself_and_takes_a_database_and_json() {
    let place = Place::new();
    for command in COMMANDS {
        let text = place.run(&[command, &["--help"]].concat()).done().stdout;
        assert!(text.contains("Usage: empress-auth"), "{text}");
        for flag in ["--database <URL>", "--json", "--config <FILE>"] {
            assert!(text.contains(flag), "{command:?}: {flag} is not in\n{text}");
        }
    }
    assert_eq!(place.names(), [""; 0]);
}

#[test]
fn the_options_of_a_command_stand_together_before_those_of_every_command() {
    let text = Place::new()
        .run(&["client", "create", "--help"])
        .done()
        .stdout;
    let (own, of_every) = text.split_once("Options of every command:").unwrap();
    for flag in ["--redirect-uri <URI>", "--scope <SCOPE>", "--public"] {
        assert!(own.contains(flag) && !of_every.contains(flag), "{text}");
    }
    for flag in ["--database <URL>", "--config <FILE>", "--json"] {
        assert!(of_every.contains(flag) && !own.contains(flag), "{text}");
    }
}

#[test]
fn a_flag_of_serve_says_its_variable_and_default() {
    let text = Place::new().run(&["serve", "--help"]).done().stdout;
    assert!(
        text.contains("[EMPRESS_LISTEN; default: 127.0.0.1:8000]"),
        "{text}"
    );
    assert!(text.contains("[EMPRESS_PUBLIC_URL]"), "{text}");
}

#[test]
fn the_version_is_the_packages() {
    let text = Place::new().run(&["--version"]).done().stdout;
    assert_eq!(
        text,
        format!("empress-auth {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn what_is_no_command_is_wrong_usage() {
    let place = Place::new();
    for arguments in [
        &["sevre"][..],
        &["user"],
        &["user", "make"],
        &["token", "list", "a", "b"],
        &["--listen", "x"],
    ] {
        let ran = place.run(arguments);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
    }
    let text = place.run(&["sevre"]).unparsed();
    assert!(text.contains("serve"), "a hint at what was meant: {text}");
    assert_eq!(place.names(), [""; 0]);
}
