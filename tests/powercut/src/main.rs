//! Is every acknowledged change there after a power cut, whenever it comes? DU-2.
//!
//! 1. [`work`] changes things in a store, and notes before and after each what it does.
//! 2. [`trace`] reads what strace saw of that: what was written and synced, and the notes, in order.
//! 3. [`disk`] keeps what a disk would hold: what was synced, and of the rest nobody knows.
//! 4. [`promises`] opens what is left after a cut and holds it against the notes.
//!
//! `kill -9` shows none of this, because what a process wrote outlives it in the memory of the kernel.
//!
//! Usage: `powercut [CUTS]`; 2 if strace is missing or may not trace.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "a test: what is unexpected ends it"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, exit};

use self::dice::Dice;
use self::disk::{Disk, Fate};
use self::promises::Promises;
use self::trace::{Event, Trace};

mod dice;
mod disk;
mod families;
mod promises;
mod trace;
mod work;

/// Only the changes are looked at; everything else would be too much.
const CALLS: &str = "trace=openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,\
                     fdatasync,sync_file_range,rename,renameat,renameat2,unlink,unlinkat";

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["work", directory, changes] => work::run(Path::new(directory), changes.parse().unwrap()),
        [] => cut(50),
        [cuts] => cut(cuts.parse().unwrap()),
        _ => {
            eprintln!("usage: powercut [CUTS]");
            exit(2);
        }
    }
}

fn cut(cuts: usize) {
    let scratch = Scratch::new();
    // Changes at one time share a sync: twice as many as cuts have about as many syncs.
    let recorded = record(&scratch.0, 2 * cuts.max(30));
    let trace = Trace::read(
        &recorded,
        &scratch.0.join("store"),
        &scratch.0.join("notes"),
    );
    let syncs = trace.count_syncs();
    let acknowledged = trace.assert_each_acknowledged_change_was_synced();
    println!("{acknowledged} changes, each synced before it was acknowledged; {syncs} syncs");

    let mut dice = Dice::new(1);
    for number in 0..cuts {
        let at = trace.events.len() * (number + 1) / cuts;
        let fate = match number % 3 {
            0 => Fate::NothingElse,
            1 => Fate::Everything,
            _ => Fate::ByChance,
        };
        let complaints = look_at(&trace, at, fate, &mut dice, &scratch.0.join("left"));
        if !complaints.is_empty() {
            println!("after {at} of {} calls, {fate:?}:", trace.events.len());
            println!("{}", complaints.join("\n"));
            exit(1);
        }
    }
    println!("{cuts} cuts: nothing that was acknowledged is lost, and every file is whole");

    // The same with a disk that ignores every sync of the log: whoever finds nothing wrong there is blind.
    let blind = trace.without_syncs_of_the_log();
    let at = blind.events.len() * 9 / 10;
    let complaints = look_at(
        &blind,
        at,
        Fate::NothingElse,
        &mut dice,
        &scratch.0.join("left"),
    );
    assert!(!complaints.is_empty(), "a loss was not noticed");
}

/// Runs the work under strace; answers where the record is.
fn record(scratch: &Path, changes: usize) -> PathBuf {
    let recorded = scratch.join("trace");
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-y", "-xx", "-s", "10000000", "-e", CALLS, "-o"])
        .arg(&recorded);
    let allowed = strace.arg("true").status();
    if !allowed.is_ok_and(|status| status.success()) {
        eprintln!("strace is missing, or may not trace here");
        exit(2);
    }
    let mut strace = Command::new("strace");
    let status = strace
        .args([
            "-f",
            "--seccomp-bpf",
            "-y",
            "-xx",
            "-s",
            "10000000",
            "-e",
            CALLS,
            "-o",
        ])
        .arg(&recorded)
        .arg(std::env::current_exe().unwrap())
        .arg("work")
        .arg(scratch)
        .arg(changes.to_string())
        .status();
    assert!(status.unwrap().success(), "the work failed");
    recorded
}

/// What is wrong if the power is cut after so many calls.
fn look_at(trace: &Trace, at: usize, fate: Fate, dice: &mut Dice, left: &Path) -> Vec<String> {
    let mut disk = Disk::default();
    let mut promises = Promises::default();
    for event in &trace.events[..at] {
        match event {
            Event::Noted(line) => promises.note(line),
            Event::Changed(change) => disk.change(change),
        }
    }
    let _ = std::fs::remove_dir_all(left);
    std::fs::create_dir_all(left).unwrap();
    disk.cut(fate, dice, left);
    promises.check(left)
}

/// A directory that is gone in the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let name = format!("empress-auth-powercut-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
