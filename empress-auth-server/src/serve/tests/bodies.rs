//! Bodies that are too large, compressed, or never end: L-6, L-7.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use empress_auth_tests::Request;

use super::Running;

const LIMIT: usize = 64 * 1024;

// L-6
#[test]
fn a_length_over_the_limit_is_refused_before_a_byte_of_it() {
    let running = Running::start();
    let fits = Request::post("/test/echo").body("text/plain", vec![b'x'; LIMIT]);
    let answer = running.send(&fits);
    assert_eq!((answer.status, answer.body.len()), (200, LIMIT));
    for length in [(LIMIT + 1).to_string(), u64::MAX.to_string()] {
        let head =
            format!("POST /test/echo HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
        let answer = running.raw(head);
        // A length near 2^64 hyper itself refuses.
        assert!(
            answer.is_some_and(|answer| matches!(answer.status, 413 | 431)),
            "{length}"
        );
    }
}

// L-6: the client sends on and on, and still reads why it is not heard
#[test]
fn chunks_without_end_are_read_to_the_limit() {
    let running = Running::start();
    let mut stream = TcpStream::connect(running.address).unwrap();
    stream
        .write_all(b"POST /test/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        .unwrap();
    let chunk = format!("2000\r\n{}\r\n", "x".repeat(0x2000));
    let mut sent = 0;
    stream.set_nonblocking(true).unwrap();
    let mut answer = Vec::new();
    while sent < 64 * LIMIT && answer.is_empty() {
        match stream.write(chunk.as_bytes()) {
            Ok(count) => {
                sent += count;
                // Else the kernel takes megabytes before the server is asked.
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(_) => std::thread::sleep(Duration::from_millis(5)),
        }
        let mut bytes = [0; 1024];
        if let Ok(count @ 1..) = stream.read(&mut bytes) {
            answer.extend_from_slice(&bytes[..count]);
        }
    }
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.starts_with("HTTP/1.1 413"),
        "{answer} after {sent} bytes"
    );
    assert!(sent < 16 * LIMIT, "{sent}");
}

// L-6
#[test]
fn a_large_upload_that_is_refused_still_gets_its_answer() {
    let running = Running::start();
    for length in [LIMIT + 1, 3 * LIMIT] {
        let request = Request::post("/test/echo").body("text/plain", vec![b'x'; length]);
        assert_eq!(running.send(&request).status, 413, "{length}");
    }
}

// L-6: within the limit of bytes there are those of depth and number, on every route that reads a body
#[test]
fn a_body_is_neither_deep_nor_of_many_fields() {
    let running = Running::start();
    let root = running.root();
    let good = "{\"name\":\"ada\"}";
    let deep = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!("{{\"name\":\"bob\",\"roles\":{open}{close}}}")
    };
    let fields = |count: usize| "a=1&".repeat(count);
    let parts = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n".repeat(700);
    let parts = format!("{parts}--b--\r\n");
    for path in [
        "/api/v1/users",
        "/api/v1/tokens",
        "/api/v1/tokens/revoke",
        "/api-token-auth/",
        "/api/method/login",
        "/api/method/frappe.core.doctype.user.user.generate_keys",
        "/oauth/token",
        "/oauth/introspect",
        "/oauth/authorize",
    ] {
        for (content_type, body) in [
            ("application/json", deep(17)),
            ("application/json", deep(30_000)),
            ("application/json", "{\"a\":".repeat(10_000)),
            ("application/x-www-form-urlencoded", fields(101)),
            ("application/x-www-form-urlencoded", fields(16_000)),
            ("multipart/form-data; boundary=b", parts.clone()),
        ] {
            // 417 is Frappe's word for what it cannot take.
            let request = Request::post(path).authorization(&root);
            let answer = running.send(&request.body(content_type, &body));
            let what = format!("{content_type}, {} bytes, {path}", body.len());
            assert!(
                matches!(answer.status, 400 | 401 | 415 | 417),
                "{what}: {answer:?}"
            );
        }
    }
    // So that it is not the rest of it that was wrong.
    let create = Request::post("/api/v1/users").authorization(&root);
    let answer = running.send(&create.body("application/json", good));
    assert_eq!(answer.status, 201, "{answer:?}");
    let anybody = |count| {
        let form = format!("{}token=x", fields(count));
        let path = "/api/method/frappe.integrations.oauth2.introspect_token";
        let request = Request::post(path).body("application/x-www-form-urlencoded", form);
        running.send(&request).status
    };
    assert_eq!((anybody(0), anybody(100)), (200, 400));
}

// L-7
#[test]
fn a_compressed_body_is_not_unpacked_by_any_route() {
    let running = Running::start();
    let root = running.root();
    for coding in [
        "gzip",
        "br",
        "deflate",
        "zstd",
        "x-gzip",
        "identity, gzip",
        "GZIP",
    ] {
        for path in [
            "/test/echo",
            "/api/v1/users",
            "/api/v1/tokens",
            "/api-token-auth/",
        ] {
            let request = Request::post(path)
                .authorization(&root)
                .header("Content-Encoding", coding)
                .body("application/json", b"\x1f\x8b\x08\0\0\0\0\0");
            assert_eq!(running.send(&request).status, 415, "{coding} {path}");
        }
    }
}
