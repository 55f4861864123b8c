//! The same of what a client of the provider holds for the user: codes that it redeems, tokens that it renews and revokes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use empress_auth_tests::{Answer, Callback, Random, Request, basic, encode, now};

use super::holdings::{Effect, Shown};
use super::stored::{Digest, Stored, digest_of};

/// A client, as far as one user is concerned.
pub(super) struct Grants {
    id: String,
    secret: String,
    /// One that was not shown yet, and since when.
    code: Option<(String, Instant)>,
    /// What there is of each grant, by the digest of its first refresh token.
    held: BTreeMap<Digest, Held>,
}

/// The last tokens of a grant that were answered.
struct Held {
    access: String,
    refresh: String,
}

impl Grants {
    pub(super) fn of(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
            code: None,
            held: BTreeMap::new(),
        }
    }

    /// Asks for a code where `session` is logged in, or redeems the one that there is. A code whose answer was lost is not
    /// shown again: that would end what it gave.
    pub(super) fn make(&mut self, session: &Shown) -> (Request, Effect) {
        let is_fresh = |since: &Instant| since.elapsed() < Duration::from_secs(30);
        let Some((code, _)) = self.code.take().filter(|(_, since)| is_fresh(since)) else {
            let fields = [
                ("client_id", self.id.as_str()),
                ("redirect_uri", CALLBACK),
                ("response_type", "code"),
                // What is granted with it outlasts the session.
                ("scope", "all offline_access"),
            ];
            let target = format!("/oauth/authorize?{}", encode(&fields));
            return (session.put_into(Request::get(&target)), Effect::CodeMade);
        };
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
        ];
        (self.asking("/oauth/token", &fields), Effect::CodeRedeemed)
    }

    /// A code may end with a session.
    pub(super) fn forget_code(&mut self) {
        self.code = None;
    }

    /// Renews the tokens of a grant: with the same refresh token as before, if the answer to that was lost.
    pub(super) fn refresh(
        &mut self,
        stored: &Stored,
        random: &mut Random,
    ) -> Option<(Request, Effect)> {
        let grant = self.pick(stored, random)?;
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &*self.held[&grant].refresh),
        ];
        let shown = digest_of(&self.held[&grant].refresh);
        let request = self.asking("/oauth/token", &fields);
        Some((request, Effect::Refreshed { grant, shown }))
    }

    /// Revokes a grant, by either of its tokens.
    pub(super) fn revoke(
        &mut self,
        stored: &Stored,
        random: &mut Random,
    ) -> Option<(Request, Effect)> {
        let grant = self.pick(stored, random)?;
        let Held { access, refresh } = &self.held[&grant];
        let token = if random.below(2) == 0 {
            access
        } else {
            refresh
        };
        let request = self.asking("/oauth/revoke", &[("token", token)]);
        Some((request, Effect::GrantEnded(grant)))
    }

    /// One that there still is.
    fn pick(&mut self, stored: &Stored, random: &mut Random) -> Option<Digest> {
        self.held
            .retain(|grant, _| stored.grants.contains_key(grant));
        let known: Vec<&Digest> = self.held.keys().collect();
        (!known.is_empty()).then(|| (*random.pick(&known)).clone())
    }

    fn asking(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        Request::post(path)
            .authorization(basic(format!("{}:{}", self.id, self.secret)))
            .body("application/x-www-form-urlencoded", encode(fields))
    }

    /// Keeps the code of an answer.
    pub(super) fn note_code(&mut self, answer: &Answer) {
        self.code = Some((Callback::of(answer).code().to_owned(), now()));
    }

    /// Keeps the tokens of an answer: of a new grant, or of this one. Answers the refresh token and the access token.
    pub(super) fn note_tokens(&mut self, grant: Option<&Digest>, answer: &Answer) -> [String; 2] {
        let (access, refresh) = (
            answer.member("access_token"),
            answer.member("refresh_token"),
        );
        let grant = grant.cloned().unwrap_or_else(|| digest_of(&refresh));
        let held = Held {
            access: access.clone(),
            refresh: refresh.clone(),
        };
        self.held.insert(grant, held);
        [refresh, access]
    }
}

pub(super) const CALLBACK: &str = "https://client.example/callback";
