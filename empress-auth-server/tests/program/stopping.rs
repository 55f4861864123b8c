//! Told to stop, the program loses nothing: OP-1.

use std::fs::File;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use empress_auth_tests::{Connection, Request, amount};
use serde_json::Value;
use tokio::time::Instant;

use crate::support::{Place, Serving};

fn serve(place: &Place, flags: &[&str]) -> Serving {
    let arguments = [&["serve", "--listen", "127.0.0.1:0"], flags].concat();
    let log = File::create(place.file("log")).unwrap();
    Serving::start_with_stderr(&mut place.command(&arguments), Stdio::from(log)).unwrap()
}

fn bearer(place: &Place) -> (String, String) {
    let token = place.json(&["token", "create", "ada"]);
    let text = |member: &str| token[member].as_str().unwrap().to_owned();
    (text("id"), format!("Bearer {}", text("token")))
}

// OP-1
#[test]
fn either_signal_ends_it_with_success() {
    let place = Place::with_users(&["ada"]);
    for signal in ["TERM", "INT"] {
        let mut serving = serve(&place, &[]);
        serving.signal(signal);
        assert_eq!(serving.ended(), Some(0), "{signal}");
        let log = place.read("log");
        let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!(last["message"], "stopped");
    }
}

// OP-1, K-16: what was only remembered is written
#[test]
fn last_uses_are_written_before_the_end() {
    let place = Place::with_users(&["ada"]);
    let mut serving = serve(&place, &[]);
    let (id, bearer) = bearer(&place);
    assert_eq!(serving.user_of(&bearer).as_deref(), Some("ada"));
    serving.signal("TERM");
    assert_eq!(serving.ended(), Some(0));
    let tokens = place.json(&["token", "list", "ada"]);
    let used = tokens
        .as_array()
        .unwrap()
        .iter()
        .find(|token| token["id"] == id.as_str());
    assert!(used.unwrap()["last_used_at"].is_string(), "{tokens}");
    assert!(!place.has("empress-auth.db-wal"), "one file is left behind");
}

// OP-1: requests come in one after the other on kept connections, and 50 slow clients of each kind hang on
#[test]
fn no_request_fails_that_was_under_way() {
    let place = Place::with_users(&["ada"]);
    let rounds = amount("EMPRESS_STOP_ROUNDS", 3);
    let (mut answered, mut longest) = (0, Duration::ZERO);
    for _ in 0..rounds {
        let mut serving = serve(&place, &["--drain-timeout", "3s"]);
        let (_, bearer) = bearer(&place);
        let busy = Arc::new(AtomicUsize::new(0));
        let keen: Vec<_> = (0..8)
            .map(|_| {
                let (address, bearer, busy) = (serving.address, bearer.clone(), Arc::clone(&busy));
                thread::spawn(move || ask_until_the_last(address, &bearer, &busy))
            })
            .collect();
        let slow: Vec<Connection> = (0..150)
            .map(|kind| slow(serving.address, kind % 3))
            .collect();
        // Who waits for so many answers, and not for so long, is told to stop at full load on a slow machine, too.
        while busy.load(Ordering::Relaxed) < ANSWERS && !keen.iter().any(JoinHandle::is_finished) {
            thread::sleep(Duration::from_millis(10));
        }
        let began = Instant::now();
        serving.signal("TERM");
        for keen in keen {
            keen.join().unwrap();
        }
        assert_eq!(serving.ended(), Some(0));
        let took = began.elapsed();
        assert!(took < THE_ROWS_LIMIT, "{took:?}");
        answered += busy.load(Ordering::Relaxed);
        longest = longest.max(took);
        drop(slow);
    }
    println!(
        "FIGURES: {rounds} times stopped at full load beside 150 slow clients: {answered} requests, none failed; \
         {:.1} s at most, of which 3 were for the slow",
        longest.as_secs_f64()
    );
}

/// How many requests are answered before the program is told to stop.
const ANSWERS: usize = 2_000;

/// What a program that stops gives a connection that waits for nothing.
const IDLE: Duration = Duration::from_secs(1);

/// OP-1.
const THE_ROWS_LIMIT: Duration = Duration::from_secs(25);

/// Sends a request after the other until the server says that one was the last; each must be answered, unless nothing was
/// asked for so long that the connection was idle, which a server that stops may close (RFC 9112 §9.5).
fn ask_until_the_last(address: SocketAddr, bearer: &str, answered: &AtomicUsize) {
    let mut connection = Connection::open(address);
    let request = Request::get("/api/v1/me").authorization(bearer).to_bytes();
    let mut sent_before = Instant::now();
    loop {
        connection.write(&request);
        let sent = Instant::now();
        // The last answer may have lain there for most of that time.
        let idle = sent - sent_before;
        sent_before = sent;
        let Some(answer) = connection.answer() else {
            assert!(idle >= IDLE, "no answer to what was sent after {idle:?}");
            return;
        };
        assert_eq!(answer.status, 200);
        answered.fetch_add(1, Ordering::Relaxed);
        if answer.header("connection") == Some("close") {
            return;
        }
    }
}

/// A client that is slow with its head, with its body, or in reading.
fn slow(address: SocketAddr, kind: usize) -> Connection {
    let mut connection = Connection::open(address);
    match kind {
        0 => connection.write(b"GET /api/v1/me HTTP/1.1\r\nHost: a\r\nX: "),
        1 => connection
            .write(b"POST /api-token-auth/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n{"),
        _ => connection.write(&Request::get("/").to_bytes().repeat(20)),
    }
    connection
}

// OP-1
#[test]
fn a_second_signal_does_not_wait() {
    let place = Place::with_users(&["ada"]);
    let mut serving = serve(&place, &["--drain-timeout", "10m"]);
    let _slow = slow(serving.address, 0);
    thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    serving.signal("TERM");
    thread::sleep(Duration::from_millis(300));
    serving.signal("TERM");
    assert_eq!(serving.ended(), Some(0));
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
}
