//! Somebody who makes and withdraws what one user holds, and remembers every answer.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use empress_auth_tests::{Answer, Connection, Cookie, Random, Request, send_to};
use serde_json::{Value, json};

use super::grants::Grants;
use super::holdings::{Effect, Holdings, Shown};
use super::stored::{Digest, Stored, digest_of};
use crate::database::Database;

pub(super) const PASSWORD: &str = "a password of nobody's 7";

/// More tokens or sessions than that are not made, so that all can be looked at after every kill.
const ENOUGH: usize = 8;

pub(super) struct Client {
    name: String,
    operator: String,
    random: Random,
    holdings: Holdings,
    grants: Grants,
    /// The ids of tokens, by which they are revoked.
    ids: BTreeMap<Digest, String>,
    /// What was sent and not answered.
    under_way: Option<Effect>,
    answered: u64,
    unanswered: u64,
    unanswered_but_done: u64,
}

impl Client {
    pub(super) fn new(
        database: &Database,
        name: &str,
        operator: &str,
        grants: Grants,
        seed: u64,
    ) -> Self {
        Self {
            name: name.to_owned(),
            operator: operator.to_owned(),
            random: Random::new(seed + 1),
            holdings: Holdings::new(Stored::of_user(name, database)),
            grants,
            ids: BTreeMap::new(),
            under_way: None,
            answered: 0,
            unanswered: 0,
            unanswered_but_done: 0,
        }
    }

    /// How many operations were answered, how many not, and how many of these were done.
    pub(super) const fn counts(&self) -> [u64; 3] {
        [self.answered, self.unanswered, self.unanswered_but_done]
    }

    /// Goes on until nobody answers any more.
    pub(super) fn work(&mut self, server: SocketAddr) {
        let Some(mut connection) = Connection::try_open(server) else {
            return;
        };
        loop {
            let (request, effect) = self.next();
            self.under_way = Some(effect.clone());
            connection.write(&request.to_bytes());
            let Some(answer) = connection.answer_if_whole() else {
                self.unanswered += 1;
                return;
            };
            if is_left_open(&answer) {
                self.unanswered += 1;
                return;
            }
            // A code comes by a redirect.
            assert!(
                (200..300).contains(&answer.status) || matches!(effect, Effect::CodeMade),
                "{effect:?}: {answer:?}"
            );
            self.note(&effect, &answer);
            self.under_way = None;
            self.answered += 1;
        }
    }

    /// That all is as it was answered, in the database and over the wire.
    pub(super) fn check(&mut self, database: &Database, server: SocketAddr, when: &str) {
        let under_way = self.under_way.take();
        let settled = self
            .holdings
            .settle(under_way.as_ref(), Stored::of_user(&self.name, database));
        match settled {
            Ok(is_done) => self.unanswered_but_done += u64::from(is_done),
            Err(wrong) => panic!("{when}, {}: {wrong}", self.name),
        }
        let status = |shown: &Shown| {
            let me = shown.put_into(Request::get("/api/v1/me"));
            send_to(server, &me).status
        };
        for shown in self.holdings.holding() {
            assert_eq!(status(shown), 200, "{when}: {shown:?} was lost");
        }
        for shown in self.holdings.withdrawn.drain(..) {
            assert_eq!(status(&shown), 401, "{when}: {shown:?} is back");
        }
    }

    /// Something that can be done to what the user holds now.
    fn next(&mut self) -> (Request, Effect) {
        loop {
            if let Some(next) = self.suggest() {
                return next;
            }
        }
    }

    fn suggest(&mut self) -> Option<(Request, Effect)> {
        let stored = self.holdings.stored();
        let may_make_token = stored.tokens.len() < ENOUGH;
        let may_log_in = stored.sessions.len() < ENOUGH;
        let has_secret = stored.secret.is_some();
        let may_be_granted = stored.grants.len() < ENOUGH;
        let next = match self.random.below(160) {
            0..30 if may_make_token => self.make_token(),
            30..34 if may_make_token => self.obtain_token(),
            34..60 => return self.revoke_tokens(),
            60..63 => self.revoke_all_tokens(),
            63..80 => self.replace_secret(),
            80..86 if has_secret => self.withdraw_secret(),
            86..91 if may_log_in => self.log_in(),
            91..94 => return self.log_out(),
            100..130 if may_be_granted => {
                let session = self.session()?;
                let shown = self.holdings.shown(&session)?.clone();
                self.grants.make(&shown)
            }
            130..150 => {
                return self
                    .grants
                    .refresh(self.holdings.stored(), &mut self.random);
            }
            150..160 => return self.grants.revoke(self.holdings.stored(), &mut self.random),
            _ => return None,
        };
        Some(next)
    }

    fn make_token(&self) -> (Request, Effect) {
        let body = json!({ "user": self.name, "name": "one of many" });
        let request = self.as_operator("POST", "/api/v1/tokens");
        (with_json(request, &body), Effect::TokenMade)
    }

    fn obtain_token(&self) -> (Request, Effect) {
        let body = json!({ "username": self.name, "password": PASSWORD });
        let request = Request::post("/api-token-auth/");
        (with_json(request, &body), Effect::TokenObtained)
    }

    /// One of them by its URL, or a few at once.
    fn revoke_tokens(&mut self) -> Option<(Request, Effect)> {
        let mut known: Vec<(Digest, String)> = self.known_ids();
        let count = 1 + self.random.below(3);
        let mut chosen = Vec::new();
        while chosen.len() < count && !known.is_empty() {
            chosen.push(known.swap_remove(self.random.below(known.len())));
        }
        let (digests, ids): (Vec<Digest>, Vec<String>) = chosen.into_iter().unzip();
        let request = match ids.as_slice() {
            [] => return None,
            [id] => self.as_operator("DELETE", &format!("/api/v1/tokens/{id}")),
            ids => {
                let request = self.as_operator("POST", "/api/v1/tokens/revoke");
                with_json(request, &json!({ "ids": ids }))
            }
        };
        Some((request, Effect::TokensRevoked(digests)))
    }

    fn revoke_all_tokens(&self) -> (Request, Effect) {
        let request = self.as_operator("DELETE", &format!("/api/v1/tokens?user={}", self.name));
        let all = self.holdings.stored().tokens.iter().cloned().collect();
        (request, Effect::TokensRevoked(all))
    }

    fn replace_secret(&self) -> (Request, Effect) {
        let request = self.as_operator("POST", &format!("/api/v1/users/{}/keys", self.name));
        (request, Effect::SecretReplaced)
    }

    fn withdraw_secret(&self) -> (Request, Effect) {
        let request = self.as_operator("DELETE", &format!("/api/v1/users/{}/keys", self.name));
        (request, Effect::SecretWithdrawn)
    }

    fn log_in(&self) -> (Request, Effect) {
        let body = json!({ "usr": self.name, "pwd": PASSWORD });
        let request = Request::post("/api/method/login");
        (with_json(request, &body), Effect::LoggedIn)
    }

    fn session(&mut self) -> Option<Digest> {
        let sessions: Vec<&Digest> = self.holdings.stored().sessions.iter().collect();
        match sessions.len() {
            0 => None,
            count => Some(sessions[self.random.below(count)].clone()),
        }
    }

    fn log_out(&mut self) -> Option<(Request, Effect)> {
        let digest = self.session()?;
        let shown = self.holdings.shown(&digest)?;
        let request = shown.put_into(Request::post("/api/method/logout"));
        self.grants.forget_code();
        Some((request, Effect::LoggedOut(digest)))
    }

    fn as_operator(&self, method: &str, target: &str) -> Request {
        Request::new(method, target).authorization(&self.operator)
    }

    fn known_ids(&self) -> Vec<(Digest, String)> {
        let stored = self.holdings.stored();
        let is_there = |digest: &&Digest| stored.tokens.contains(*digest);
        let known = self.ids.iter().filter(|(digest, _)| is_there(digest));
        known
            .map(|(digest, id)| (digest.clone(), id.clone()))
            .collect()
    }

    /// Writes down what was answered.
    fn note(&mut self, effect: &Effect, answer: &Answer) {
        let authorization = |value| Shown {
            field: "Authorization",
            value,
        };
        let made = match effect {
            Effect::TokenMade | Effect::TokenObtained => {
                let token = answer.member("token");
                let shown = authorization(format!("Token {token}"));
                vec![(token, Some(shown))]
            }
            Effect::SecretReplaced => {
                let (key, secret) = (answer.member("api_key"), answer.member("api_secret"));
                let shown = authorization(format!("token {key}:{secret}"));
                vec![(secret, Some(shown))]
            }
            Effect::LoggedIn => {
                let session = Cookie::named("sid", answer).value;
                let shown = Shown {
                    field: "Cookie",
                    value: format!("sid={session}"),
                };
                vec![(session, Some(shown))]
            }
            Effect::CodeRedeemed => self.granted(None, answer),
            Effect::Refreshed { grant, .. } => self.granted(Some(grant), answer),
            Effect::CodeMade => {
                self.grants.note_code(answer);
                Vec::new()
            }
            Effect::TokensRevoked(_)
            | Effect::SecretWithdrawn
            | Effect::LoggedOut(_)
            | Effect::GrantEnded(_) => Vec::new(),
        };
        let made: Vec<(Digest, Option<Shown>)> = made
            .into_iter()
            .map(|(secret, shown)| (digest_of(&secret), shown))
            .collect();
        if let (Effect::TokenMade, [(digest, _)]) = (effect, &*made) {
            self.ids.insert(digest.clone(), answer.member("id"));
        }
        self.holdings.answered(effect, made);
    }

    fn granted(&mut self, grant: Option<&Digest>, answer: &Answer) -> Vec<(String, Option<Shown>)> {
        let [refresh, access] = self.grants.note_tokens(grant, answer);
        let shown = Shown {
            field: "Authorization",
            value: format!("Bearer {access}"),
        };
        vec![(refresh, None), (access, Some(shown))]
    }
}

/// A machine too busy leaves open what was done, as a killed program does.
fn is_left_open(answer: &Answer) -> bool {
    let says_so = |location: &str| location.contains("error=temporarily_unavailable");
    answer.status == 503 || answer.header("location").is_some_and(says_so)
}

fn with_json(request: Request, body: &Value) -> Request {
    request.body("application/json", body.to_string())
}
