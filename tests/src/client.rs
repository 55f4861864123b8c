//! A client that sends exactly the bytes it is given: several lines of one field, controls, half requests.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take before the scenario has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request, written out by [`to_bytes`](Self::to_bytes).
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    target: String,
    lines: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

impl Request {
    /// A request with a `Host` field and nothing else.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            lines: vec![("Host".to_owned(), b"app.example".to_vec())],
            body: Vec::new(),
        }
    }

    /// A `GET`.
    #[must_use]
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A `POST`.
    #[must_use]
    pub fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    /// Asks this host, in place of the application's.
    #[must_use]
    pub fn to_host(mut self, host: &str) -> Self {
        self.lines.retain(|(name, _)| name != "Host");
        self.header("Host", host)
    }

    /// Adds a line, whether or not there is one of this name.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.lines.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Adds an `Authorization` line.
    #[must_use]
    pub fn authorization(self, value: impl AsRef<[u8]>) -> Self {
        self.header("Authorization", value)
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        let length = self.body.len().to_string();
        self.header("Content-Type", content_type)
            .header("Content-Length", length)
    }

    /// The request as it goes over the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.lines {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The lines in the order of the wire, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, unchunked.
    pub body: Vec<u8>,
}

impl Answer {
    /// The values of all lines of this name.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// The value of the only line of this name, `None` without one.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() <= 1, "{name} stands on several lines: {all:?}");
        all.first().copied()
    }

    /// The lines of `WWW-Authenticate`.
    #[must_use]
    pub fn challenges(&self) -> Vec<&str> {
        self.all("www-authenticate")
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("a body in UTF-8")
    }

    /// The body as JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// The member `name` of a JSON body, if it is a string.
    #[must_use]
    pub fn member(&self, name: &str) -> String {
        let json = self.json();
        let member = json.get(name).and_then(serde_json::Value::as_str);
        member
            .unwrap_or_else(|| panic!("no {name} in {json}"))
            .to_owned()
    }

    /// Everything but the moment and the connection's fate, in an order of its own: two answers with equal parts are the
    /// same to a client.
    #[must_use]
    pub fn comparable(&self) -> (u16, Vec<(String, String)>, Vec<u8>) {
        let mut headers = self.headers.clone();
        headers.retain(|(name, _)| name != "date" && name != "connection");
        headers.sort_unstable();
        (self.status, headers, self.body.clone())
    }
}

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// Connects.
    #[must_use]
    pub fn open(address: SocketAddr) -> Self {
        Self::try_open(address).expect("a connection to a server of ours")
    }

    /// Connects; `None` if nobody listens.
    #[must_use]
    pub fn try_open(address: SocketAddr) -> Option<Self> {
        let stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Some(Self {
            stream,
            read: Vec::new(),
        })
    }

    /// Sends bytes. A server that has closed already is noticed when reading.
    pub fn write(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    /// Reads one answer; `None` if the server closed the connection instead.
    pub fn answer(&mut self) -> Option<Answer> {
        self.answer_to("GET")
    }

    /// The same for a method that may have no body in its answer.
    pub fn answer_to(&mut self, method: &str) -> Option<Answer> {
        let mut answer = self.head_or_end()?;
        let bodyless = method == "HEAD" || matches!(answer.status, 100..=199 | 204 | 304);
        if !bodyless {
            answer.body = self.body(&answer);
        }
        Some(answer)
    }

    /// Reads an answer up to its body, for a body that has no end yet.
    pub fn head(&mut self) -> Answer {
        self.head_or_end()
            .expect("an answer, but the connection was closed")
    }

    fn head_or_end(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(at) = find(&self.read, b"\r\n\r\n") {
                break at;
            }
            if self.fill() == 0 {
                assert!(self.read.is_empty(), "half a head: {:?}", self.read);
                return None;
            }
        };
        Some(self.take_head(end))
    }

    /// Reads one answer; `None` if the server was killed before all of it was here.
    pub fn answer_if_whole(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(at) = find(&self.read, b"\r\n\r\n") {
                break at;
            }
            if self.fill() == 0 {
                return None;
            }
        };
        let mut answer = self.take_head(end);
        let length = answer.header("content-length").unwrap_or("0");
        answer.body = self.exactly_or_end(length.parse().expect("a length"))?;
        Some(answer)
    }

    /// Takes the head that ends there out of what was read.
    fn take_head(&mut self, end: usize) -> Answer {
        let head: Vec<u8> = self.read.drain(..end + 4).collect();
        let head = String::from_utf8(head).expect("a head in UTF-8");
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().unwrap_or_default();
        let status = status_line.split(' ').nth(1).unwrap_or_default();
        let headers = lines
            .map(|line| {
                let (name, value) = line.split_once(':').expect("a header line");
                (name.to_ascii_lowercase(), value.trim().to_owned())
            })
            .collect();
        Answer {
            status: status.parse().expect("a status line"),
            headers,
            body: Vec::new(),
        }
    }

    fn body(&mut self, answer: &Answer) -> Vec<u8> {
        if answer.header("transfer-encoding") == Some("chunked") {
            let mut body = Vec::new();
            while let Some(chunk) = self.chunk() {
                body.extend_from_slice(&chunk);
            }
            return body;
        }
        match answer.header("content-length") {
            Some(length) => self.exactly(length.parse().expect("a length")),
            None => self.until_closed(),
        }
    }

    /// One chunk of a chunked body; `None` for the last one.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let line = self.line();
        let size = usize::from_str_radix(line.trim(), 16).expect("the size of a chunk");
        let chunk = self.exactly(size);
        self.line();
        (size > 0).then_some(chunk)
    }

    fn line(&mut self) -> String {
        loop {
            if let Some(at) = find(&self.read, b"\r\n") {
                let line = self.read.drain(..at + 2).collect();
                return String::from_utf8(line).unwrap();
            }
            assert!(self.fill() > 0, "the connection ended within a line");
        }
    }

    /// Reads so many bytes.
    pub fn exactly(&mut self, count: usize) -> Vec<u8> {
        while self.read.len() < count {
            assert!(self.fill() > 0, "the connection ended within a body");
        }
        self.read.drain(..count).collect()
    }

    /// Reads so many bytes; `None` if the connection ends before.
    pub fn exactly_or_end(&mut self, count: usize) -> Option<Vec<u8>> {
        while self.read.len() < count {
            if self.fill() == 0 {
                return None;
            }
        }
        Some(self.read.drain(..count).collect())
    }

    /// Reads on until the server closes.
    pub fn until_closed(&mut self) -> Vec<u8> {
        while self.fill() > 0 {}
        std::mem::take(&mut self.read)
    }

    /// Reads on until the server closes or says nothing for so long.
    pub fn until_quiet(&mut self, quiet: Duration) -> Vec<u8> {
        self.stream.set_read_timeout(Some(quiet)).unwrap();
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = self.stream.read(&mut buffer) {
            self.read.extend(buffer.iter().take(count));
        }
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        std::mem::take(&mut self.read)
    }

    /// 0 if the connection has ended, one way or the other.
    fn fill(&mut self) -> usize {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(count) => {
                self.read.extend(buffer.iter().take(count));
                count
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                panic!(
                    "no answer for {PATIENCE:?}; so far {:?}",
                    String::from_utf8_lossy(&self.read)
                )
            }
            // A signal to the process, such as the end of a terminal that another test has.
            Err(error) if error.kind() == ErrorKind::Interrupted => self.fill(),
            Err(_) => 0,
        }
    }
}

/// Sends one request on a connection of its own.
#[must_use]
pub fn send_to(address: SocketAddr, request: &Request) -> Answer {
    let mut connection = Connection::open(address);
    connection.write(&request.to_bytes());
    let answer = connection.answer_to(&request.method);
    answer.expect("an answer, but the connection was closed")
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
