//! A program under observation: all that it tells is kept, but for the secrets that it makes, which are learnt.

use std::fs::{self, File};
use std::process::Stdio;

use empress_auth_tests::{Answer, Cookie, Random, Request, send_to};
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
const MADE: [&str; 3] = ["token", "api_secret", "csrf_token"];

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
        if (200..300).contains(&answer.status) {
            let mut made = Vec::new();
            if let Ok(body) = serde_json::from_slice(&answer.body) {
                find_made(&body, &mut made);
            }
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
        if let Some(found) = secrets.find_in(&bytes) {
            panic!("{name} holds {found}");
        }
    }
}

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
