//! Tokens that say anything that a token may say.

use super::*;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Id,
    Access,
}

/// What a token says.
#[derive(Debug)]
pub(crate) struct Generated {
    pub(crate) kind: Kind,
    pub(crate) expires_at: SystemTime,
    issued_at: SystemTime,
    subject: String,
    client_id: String,
    id: TokenId,
    resources: Vec<Box<str>>,
    scopes: Vec<Box<str>>,
    roles: Vec<Box<str>>,
    nonce: Option<String>,
    acr: Option<String>,
    sid: Option<String>,
    auth_time: Option<SystemTime>,
    access_token: Option<String>,
    userinfo: Option<Map<String, Value>>,
}

/// What JSON, base64 and readers of either stumble over.
const PIECES: [&str; 16] = [
    "a",
    "Ada",
    " ",
    "\"",
    "\\",
    "/",
    "\u{0}",
    "\n",
    "\u{7f}",
    "é",
    "\u{2028}",
    "\u{1f511}",
    "<&>",
    ".",
    "\u{feff}",
    "{}",
];

fn text(random: &mut Random, least: usize) -> String {
    let pieces = least + random.below(12);
    (0..pieces).map(|_| *random.pick(&PIECES)).collect()
}

fn maybe<T>(random: &mut Random, make: impl FnOnce(&mut Random) -> T) -> Option<T> {
    (random.below(2) == 0).then(|| make(random))
}

fn some(random: &mut Random, make: impl Fn(&mut Random) -> String) -> Vec<Box<str>> {
    let count = random.below(4);
    (0..count).map(|_| make(random).into()).collect()
}

impl Generated {
    pub(crate) fn new(random: &mut Random, now: SystemTime) -> Self {
        let secs = |number: usize| Duration::from_secs(u64::try_from(number).unwrap());
        let issued_at = now - secs(random.below(3_000));
        let kind = *random.pick(&[Kind::Id, Kind::Access]);
        let scope = |random: &mut Random| format!("scope{}:read", random.below(100));
        let resource = |random: &mut Random| format!("https://api.example/{}", random.below(100));
        Self {
            kind,
            issued_at,
            expires_at: now + secs(60 + random.below(80_000)),
            subject: random.number().to_string(),
            client_id: format!("client{}", random.number()),
            id: TokenId::from_number(random.number()),
            resources: some(random, resource),
            scopes: some(random, scope),
            roles: some(random, |random| text(random, 0)),
            nonce: maybe(random, |random| text(random, 0)),
            acr: maybe(random, |random| text(random, 1)),
            sid: maybe(random, |random| text(random, 1)),
            auth_time: maybe(random, |random| issued_at - secs(random.below(90_000))),
            access_token: maybe(random, |random| format!("emp_at_{}", random.number())),
            userinfo: maybe(random, |random| {
                let name = text(random, 1).into();
                // What the token says itself is not replaced.
                let members = [
                    ("name", name),
                    ("sub", "another".into()),
                    ("nonce", 1.into()),
                ];
                let members = members.map(|(name, value): (&str, Value)| (name.to_owned(), value));
                members.into_iter().collect()
            }),
        }
    }

    pub(crate) fn audience(&self) -> &str {
        match self.kind {
            Kind::Id => &self.client_id,
            Kind::Access => self.resources.first().map_or(ISSUER, |first| &**first),
        }
    }

    pub(crate) fn id_token(&self) -> IdToken<'_> {
        let times = (self.issued_at, self.expires_at);
        let mut token = IdToken::new(ISSUER, &self.subject, &self.client_id, times);
        token.auth_time = self.auth_time;
        token.nonce = self.nonce.as_deref();
        token.acr = self.acr.as_deref();
        token.sid = self.sid.as_deref();
        token.access_token = self.access_token.as_deref();
        token.roles = Some(&self.roles);
        token.userinfo = self.userinfo.as_ref();
        token
    }

    pub(crate) fn access_jwt(&self) -> AccessJwt<'_> {
        let times = (self.issued_at, self.expires_at);
        let mut token = AccessJwt::new(ISSUER, &self.subject, &self.client_id, self.id, times);
        token.audience = &self.resources;
        token.scopes = &self.scopes;
        token.roles = &self.roles;
        token.auth_time = self.auth_time;
        token.acr = self.acr.as_deref();
        token
    }

    /// What everybody must read.
    pub(crate) fn claims(&self, alg: SigningAlg) -> Value {
        let mut claims = match self.kind {
            Kind::Id => self.id_token_claims(alg),
            Kind::Access => self.access_jwt_claims(),
        };
        claims["iss"] = ISSUER.into();
        claims["sub"] = self.subject.clone().into();
        claims["iat"] = unix_seconds(self.issued_at).into();
        claims["exp"] = unix_seconds(self.expires_at).into();
        if let Some(auth_time) = self.auth_time {
            claims["auth_time"] = unix_seconds(auth_time).into();
        }
        if let Some(acr) = &self.acr {
            claims["acr"] = acr.clone().into();
        }
        claims
    }

    fn id_token_claims(&self, alg: SigningAlg) -> Value {
        let mut claims = json!({ "aud": self.client_id, "roles": self.roles });
        if let Some(userinfo) = &self.userinfo {
            claims["name"] = userinfo["name"].clone();
        }
        if let Some(nonce) = &self.nonce {
            claims["nonce"] = nonce.clone().into();
        }
        if let Some(sid) = &self.sid {
            claims["sid"] = sid.clone().into();
        }
        if let Some(access_token) = &self.access_token {
            claims["at_hash"] = at_hash(access_token, alg).into();
        }
        claims
    }

    fn access_jwt_claims(&self) -> Value {
        let audience = match self.resources.as_slice() {
            [] => ISSUER.into(),
            [one] => (**one).into(),
            several => json!(several),
        };
        let mut claims = json!({
            "aud": audience,
            "client_id": self.client_id,
            "jti": self.id.to_string(),
        });
        if !self.scopes.is_empty() {
            claims["scope"] = self.scopes.join(" ").into();
        }
        if !self.roles.is_empty() {
            claims["roles"] = json!(self.roles);
        }
        claims
    }
}

fn unix_seconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_secs()
}

/// OpenID Connect Core §3.1.3.6: the left half of the digest that the algorithm names. Of Ed25519 that is SHA-512.
fn at_hash(access_token: &str, alg: SigningAlg) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use sha2::{Digest as _, Sha256, Sha512};
    let digest = if alg == SigningAlg::EdDsa {
        Sha512::digest(access_token).to_vec()
    } else {
        Sha256::digest(access_token).to_vec()
    };
    URL_SAFE_NO_PAD.encode(&digest[..digest.len() / 2])
}
