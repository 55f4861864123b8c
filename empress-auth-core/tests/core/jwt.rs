//! JSON Web Tokens at a layer: alone, beside a store, and held by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use empress_auth_core::jwt::{Algorithm, JwtVerifier, KeySet, KeySource, KeySourceError};
use empress_auth_core::testing::{TestIssuer, present};
use empress_auth_core::{
    Authenticator, Cached, Clock, CredentialKind, CredentialStore, Identity, Lookup, RejectionKind,
    StoreError, StoredCredential,
};
use serde_json::{Value, json};

use crate::support::{accepted, refused, start, store_and_clock, token, user};

mod authority;
mod stored;

const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "https://api.example";

fn now() -> u64 {
    start().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn issuer() -> TestIssuer {
    TestIssuer::new(ISSUER, Algorithm::ES256)
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "exp": now() + 300, "iat": now()})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn alone(verifier: JwtVerifier) -> (Authenticator, Clock) {
    let clock = Clock::manual(start());
    (Authenticator::new(verifier).clock(clock.clone()), clock)
}

/// Counts what is asked, and answers or does not.
#[derive(Clone)]
struct Keys(Arc<State>);

struct State {
    known: KeySet,
    others: KeySet,
    is_withdrawn: AtomicBool,
    is_down: AtomicBool,
    looked: AtomicUsize,
    refreshed: AtomicUsize,
}

impl Keys {
    fn new(known: KeySet, others: KeySet) -> Self {
        Self(Arc::new(State {
            known,
            others,
            is_withdrawn: AtomicBool::default(),
            is_down: AtomicBool::default(),
            looked: AtomicUsize::default(),
            refreshed: AtomicUsize::default(),
        }))
    }

    /// The issuer has the other keys alone.
    fn withdraw(&self) {
        self.0.is_withdrawn.store(true, Ordering::SeqCst);
    }

    fn looked(&self) -> usize {
        self.0.looked.load(Ordering::SeqCst)
    }

    fn refreshed(&self) -> usize {
        self.0.refreshed.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl KeySource for Keys {
    fn keys(&self) -> KeySet {
        self.0.looked.fetch_add(1, Ordering::SeqCst);
        if self.0.is_withdrawn.load(Ordering::SeqCst) {
            return self.0.others.clone();
        }
        self.0.known.clone()
    }

    async fn refresh(&self, _: &str) -> Result<KeySet, KeySourceError> {
        self.0.refreshed.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        if self.0.is_down.load(Ordering::SeqCst) {
            return Err(KeySourceError::new("the issuer does not answer"));
        }
        Ok(self.0.others.clone())
    }
}

#[tokio::test]
async fn a_verifier_alone_lets_its_issuers_tokens_in_and_nothing_else() {
    let issuer = issuer();
    let (layer, clock) = alone(issuer.verifier(AUDIENCE));
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "248289761001", "exp": now() + 300, "iat": now() - 7,
        "scope": "invoices:read  invoices:write", "roles": ["Manager"], "client_id": "web",
    });
    let who = accepted(&layer, &bearer(&issuer.access_token(&claims))).await;
    assert_eq!(who.user_id(), "https://id.example|248289761001");
    assert_eq!(who.issuer(), Some(ISSUER));
    assert_eq!(who.username(), "248289761001");
    assert!(who.claims().is_none(), "nobody asked for them");
    assert_eq!(who.proof(), CredentialKind::AccessToken);
    assert_eq!(who.client_id(), Some("web"));
    assert!(who.has_role("Manager") && who.roles().len() == 1);
    let scopes: Vec<_> = who
        .scopes()
        .as_list()
        .unwrap()
        .iter()
        .map(AsRef::as_ref)
        .collect();
    assert_eq!(scopes, ["invoices:read", "invoices:write"]);
    assert_eq!(who.expires_at(), Some(start() + Duration::from_secs(330)));
    assert!(!who.credential_id().is_empty());

    let (store, _) = store_and_clock();
    user(&store, "ada").await;
    let opaque = token(&store, "ada", &clock).await;
    for field in [
        bearer(opaque.expose_secret()),
        bearer("x"),
        bearer("a.b.c"),
        bearer("a.b.c.d.e"),
        bearer("9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b"),
    ] {
        assert_eq!(
            refused(&layer, &field).await,
            RejectionKind::Invalid,
            "{field}"
        );
    }
    let good = issuer.access_token(&claims);
    for field in [
        format!("Token {good}"),
        "Token x:y".to_owned(),
        "Basic eDp5".to_owned(),
    ] {
        assert_eq!(
            refused(&layer, &field).await,
            RejectionKind::UnknownScheme,
            "{field}"
        );
    }
    let rejection = layer.start(&http::Request::new(()));
    let empress_auth_core::Start::Ready(Err(rejection)) = rejection else {
        panic!("somebody was let in");
    };
    let response = layer.render(&rejection);
    let challenges: Vec<_> = response
        .headers()
        .get_all("www-authenticate")
        .iter()
        .collect();
    assert_eq!(challenges, [r#"Bearer realm="api""#]);
}

#[tokio::test]
async fn roles_scopes_and_names_come_from_the_claims_that_are_configured() {
    let issuer = issuer();
    let claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "1", "exp": now() + 300, "preferred_username": "ada",
        "realm_access": {"roles": ["Manager", "System Manager"]}, "permissions": ["a", "b b", ""], "scp": ["c"], "azp": "web",
        "https://id.example/roles": ["Other"],
    });
    let field = bearer(&issuer.access_token(claims));
    let plain = accepted(&alone(issuer.verifier(AUDIENCE)).0, &field).await;
    assert_eq!((plain.username(), plain.roles().len()), ("1", 0));
    assert_eq!(plain.scopes(), &empress_auth_core::Scopes::only(["c"]));
    assert_eq!(plain.client_id(), Some("web"));

    let configured = issuer
        .verifier(AUDIENCE)
        .username_claim("preferred_username")
        .roles_claim(["realm_access", "roles"])
        .scopes_claim(["permissions"]);
    let who = accepted(&alone(configured).0, &field).await;
    assert_eq!(
        (who.user_id(), who.username()),
        ("https://id.example|1", "ada")
    );
    assert!(who.has_role("Manager") && who.has_role("System Manager"));
    assert_eq!(who.scopes(), &empress_auth_core::Scopes::only(["a"]));

    let namespaced = issuer
        .verifier(AUDIENCE)
        .roles_claim(["https://id.example/roles"]);
    assert!(
        accepted(&alone(namespaced).0, &field)
            .await
            .has_role("Other")
    );
}

#[tokio::test]
async fn what_a_token_says_is_kept_for_those_who_ask_for_it() {
    let issuer = issuer();
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let own = token(&store, "ada", &clock).await;
    let on = || Authenticator::new(store.clone()).clock(clock.clone());
    let keeping = on().accept(issuer.verifier(AUDIENCE).keep_claims());
    let foreign = bearer(&issuer.access_token(with("tenant", json!("acme"))));
    // Anew, and remembered.
    for _ in 0..2 {
        let who = accepted(&keeping, &foreign).await;
        let claims = who.claims().expect("its claims");
        assert_eq!(claims.text("tenant").as_deref(), Some("acme"));
        assert_eq!(claims.subject().as_deref(), Some("ada"));
        let ada = accepted(&keeping, &bearer(own.expose_secret())).await;
        assert_eq!((ada.issuer(), ada.username()), (None, "ada"));
        assert!(ada.claims().is_none(), "a token without claims");
    }
    let other = on().accept(issuer.verifier(AUDIENCE));
    assert!(accepted(&other, &foreign).await.claims().is_none());
}

// J-27
#[tokio::test]
async fn claims_of_a_wrong_kind_are_refused_and_missing_ones_grant_nothing() {
    let issuer = issuer();
    let (layer, _) = alone(issuer.verifier(AUDIENCE));
    for (name, value) in [
        ("sub", json!(1)),
        ("sub", json!("")),
        ("sub", Value::Null),
        ("sub", json!("a\nb")),
        ("sub", json!("x".repeat(256))),
        ("roles", json!("System Manager")),
        ("roles", json!(["a", 1])),
        ("roles", json!({"0": "a"})),
        ("roles", Value::Null),
        ("scope", json!(1)),
        ("scope", json!({})),
        ("scope", json!([1])),
        ("client_id", json!(1)),
    ] {
        let field = bearer(&issuer.access_token(with(name, value.clone())));
        assert_eq!(
            refused(&layer, &field).await,
            RejectionKind::Invalid,
            "{name}: {value}"
        );
    }
    let mut nobody = claims();
    nobody.as_object_mut().unwrap().remove("sub");
    assert_eq!(
        refused(&layer, &bearer(&issuer.access_token(nobody))).await,
        RejectionKind::Invalid
    );
    let bare = accepted(&layer, &bearer(&issuer.access_token(claims()))).await;
    assert!(bare.roles().is_empty());
    assert_eq!(bare.scopes().as_list().map(<[_]>::len), Some(0));
    // What means everything in a store of ours means nothing in another's token.
    let all = accepted(
        &layer,
        &bearer(&issuer.access_token(with("scope", json!("all *")))),
    )
    .await;
    assert!(!all.scopes().contains("invoices:read"));
}

// J-26
#[tokio::test]
async fn the_issuer_that_a_token_names_selects_one_verifier() {
    let (one, two) = (
        issuer(),
        TestIssuer::new("https://two.example", Algorithm::EdDSA),
    );
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let layer = Authenticator::new(store.clone())
        .clock(clock.clone())
        .accept(one.verifier(AUDIENCE))
        .accept(two.verifier(AUDIENCE));
    let of =
        |issuer: &str| json!({"iss": issuer, "aud": AUDIENCE, "sub": "ada", "exp": now() + 300});
    let by_one = accepted(&layer, &bearer(&one.access_token(of(ISSUER)))).await;
    let by_two = accepted(
        &layer,
        &bearer(&two.access_token(of("https://two.example"))),
    )
    .await;
    let by_us = accepted(
        &layer,
        &bearer(token(&store, "ada", &clock).await.expose_secret()),
    )
    .await;
    assert_ne!(by_one.user_id(), by_two.user_id());
    assert_ne!(by_one.user_id(), by_us.user_id());
    for forged in [
        one.access_token(of("https://two.example")),
        two.access_token(of(ISSUER)),
        one.access_token(of("https://three.example")),
        one.access_token(json!({"aud": AUDIENCE, "sub": "ada", "exp": now() + 300})),
        one.access_token(with("iss", json!([ISSUER, "https://two.example"]))),
    ] {
        assert_eq!(
            refused(&layer, &bearer(&forged)).await,
            RejectionKind::Invalid
        );
    }
    // A second verifier of an issuer stands in place of the first.
    let moved = layer.accept(one.verifier("https://new.example"));
    assert_eq!(
        refused(&moved, &bearer(&one.access_token(of(ISSUER)))).await,
        RejectionKind::Invalid
    );
}

#[tokio::test]
async fn a_token_is_verified_once_in_five_minutes_and_remembered_until_it_expires() {
    let issuer = issuer();
    let keys = Keys::new(issuer.keys(), KeySet::default());
    let verifier = JwtVerifier::new(ISSUER, AUDIENCE, keys.clone());
    let (store, clock) = store_and_clock();
    let cached = Cached::new(verifier.clone(), Duration::from_secs(3_600));
    for layer in [
        Authenticator::new(verifier.clone()).clock(clock.clone()),
        Authenticator::new(store)
            .clock(clock.clone())
            .accept(verifier.clone()),
        Authenticator::new(cached).clock(clock.clone()),
    ] {
        clock.set(start());
        let field = bearer(&issuer.access_token(claims()));
        let before = keys.looked();
        for _ in 0..5 {
            accepted(&layer, &field).await;
        }
        assert_eq!(keys.looked(), before + 1);
        clock.advance(Duration::from_secs(299));
        accepted(&layer, &field).await;
        assert_eq!(keys.looked(), before + 1);
        clock.advance(Duration::from_secs(1));
        accepted(&layer, &field).await;
        accepted(&layer, &field).await;
        assert_eq!(keys.looked(), before + 2);
        clock.advance(Duration::from_secs(30));
        assert_eq!(refused(&layer, &field).await, RejectionKind::Invalid);
    }
    // Clones of a verifier share what they know.
    let one = Authenticator::new(verifier.clone()).clock(clock.clone());
    let other = Authenticator::new(verifier).clock(clock.clone());
    clock.set(start());
    let field = bearer(&issuer.access_token(with("jti", json!("shared"))));
    accepted(&one, &field).await;
    let before = keys.looked();
    accepted(&other, &field).await;
    assert_eq!(keys.looked(), before);
}

// KY-7: an issuer that withdraws a key, because it was stolen, say, is heard of by those who remember its tokens, too.
#[tokio::test]
async fn what_is_remembered_outlives_its_withdrawn_key_by_five_minutes_at_most() {
    let issuer = issuer();
    let keys = Keys::new(issuer.keys(), KeySet::default());
    let verifier = JwtVerifier::new(ISSUER, AUDIENCE, keys.clone());
    let (layer, clock) = alone(verifier);
    let field = bearer(&issuer.access_token(with("exp", json!(now() + 86_400))));
    accepted(&layer, &field).await;
    keys.withdraw();
    clock.advance(Duration::from_secs(299));
    accepted(&layer, &field).await;
    clock.advance(Duration::from_secs(1));
    assert_eq!(refused(&layer, &field).await, RejectionKind::Invalid);
}

#[tokio::test]
async fn what_one_layer_accepted_another_layer_on_the_same_store_does_not() {
    let issuer = issuer();
    let (store, clock) = store_and_clock();
    let on = || Authenticator::new(store.clone()).clock(clock.clone());
    let verifier = issuer.verifier(AUDIENCE);
    let field = bearer(&issuer.access_token(with("roles", json!(["Manager"]))));
    let who = accepted(&on().accept(verifier.clone()), &field).await;
    assert!(who.has_role("Manager"));
    // It holds still, so that it lies in the memory that all of these share.
    for other in [
        on(),
        on().accept(issuer.verifier("https://other.example")),
        on().accept(TestIssuer::new(ISSUER, Algorithm::ES256).verifier(AUDIENCE)),
        on().accept(verifier.clone().algorithms([Algorithm::EdDSA])),
        on().accept(verifier.clone().types(["JWT"])),
        on().accept(verifier.clone().stored()),
    ] {
        assert_eq!(
            refused(&other, &field).await,
            RejectionKind::Invalid,
            "{other:?}"
        );
    }
    let without_roles = on().accept(verifier.clone().roles_claim(["none"]));
    assert!(!accepted(&without_roles, &field).await.has_role("Manager"));
    assert!(
        accepted(&on().accept(verifier), &field)
            .await
            .has_role("Manager")
    );
}

// RS-9068-3
#[tokio::test]
async fn an_unknown_key_is_asked_for_and_a_known_one_never_waits() {
    let (old, new) = (issuer(), issuer());
    let renamed = new.jwks().replace("\"test\"", "\"new\"");
    let keys = Keys::new(old.keys(), KeySet::from_json(renamed.as_bytes()).unwrap());
    let (layer, _) = alone(JwtVerifier::new(ISSUER, AUDIENCE, keys.clone()));
    let signed = |kid: &str| {
        new.sign(
            format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"{kid}"}}"#),
            claims(),
        )
    };
    accepted(&layer, &bearer(&signed("new"))).await;
    assert_eq!(keys.refreshed(), 1);
    let unknown = bearer(&signed("unknown"));
    assert_eq!(refused(&layer, &unknown).await, RejectionKind::Invalid);
    assert_eq!(keys.refreshed(), 2);
    // Again at once: the refusal is remembered for a moment.
    assert_eq!(refused(&layer, &unknown).await, RejectionKind::Invalid);
    assert_eq!(keys.refreshed(), 2);

    keys.0.is_down.store(true, Ordering::SeqCst);
    assert_eq!(
        refused(&layer, &bearer(&signed("another"))).await,
        RejectionKind::Unavailable
    );
    let lenient = layer.clone().ignore_invalid();
    assert_eq!(
        refused(&lenient, &bearer(&signed("third"))).await,
        RejectionKind::Unavailable
    );
    accepted(&layer, &bearer(&old.access_token(claims()))).await;
    // What no key could make good does not ask for one.
    let asked = keys.refreshed();
    for hopeless in [
        signed("a b"),
        signed("test"),
        "a.b.c".to_owned(),
        "e30.e30.e30".to_owned(),
    ] {
        assert_eq!(
            refused(&layer, &bearer(&hopeless)).await,
            RejectionKind::Invalid,
            "{hopeless}"
        );
    }
    assert_eq!(keys.refreshed(), asked);
    keys.0.is_down.store(false, Ordering::SeqCst);
    accepted(&layer, &bearer(&signed("new"))).await;
}

#[tokio::test]
async fn many_requests_with_one_new_token_ask_for_its_key_once() {
    let new = issuer();
    let keys = Keys::new(KeySet::default(), new.keys());
    let (layer, _) = alone(JwtVerifier::new(ISSUER, AUDIENCE, keys.clone()));
    let field = bearer(&new.access_token(claims()));
    let asked = (0..50).map(|_| {
        let (layer, field) = (layer.clone(), field.clone());
        tokio::spawn(async move { accepted(&layer, &field).await })
    });
    for answer in asked.collect::<Vec<_>>() {
        answer.await.unwrap();
    }
    assert_eq!(keys.refreshed(), 1);
}

#[tokio::test]
async fn a_store_of_tokens_with_two_dots_goes_on_where_no_verifier_is_accepted() {
    struct Dotted;
    impl CredentialStore for Dotted {
        async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
            let Lookup::Digest([digest, ..]) = what else {
                return Ok(None);
            };
            let user = empress_auth_core::StoredUser::new("1", "ada");
            Ok(Some(StoredCredential::new("1", digest.clone(), user)))
        }
    }
    let layer = Authenticator::new(Dotted);
    accepted(&layer, "Bearer a.b.c").await;
    let beside = layer.accept(issuer().verifier(AUDIENCE));
    assert_eq!(
        refused(&beside, "Bearer a.b.c").await,
        RejectionKind::Invalid
    );
    accepted(&beside, "Bearer a.b").await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_of_a_foreign_caller_ends_when_the_token_does() {
    let issuer = issuer();
    let (layer, clock) = alone(issuer.verifier(AUDIENCE));
    let who: Identity = accepted(&layer, &bearer(&issuer.access_token(claims()))).await;
    let patience = Duration::from_secs(100);
    assert!(tokio::time::timeout(patience, who.revoked()).await.is_err());
    clock.advance(Duration::from_secs(330));
    assert!(tokio::time::timeout(patience, who.revoked()).await.is_ok());
}

#[tokio::test]
async fn an_anonymous_caller_is_let_in_by_the_same_modes() {
    let issuer = issuer();
    let (layer, _) = alone(issuer.verifier(AUDIENCE));
    let expired = bearer(&issuer.access_token(with("exp", json!(now() - 31))));
    assert_eq!(
        refused(&layer.clone().optional(), &expired).await,
        RejectionKind::Invalid
    );
    assert_eq!(
        present(&layer.ignore_invalid(), &expired).await.unwrap(),
        None
    );
}
