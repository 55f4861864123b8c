//! Nanoseconds a call: core, axum, actix-web, refusals, and two threads on one token.
//!
//! `times axum` measures the groups alone whose headings have `axum` in them.

use std::{
    env,
    io::{Error, Result},
    time::Duration,
};

use empress_auth_benches::{
    axum_peers,
    catalog::{Entry, Group, catalog},
    contended::Contended,
    core_peers, jwt_peers, ours,
    report::{Figure, Goals, Table},
    timing::{Plan, Times},
};

/// The first argument of a process that measures one group, and prints nothing but its figures.
const RAW: &str = "--raw";

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let quick = env::var_os("BENCH_QUICK").is_some();
    let (processes, rounds, micros) = if quick { (1, 21, 200) } else { (7, 101, 1_000) };
    if let [raw, title] = arguments.as_slice()
        && raw == RAW
    {
        let batch = Duration::from_micros(micros);
        return print_raw(title, Plan { rounds, batch });
    }

    println!("\n## Time\n");
    println!(
        "Medians of {rounds} rounds in each of {processes} processes; in each round every variant ran one batch of"
    );
    println!("{micros} µs, in turn.");
    let wanted = arguments.first().map_or("", String::as_str);
    let mut goals = Goals::default();
    let is_wanted = |group: &Group| group.title().contains(wanted);
    for group in Group::ALL.into_iter().filter(is_wanted) {
        let names = entries(group).map(|entry| entry.name).collect();
        let times = Times::of_processes(processes, names, &[RAW, group.title()])?;
        print(group, &times);
        judge(group, &times, &mut goals);
    }
    if wanted.is_empty() {
        let calls = if quick { 20_000 } else { 200_000 };
        print_contended(rounds.min(31), calls);
    }
    goals.print();
    Ok(())
}

fn entries(group: Group) -> impl Iterator<Item = Entry> {
    catalog()
        .into_iter()
        .filter(move |entry| entry.group == group)
}

fn print_raw(title: &str, plan: Plan) -> Result<()> {
    let mut groups = Group::ALL.into_iter();
    let group = groups.find(|group| group.title() == title);
    let group = group.ok_or_else(|| Error::other(format!("no group {title}")))?;
    let mut variants: Vec<_> = entries(group)
        .map(|Entry { name, build, .. }| (name, build()))
        .collect();
    for line in Times::measure(plan, &mut variants).lines() {
        println!("{line}");
    }
    Ok(())
}

fn print(group: Group, times: &Times) {
    let base = group.base();
    let mut table = Table::new(&["variant", "ns", "+ ns", "ratio"]);
    for name in times.names() {
        table.row(&[
            name,
            &Figure(times.ns(name), 0),
            &Figure(times.added(name, base), 0),
            &Figure(times.ratio(name, base), 2),
        ]);
    }
    table.print(&format!("{}, beside \"{base}\"", group.title()));
}

fn judge(group: Group, times: &Times, goals: &mut Goals) {
    let named = |what: &str| format!("{}: {what}", group.title().split(',').next().unwrap_or(""));
    match group {
        Group::Core => {
            let start = times.ratio(ours::START_HOT, core_peers::SHA_BLOCK);
            goals.at_most(
                "1. start() on a cached token, in SHA-256 blocks",
                start,
                1.8,
            );
            let large = times.ratio(ours::START_LARGE, ours::START_SMALL);
            goals.at_most(
                "a hit among 1,000,000 tokens, in hits among 10,000",
                large,
                2.5,
            );
        }
        Group::Axum => {
            let by_hand = times.added(axum_peers::FROM_FN, axum_peers::BARE);
            let layer = times.added(ours::LAYER, axum_peers::BARE);
            let share = layer.zip(by_hand).map(|(layer, by_hand)| layer / by_hand);
            goals.at_most(
                "2. axum: added time, in that of the hand-written from_fn",
                share,
                0.62,
            );
        }
        Group::Actix => {}
        Group::Rs256 | Group::Es256 | Group::EdDsa => {
            let ratio = times.ratio(jwt_peers::OURS, jwt_peers::RAW);
            goals.at_most(
                &format!("6. {}, in bare signatures", group.title()),
                ratio,
                1.06,
            );
        }
        Group::Hs256 => {
            let ratio = times.ratio(jwt_peers::OURS, jwt_peers::JSONWEBTOKEN);
            goals.at_most("6. JWT, HS256, in that of jsonwebtoken", ratio, 0.35);
        }
        Group::CachedJwt => {
            let ratio = times.ratio(jwt_peers::CACHED, jwt_peers::HASH);
            goals.at_most("6. a JWT seen before, in SHA-256 of its bytes", ratio, 1.5);
        }
        Group::AxumRefusal | Group::ActixRefusal => {
            for (what, refusal, twin) in [
                ("no header", ours::NO_HEADER, ours::NO_HEADER_TWIN),
                ("unknown token", ours::UNKNOWN, ours::UNKNOWN_TWIN),
            ] {
                let what = format!("5. {}, in answers of the same bytes", named(what));
                goals.at_most(&what, times.ratio(refusal, twin), 1.0);
            }
        }
    }
}

fn print_contended(rounds: usize, calls: u32) {
    let mut table = Table::new(&["variant", "1 thread, ns", "2 threads, ns", "ratio"]);
    let mut all: Vec<Contended> = vec![core_peers::contended()];
    all.extend(axum_peers::contended());
    all.extend(ours::contended());
    for contended in all {
        let (one, two) = contended.one_and_two(rounds, calls);
        let (name, ratio) = (contended.name, Some(two / one));
        table.row(&[
            &name,
            &Figure(Some(one), 0),
            &Figure(Some(two), 0),
            &Figure(ratio, 2),
        ]);
    }
    table.print("Two threads on one token (no goal), a call of each");
}
