//! The program, as it was built.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Once;

use crate::log::Log;
use crate::server::Server;
use crate::world::{SITE, World};

/// Names the program: `cargo build` does not tell this package where it put another's.
const VARIABLE: &str = "EMPRESS_PROGRAM";

/// Whether there is a program to play on; if not, says so where nobody overlooks it.
///
/// In CI its absence is a failure.
pub(crate) fn is_built() -> bool {
    static SAID: Once = Once::new();
    let is_there = path().is_some();
    let in_ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
    assert!(is_there || !in_ci, "no {VARIABLE}: see `make unit`");
    if !is_there {
        SAID.call_once(|| {
            let what = "SKIPPED: the scenarios of the program; `make unit` plays them, and so does";
            let how = format!("{VARIABLE}=target/debug/empress-auth after `cargo build`");
            // Not `eprintln!`, which is shown for tests that fail alone.
            let _ = writeln!(std::io::stderr(), "{what} {how}");
        });
    }
    is_there
}

fn path() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}

/// Starts it on a world's database.
pub(crate) fn serve(world: &World) -> Server {
    let program = path().expect("a program");
    let files = world.files.clone().expect("a world in a file");
    let log_path = files.path().join("log");
    let log = File::create(&log_path).expect("a log");
    let mut child = Command::new(&program)
        .args(["serve", "--listen", "127.0.0.1:0", "--public-url", SITE])
        .arg("--database")
        .arg(format!("sqlite://{}", files.database().display()))
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let mut stdout = BufReader::new(child.stdout.take().expect("its output"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
        let said = std::fs::read_to_string(log_path).unwrap_or_default();
        panic!("the program does not start: {line}{said}");
    };
    Server {
        address: address.parse().expect("an address"),
        log: Log::default(),
        stop: Some(Box::new(move || {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
            drop(files);
        })),
        thread: None,
    }
}
