//! Slow clients in numbers, as slowhttptest plays them: L-4.

use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::Duration;

use empress_auth_tests::{Answer, Connection, Request, amount, now};

use crate::support::{Place, Serving};

const ATTACKERS: usize = 1_000;

/// Less than a slow head may take: who has to wait for the place or the thread of an attacker waits longer.
const AT_ONCE: Duration = Duration::from_secs(9);

/// What an honest client saw during an attack.
#[derive(Default)]
struct Seen {
    answers: usize,
    slowest: Duration,
    /// The most connections that were open at a time, as the program counts them.
    connections: usize,
}

/// Plays an attack, during which somebody else comes again and again.
fn serves_during(
    serving: &Serving,
    bearer: &str,
    attackers: usize,
    mode: &[&str],
    path: &str,
) -> Option<Seen> {
    let url = format!("http://{}{path}", serving.address);
    let seconds = amount("EMPRESS_SLOW_SECONDS", 6).to_string();
    let attackers = attackers.to_string();
    let mut attack = Command::new("slowhttptest");
    attack
        .args(mode)
        .args(["-c", &attackers, "-r", "500", "-i", "1"])
        .args(["-l", &seconds, "-u", &url]);
    let attack = thread::spawn(move || attack.output());
    let mut seen = Seen::default();
    while !attack.is_finished() {
        seen.ask(serving.address, bearer);
        thread::sleep(Duration::from_millis(20));
    }
    if attack.join().unwrap().is_err() {
        eprintln!("slowhttptest is not installed; scripts/install-test-tools.sh does that");
        return None;
    }
    Some(seen)
}

impl Seen {
    fn ask(&mut self, address: SocketAddr, bearer: &str) {
        let began = now();
        let me = fresh(address, &Request::get("/api/v1/me").authorization(bearer));
        assert_eq!(me.status, 200, "{}", me.text());
        self.slowest = self.slowest.max(began.elapsed());
        self.answers += 1;
        let metrics = fresh(address, &Request::get("/metrics").to_host("localhost"));
        let open = metrics
            .text()
            .lines()
            .find_map(|line| line.strip_prefix("empress_auth_connections_open "));
        self.connections = self.connections.max(open.unwrap().parse().unwrap());
    }
}

/// The answer on a connection of its own.
fn fresh(address: SocketAddr, request: &Request) -> Answer {
    let mut connection = Connection::open(address);
    connection.write(&request.to_bytes());
    connection.answer().expect("an answer")
}

// L-4
#[test]
fn others_are_served_while_a_thousand_are_slow() {
    let place = Place::with_users(&["ada"]);
    let serving = place.serve();
    let token = place.json(&["token", "create", "ada"]);
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    let mut figures = Vec::new();
    for (name, mode, path) in [
        ("heads", &["-H"][..], "/api/v1/me"),
        ("bodies", &["-B", "-s", "8192"], "/api-token-auth/"),
        (
            "readers",
            &["-X", "-k", "5", "-w", "1", "-y", "64", "-z", "8", "-n", "1"],
            "/.well-known/openid-configuration",
        ),
    ] {
        let Some(seen) = serves_during(&serving, &bearer, ATTACKERS, mode, path) else {
            return;
        };
        assert!(seen.slowest < AT_ONCE, "{name}: {:?}", seen.slowest);
        assert!(seen.answers >= 2, "{name}: {}", seen.answers);
        assert!(
            seen.connections > ATTACKERS / 2,
            "{name}: {} connections are no attack",
            seen.connections
        );
        figures.push(format!(
            "{} slow {name}: {} requests of others, {} ms at most",
            seen.connections,
            seen.answers,
            seen.slowest.as_millis()
        ));
    }
    println!("FIGURES: {}", figures.join("; "));
}

// L-4: ten thousand who wait for nothing, or as many as there may be files
#[test]
fn others_are_served_while_ten_thousand_are_idle() {
    let place = Place::with_users(&["ada"]);
    let serving = place.serve_with(&["--max-connections", "11000", "--idle-timeout", "10m"]);
    let token = place.json(&["token", "create", "ada"]);
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    let count = files().saturating_sub(500).min(10_000);
    let idle: Vec<Connection> = (0..count)
        .map(|_| {
            let mut connection = Connection::open(serving.address);
            connection.write(&Request::get("/healthz").to_bytes());
            assert_eq!(connection.answer().unwrap().status, 200);
            connection
        })
        .collect();
    let mut seen = Seen::default();
    for _ in 0..10 {
        seen.ask(serving.address, &bearer);
    }
    assert!(seen.slowest < AT_ONCE, "{:?}", seen.slowest);
    assert!(seen.connections > idle.len(), "{}", seen.connections);
}

/// How many files this process may have open.
fn files() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3));
    soft.and_then(|soft| soft.parse().ok()).unwrap_or(1_024)
}

// L-4: and with fewer places than attackers
#[test]
fn places_are_taken_back_from_the_slow() {
    let place = Place::with_users(&["ada"]);
    let flags = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--max-connections",
        "64",
        "--head-timeout",
        "1s",
    ];
    let serving = Serving::start(&mut place.command(&flags)).unwrap();
    let token = place.json(&["token", "create", "ada"]);
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    let Some(seen) = serves_during(&serving, &bearer, 400, &["-H"], "/") else {
        return;
    };
    assert!(seen.answers >= 2, "{}", seen.answers);
    // It is counted when places have just been taken back.
    assert!(
        seen.connections > 32,
        "{} connections are no attack",
        seen.connections
    );
    println!(
        "FIGURES: 400 slow heads at 64 places: {} requests of others, {} ms at most",
        seen.answers,
        seen.slowest.as_millis()
    );
}
