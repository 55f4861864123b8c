//! Clients that take their time: F-4, L-4.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use empress_auth_tests::Request;
use tokio::time::Instant;

use super::{LARGE, Running, Setup, short};

/// How long it took until the server closed; fails after ten seconds.
fn closed_after(stream: &mut TcpStream) -> Duration {
    let began = Instant::now();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let mut bytes = [0; 4096];
    while stream.read(&mut bytes).is_ok_and(|count| count > 0) {}
    began.elapsed()
}

fn running() -> Running {
    Setup::with(|options| options.timeouts = short()).run()
}

fn cut(running: &Running, phase: &str) -> bool {
    running
        .metrics()
        .contains(&format!("connections_cut_total{{phase=\"{phase}\"}}"))
}

// F-4
#[test]
fn who_says_nothing_is_not_waited_for() {
    let running = running();
    let mut silent = TcpStream::connect(running.address).unwrap();
    let waited = closed_after(&mut silent);
    assert!(
        waited >= short().head && waited < Duration::from_secs(5),
        "{waited:?}"
    );
    assert!(cut(&running, "head"));
}

// F-4, L-4
#[test]
fn half_a_head_is_not_waited_for_either() {
    let running = running();
    let mut half = TcpStream::connect(running.address).unwrap();
    half.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ")
        .unwrap();
    assert!(closed_after(&mut half) < Duration::from_secs(5));
    assert!(cut(&running, "head"));
}

// L-4: a head has ten seconds, but places are needed
#[test]
fn half_a_head_makes_room_when_all_places_are_taken() {
    let running = Setup::with(|options| options.max_connections = 4).run();
    let mut halves: Vec<TcpStream> = (0..4)
        .map(|_| TcpStream::connect(running.address).unwrap())
        .collect();
    for half in &mut halves {
        half.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ")
            .unwrap();
    }
    let began = Instant::now();
    assert_eq!(running.get("/healthz").status, 200);
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
    assert!(cut(&running, "head"));
}

// L-4
#[test]
fn a_head_that_drips_does_not_renew_its_time() {
    let running = running();
    let mut dripping = TcpStream::connect(running.address).unwrap();
    dripping
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: ")
        .unwrap();
    let began = Instant::now();
    while dripping.write_all(b"x").is_ok() {
        std::thread::sleep(Duration::from_millis(20));
        assert!(
            began.elapsed() < Duration::from_secs(8),
            "it drips and drips"
        );
    }
    assert!(began.elapsed() >= short().head);
}

// L-4: on a connection that was used before, too
#[test]
fn the_second_head_has_no_more_time_than_the_first() {
    let running = running();
    let mut stream = TcpStream::connect(running.address).unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET")
        .unwrap();
    stream.write_all(b" /healthz").unwrap();
    let waited = closed_after(&mut stream);
    assert!(waited < Duration::from_secs(5), "{waited:?}");
}

#[test]
fn between_requests_there_is_more_time_and_then_no_more() {
    let running = running();
    let mut connection = running.connect();
    let request = Request::get("/healthz").to_bytes();
    for _ in 0..3 {
        connection.write(&request);
        assert_eq!(connection.answer().unwrap().status, 200);
        std::thread::sleep(short().head + Duration::from_millis(200));
    }
    connection.write(&request);
    assert_eq!(connection.answer().unwrap().status, 200);
    assert!(connection.until_closed().is_empty());
    assert!(cut(&running, "waiting"));
}

// L-4
#[test]
fn a_body_that_does_not_come_is_a_408() {
    let running = running();
    let mut connection = running.connect();
    connection.write(b"POST /test/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
    let answer = connection.answer().unwrap();
    assert_eq!(
        (answer.status, answer.member("code").as_str()),
        (408, "request_timeout")
    );
    assert!(
        connection.until_closed().is_empty(),
        "no request can follow"
    );
}

// L-4
#[test]
fn a_body_that_drips_does_not_renew_its_time() {
    let running = running();
    let mut stream = TcpStream::connect(running.address).unwrap();
    stream
        .write_all(b"POST /test/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        .unwrap();
    let began = Instant::now();
    while stream.write_all(b"1\r\nx\r\n").is_ok() {
        std::thread::sleep(Duration::from_millis(20));
        assert!(
            began.elapsed() < Duration::from_secs(8),
            "it drips and drips"
        );
    }
    assert!(began.elapsed() >= short().body);
}

// L-4
#[test]
fn who_does_not_read_is_not_written_to_for_ever() {
    let running = running();
    let mut stream = TcpStream::connect(running.address).unwrap();
    let request = Request::get("/test/large").to_bytes().repeat(32);
    stream.write_all(&request).unwrap();
    let began = Instant::now();
    while !cut(&running, "answering") {
        std::thread::sleep(Duration::from_millis(50));
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "still being written to"
        );
    }
    // What the kernel had taken arrives; it is far from everything.
    let mut taken = 0;
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = stream.read(&mut bytes) {
        taken += count;
    }
    assert!(taken < 32 * LARGE, "{taken}");
}

#[test]
fn who_reads_slowly_but_reads_gets_all() {
    let running = Setup::with(|options| options.timeouts.write = Duration::from_secs(20)).run();
    let mut stream = TcpStream::connect(running.address).unwrap();
    stream
        .write_all(b"GET /test/large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut taken = 0;
    let mut bytes = vec![0; 32 * 1024];
    loop {
        match stream.read(&mut bytes).unwrap() {
            0 => break,
            count => taken += count,
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(taken > LARGE, "{taken}");
}

#[test]
fn who_has_said_all_and_shuts_its_side_is_answered() {
    let running = running();
    let mut stream = TcpStream::connect(running.address).unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        .unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
