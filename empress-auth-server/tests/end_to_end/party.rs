//! A client and its user at a provider, whoever runs that: what they do, over sockets.

use std::fs::File;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Barrier;
use std::thread;

use empress_auth_oauth::NewClient;
use empress_auth_oauth::client::ClientOptions;
use empress_auth_tests::{
    Adapter, Answer, Callback, Connection, Cookie, Op, Request, basic, encode, send_to,
};
use serde_json::json;

use crate::support::{Place, Serving};

/// A confidential client that need not ask for consent, and a browser with a session.
#[derive(Debug, Clone)]
pub(crate) struct Party {
    pub(crate) address: SocketAddr,
    pub(crate) id: String,
    pub(crate) secret: String,
    /// As the `Cookie` field has it.
    pub(crate) session: String,
}

/// What the client gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    pub(crate) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        Self {
            access: answer.member("access_token"),
            refresh: answer.member("refresh_token"),
        }
    }
}

impl Party {
    /// At the program.
    pub(crate) fn at_program(place: &Place, serving: &Serving, username: &str) -> Self {
        let create = [
            "client",
            "create",
            "Invoices",
            "--skip-consent",
            "--redirect-uri",
            CALLBACK,
        ];
        let made = place.json(&create);
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        Self {
            address: serving.address,
            id: text("client_id"),
            secret: text("client_secret"),
            session: log_in(serving.address, username, PASSWORD),
        }
    }

    /// At an application with a provider in memory.
    pub(crate) fn at_application(op: &Op) -> Self {
        let mut options = ClientOptions::default();
        options.skip_consent = true;
        let new = NewClient::confidential("Invoices").with_redirect_uri(CALLBACK);
        let client = op.make(new.with_options(options));
        Self {
            address: op.server.address(),
            id: client.id,
            secret: client.secret.unwrap(),
            session: log_in(op.server.address(), "ada", empress_auth_tests::PASSWORD),
        }
    }

    /// What an authorization request is answered with.
    pub(crate) fn authorize(&self, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("client_id", self.id.as_str()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "all"),
        ];
        fields.retain(|(name, _)| !more.iter().any(|(other, _)| other == name));
        fields.extend_from_slice(more);
        let target = format!("/oauth/authorize?{}", encode(&fields));
        let request = Request::get(&target).header("Accept", "text/html");
        self.send(&request.header("Cookie", &self.session))
    }

    /// A code.
    pub(crate) fn code(&self) -> String {
        Callback::of(&self.authorize(&[])).code().to_owned()
    }

    /// Tokens of a grant of their own.
    pub(crate) fn tokens(&self) -> Tokens {
        Tokens::of(&self.send(&self.redeeming(&self.code())))
    }

    pub(crate) fn redeeming(&self, code: &str) -> Request {
        self.asking(
            "/oauth/token",
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", CALLBACK),
            ],
        )
    }

    pub(crate) fn refreshing(&self, refresh_token: &str) -> Request {
        self.asking(
            "/oauth/token",
            &[
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh_token),
            ],
        )
    }

    /// A request of the client, which says who it is.
    pub(crate) fn asking(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        Request::post(path)
            .authorization(basic(format!("{}:{}", self.id, self.secret)))
            .body(FORM, encode(fields))
    }

    pub(crate) fn send(&self, request: &Request) -> Answer {
        send_to(self.address, request)
    }

    /// What so many who send it at the same moment are answered.
    pub(crate) fn send_at_once(&self, requests: &[Request]) -> Vec<Answer> {
        let start = Barrier::new(requests.len());
        let race = |request: &Request| {
            let mut connection = Connection::open(self.address);
            start.wait();
            connection.write(&request.to_bytes());
            connection.answer().unwrap()
        };
        thread::scope(|scope| {
            let racers: Vec<_> = requests
                .iter()
                .map(|request| scope.spawn(|| race(request)))
                .collect();
            racers
                .into_iter()
                .map(|racer| racer.join().unwrap())
                .collect()
        })
    }

    /// Whether an access token is good.
    pub(crate) fn opens(&self, access_token: &str) -> bool {
        let me = Request::get("/api/v1/me").authorization(format!("Bearer {access_token}"));
        match self.send(&me).status {
            200 => true,
            401 => false,
            status => panic!("{status}"),
        }
    }

    /// That a grant is worth nothing any more: nothing that was made of it opens or renews anything.
    #[track_caller]
    pub(crate) fn assert_is_over(&self, tokens: &Tokens) {
        assert!(!self.opens(&tokens.access), "an access token of it is good");
        assert_refused(&self.send(&self.refreshing(&tokens.refresh)));
    }
}

/// That a code or a refresh token is worth nothing.
#[track_caller]
pub(crate) fn assert_refused(answer: &Answer) {
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(answer.member("error"), "invalid_grant");
}

fn log_in(address: SocketAddr, username: &str, password: &str) -> String {
    let body = json!({ "usr": username, "pwd": password }).to_string();
    let request = Request::post("/api/method/login").body("application/json", body);
    let answer = send_to(address, &request);
    assert_eq!(answer.status, 200, "{}", answer.text());
    format!("sid={}", Cookie::named("sid", &answer).value)
}

/// A program that serves `ada`, who has [`PASSWORD`].
pub(crate) fn program() -> (Place, Serving) {
    let place = Place::new();
    let create = ["user", "create", "ada", "--password-stdin"];
    place.run_with_input(&create, PASSWORD.as_bytes()).done();
    let serving = serve(&place);
    (place, serving)
}

/// What it says goes where nobody has to read it while it writes: it warns of every token that was stolen.
pub(crate) fn serve(place: &Place) -> Serving {
    let log = File::options()
        .append(true)
        .create(true)
        .open(place.file("log"))
        .unwrap();
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    Serving::start_with_stderr(&mut command, Stdio::from(log))
        .unwrap_or_else(|_| panic!("it did not start: {}", place.read("log")))
}

/// An application with a provider in memory.
pub(crate) fn application() -> Op {
    Op::start(Adapter::Tower)
}

pub(crate) const PASSWORD: &str = "a password of nobody's 7";
pub(crate) const CALLBACK: &str = "https://client.example/callback";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
