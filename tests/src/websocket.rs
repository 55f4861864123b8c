//! As much of a websocket client (RFC 6455) as short texts need.

use crate::client::{Answer, Connection, Request};
use crate::server::Server;

/// An open websocket.
#[derive(Debug)]
pub struct WebSocket(Connection);

/// What the server sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A message.
    Text(String),
    /// The end, said politely.
    Close,
    /// Anything else, by its opcode.
    Other(u8),
}

impl WebSocket {
    /// The request that asks for a websocket (§4.1), with the example key of §1.3.
    #[must_use]
    pub fn request(target: &str) -> Request {
        Request::get(target)
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
    }

    /// Asks for a websocket.
    ///
    /// # Errors
    ///
    /// The answer, if it is not 101.
    pub fn open(server: &Server, request: &Request) -> Result<Self, Answer> {
        let mut connection = server.connect();
        connection.write(&request.to_bytes());
        let answer = connection.answer().expect("an answer");
        if answer.status == 101 {
            Ok(Self(connection))
        } else {
            Err(answer)
        }
    }

    /// Sends a text of less than 126 bytes, masked with zeros.
    pub fn send(&mut self, text: &str) {
        let length = u8::try_from(text.len()).expect("a short text");
        assert!(length < 126, "a long text");
        let mut frame = vec![0x81, 0x80 | length, 0, 0, 0, 0];
        frame.extend_from_slice(text.as_bytes());
        self.0.write(&frame);
    }

    /// Reads a frame; `None` if the connection ended without one.
    pub fn receive(&mut self) -> Option<Frame> {
        let head = self.0.exactly_or_end(2)?;
        let [opcode, length] = head.try_into().expect("two bytes");
        let payload = self.0.exactly(usize::from(length & 0x7f));
        Some(match opcode & 0x0f {
            1 => Frame::Text(String::from_utf8(payload).expect("text")),
            8 => Frame::Close,
            other => Frame::Other(other),
        })
    }
}
