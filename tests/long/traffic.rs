//! A mixed load, one request after the other, each with the answer that it must get.

use std::net::SocketAddr;

use empress_auth_tests::{Answer, Connection, PASSWORD, Random, Request, basic};

use crate::people::{LOGINS, People, Person};

/// One client on a connection of its own.
pub(crate) struct Client<'a> {
    people: &'a People,
    server: SocketAddr,
    connection: Option<Connection>,
    random: Random,
    pub(crate) requests: u64,
    /// What was answered that should not have been.
    pub(crate) wrong: Vec<String>,
}

impl<'a> Client<'a> {
    pub(crate) const fn new(people: &'a People, server: SocketAddr, seed: u64) -> Self {
        Self {
            people,
            server,
            connection: None,
            random: Random::new(seed),
            requests: 0,
            wrong: Vec::new(),
        }
    }

    /// Sends what comes next: mostly good credentials, of every kind, among bad and broken ones, and now and then a login
    /// or the life of a token.
    pub(crate) fn go_on(&mut self) {
        let people = self.people;
        let person = self.random.pick(&people.users);
        let root = Request::get("/");
        match self.random.below(1_000) {
            0..350 => self.named(person, &format!("Token {}", person.token)),
            350..500 => self.named(person, &format!("Bearer {}", person.token)),
            500..600 => self.named(person, &format!("token {}", person.keys)),
            600..650 => self.named(person, &basic(&person.keys)),
            650..700 => {
                let me =
                    Request::get("/api/v1/me").authorization(format!("Token {}", person.token));
                let answer = self.send(&me);
                let is_right = answer.status == 200 && answer.member("username") == person.name;
                self.judge(is_right, &me, &answer);
            }
            700..760 => {
                let unknown = self.unknown_token();
                self.expect(401, &root.authorization(unknown));
            }
            760..840 => {
                let revoked = self.random.pick(&people.revoked);
                self.expect(401, &root.authorization(format!("Bearer {revoked}")));
            }
            840..950 => {
                let garbage = self.garbage();
                self.expect(401, &root.authorization(garbage));
            }
            950..985 => self.expect(401, &root),
            985..990 => self.log_in(),
            _ => self.live_of_a_token(person),
        }
    }

    fn named(&mut self, person: &Person, credential: &str) {
        let request = Request::get("/").authorization(credential);
        let answer = self.send(&request);
        let is_right = answer.status == 200 && answer.text() == person.name;
        self.judge(is_right, &request, &answer);
    }

    fn expect(&mut self, status: u16, request: &Request) {
        let answer = self.send(request);
        self.judge(answer.status == status, request, &answer);
    }

    fn log_in(&mut self) {
        let name = *self.random.pick(&LOGINS);
        let (password, status) = match self.random.below(2) {
            0 => (PASSWORD, 200),
            _ => ("no password of theirs", 400),
        };
        let body = serde_json::json!({ "username": name, "password": password }).to_string();
        let login = Request::post("/api-token-auth/").body("application/json", body);
        let answer = self.send(&login);
        self.judge(answer.status == status, &login, &answer);
        if answer.status == 200 {
            let token = format!("Token {}", answer.member("token"));
            let request = Request::get("/").authorization(token);
            let answer = self.send(&request);
            self.judge(answer.text() == name, &request, &answer);
        }
    }

    /// Made, used, revoked, and refused by the next request.
    pub(crate) fn live_of_a_token(&mut self, person: &Person) {
        let parent = format!("Token {}", person.token);
        let make = Request::post("/api/v1/tokens").authorization(&parent);
        let make = make.body("application/json", r#"{"name":"short-lived"}"#);
        let made = self.send(&make);
        if made.status != 201 {
            return self.judge(false, &make, &made);
        }
        let child = format!("Bearer {}", made.member("token"));
        self.named(person, &child);
        let revoke = format!("/api/v1/tokens/{}", made.member("id"));
        self.expect(204, &Request::new("DELETE", &revoke).authorization(&parent));
        self.expect(401, &Request::get("/").authorization(&child));
    }

    fn unknown_token(&mut self) -> String {
        let mut token = String::from("Bearer emp_pat_");
        token.extend((0..44).map(|_| char::from(*self.random.pick(BASE62))));
        token
    }

    /// Bytes that a field may have, behind something that may look like a scheme.
    fn garbage(&mut self) -> Vec<u8> {
        let schemes: [&[u8]; 6] = [
            b"",
            b"Bearer ",
            b"Token ",
            b"Basic ",
            b"token a:",
            b"ApiKey ",
        ];
        let mut garbage = self.random.pick(&schemes).to_vec();
        let length = self.random.below(200);
        garbage.extend((0..length).map(|_| match self.random.below(256) {
            byte @ (0x20..=0x7e | 0x80..) => u8::try_from(byte).unwrap(),
            _ => b'\t',
        }));
        garbage
    }

    /// On the connection that is open, or on a new one if the server has closed it meanwhile.
    fn send(&mut self, request: &Request) -> Answer {
        self.requests += 1;
        let bytes = request.to_bytes();
        let was_open = self.connection.is_some();
        let server = self.server;
        let connection = self
            .connection
            .get_or_insert_with(|| Connection::open(server));
        connection.write(&bytes);
        let mut answer = connection.answer();
        if answer.is_none() && was_open {
            let connection = self.connection.insert(Connection::open(server));
            connection.write(&bytes);
            answer = connection.answer();
        }
        let answer = answer.expect("an answer, but a fresh connection was closed");
        if answer.header("connection") == Some("close") {
            self.connection = None;
        }
        answer
    }

    fn judge(&mut self, is_right: bool, request: &Request, answer: &Answer) {
        if !is_right && self.wrong.len() < 10 {
            self.wrong.push(format!("{request:?}: {answer:?}"));
        }
    }
}

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
