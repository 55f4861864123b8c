//! A program under observation: all that it tells is kept, but for the secrets that it makes, which are learnt.

use std::fs::{self, File};
use std::process::Stdio;

use empress_auth_tests::{Answer, Callback, Cookie, Form, Random, Request, send_to};
use serde_json::Value;

use super::secrets::Secrets;
use crate::support::{Place, Ran, Serving};

pub(super) struct Watched {
    pub(super) place: Place,
    pub(super) serving: Serving,
    pub(super) secrets: Secrets,
    random: Random,
    /// What was told, and by what.
    told: Vec<(String, Vec<u8>)>,
}

const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/// The members under which an answer shows what it made.
const MADE: [&str; 7] = [
    "token",
    "api_secret",
    "csrf_token",
    "client_secret",
    "access_token",
    "refresh_token",
    "id_token",
];

/// The fields under which a form of a page does.
const HIDDEN: [&str; 3] = ["request", "csrf_token", "code"];

impl Watched {
    /// Logs all that anybody logs.
    pub(super) fn start(log_format: &str) -> Self {
        let place = Place::new();
        let log = File::create(place.file("log")).unwrap();
        let mut command = place.command(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--access-log",
            "all",
            "--log-level",
            "trace",
            "--log-format",
            log_format,
        ]);
        command.env("RUST_LOG", "trace");
        let serving = Serving::start_with_stderr(&mut command, Stdio::from(log)).unwrap();
        let mut secrets = Secrets::default();
        let master_key = place.read("empress-auth.db.master-key");
        secrets.add("the master key", master_key.trim());
        Self {
            place,
            serving,
            secrets,
            random: Random::new(u64::from(std::process::id())),
            told: Vec::new(),
        }
    }

    /// A secret of somebody's own: what nobody says by accident, and a good password.
    pub(super) fn canary(&mut self, what: &str) -> String {
        let letters = (0..24).map(|_| char::from(*self.random.pick(LETTERS)));
        let canary: String = letters.collect();
        self.secrets.add(what, &canary);
        canary
    }

    /// The answer to a request.
    pub(super) fn send(&mut self, request: &Request) -> Answer {
        let answer = send_to(self.serving.address, request);
        let mut told = format!("{:?}\n{}", answer.headers, answer.text());
        if (200..400).contains(&answer.status) {
            let mut made = Vec::new();
            if let Ok(body) = serde_json::from_slice(&answer.body) {
                find_made(&body, &mut made);
            }
            find_code(&answer, &mut made);
            find_hidden(&answer, &mut made);
            for cookie in Cookie::all(&answer) {
                if cookie.name == "sid" && !cookie.is_cleared() {
                    made.push(cookie.value);
                }
            }
            self.learn(&made, &mut told);
        }
        let bytes = request.to_bytes();
        let line = bytes
            .split(|byte| *byte == b'\r')
            .next()
            .unwrap_or_default();
        let by = format!("the answer to {}", String::from_utf8_lossy(line));
        self.told(&by, told);
        answer
    }

    /// What a command says, with this on its standard input.
    pub(super) fn run(&mut self, arguments: &[&str], input: &str) -> Ran {
        let ran = self.place.run_with_input(arguments, input.as_bytes());
        let mut told = ran.stdout.clone();
        if let Ok(body) = serde_json::from_str::<Value>(&ran.stdout) {
            let mut made = Vec::new();
            find_made(&body, &mut made);
            self.learn(&made, &mut told);
        }
        told.push_str(&ran.stderr);
        self.told(&arguments.join(" "), told);
        ran
    }

    /// What was said by a command that was run some other way.
    pub(super) fn note(&mut self, by: &str, ran: &Ran) {
        self.told(by, format!("{}{}", ran.stdout, ran.stderr));
    }

    /// Keeps what was told.
    pub(super) fn told(&mut self, by: &str, told: impl Into<Vec<u8>>) {
        self.told.push((by.to_owned(), told.into()));
    }

    /// Each secret is told once; another time is one too many.
    fn learn(&mut self, made: &[String], told: &mut String) {
        for secret in made {
            self.secrets.add("what was made", secret);
            *told = told.replacen(secret, "", 1);
        }
    }

    /// Ends the program, and searches all that it left behind.
    pub(super) fn search(mut self) {
        search_files(&self.place, &self.secrets);
        let stdout = self.serving.killed();
        self.told
            .push(("standard output".to_owned(), stdout.into_bytes()));
        // What the log of the database holds is folded into it.
        self.place.run(&["migrate"]).done();
        search_files(&self.place, &self.secrets);
        for (by, told) in &self.told {
            if let Some(found) = self.secrets.find_in(told) {
                panic!("{by} tells {found}");
            }
        }
    }
}

/// The log, the database, and all that lies beside it but what is there to hold a secret.
fn search_files(place: &Place, secrets: &Secrets) {
    let holds_one = |name: &String| {
        [".master-key", ".initial-password", ".toml", ".txt"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    for name in place.names().iter().filter(|name| !holds_one(name)) {
        let bytes = fs::read(place.file(name)).unwrap();
        // KY-5: our signing keys are stored there, and encrypted.
        assert!(
            !is_in(&bytes, PKCS8_RSA) && !is_in(&bytes, b"\"d\":\""),
            "{name} holds a key"
        );
        if let Some(found) = secrets.find_in(&bytes) {
            panic!("{name} holds {found}");
        }
    }
}

/// The code that a redirect takes to a client.
fn find_code(answer: &Answer, made: &mut Vec<String>) {
    let location = answer.header("location").unwrap_or_default();
    if location.starts_with("https://client.example/") {
        let callback = Callback::parse(location);
        made.extend(callback.get("code").map(ToOwned::to_owned));
    }
}

/// What a form of a page is bound with.
fn find_hidden(answer: &Answer, made: &mut Vec<String>) {
    let is_page = answer
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    if is_page && answer.text().contains("<form") {
        let fields = Form::on(answer).fields.into_iter();
        made.extend(
            fields
                .filter(|(name, _)| HIDDEN.contains(&&**name))
                .map(|(_, value)| value),
        );
    }
}

fn is_in(bytes: &[u8], piece: &[u8]) -> bool {
    bytes.windows(piece.len()).any(|window| window == piece)
}

/// How a private RSA key goes on after its length (RFC 5958, RFC 8017): a public one has no version before it.
const PKCS8_RSA: &[u8] =
    b"\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x04\x82";

/// The secrets in an answer, however deep.
fn find_made(body: &Value, made: &mut Vec<String>) {
    match body {
        Value::Object(members) => {
            for (name, member) in members {
                match member.as_str() {
                    Some(secret) if MADE.contains(&name.as_str()) => made.push(secret.to_owned()),
                    _ => find_made(member, made),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| find_made(item, made)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
