//! More connections than there are places: L-4, L-5.

use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

use empress_auth_tests::{Connection, Request};
use tokio::time::Instant;

use super::{Running, Setup};
use crate::serve::connections::Connections;

fn idle(running: &Running) -> Connection {
    let mut connection = running.connect();
    connection.write(&Request::get("/healthz").to_bytes());
    assert_eq!(connection.answer().unwrap().status, 200);
    connection
}

// L-4: the idle timeout is a minute, but places are needed
#[test]
fn who_is_idle_makes_room_when_all_places_are_taken() {
    let running = Setup::with(|options| options.max_connections = 4).run();
    let idle: Vec<Connection> = (0..4).map(|_| idle(&running)).collect();
    let began = Instant::now();
    assert_eq!(running.get("/healthz").status, 200);
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    for mut connection in idle {
        assert!(connection.until_closed().is_empty());
    }
}

#[test]
fn while_there_are_places_the_idle_stay() {
    let running = Setup::with(|options| options.max_connections = 6).run();
    let mut idle: Vec<Connection> = (0..4).map(|_| idle(&running)).collect();
    std::thread::sleep(Duration::from_millis(2500));
    for connection in &mut idle {
        connection.write(&Request::get("/healthz").to_bytes());
        assert_eq!(connection.answer().unwrap().status, 200);
    }
}

// L-4: who is silent has no more than the time of a head
#[test]
fn who_says_nothing_cannot_keep_the_others_out() {
    let timeouts = super::short();
    let running = Setup::with(|options| {
        options.max_connections = 4;
        options.timeouts = timeouts;
    })
    .run();
    let _silent: Vec<TcpStream> = (0..12)
        .map(|_| TcpStream::connect(running.address).unwrap())
        .collect();
    assert_eq!(running.get("/healthz").status, 200);
}

// L-4
#[test]
fn one_network_does_not_get_all_places() {
    let setup =
        Setup::default().changed(|app| app.connections = Connections::new(100, 3, Vec::new()));
    let running = setup.run();
    let _idle: Vec<Connection> = (0..3).map(|_| idle(&running)).collect();
    let mut refused = TcpStream::connect(running.address).unwrap();
    assert_eq!(refused.read(&mut [0; 1]).unwrap_or(0), 0, "closed at once");
    assert!(
        running
            .metrics()
            .contains("connections_refused_total{reason=\"network\"} 1")
    );
}

#[test]
fn this_machine_and_trusted_proxies_speak_for_many() {
    let running = Setup::with(|options| options.max_connections_per_address = 2).run();
    let _idle: Vec<Connection> = (0..8).map(|_| idle(&running)).collect();
}

// L-5: connections that come and go leave nothing behind
#[test]
fn a_thousand_short_connections_leave_no_trace() {
    let running = Running::start();
    for number in 0..1000 {
        let stream = TcpStream::connect(running.address).unwrap();
        if number % 10 == 0 {
            drop(idle(&running));
        }
        drop(stream);
    }
    let began = Instant::now();
    while running.app.connections.len() > 0 {
        std::thread::sleep(Duration::from_millis(10));
        assert!(
            began.elapsed() < Duration::from_secs(20),
            "{}",
            running.app.connections.len()
        );
    }
}
