//! Instructions a call under callgrind, the hash replaced by a stand-in (build with `--cfg empress_bench`).
//!
//! `instr` runs itself under valgrind for each line, which collects inside [`counted`] alone: what start-up and set-up
//! cost is not seen.

use std::{env, hint::black_box, process::Command};

use empress_auth_benches::{
    actix_peers, axum_peers,
    catalog::{Entry, Group, Variant, catalog},
    ours,
    report::{Figure, Goals, Table},
};

/// Before counting begins: lazy set-up, first growth of pools.
const WARM_UP: u32 = 50;
const CALLS: u32 = 2_000;

fn main() {
    match env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => table(),
        [line, calls] => {
            let line: usize = line.parse().expect("a line of the catalog");
            let mut variant = (catalog()[line].build)();
            variant.run(WARM_UP);
            counted(&mut variant, calls.parse().expect("a number of calls"));
        }
        _ => panic!("usage: instr, or instr LINE CALLS"),
    }
}

fn table() {
    println!("\n## Instructions\n");
    println!("callgrind, mean of {CALLS} calls; the hash is a stand-in.");
    if cfg!(not(empress_bench)) {
        println!(
            "\n**Built without `--cfg empress_bench`: the figures contain a software SHA-256.**"
        );
    }
    let mut goals = Goals::default();
    let lines: Vec<(usize, Entry)> = catalog().into_iter().enumerate().collect();
    for group in Group::ALL {
        let counts: Vec<(&str, f64)> = lines
            .iter()
            .filter(|(_, entry)| entry.group == group && entry.counted)
            .map(|(line, entry)| (entry.name, per_call(*line)))
            .collect();
        if counts.is_empty() {
            continue;
        }
        print(group, &counts);
        judge(group, &counts, &mut goals);
    }
    goals.print();
}

/// Valgrind knows this function by its name.
#[inline(never)]
fn counted(variant: &mut Variant, calls: u32) {
    variant.run(black_box(calls));
}

fn per_call(line: usize) -> f64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=instr::counted")
        .arg(env::current_exe().expect("this program's path"))
        .args([line.to_string(), CALLS.to_string()])
        .output()
        .expect("valgrind");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    let collected: f64 = log
        .lines()
        .find_map(|line| line.split_once("Collected : "))
        .and_then(|(_, count)| count.trim().parse().ok())
        .unwrap_or_else(|| panic!("no count in:\n{log}"));
    assert!(collected > 0.0, "valgrind did not find `counted`");
    collected / f64::from(CALLS)
}

fn print(group: Group, counts: &[(&str, f64)]) {
    let base = counts
        .iter()
        .find(|(name, _)| *name == group.base())
        .map(|(_, count)| count);
    let mut table = Table::new(&["variant", "instructions", "+"]);
    for (name, count) in counts {
        let more = base.map(|base| count - base);
        table.row(&[name, &Figure(Some(*count), 0), &Figure(more, 0)]);
    }
    table.print(&format!("{}, beside \"{}\"", group.title(), group.base()));
}

fn judge(group: Group, counts: &[(&str, f64)], goals: &mut Goals) {
    let of = |name: &str| {
        counts
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, count)| *count)
    };
    let over = |name: &str, base: &str| of(name).zip(of(base)).map(|(a, b)| a - b);
    match group {
        Group::Core => {
            goals.at_most(
                "1. start() on a cached token: instructions",
                of(ours::START_HOT),
                340.0,
            );
        }
        Group::Axum => {
            let layer = over(ours::LAYER, axum_peers::NO_OP);
            goals.at_most("2. axum: instructions over a no-op layer", layer, 1_200.0);
        }
        Group::Actix => {
            let wrap = over(ours::WRAP, actix_peers::BARE);
            goals.at_most("3. actix: instructions over bare", wrap, 850.0);
        }
        Group::AxumRefusal | Group::ActixRefusal => {}
        // What the signature costs is not ours to count.
        Group::Rs256 | Group::Es256 | Group::EdDsa | Group::Hs256 | Group::CachedJwt => {}
    }
}
