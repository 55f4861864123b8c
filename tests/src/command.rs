//! Runs the clients that people have: curl, and Python and Node with what `make test-tools` installs.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Output};

/// What a program says on standard output; it must succeed.
#[track_caller]
pub fn output_of(command: &mut Command) -> String {
    // A proxy of the machine's owner is not what is tested.
    let command = command.env_remove("http_proxy").env("NO_PROXY", "*");
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("a program that starts");
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{:?}: {stderr}", command.get_program());
    String::from_utf8(stdout).expect("text")
}

/// Runs a script that needs `module`, and says `done` in the end. Where there is no such Python, says so and does nothing;
/// in CI it must be there.
#[track_caller]
#[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
pub fn run_python(script: &str, module: &str, arguments: &[&str]) {
    let Some(python) = python(module) else {
        eprintln!("skipped: no Python with {module}; `make test-tools` installs one");
        return;
    };
    let mut command = Command::new(python);
    let said = output_of(command.args(["-c", script]).args(arguments));
    assert_eq!(said.trim(), "done");
}

/// Runs an ES module that imports the package `package`, and says `done` in the end. Where Node or the package is not there,
/// says so and does nothing; in CI it must be there.
#[track_caller]
#[expect(clippy::print_stderr, reason = "a test that was skipped says so")]
pub fn run_node(script: &str, package: &str, arguments: &[&str]) {
    let Some(directory) = node_directory(package) else {
        eprintln!("skipped: no Node with {package}; `make test-tools` installs one");
        return;
    };
    let mut command = Command::new("node");
    // A module that is no file finds packages from the working directory.
    command
        .args(["--input-type=module", "--eval", script, "--"])
        .args(arguments)
        .current_dir(directory);
    assert_eq!(output_of(&mut command).trim(), "done");
}

/// The directory whose `node_modules` have `package`, or `None` where it may be missing.
#[must_use]
pub fn node_directory(package: &str) -> Option<PathBuf> {
    let in_checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/tools/node");
    let candidates = [
        env::var_os("EMPRESS_NODE").map(PathBuf::from),
        Some(PathBuf::from(in_checkout)),
    ];
    let has_package = |directory: &PathBuf| directory.join("node_modules").join(package).exists();
    let found = candidates.into_iter().flatten().find(has_package);
    let in_ci = env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(
        found.is_some() || !in_ci,
        "no {package}: run `make test-tools`, or set EMPRESS_NODE"
    );
    found
}

/// A Python that has `module`, or `None` where it may be missing.
fn python(module: &str) -> Option<PathBuf> {
    let in_checkout = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/tools/venv/bin/python"
    );
    let candidates = [
        env::var_os("EMPRESS_PYTHON").map(PathBuf::from),
        Some(PathBuf::from(in_checkout)),
        Some(PathBuf::from("python3")),
    ];
    let has_module = |python: &PathBuf| {
        let import = Command::new(python)
            .args(["-c", &format!("import {module}")])
            .output();
        import.is_ok_and(|output| output.status.success())
    };
    let found = candidates.into_iter().flatten().find(has_module);
    let in_ci = env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(
        found.is_some() || !in_ci,
        "no Python with {module}: run `make test-tools`, or set EMPRESS_PYTHON"
    );
    found
}
