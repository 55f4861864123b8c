//! Allocations a call, and bytes a token: the figures that no neighbour on the machine can move.
//!
//! The counting allocator is in this program alone, so that the timed ones do not pay for it.

use std::alloc::System;

use empress_auth_benches::{
    actix_peers, axum_peers,
    catalog::{Entry, Group, catalog},
    ours,
    report::{Figure, Goals, Table},
};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Enough calls that what a batch allocates for itself rounds away.
const CALLS: u32 = 2_000;

fn main() {
    println!("\n## Allocations\n");
    println!(
        "A growing reallocation counts as one. Request and response are made and dropped within the call."
    );
    let mut goals = Goals::default();
    for group in Group::ALL {
        let counts = count(group);
        if counts.is_empty() {
            continue;
        }
        print(group, &counts);
        judge(group, &counts, &mut goals);
    }
    let memory = ours::memory(&bytes_in_use);
    if let Some(memory) = &memory {
        println!(
            "\nA verified token in the cache adds {:.1} bytes in all, what it tells of its user included.",
            memory.per_cached_token_in_all
        );
    }
    let per_token = memory.as_ref().map(|memory| memory.per_token);
    goals.at_most("MemoryStore: bytes a token, of 1,000,000", per_token, 450.0);
    let per_cached = memory.as_ref().map(|memory| memory.per_cached_token);
    goals.at_most(
        "11. bytes a cached token, beyond user data",
        per_cached,
        110.0,
    );
    goals.print();
}

struct Count {
    name: &'static str,
    allocations: f64,
    bytes: f64,
}

fn count(group: Group) -> Vec<Count> {
    catalog()
        .into_iter()
        .filter(|entry| entry.group == group && entry.counted)
        .map(|Entry { name, build, .. }| {
            let mut variant = build();
            variant.run(CALLS);
            let before = ALLOCATOR.stats();
            variant.run(CALLS);
            let made = ALLOCATOR.stats() - before;
            let per_call = |figure: usize| figure as f64 / f64::from(CALLS);
            Count {
                name,
                allocations: per_call(made.allocations + made.reallocations).round(),
                bytes: per_call(made.bytes_allocated).round(),
            }
        })
        .collect()
}

fn print(group: Group, counts: &[Count]) {
    let mut table = Table::new(&["variant", "allocations", "+", "bytes", "+ bytes"]);
    let base = counts.iter().find(|count| count.name == group.base());
    for count in counts {
        let more = base.map(|base| count.allocations - base.allocations);
        let more_bytes = base.map(|base| count.bytes - base.bytes);
        table.row(&[
            &count.name,
            &count.allocations,
            &Figure(more, 0),
            &count.bytes,
            &Figure(more_bytes, 0),
        ]);
    }
    table.print(&format!("{}, beside \"{}\"", group.title(), group.base()));
}

fn judge(group: Group, counts: &[Count], goals: &mut Goals) {
    let of = |name: &str| {
        counts
            .iter()
            .find(|c| c.name == name)
            .map(|c| c.allocations)
    };
    let over = |name: &str, base: &str| of(name).zip(of(base)).map(|(a, b)| a - b);
    match group {
        Group::Core => {
            goals.at_most(
                "1. start() on a cached token: allocations",
                of(ours::START_HOT),
                0.0,
            );
        }
        Group::Axum => {
            let layer = over(ours::LAYER, axum_peers::NO_OP);
            goals.at_most("2. axum: allocations over a no-op layer", layer, 2.0);
            let extractor = over(ours::EXTRACTOR, ours::LAYER);
            goals.at_most("3. axum: allocations of the extractor", extractor, 0.0);
        }
        Group::Actix => {
            let wrap = over(ours::WRAP, actix_peers::BARE);
            goals.at_most("3. actix: allocations over bare", wrap, 1.0);
            let extractor = over(ours::WRAP_EXTRACTOR, ours::WRAP);
            goals.at_most("3. actix: allocations of the extractor", extractor, 0.0);
        }
        Group::AxumRefusal => {
            for (what, refusal) in [
                ("no header", ours::NO_HEADER),
                ("unknown token", ours::UNKNOWN),
            ] {
                let what = format!("5. axum: allocations of a refusal over bare, {what}");
                goals.at_most(&what, over(refusal, axum_peers::BARE), 0.0);
            }
        }
        Group::ActixRefusal => {}
        // Allocations of these are held to 0 by `tests/counts`.
        Group::Rs256 | Group::Es256 | Group::EdDsa | Group::Hs256 | Group::CachedJwt => {}
    }
}

fn bytes_in_use() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}
