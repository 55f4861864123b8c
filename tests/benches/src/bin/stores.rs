//! A million tokens in SQLite: look-ups beside plain rusqlite, changes, last uses, lists, the start.

use std::time::Duration;

use empress_auth_benches::ours_sqlite::{self as ours, runtime};
use empress_auth_benches::report::{Figure, Goals, Table};
use empress_auth_benches::sqlite_file::SqliteFile;
use empress_auth_benches::sqlite_peers::{self as peers, Ids};
use empress_auth_benches::timing::{Plan, Times, median};
use empress_auth_core::Authenticator;
use empress_auth_sql::SqliteStore;

/// Of whose last uses one flush is made: as many as one transaction takes.
const USED: usize = 10_000;

fn main() {
    let quick = std::env::var_os("BENCH_QUICK").is_some();
    let (tokens, rounds) = if quick { (100_000, 7) } else { (1_000_000, 31) };
    let runtime = runtime();
    println!("\n## Stores\n");
    println!(
        "{tokens} tokens in one SQLite file; medians of {rounds} rounds, in each of which every line ran one batch, in\n\
         turn. Peers keep the same settings: WAL, synchronous=FULL, no mmap. 64 tasks ask on one thread; the store\n\
         answers from two, as it is set up unless told."
    );
    let file = runtime.block_on(SqliteFile::make(tokens));
    let ids = Ids::of(&file);
    let mut goals = Goals::default();
    let bytes = file.token_bytes() / tokens as f64;
    goals.at_most("S-1. bytes a token, with its indexes", Some(bytes), 250.0);
    runtime.block_on(opening(&file, &ids, &mut goals));
    let store = runtime.block_on(file.open());
    runtime.block_on(listing(&store, &ids, &mut goals));
    looking_up(&file, &store, &ids, rounds, &mut goals);
    changing(&file, &store, rounds.min(15));
    let requests = runtime.block_on(ours::requests(&store, USED));
    runtime.block_on(store.close());
    using(&file, &requests, &ids, &mut goals);
    goals.print();
}

async fn opening(file: &SqliteFile, ids: &Ids, goals: &mut Goals) {
    let mut millis = Vec::new();
    for _ in 0..9 {
        millis.push(ours::open(file, ids).await.as_secs_f64() * 1_000.0);
    }
    let what = "OP-3. opened and answering, ms";
    goals.at_most(what, Some(median(&millis)), 500.0);
}

async fn listing(store: &SqliteStore, ids: &Ids, goals: &mut Goals) {
    let mut table = Table::new(&["page of 100", "median, ms", "slowest of 300, ms"]);
    let mut slowest = Vec::new();
    for (what, millis) in ours::pages(store, ids, 300).await {
        let worst = millis.iter().copied().fold(0.0, f64::max);
        table.row(&[
            &what,
            &Figure(Some(median(&millis)), 2),
            &Figure(Some(worst), 2),
        ]);
        slowest.push(median(&millis));
    }
    table.print("Lists");
    let median = slowest.into_iter().fold(0.0, f64::max);
    goals.at_most("a page of a list, ms", Some(median), 20.0);
}

fn looking_up(file: &SqliteFile, store: &SqliteStore, ids: &Ids, rounds: usize, goals: &mut Goals) {
    let runtime = runtime();
    // So small a memory that hardly a request finds its token there.
    let options = SqliteStore::options(file.path()).remembered(64);
    let forgetful = runtime.block_on(options.open()).expect("a store");
    let requests = runtime.block_on(ours::requests(store, USED));
    let layer = Authenticator::new(forgetful);
    let mut variants = [
        (peers::INLINE, peers::finding_inline(file, ids.clone())),
        (
            peers::ON_A_THREAD,
            peers::finding_on_a_thread(file, ids.clone()),
        ),
        (ours::FIND, ours::finding(store, ids.clone())),
        (ours::COLD, ours::starting_cold(&layer, requests)),
    ];
    let times = measure(rounds, 100, &mut variants);
    print("Look-ups, 64 tasks", &times, peers::INLINE);
    goals.at_least(
        "8. look-ups through the store, in those of bare rusqlite",
        times.ratio(peers::INLINE, ours::FIND),
        0.7,
    );
}

fn changing(file: &SqliteFile, store: &SqliteStore, rounds: usize) {
    let mut variants = [
        (peers::INSERT, peers::inserting(file)),
        (ours::CREATE, ours::creating(store)),
        (ours::CREATE_AT_ONCE, ours::creating_at_once(store)),
    ];
    // Long, so that there are changes enough for all tasks.
    let times = measure(rounds, 500, &mut variants);
    print(
        "Changes, each on the disk before it is answered",
        &times,
        peers::INSERT,
    );
}

fn using(file: &SqliteFile, requests: &[axum::http::Request<()>], ids: &Ids, goals: &mut Goals) {
    let runtime = runtime();
    let mut single = [(peers::UPDATE, peers::updating(file, ids.clone()))];
    let (mut written, mut ratios, mut rates) = (0, Vec::new(), Vec::new());
    for _ in 0..7 {
        let one = measure(1, 100, &mut single)
            .ns(peers::UPDATE)
            .unwrap_or(f64::NAN);
        let (writes, took) = runtime.block_on(ours::use_and_close(file, requests));
        written += writes;
        let each = took.as_nanos() as f64 / requests.len() as f64;
        rates.push((1e9 / one, 1e9 / each));
        ratios.push(one / each);
    }
    let column = |pick: fn(&(f64, f64)) -> f64| median(&rates.iter().map(pick).collect::<Vec<_>>());
    let mut table = Table::new(&["last uses", "a second", "ratio"]);
    table.row(&[
        &peers::UPDATE,
        &Figure(Some(column(|rate| rate.0)), 0),
        &"1.00",
    ]);
    let ratio = Figure(Some(median(&ratios)), 2);
    let flush = "ours: SqliteStore::close, which writes 10,000";
    table.row(&[&flush, &Figure(Some(column(|rate| rate.1)), 0), &ratio]);
    table.print("Last uses");
    let what = format!("9. commits during {} requests", 7 * 10 * requests.len());
    goals.at_most(&what, Some(written as f64), 0.0);
}

fn measure(
    rounds: usize,
    batch_millis: u64,
    variants: &mut [(&'static str, empress_auth_benches::catalog::Variant)],
) -> Times {
    let plan = Plan {
        rounds,
        batch: Duration::from_millis(batch_millis),
    };
    Times::measure(plan, variants)
}

fn print(heading: &str, times: &Times, base: &str) {
    let mut table = Table::new(&["variant", "a second", "µs", "ratio"]);
    for name in times.names() {
        let ns = times.ns(name);
        table.row(&[
            name,
            &Figure(ns.map(|ns| 1e9 / ns), 0),
            &Figure(ns.map(|ns| ns / 1_000.0), 1),
            &Figure(times.ratio(base, name), 2),
        ]);
    }
    table.print(&format!("{heading}; ratio of rates to \"{base}\""));
}
