//! `empress-auth completions`: what it prints, the shell itself must understand.

use std::process::{Command, Stdio};

use crate::support::Place;

/// Answers whether the shell could be asked.
fn understands(shell: &str, arguments: &[&str], script: &std::path::Path) -> bool {
    let mut command = Command::new(shell);
    command.args(arguments).arg(script).stderr(Stdio::piped());
    match command.output() {
        Ok(output) => {
            assert!(
                output.status.success() && output.stderr.is_empty(),
                "{shell}: {output:?}"
            );
            true
        }
        // `make test` installs them all; whoever has not got one is told by the others.
        Err(_) => false,
    }
}

#[test]
fn every_shell_gets_a_script_that_it_understands() {
    let place = Place::new();
    for (shell, arguments) in [
        ("bash", &["-n"][..]),
        ("zsh", &["-n"]),
        ("fish", &["--no-execute"]),
        ("elvish", &["-compileonly"]),
        ("powershell", &[]),
    ] {
        let script = place.run(&["completions", shell]).done().stdout;
        for word in [
            "revoke-all",
            "rotate-secret",
            "--database",
            "--redirect-uri",
        ] {
            let word = word.trim_start_matches('-');
            assert!(script.contains(word), "{shell}: {word}");
        }
        let name = format!("completions.{shell}");
        place.write(&name, &script);
        if shell != "powershell" {
            let asked = understands(shell, arguments, &place.file(&name));
            assert!(asked || shell != "bash", "bash is needed for this test");
        }
    }
}

#[test]
fn bash_completes_commands_and_flags_with_it() {
    let place = Place::new();
    let script = place.run(&["completions", "bash"]).done().stdout;
    place.write("script", &script);
    for (words, completed) in [
        ("us", "user"),
        ("signing-key ret", "retire"),
        ("user cre", "create"),
        ("token create --exp", "--expires-in"),
        ("client create App --redirect", "--redirect-uri"),
        ("client create App --grant client", "client_credentials"),
        ("user set-password ada --password-s", "--password-stdin"),
    ] {
        let (before, last) = words.rsplit_once(' ').unwrap_or(("", words));
        let before = before.rsplit(' ').next().unwrap_or_default();
        let ask = format!(
            "source ./script; COMP_WORDS=(empress-auth {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _empress__auth empress-auth {last} '{before}'; echo \"${{COMPREPLY[@]}}\""
        );
        let mut bash = Command::new("bash");
        let output = bash
            .args(["-c", &ask])
            .current_dir(place.file("."))
            .output()
            .unwrap();
        let answer = String::from_utf8(output.stdout).unwrap();
        assert_eq!(answer.trim(), completed, "{words}");
    }
}

#[test]
fn a_shell_that_nobody_has_is_wrong_usage() {
    let text = Place::new().run(&["completions", "tcsh"]).unparsed();
    assert!(text.contains("fish"), "{text}");
}
