//! Requests with a second one in their bodies, each framed so that two readers could disagree where the first one ends.

use std::net::SocketAddr;
use std::time::Duration;

use crate::client::Connection;

/// A `POST` without its request line.
#[derive(Debug, Clone)]
pub struct Smuggling {
    /// What is unusual about it.
    pub case: &'static str,
    /// The lines that say how long the body is.
    pub framing: String,
    /// The body, or what follows the head.
    pub body: String,
    /// Whether the standard says where the first request ends: the second is then the client's own, and answered.
    pub is_legal: bool,
}

impl Smuggling {
    /// Posts it to `path`; the connection that comes back has been answered, and is still open.
    #[must_use]
    pub fn send_to(&self, address: SocketAddr, path: &str) -> Connection {
        let Self { framing, body, .. } = self;
        let mut connection = Connection::open(address);
        let request = format!("POST {path} HTTP/1.1\r\nHost: app\r\n{framing}\r\n{body}");
        connection.write(request.as_bytes());
        connection.until_quiet(Duration::from_millis(100));
        connection
    }
}

/// Every way that we know of to hide `second` (H-5).
#[must_use]
pub fn smuggling(second: &str) -> Vec<Smuggling> {
    let with = |case, framing: &str, body: String| Smuggling {
        case,
        framing: framing.to_owned(),
        body,
        is_legal: false,
    };
    let legal = |smuggling| Smuggling {
        is_legal: true,
        ..smuggling
    };
    let plain = |case, framing| with(case, framing, second.to_owned());
    let chunked = |case, framing| with(case, framing, format!("0\r\n\r\n{second}"));
    let first_chunk = |case, size: &str| {
        let body = format!("{size}\r\n{second}");
        with(case, "Transfer-Encoding: chunked\r\n", body)
    };
    let length = format!("0\r\n\r\n{second}").len();
    let both = format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n");
    let both_reversed = format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n");
    vec![
        chunked("CL and TE", &both),
        chunked("TE and CL", &both_reversed),
        chunked(
            "TE, and a CL that covers the last chunk alone",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        ),
        plain("two lengths", "Content-Length: 0\r\nContent-Length: 5\r\n"),
        plain("a sign", "Content-Length: +0\r\n"),
        plain("a sign and a number", "Content-Length: +5\r\n"),
        plain("a negative sign", "Content-Length: -0\r\n"),
        plain("a list of lengths", "Content-Length: 0, 5\r\n"),
        plain("hexadecimal", "Content-Length: 0x0\r\n"),
        plain("no length", "Content-Length: \r\n"),
        legal(plain("leading zeros", "Content-Length: 0000\r\n")),
        plain("2^64 and more", "Content-Length: 99999999999999999999\r\n"),
        plain("2^64", "Content-Length: 18446744073709551616\r\n"),
        legal(plain(
            "a length that a hop may drop",
            "Connection: Content-Length\r\nContent-Length: 0\r\n",
        )),
        chunked("xchunked", "Transfer-Encoding: xchunked\r\n"),
        chunked(
            "chunked not last",
            "Transfer-Encoding: chunked, identity\r\n",
        ),
        chunked(
            "two codings",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        ),
        chunked("chunked twice", "Transfer-Encoding: chunked, chunked\r\n"),
        chunked("VT", "Transfer-Encoding: \x0bchunked\r\n"),
        chunked("blank before the colon", "Transfer-Encoding : chunked\r\n"),
        chunked("folded", "Transfer-Encoding:\r\n chunked\r\n"),
        legal(chunked(
            "a coding that a hop may drop",
            "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n",
        )),
        first_chunk("a chunk of 2^64", "10000000000000000"),
        first_chunk("a chunk of 2^32", "100000000"),
        first_chunk("a negative chunk", "-1"),
        first_chunk("a chunk with a sign", "+5"),
        first_chunk("a chunk with a prefix", "0x5"),
        first_chunk("a chunk that is no number", "zz"),
    ]
}
