//! A remembered answer is the answer: two requests that differ in anything that the decision depends on never share one
//!
//!
//! The same requests go to a store that remembers and to one that does not; they must decide alike.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use empress_auth_core::limiter::LoginLimiter;
use empress_auth_core::password::PasswordHash;
use empress_auth_core::testing::{decide, unstored_token};
use empress_auth_core::{
    Authenticator, Clock, CredentialMemory, CredentialStore, Decision, Lookup, PeerAddress, Scheme,
    Scopes, SecretDigest, StoreError, StoreKey, StoredCredential, StoredUser, TokenId, TokenKind,
    scope,
};
use http::Request;

use crate::support::{Random, basic, start};

#[derive(Default)]
struct Rows {
    keys: HashMap<String, StoredCredential>,
    digests: HashMap<Vec<u8>, StoredCredential>,
    tokens: HashMap<TokenId, StoredCredential>,
    passwords: HashMap<String, StoredCredential>,
}

#[derive(Clone)]
struct Static {
    rows: Arc<Rows>,
    memory: Option<Arc<CredentialMemory>>,
}

impl CredentialStore for Static {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let rows = &self.rows;
        Ok(match what {
            Lookup::ApiKey(key) => rows.keys.get(key).cloned(),
            Lookup::Token(id) => rows.tokens.get(&id).cloned(),
            Lookup::Digest(digests) => digests
                .iter()
                .find_map(|digest| rows.digests.get(digest.as_bytes()).cloned()),
            Lookup::Password(name) => rows.passwords.get(name).cloned(),
            Lookup::Session(_) | _ => None,
        })
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        self.memory.clone()
    }
}

/// Texts that mean different things in different places, made of the letters at which things are split.
fn texts(random: &mut Random) -> Vec<String> {
    let mut texts: Vec<String> = (0..200)
        .map(|_| {
            let length = 1 + random.below(7);
            random.text(length, b"ab:|.")
        })
        .collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

fn rows(random: &mut Random, texts: &mut Vec<String>, store_key: &StoreKey) -> Rows {
    let mut rows = Rows::default();
    let mut number = 0;
    let mut row = |random: &mut Random, digest: SecretDigest| {
        number += 1;
        let user = StoredUser::new(&number.to_string(), &format!("user{number}"));
        let row = StoredCredential::new(
            &format!("row{number}"),
            digest,
            user.with_enabled(random.below(8) > 0),
        );
        let row = match random.below(3) {
            0 => row.with_scopes(Scopes::only(["a"])),
            1 => row.with_scopes(Scopes::only(["b"])),
            _ => row,
        };
        let row = match random.below(4) {
            0 => row.with_networks(vec!["192.0.2.0/24".parse().unwrap()]),
            _ => row,
        };
        match random.below(8) {
            0 => row.with_expires_at(Some(start())),
            _ => row,
        }
    };
    for text in texts.iter() {
        if random.below(2) == 0 {
            let digest = SecretDigest::sha256_of(text.as_bytes());
            let key = digest.as_bytes().to_vec();
            rows.digests.insert(key, row(random, digest));
        }
        if let Some((key, secret)) = text.split_once(':') {
            if random.below(2) == 0 {
                let digest = SecretDigest::sha256_of(secret.as_bytes());
                rows.keys.insert(key.to_owned(), row(random, digest));
            }
            // One row in all: a wrong password is dear, and limited.
            if rows.passwords.is_empty() && !key.is_empty() && !secret.is_empty() {
                let hash = format!("md5$salt${}", md5_hex(&format!("salt{secret}")));
                let digest = SecretDigest::from_password_hash(PasswordHash::from_stored(hash));
                rows.passwords.insert(key.to_owned(), row(random, digest));
            }
        }
    }
    let kinds = [
        TokenKind::Api,
        TokenKind::Access,
        TokenKind::Session,
        TokenKind::Refresh,
        TokenKind::Code,
    ];
    for kind in kinds.repeat(4) {
        let (id, text) = unstored_token(kind, store_key, start());
        let digest = SecretDigest::sha256_of(text.as_bytes());
        rows.tokens.insert(id, row(random, digest));
        texts.push(text);
    }
    rows
}

fn md5_hex(text: &str) -> String {
    use md5::Digest as _;
    let digest = md5::Md5::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Layers that decide differently, on one store.
fn layers(store: &Static) -> Vec<Authenticator> {
    let clock = Clock::manual(start());
    let few = |count| NonZeroU32::new(count).unwrap();
    let limiter = LoginLimiter::new()
        .with_failures_per_account(few(3))
        .with_failures_per_network(few(6));
    let plain = Authenticator::new(store.clone())
        .clock(clock)
        .login_limiter(limiter);
    vec![
        plain.clone(),
        plain.clone().require(scope("a")),
        plain.clone().header("x-api-key"),
        plain.clone().session_cookie("sid"),
        plain.clone().ignore_invalid(),
        plain.clone().schemes([Scheme::Token]),
        plain.clone().keyword("Bearer").schemes([Scheme::Token]),
        plain.passwords(),
    ]
}

fn request(random: &mut Random, text: &str) -> Request<()> {
    let request = Request::builder().method("GET");
    let request = match random.below(6) {
        0 => request.header("authorization", format!("Token {text}")),
        1 => request.header("authorization", format!("Bearer {text}")),
        2 => request.header("authorization", basic(text)),
        3 => request.header("x-api-key", text),
        4 => request
            .header("cookie", format!("sid={text}"))
            .header("sec-fetch-site", "same-origin"),
        _ => request.header("authorization", format!("token {text}")),
    };
    let peer: Option<&IpAddr> = None;
    let peers = [
        peer.copied(),
        "192.0.2.7".parse().ok(),
        "198.51.100.7".parse().ok(),
    ];
    let request = match random.pick(&peers) {
        Some(peer) => request.extension(PeerAddress(*peer)),
        None => request,
    };
    request.body(()).unwrap()
}

/// All that can be told of a decision.
fn told(decision: &Decision) -> String {
    match decision {
        Ok(Some(who)) => format!(
            "{} {:?} {} {:?} {:?}",
            who.user_id(),
            who.proof(),
            who.credential_id(),
            who.scopes(),
            who.expires_at()
        ),
        Ok(None) => "nobody".to_owned(),
        Err(rejection) => format!("{rejection:?}"),
    }
}

#[tokio::test]
async fn a_store_that_remembers_decides_like_one_that_does_not() {
    let mut random = Random::new(31);
    let store_key = StoreKey::from_bytes(&[5; 32]);
    let mut texts = texts(&mut random);
    let rows = Arc::new(rows(&mut random, &mut texts, &store_key));
    let memory = Arc::new(CredentialMemory::new(10_000, Some(store_key)));
    let remembering = Static {
        rows: Arc::clone(&rows),
        memory: Some(Arc::clone(&memory)),
    };
    let forgetful = Static { rows, memory: None };
    let (remembering, forgetful) = (layers(&remembering), layers(&forgetful));
    let mut accepted = 0;
    for _ in 0..60_000 {
        let text = random.pick(&texts).clone();
        let request = request(&mut random, &text);
        let layer = random.below(remembering.len());
        let remembered = decide(&remembering[layer], &request).await;
        let asked = decide(&forgetful[layer], &request).await;
        assert_eq!(
            told(&remembered),
            told(&asked),
            "layer {layer}, {request:?}"
        );
        accepted += usize::from(matches!(asked, Ok(Some(_))));
    }
    assert!(accepted > 2_000, "{accepted} is too few to tell");
    assert!(memory.len() > 50, "{} entries", memory.len());
}
