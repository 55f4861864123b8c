//! No second request hides in the first: H-5.

use std::time::Duration;

use super::Running;

/// A request whose answer would betray that it was taken for one.
const HIDDEN: &str = "GET /healthz HTTP/1.1\r\nHost: hidden\r\n\r\n";

fn answered(running: &Running, framing: &str, body: &str, path: &str) -> String {
    let mut connection = running.connect();
    connection.write(format!("POST {path} HTTP/1.1\r\nHost: a\r\n{framing}\r\n{body}").as_bytes());
    let answered = connection.until_quiet(Duration::from_millis(200));
    String::from_utf8_lossy(&answered).into_owned()
}

// H-5
#[test]
fn two_ways_of_saying_where_a_body_ends_never_make_two_requests() {
    let running = Running::start();
    let chunked = format!("0\r\n\r\n{HIDDEN}");
    let length = chunked.len();
    let long = format!("{}\r\nx", "f".repeat(17));
    let cases: &[(&str, String, &str)] = &[
        (
            "CL and TE",
            format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
            &chunked,
        ),
        (
            "TE and CL",
            format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n"),
            &chunked,
        ),
        (
            "short CL and TE",
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n".into(),
            &chunked,
        ),
        (
            "two lengths",
            "Content-Length: 0\r\nContent-Length: 5\r\n".into(),
            HIDDEN,
        ),
        ("a plus", "Content-Length: +0\r\n".into(), HIDDEN),
        ("a minus", "Content-Length: -0\r\n".into(), HIDDEN),
        ("a list", "Content-Length: 0, 5\r\n".into(), HIDDEN),
        ("hexadecimal", "Content-Length: 0x0\r\n".into(), HIDDEN),
        ("empty", "Content-Length: \r\n".into(), HIDDEN),
        ("a blank within", "Content-Length: 0 0\r\n".into(), HIDDEN),
        (
            "too long",
            format!("Content-Length: {}\r\n", "9".repeat(30)),
            HIDDEN,
        ),
        (
            "a blank before the colon",
            "Content-Length : 0\r\n".into(),
            HIDDEN,
        ),
        (
            "xchunked",
            "Transfer-Encoding: xchunked\r\n".into(),
            &chunked,
        ),
        (
            "chunked first",
            "Transfer-Encoding: chunked, identity\r\n".into(),
            &chunked,
        ),
        ("identity", "Transfer-Encoding: identity\r\n".into(), HIDDEN),
        (
            "chunked twice",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n".into(),
            &chunked,
        ),
        (
            "a quoted coding",
            "Transfer-Encoding: \"chunked\"\r\n".into(),
            &chunked,
        ),
        (
            "a tab before",
            "Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n".into(),
            &chunked,
        ),
        (
            "a vertical tab",
            "Transfer-Encoding: \x0bchunked\r\n".into(),
            &chunked,
        ),
        (
            "an unknown coding",
            "Transfer-Encoding: gzip, chunked\r\n".into(),
            &chunked,
        ),
        (
            "a size with a sign",
            "Transfer-Encoding: chunked\r\n".into(),
            "+0\r\n\r\n",
        ),
        (
            "a size with 0x",
            "Transfer-Encoding: chunked\r\n".into(),
            "0x0\r\n\r\n",
        ),
        (
            "a size that overflows",
            "Transfer-Encoding: chunked\r\n".into(),
            &long,
        ),
        (
            "an extension with a newline",
            "Transfer-Encoding: chunked\r\n".into(),
            "0;x=\n\r\n\r\n",
        ),
        (
            "no CR after a size",
            "Transfer-Encoding: chunked\r\n".into(),
            "0\n\r\n",
        ),
    ];
    for (case, framing, body) in cases {
        // A route that reads its body, one that refuses before it does, one that there is not.
        for path in ["/test/echo", "/api/v1/tokens", "/nope"] {
            let answered = answered(&running, framing, body, path);
            assert!(!answered.contains("alive"), "{case} at {path}: {answered}");
            assert!(
                answered.matches("HTTP/1.").count() <= 1,
                "{case} at {path}: {answered}"
            );
        }
    }
}

// H-5: the same on HTTP/1.0, where there are no chunks
#[test]
fn http_1_0_has_no_chunks() {
    let running = Running::start();
    let mut connection = running.connect();
    let body = format!("0\r\n\r\n{HIDDEN}");
    connection.write(
        format!("POST /test/echo HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
            .as_bytes(),
    );
    let answered = connection.until_quiet(Duration::from_millis(200));
    let answered = String::from_utf8_lossy(&answered);
    assert!(
        !answered.contains("alive") && answered.matches("HTTP/1.").count() <= 1,
        "{answered}"
    );
}

// H-5: so that the tests above test something
#[test]
fn two_honest_requests_are_two_answers() {
    let running = Running::start();
    let plain = answered(
        &running,
        "Content-Length: 2\r\n",
        &format!("hi{HIDDEN}"),
        "/test/echo",
    );
    assert!(
        plain.contains("\r\n\r\nhi") && plain.contains("alive"),
        "{plain}"
    );
    let chunked = format!("2\r\nhi\r\n0\r\n\r\n{HIDDEN}");
    let chunked = answered(
        &running,
        "Transfer-Encoding: chunked\r\n",
        &chunked,
        "/test/echo",
    );
    assert!(
        chunked.contains("\r\n\r\nhi") && chunked.contains("alive"),
        "{chunked}"
    );
    let zeros = answered(
        &running,
        "Content-Length: 0002\r\n",
        &format!("hi{HIDDEN}"),
        "/test/echo",
    );
    assert!(
        zeros.contains("\r\n\r\nhi") && zeros.contains("alive"),
        "{zeros}"
    );
}

// H-5: a body that nobody reads is not taken for the next request
#[test]
fn a_refused_body_is_no_request() {
    let running = Running::start();
    for path in ["/api/v1/tokens", "/nope", "/healthz"] {
        let mut connection = running.connect();
        let length = HIDDEN.len();
        connection.write(
            format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n")
                .as_bytes(),
        );
        std::thread::sleep(Duration::from_millis(50));
        connection.write(HIDDEN.as_bytes());
        let answered = connection.until_quiet(Duration::from_millis(200));
        let answered = String::from_utf8_lossy(&answered);
        assert!(!answered.contains("alive"), "{path}: {answered}");
    }
}
