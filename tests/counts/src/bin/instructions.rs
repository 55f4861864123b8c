//! Instructions a request under callgrind: `instructions` judges them, `instructions PATH CALLS` is what it counts.
//!
//! Valgrind collects inside [`counted`] alone, so that what start-up costs is not seen. Built with `--cfg empress_bench`,
//! because valgrind hides the processor's SHA instructions; `instructions.sh` does it.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program for people"
)]

use std::env;
use std::hint::black_box;
use std::process::{Command, ExitCode};

use empress_auth_counts::{Path, Run};

/// Before counting begins: lazy set-up, first growth of pools, every token by this very layer.
const WARM_UP: u32 = 1_000;
const CALLS: u32 = 1_000;

fn main() -> ExitCode {
    match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [name, calls] => {
            let mut run = path(name).prepare();
            run(WARM_UP);
            counted(&mut run, calls.parse().expect("a number of calls"));
            ExitCode::SUCCESS
        }
        _ if cfg!(empress_bench) => judge(),
        _ => {
            println!("build with `--cfg empress_bench`; instructions.sh does it");
            ExitCode::FAILURE
        }
    }
}

fn judge() -> ExitCode {
    let nothing = per_call(Path::Nothing);
    let no_op = per_call(Path::AxumNoOp);
    let bare = per_call(Path::ActixBare);
    let bounds = [
        (
            "start() on a cached token",
            per_call(Path::Start).saturating_sub(nothing),
            340,
        ),
        (
            "axum: .layer(TokenAuth) over a no-op layer",
            per_call(Path::AxumLayer).saturating_sub(no_op),
            1_200,
        ),
        (
            "actix-web: .wrap(TokenAuth) over bare",
            per_call(Path::ActixWrap).saturating_sub(bare),
            850,
        ),
    ];
    let mut held = true;
    for (what, count, bound) in bounds {
        let verdict = if count <= bound { "held" } else { "EXCEEDED" };
        println!("{what}: {count} instructions, at most {bound}: {verdict}");
        held &= count <= bound;
    }
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn path(name: &str) -> Path {
    Path::ALL
        .iter()
        .copied()
        .find(|path| format!("{path:?}") == name)
        .expect("the name of a path")
}

/// Valgrind knows this function by its name.
#[inline(never)]
fn counted(run: &mut Run, calls: u32) {
    run(black_box(calls));
}

fn per_call(path: Path) -> u32 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=instructions::counted")
        .arg(env::current_exe().expect("this program's path"))
        .args([format!("{path:?}"), CALLS.to_string()])
        .output()
        .expect("valgrind");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let collected: u32 = log
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .and_then(|(_, count)| count.trim().parse().ok())
        .expect("valgrind's count");
    assert!(collected > 0, "valgrind did not find `counted`");
    collected / CALLS
}
