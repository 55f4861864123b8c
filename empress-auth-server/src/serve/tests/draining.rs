//! Told to stop: OP-1.

use std::net::TcpStream;
use std::thread::sleep;
use std::time::Duration;

use empress_auth_tests::{Connection, Request};
use tokio::time::Instant;

use super::{Running, Setup, short};

const A_MOMENT: Duration = Duration::from_millis(100);

// OP-1
#[test]
fn what_is_under_way_is_answered_and_nothing_new_begins() {
    let mut running = Running::start();
    let mut busy = running.connect();
    busy.write(&Request::get("/test/slow").to_bytes());
    let mut kept = running.connect();
    kept.write(&Request::get("/readyz").to_bytes());
    assert_eq!(kept.answer().unwrap().status, 200);
    sleep(A_MOMENT);
    running.stop();
    sleep(A_MOMENT);

    // A kept connection gets one more answer, and is told that it is the last.
    kept.write(&Request::get("/readyz").to_bytes());
    let answer = kept.answer().unwrap();
    assert_eq!(
        (answer.status, answer.header("connection")),
        (503, Some("close"))
    );
    assert!(kept.until_closed().is_empty());
    let answer = busy.answer().unwrap();
    assert_eq!(
        (answer.text(), answer.header("connection")),
        ("slow", Some("close"))
    );
    running.ended();
    assert!(
        TcpStream::connect(running.address).is_err(),
        "nobody listens"
    );
}

// OP-1: who waits for nothing does not hold up the end
#[test]
fn idle_connections_end_soon() {
    let drain = Duration::from_secs(60);
    let mut running = Setup::with(|options| options.timeouts.drain = drain).run();
    let mut idle = running.connect();
    idle.write(&Request::get("/healthz").to_bytes());
    assert_eq!(idle.answer().unwrap().status, 200);
    let began = Instant::now();
    running.stop();
    running.ended();
    assert!(began.elapsed() < drain, "{:?}", began.elapsed());
    assert!(idle.until_closed().is_empty());
}

// OP-1: 50 slow clients of each kind
#[test]
fn slow_clients_do_not_hold_up_the_end_for_longer_than_they_may() {
    let mut running = Setup::with(|options| {
        options.timeouts.drain = Duration::from_secs(2);
    })
    .run();
    let mut slow = Vec::new();
    for _ in 0..50 {
        let mut head = running.connect();
        head.write(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ");
        let mut body = running.connect();
        body.write(b"POST /test/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
        let mut reader = running.connect();
        reader.write(&Request::get("/test/large").to_bytes().repeat(32));
        slow.push((head, body, reader));
    }
    let mut busy = running.connect();
    busy.write(&Request::get("/test/slow").to_bytes());
    sleep(A_MOMENT);
    let began = Instant::now();
    running.stop();
    assert_eq!(busy.answer().unwrap().text(), "slow");
    running.ended();
    assert!(
        began.elapsed() < Duration::from_secs(20),
        "{:?}",
        began.elapsed()
    );
}

// OP-1
#[test]
fn a_second_signal_ends_what_is_under_way() {
    let drain = Duration::from_secs(60);
    let mut running = Setup::with(|options| options.timeouts.drain = drain).run();
    let mut half = running.connect();
    half.write(b"GET /healthz HTTP/1.1\r\n");
    sleep(A_MOMENT);
    let began = Instant::now();
    running.stop();
    running.stop();
    running.ended();
    assert!(began.elapsed() < drain);
}

// OP-1: a stream of requests, each on a connection that is kept if the server lets it
#[test]
fn no_request_fails_that_a_keen_client_has_sent() {
    for _ in 0..5 {
        let mut running = Setup::with(|options| options.timeouts = short()).run();
        let address = running.address;
        let clients: Vec<_> = (0..8)
            .map(|_| std::thread::spawn(move || keen(address)))
            .collect();
        sleep(A_MOMENT);
        running.stop();
        running.ended();
        for client in clients {
            let answered = client.join().unwrap();
            assert!(answered > 0);
        }
    }
}

/// Asks until nobody listens; fails if a request that was sent is not answered.
fn keen(address: std::net::SocketAddr) -> usize {
    let mut answered = 0;
    while let Some(mut connection) = Connection::try_open(address) {
        loop {
            connection.write(&Request::get("/healthz").to_bytes());
            let Some(answer) = connection.answer() else {
                panic!("a request was sent and not answered, after {answered}");
            };
            answered += 1;
            if answer.header("connection") == Some("close") {
                break;
            }
        }
    }
    answered
}
