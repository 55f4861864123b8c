//! What the two servers make of bytes that are no good HTTP, pinned to the versions in the lock file: H-3 to H-6, H-28.

use std::time::Duration;

use empress_auth_tests::{Adapter, Request, Server, Smuggling, Stage, smuggling};

fn plain(stage: Stage) -> (Server, String) {
    let world = stage.world();
    let token = world.token("ada");
    (stage.adapter().serve_behind(world.auth()), token)
}

#[track_caller]
fn status_of(server: &Server, bytes: impl AsRef<[u8]>) -> u16 {
    server.raw(bytes.as_ref()).map_or(0, |answer| answer.status)
}

// H-3, drf 1.2 (VT and FF as separators)
pub(crate) fn bytes_that_no_field_may_have_are_a_400(stage: Stage) {
    let (server, token) = plain(stage);
    for (line, case) in [
        (format!("Authorization: Bearer\r\n {token}"), "folded"),
        (
            format!("Authorization:\r\n\tBearer {token}"),
            "folded with TAB",
        ),
        (format!("Authorization: Bearer {token}\0"), "NUL"),
        (format!("Authorization: Bearer\0{token}"), "NUL between"),
        (format!("Authorization: Bearer {token}\rX: y"), "bare CR"),
        (format!("Authorization: Bearer {token}\x7f"), "DEL"),
        (format!("Authorization: Bearer\x0b{token}"), "VT"),
        (format!("Authorization: Bearer\x0c{token}"), "FF"),
        (format!("Authorization: Bearer\x01{token}"), "SOH"),
        (
            format!("Authorization : Bearer {token}"),
            "blank before the colon",
        ),
        (
            format!(" Authorization: Bearer {token}"),
            "blank before the name",
        ),
        (
            format!("Authorizati\0on: Bearer {token}"),
            "NUL in the name",
        ),
        (format!("Authorization Bearer {token}"), "no colon"),
        (format!(": Bearer {token}"), "no name"),
        (
            format!("Authorization\u{e9}: Bearer {token}"),
            "a letter in the name",
        ),
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n");
        assert_eq!(status_of(&server, request), 400, "{case}");
    }
}

// H-4: both servers take LF alone for the end of a line (RFC 9112 §2.2 allows it)
pub(crate) fn a_bare_line_feed_ends_a_line_for_both(stage: Stage) {
    let (server, token) = plain(stage);
    let good = format!("GET / HTTP/1.1\nHost: a\nAuthorization: Bearer {token}\n\n");
    assert_eq!(status_of(&server, good), 200);
    // So a proxy that takes it for a part of a value would not see this line; nor would it be one of two.
    let hidden = format!(
        "GET / HTTP/1.1\r\nHost: a\r\nX: y\nAuthorization: Bearer {token}\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    assert_eq!(status_of(&server, hidden), 400);
}

/// A second request that must never be answered.
const SMUGGLED: &str = "GET /whoami HTTP/1.1\r\nHost: smuggled\r\n";

// H-5
pub(crate) fn no_second_request_hides_in_a_body(stage: Stage) {
    let (server, token) = plain(stage);
    let auth = format!("Authorization: Bearer {token}\r\n");
    for Smuggling {
        case,
        framing,
        body,
        is_legal,
    } in smuggling(&format!("{SMUGGLED}{auth}\r\n"))
    {
        let request = format!("POST / HTTP/1.1\r\nHost: a\r\n{auth}{framing}\r\n{body}");
        let mut connection = server.connect();
        connection.write(request.as_bytes());
        let answered = connection.until_quiet(Duration::from_millis(300));
        let answered = String::from_utf8_lossy(&answered);
        // hyper takes chunked twice, which nobody may send (RFC 9112 §6.1), for chunked once; nginx and haproxy refuse it.
        let takes_both = is_legal || (stage.adapter() == Adapter::Tower && case == "chunked twice");
        assert_eq!(
            answered.contains("proof: "),
            takes_both,
            "{case}: was the second request answered? {answered}"
        );
        let answers = answered.matches("HTTP/1.1 200").count();
        assert!(answers <= 1 + usize::from(takes_both), "{case}: {answered}");
    }
}

// H-5: leading zeros are digits (RFC 9110 §8.6), and the body is as long as they say
pub(crate) fn leading_zeros_of_a_length_are_no_trick(stage: Stage) {
    let (server, token) = plain(stage);
    let mut connection = server.connect();
    let head = format!("Host: a\r\nAuthorization: Bearer {token}\r\n");
    let first = format!("POST / HTTP/1.1\r\n{head}Content-Length: 0003\r\n\r\nabc");
    connection.write(first.as_bytes());
    assert_eq!(connection.answer().unwrap().text(), "ada 3");
    connection.write(format!("POST / HTTP/1.1\r\n{head}Content-Length: 1\r\n\r\nx").as_bytes());
    assert_eq!(connection.answer().unwrap().text(), "ada 1");
}

// H-5: a refusal leaves the connection where the next request begins, or closes it
pub(crate) fn a_refused_body_is_not_taken_for_a_request(stage: Stage) {
    let (server, token) = plain(stage);
    let smuggled = format!("{SMUGGLED}Authorization: Bearer {token}\r\n\r\n");
    let mut connection = server.connect();
    let request = Request::post("/").body("text/plain", &smuggled);
    connection.write(&request.to_bytes());
    assert_eq!(connection.answer().unwrap().status, 401);
    connection.write(&Request::get("/maybe").to_bytes());
    let rest = connection.until_quiet(Duration::from_millis(300));
    assert!(!String::from_utf8_lossy(&rest).contains("proof: "));
}

// H-6, F-5: actix refuses two Host fields, hyper hands them over; nothing of ours reads Host but the origin check
pub(crate) fn two_host_fields_open_nothing(stage: Stage) {
    let (server, token) = plain(stage);
    let two =
        format!("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nAuthorization: Bearer {token}\r\n\r\n");
    let expected = match stage.adapter() {
        Adapter::Tower => 200,
        Adapter::Actix => 400,
    };
    assert_eq!(status_of(&server, two), expected);
    let anonymous = "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    assert!(matches!(status_of(&server, anonymous), 400 | 401));
    let absolute = format!(
        "GET http://other.example/ HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    assert!(matches!(status_of(&server, absolute), 200 | 400));
    assert_eq!(
        status_of(
            &server,
            "GET http://other.example/ HTTP/1.1\r\nHost: a\r\n\r\n"
        ),
        401
    );
}

// H-28
pub(crate) fn too_many_fields_are_refused(stage: Stage) {
    let (server, token) = plain(stage);
    let mut request = Request::get("/").authorization(format!("Bearer {token}"));
    for number in 0..110 {
        request = request.header(&format!("X-{number}"), "x");
    }
    let status = status_of(&server, request.to_bytes());
    assert!(matches!(status, 400 | 431), "{status}");
}

// H-28, RS-9110-8: refused for its size before it is read further
pub(crate) fn a_large_credential_is_refused_in_a_millisecond(stage: Stage) {
    let (server, _) = plain(stage);
    let large = [
        format!("Bearer {}", "a".repeat(64 * 1024)),
        format!("Basic {}", "QUFB".repeat(16 * 1024)),
        format!("Token {}:{}", "a".repeat(32 * 1024), "b".repeat(32 * 1024)),
    ];
    for value in large {
        let request = Request::get("/").authorization(&value).to_bytes();
        let fastest = fastest(&server, &request);
        assert!(fastest < Duration::from_millis(1), "{fastest:?}");
    }
}

/// What the server needs at least: the machine may be busy with other tests, and this is no release build.
#[expect(clippy::disallowed_methods, reason = "wall time is what is measured")]
fn fastest(server: &Server, request: &[u8]) -> Duration {
    let mut connection = server.connect();
    let times = (0..200).map(|_| {
        let before = std::time::Instant::now();
        connection.write(request);
        let answer = connection.answer().expect("an answer");
        assert_eq!(answer.status, 401);
        before.elapsed()
    });
    times.min().unwrap()
}
