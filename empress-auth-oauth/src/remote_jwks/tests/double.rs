//! A stand-in for an issuer: a listener on this machine that counts, and answers what it is told to.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a path answers.
#[derive(Debug, Clone)]
pub(super) enum Answer {
    /// 200 with this body, and these fields.
    Json(String, &'static str),
    /// These bytes, whatever they are.
    Raw(Vec<u8>),
    /// Nothing, for as long as the other side waits.
    Silence,
    /// A byte now and then, without end.
    Drip,
}

/// An issuer.
pub(super) struct Double {
    address: SocketAddr,
    url: String,
    inner: Arc<Inner>,
    thread: Option<JoinHandle<()>>,
}

struct Inner {
    metadata: Mutex<Answer>,
    oauth_metadata: Mutex<Answer>,
    keys: Mutex<Answer>,
    requests: Mutex<Vec<String>>,
    is_over: AtomicBool,
}

impl Double {
    /// Publishes the keys with these names.
    pub(super) fn start(kids: &[&str]) -> Self {
        Self::start_with(kids, None)
    }

    /// The same over TLS; as `localhost`, whatever the certificate says.
    pub(super) fn start_tls(kids: &[&str], tls: Arc<ServerConfig>) -> Self {
        Self::start_with(kids, Some(tls))
    }

    fn start_with(kids: &[&str], tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let url = match tls {
            Some(_) => format!("https://localhost:{}", address.port()),
            None => format!("http://{address}"),
        };
        let metadata = format!(r#"{{"issuer":"{url}","jwks_uri":"{url}/keys","x":[1]}}"#);
        let inner = Arc::new(Inner {
            metadata: Mutex::new(Answer::Json(metadata, "")),
            oauth_metadata: Mutex::new(not_found()),
            keys: Mutex::new(Answer::Json(jwks(kids), "")),
            requests: Mutex::default(),
            is_over: AtomicBool::new(false),
        });
        let served = Arc::clone(&inner);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if served.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, inner, tls) = (stream.unwrap(), Arc::clone(&served), tls.clone());
                thread::spawn(move || match tls {
                    Some(config) => {
                        let connection = ServerConnection::new(config).unwrap();
                        inner.serve(StreamOwned::new(connection, stream));
                    }
                    None => inner.serve(stream),
                });
            }
        });
        Self {
            address,
            url,
            inner,
            thread: Some(thread),
        }
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }

    pub(super) fn jwks_uri(&self) -> String {
        format!("{}/keys", self.url)
    }

    pub(super) fn publish(&self, kids: &[&str]) {
        self.answer(Answer::Json(jwks(kids), ""));
    }

    /// What it answers when asked for its keys.
    pub(super) fn answer(&self, answer: Answer) {
        *self.inner.keys.lock() = answer;
    }

    pub(super) fn answer_metadata(&self, openid: Answer, oauth: Answer) {
        *self.inner.metadata.lock() = openid;
        *self.inner.oauth_metadata.lock() = oauth;
    }

    /// How often it was asked for its keys.
    pub(super) fn fetches(&self) -> usize {
        let requests = self.inner.requests.lock();
        requests
            .iter()
            .filter(|it| it.starts_with("GET /keys "))
            .count()
    }

    /// The heads of all requests.
    pub(super) fn requests(&self) -> Vec<String> {
        self.inner.requests.lock().clone()
    }
}

impl Drop for Double {
    /// Nobody listens from now on.
    fn drop(&mut self) {
        self.inner.is_over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

impl Inner {
    fn serve(&self, mut stream: impl Read + Write) {
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            if stream.read_exact(&mut byte).is_err() {
                return;
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        let path = head.split(' ').nth(1).unwrap().to_owned();
        self.requests.lock().push(head);
        let answer = match path.as_str() {
            "/keys" => self.keys.lock().clone(),
            "/.well-known/openid-configuration" => self.metadata.lock().clone(),
            "/.well-known/oauth-authorization-server" => self.oauth_metadata.lock().clone(),
            _ => not_found(),
        };
        match answer {
            Answer::Json(body, fields) => {
                let length = body.len();
                let head = format!("HTTP/1.1 200 OK\r\n{fields}content-length: {length}\r\n\r\n");
                let _ = stream.write_all(head.as_bytes());
                let _ = stream.write_all(body.as_bytes());
                let _ = stream.flush();
            }
            Answer::Raw(bytes) => {
                let _ = stream.write_all(&bytes);
            }
            Answer::Silence => wait_for_the_end(&mut stream),
            Answer::Drip => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n");
                while stream.write_all(b" ").is_ok() {
                    thread::sleep(Duration::from_millis(10));
                }
            }
        }
    }
}

fn wait_for_the_end(stream: &mut impl Read) {
    let mut byte = [0];
    loop {
        match stream.read(&mut byte) {
            Ok(0) => return,
            Err(error) if error.kind() != ErrorKind::Interrupted => return,
            Ok(_) | Err(_) => {}
        }
    }
}

pub(super) fn not_found() -> Answer {
    Answer::Raw(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec())
}

/// A key set in which each name has a key of its own.
pub(super) fn jwks(kids: &[&str]) -> String {
    let keys: Vec<_> = kids.iter().map(|kid| jwk(kid)).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

pub(super) fn jwk(kid: &str) -> String {
    let mut seed = [7; 32];
    for (place, byte) in seed.iter_mut().zip(kid.bytes()) {
        *place = byte;
    }
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let x = BASE64_URL_SAFE_NO_PAD.encode(pair.public_key());
    format!(r#"{{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"{kid}","x":"{x}"}}"#)
}
