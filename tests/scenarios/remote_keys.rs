//! Tokens of other issuers, whose keys are fetched from them: KY-7.

use std::io::ErrorKind;
use std::net::TcpListener;

use empress_auth_core::Authenticator;
use empress_auth_core::jwt::{Algorithm, JwtVerifier};
use empress_auth_core::testing::TestIssuer;
use empress_auth_oauth::remote_jwks::RemoteJwks;
use empress_auth_tests::{Issuer, Stage};
use serde_json::{Value, json};

const HERE: &str = "https://api.example";

/// The name of the key that every `TestIssuer` has.
const KID: &str = "test";

fn verifier(issuer: &Issuer) -> JwtVerifier {
    let keys = RemoteJwks::discover(&issuer.url()).unwrap();
    JwtVerifier::new(&issuer.url(), HERE, keys)
}

/// Somebody's key: the issuer's, once it is published.
fn key() -> TestIssuer {
    TestIssuer::new("unused", Algorithm::EdDSA)
}

fn claims(issuer: &Issuer, sub: &str) -> Value {
    json!({"iss": issuer.url(), "aud": HERE, "sub": sub, "exp": 4_102_444_800_u64})
}

fn header(kid: &str) -> Value {
    json!({"typ": "at+jwt", "alg": "EdDSA", "kid": kid})
}

/// A token of this issuer, signed with a key that it calls so.
fn token(issuer: &Issuer, key: &TestIssuer, kid: &str) -> String {
    bearer(key, header(kid), claims(issuer, "ada"))
}

fn bearer(key: &TestIssuer, header: Value, claims: Value) -> String {
    format!("Bearer {}", key.sign(header, claims))
}

// RS-9068-3
pub(crate) fn a_rotated_key_opens_with_its_first_token(stage: Stage) {
    let (issuer, old, new) = (Issuer::start(), key(), key());
    issuer.publish(old.jwks());
    let server = stage
        .adapter()
        .serve_behind(Authenticator::new(verifier(&issuer)));
    let with_old = token(&issuer, &old, KID);
    assert_eq!(server.get_as("/", &with_old).text(), "ada");
    issuer.publish(new.jwks().replace(KID, "new"));
    let with_new = token(&issuer, &new, "new");
    assert_eq!(server.get_as("/", &with_new).text(), "ada");
    // What the old key signed and nobody showed yet, is refused from then on.
    let unseen = bearer(&old, header(KID), claims(&issuer, "eve"));
    assert_eq!(server.get_as("/", &unseen).status, 401);
    assert_eq!(issuer.fetches(), 2);
}

// KY-7, RS-9068-3
pub(crate) fn while_the_issuer_is_down_known_keys_open_and_others_are_503(stage: Stage) {
    let (world, issuer, known, other) = (stage.world(), Issuer::start(), key(), key());
    issuer.publish(known.jwks());
    let auth = || Authenticator::new(world.store.clone()).accept(verifier(&issuer));
    let server = stage.adapter().serve_behind(auth());
    assert_eq!(
        server.get_as("/", token(&issuer, &known, KID)).text(),
        "ada"
    );
    issuer.set_down(true);
    let unknown = token(&issuer, &other, "other");
    for path in ["/", "/maybe"] {
        let answer = server.get_as(path, &unknown);
        assert_eq!(answer.status, 503);
        assert!(answer.header("retry-after").is_some());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.challenges().is_empty());
        assert!(
            !answer.text().contains(&issuer.url()),
            "the words are for the log"
        );
    }
    // A caller that was not seen before, with the key that was; and what needs no issuer.
    let another = bearer(&known, header(KID), claims(&issuer, "eve"));
    assert_eq!(server.get_as("/", another).text(), "eve");
    let local = format!("Bearer {}", world.token("ada"));
    assert_eq!(server.get_as("/", local).text(), "ada");
    assert_eq!(server.get("/").status, 401);
    // From the start: nothing is known, and nobody is refused for it.
    let server = stage.adapter().serve_behind(auth());
    assert_eq!(server.get_as("/", token(&issuer, &known, KID)).status, 503);
}

// J-26
pub(crate) fn the_tokens_of_two_issuers_never_cross(stage: Stage) {
    let (a, b) = (Issuer::start(), Issuer::start());
    // Both call their key the same.
    let (key_of_a, key_of_b) = (key(), key());
    a.publish(key_of_a.jwks());
    b.publish(key_of_b.jwks());
    let auth = Authenticator::new(verifier(&a)).accept(verifier(&b));
    let server = stage.adapter().serve_behind(auth);
    for _ in 0..2 {
        assert_eq!(server.get_as("/", token(&a, &key_of_b, KID)).status, 401);
        assert_eq!(server.get_as("/", token(&b, &key_of_a, KID)).status, 401);
        assert_eq!(server.get_as("/", token(&a, &key_of_a, KID)).status, 200);
        assert_eq!(server.get_as("/", token(&b, &key_of_b, KID)).status, 200);
    }
    // A third one, whom nobody knows, is asked for nothing.
    let (stranger, its_key) = (Issuer::start(), key());
    stranger.publish(its_key.jwks());
    assert_eq!(
        server.get_as("/", token(&stranger, &its_key, KID)).status,
        401
    );
    assert_eq!(stranger.fetches(), 0);
}

// J-6
pub(crate) fn keys_that_a_token_brings_are_neither_fetched_nor_used(stage: Stage) {
    let (issuer, good, attackers) = (Issuer::start(), key(), key());
    issuer.publish(good.jwks());
    let server = stage
        .adapter()
        .serve_behind(Authenticator::new(verifier(&issuer)));
    let canary = TcpListener::bind("127.0.0.1:0").unwrap();
    let lure = format!("http://{}/keys", canary.local_addr().unwrap());
    let jwks: Value = serde_json::from_str(&attackers.jwks()).unwrap();
    let brought = [
        json!({"jku": lure}),
        json!({"x5u": lure}),
        json!({"jwk": jwks["keys"][0]}),
        json!({"x5c": ["MIIB"], "x5t": "AAAA", "x5t#S256": "AAAA"}),
        json!({"jku": lure, "x5u": lure, "jwk": jwks["keys"][0], "iss": lure, "keys": jwks}),
    ];
    let kids = [json!(KID), json!("other"), json!(lure), Value::Null];
    for brought in &brought {
        for kid in &kids {
            let mut header = header(KID);
            header["kid"] = kid.clone();
            if kid.is_null() {
                header.as_object_mut().unwrap().remove("kid");
            }
            let members = brought.as_object().unwrap().clone();
            header.as_object_mut().unwrap().extend(members);
            let forged = bearer(&attackers, header, claims(&issuer, "root"));
            assert_eq!(server.get_as("/", forged).status, 401, "{brought} {kid}");
        }
    }
    assert_eq!(server.get_as("/", token(&issuer, &good, KID)).status, 200);
    // Whoever connected would wait in the listener's queue.
    canary.set_nonblocking(true).unwrap();
    let visitor = canary.accept().map_err(|error| error.kind());
    assert_eq!(visitor.map(|_| ()), Err(ErrorKind::WouldBlock));
    assert!(issuer.fetches() <= 2);
}

// J-7
pub(crate) fn a_kid_is_a_name_and_nothing_else(stage: Stage) {
    let (issuer, good, attackers) = (Issuer::start(), key(), key());
    issuer.publish(good.jwks());
    let server = stage
        .adapter()
        .serve_behind(Authenticator::new(verifier(&issuer)));
    assert_eq!(server.get_as("/", token(&issuer, &good, KID)).status, 200);
    let long = "k".repeat(4_000);
    for kid in [
        "",
        " test",
        "test ",
        "TEST",
        "test\u{0}",
        "te\u{455}t",
        "../../dev/null",
        "/dev/null",
        "' OR '1'='1",
        "x'; DROP TABLE keys; --",
        "__proto__",
        "constructor",
        "http://127.0.0.1:1/keys",
        "*",
        "%",
        "\r\nx: y",
        &long,
    ] {
        for key in [&attackers, &good] {
            let answer = server.get_as("/", token(&issuer, key, kid));
            assert_eq!(answer.status, 401, "{kid:?}");
        }
    }
    for kid in [
        json!(null),
        json!(["test"]),
        json!({"test": 1}),
        json!(1),
        json!(true),
    ] {
        let mut header = header(KID);
        header["kid"] = kid.clone();
        let forged = bearer(&good, header, claims(&issuer, "ada"));
        assert_eq!(server.get_as("/", forged).status, 401, "{kid}");
    }
    assert!(issuer.fetches() <= 2, "{}", issuer.fetches());
}
