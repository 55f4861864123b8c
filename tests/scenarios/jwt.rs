//! JSON Web Tokens of another issuer, alone and beside a store.

use std::sync::LazyLock;
use std::time::{Duration, UNIX_EPOCH};

use empress_auth_core::jwt::{Algorithm, JwtVerifier, KeySet};
use empress_auth_core::testing::TestIssuer;
use empress_auth_core::{Authenticator, Preset, Scopes, TokenKind};
use empress_auth_tests::{FailingKeys, OwnStore, Request, Stage, World, basic};
use serde_json::{Value, json};

const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "https://api.example";

static ID: LazyLock<TestIssuer> = LazyLock::new(|| TestIssuer::new(ISSUER, Algorithm::ES256));

/// Calls its key as the other does.
static OTHER: LazyLock<TestIssuer> = LazyLock::new(|| TestIssuer::new(ISSUER, Algorithm::ES256));

fn claims(world: &World) -> Value {
    let now = seconds(world);
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "client_id": "web", "jti": "1",
        "iat": now, "exp": now + 300, "scope": "invoices:read", "roles": ["Manager"]})
}

fn with(world: &World, name: &str, value: Value) -> Value {
    let mut claims = claims(world);
    claims[name] = value;
    claims
}

fn without(world: &World, name: &str) -> Value {
    let mut claims = claims(world);
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

fn seconds(world: &World) -> u64 {
    let now = world.clock.now().duration_since(UNIX_EPOCH);
    now.unwrap().as_secs()
}

fn bearer(token: impl AsRef<str>) -> String {
    format!("Bearer {}", token.as_ref())
}

/// A layer with a verifier in place of a store, and one with a verifier beside a store.
fn layers(world: &World, verifier: &JwtVerifier) -> [(&'static str, Authenticator); 2] {
    let alone = Authenticator::new(verifier.clone()).clock(world.clock.clone());
    [
        ("alone", alone),
        ("beside", world.auth().accept(verifier.clone())),
    ]
}

// RS-9068-2
pub(crate) fn a_token_of_the_issuer_opens_what_its_claims_allow(stage: Stage) {
    let world = stage.world();
    let good = bearer(ID.access_token(claims(&world)));
    let bare = json!({"iss": ISSUER, "aud": [AUDIENCE], "sub": "1", "exp": seconds(&world) + 1});
    let bare = bearer(ID.access_token(bare));
    for (place, layer) in layers(&world, &ID.verifier(AUDIENCE)) {
        let server = stage.adapter().serve_behind(layer);
        // Twice: verified, and remembered.
        for _ in 0..2 {
            let answer = server.get_as("/whoami", &good);
            assert_eq!(answer.status, 200, "{place}: {}", answer.text());
            let told = answer.text();
            assert!(told.starts_with("user: ada\nroles: Manager\n"), "{told}");
            assert!(told.ends_with("scopes: invoices:read\n"), "{told}");
            for path in ["/", "/maybe", "/option", "/scoped", "/required"] {
                assert_eq!(server.get_as(path, &good).status, 200, "{place}: {path}");
            }
            assert_eq!(server.get_as("/", &bare).text(), "1");
            assert_eq!(server.get_as("/scoped", &bare).status, 403);
            assert_eq!(server.get_as("/required", &bare).status, 403);
        }
    }
}

pub(crate) fn opaque_tokens_and_jwts_open_one_door(stage: Stage) {
    let world = stage.world();
    let (opaque, keys) = (world.token("ada"), world.keys("ada"));
    let [(_, alone), (_, beside)] = layers(&world, &ID.verifier(AUDIENCE));
    let (alone, beside) = (
        stage.adapter().serve_behind(alone),
        stage.adapter().serve_behind(beside),
    );
    for field in [
        bearer(&opaque),
        format!("Token {opaque}"),
        format!("Token {keys}"),
        basic(&keys),
    ] {
        assert_eq!(beside.get_as("/", &field).status, 200, "{field}");
        assert_eq!(alone.get_as("/", &field).status, 401, "{field}");
    }
    // What cannot open is not offered.
    assert_eq!(alone.get("/").challenges(), ["Bearer realm=\"api\""]);
    assert_eq!(
        beside.get("/").challenges(),
        ["Token realm=\"api\"", "Bearer realm=\"api\""]
    );
}

/// Everything that a token can be refused for, with a reason that no client may learn.
fn wrong_tokens(world: &World) -> Vec<(&'static str, String)> {
    let now = seconds(world);
    let signed = |claims: Value| ID.access_token(claims);
    let headed = |header: &str| ID.sign(header, claims(world));
    let good = signed(claims(world));
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (header, _) = input.split_once('.').unwrap();
    let (_, other_payload) = {
        let other = signed(with(world, "sub", json!("root")));
        let (input, _) = other.rsplit_once('.').unwrap();
        let (header, payload) = input.split_once('.').unwrap();
        (header.to_owned(), payload.to_owned())
    };
    let twice = claims(world).to_string().replace('}', ",\"sub\":\"root\"}");
    vec![
        ("expired", signed(with(world, "exp", json!(now - 31)))),
        ("not yet valid", signed(with(world, "nbf", json!(now + 31)))),
        (
            "made in the future",
            signed(with(world, "iat", json!(now + 31))),
        ),
        ("without an end", signed(without(world, "exp"))),
        (
            "an end in words",
            signed(with(world, "exp", json!("never"))),
        ),
        (
            "another issuer",
            signed(with(world, "iss", json!("https://evil.example"))),
        ),
        ("no issuer", signed(without(world, "iss"))),
        (
            "another audience",
            signed(with(world, "aud", json!("https://other.example"))),
        ),
        ("no audience", signed(without(world, "aud"))),
        ("nobody", signed(without(world, "sub"))),
        (
            "roles in words",
            signed(with(world, "roles", json!("Manager"))),
        ),
        ("a claim twice", ID.access_token(twice)),
        (
            "another key of this name",
            OTHER.access_token(claims(world)),
        ),
        (
            "an unknown key",
            headed(r#"{"typ":"at+jwt","alg":"ES256","kid":"unknown"}"#),
        ),
        (
            "a key that is no name",
            headed(r#"{"typ":"at+jwt","alg":"ES256","kid":"../\u0000"}"#),
        ),
        (
            "another algorithm",
            headed(r#"{"typ":"at+jwt","alg":"HS256","kid":"test"}"#),
        ),
        (
            "no algorithm",
            headed(r#"{"typ":"at+jwt","alg":"none","kid":"test"}"#),
        ),
        (
            "an extension",
            headed(r#"{"typ":"at+jwt","alg":"ES256","kid":"test","crit":["exp"],"exp":1}"#),
        ),
        (
            "another type",
            headed(r#"{"typ":"JWT","alg":"ES256","kid":"test"}"#),
        ),
        ("no signature", format!("{input}.")),
        (
            "a damaged signature",
            format!("{input}.AAAA{}", signature.split_at(4).1),
        ),
        (
            "a changed payload",
            format!("{header}.{other_payload}.{signature}"),
        ),
        ("padding", format!("{good}==")),
        ("no JSON", "a.b.c".to_owned()),
        ("five segments", format!("{good}.a.b")),
        ("only dots", "..".to_owned()),
        (
            "8 KiB and more",
            signed(with(world, "pad", json!("x".repeat(8_192)))),
        ),
    ]
}

// H-18, RS-6750-5, J-28: twelve reasons and more are one answer, which is that of an unknown opaque token
pub(crate) fn every_wrong_jwt_gets_the_bytes_of_an_unknown_token(stage: Stage) {
    let world = stage.world();
    let wrong = wrong_tokens(&world);
    assert!(wrong.len() >= 12);
    let unknown = World::in_memory().token("ada");
    for preset in [Preset::Problem, Preset::OAuth, Preset::Frappe, Preset::Drf] {
        for (place, layer) in layers(&world, &ID.verifier(AUDIENCE)) {
            let server = stage.adapter().serve_behind(layer.preset(preset));
            let expected = server.get_as("/", bearer(&unknown));
            assert_eq!(expected.status, 401);
            for (reason, token) in &wrong {
                // Twice: what was refused a moment ago is remembered.
                for _ in 0..2 {
                    assert_eq!(
                        server.get_as("/", bearer(token)).comparable(),
                        expected.comparable(),
                        "{place}, {preset:?}: {reason}"
                    );
                }
                let (_, tail) = token.split_at(token.len().saturating_sub(20));
                let logged = server.log().lines().concat();
                assert!(tail.len() < 20 || !logged.contains(tail), "{reason}");
            }
            let good = bearer(ID.access_token(claims(&world)));
            assert_eq!(server.get_as("/", good).status, 200, "{place}");
        }
    }
}

/// What the same issuer signs for other purposes, with the claims of an access token so far as the kind allows them.
fn other_kinds(world: &World) -> Vec<(&'static str, String)> {
    let typed = |typ: &str, claims: Value| {
        let header = format!(r#"{{"typ":"{typ}","alg":"ES256","kid":"test"}}"#);
        ID.sign(header, claims)
    };
    let plus = |name: &str, value: Value| with(world, name, value);
    let logout = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    vec![
        (
            "ID token",
            typed("JWT", plus("at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ"))),
        ),
        (
            "ID token of the hybrid flow",
            typed("JWT", plus("c_hash", json!("LDktKdoQak3Pk0cnXxCltA"))),
        ),
        ("refresh token", typed("rt+jwt", claims(world))),
        (
            "Keycloak's refresh token",
            typed("JWT", plus("typ", json!("Refresh"))),
        ),
        (
            "Keycloak's ID token",
            typed("JWT", plus("typ", json!("ID"))),
        ),
        (
            "Cognito's ID token",
            typed("JWT", plus("token_use", json!("id"))),
        ),
        ("code", typed("code+jwt", claims(world))),
        (
            "logout token",
            typed("logout+jwt", plus("events", logout.clone())),
        ),
        (
            "logout token without a type",
            typed("JWT", plus("events", logout)),
        ),
        ("security event", typed("secevent+jwt", claims(world))),
        ("DPoP proof", typed("dpop+jwt", plus("htm", json!("GET")))),
        (
            "DPoP proof without its type",
            typed("JWT", plus("htu", json!(AUDIENCE))),
        ),
        (
            "client assertion",
            typed("client-authentication+jwt", claims(world)),
        ),
        (
            "request object",
            typed("oauth-authz-req+jwt", claims(world)),
        ),
        (
            "introspection response",
            typed("token-introspection+jwt", claims(world)),
        ),
        (
            "token for another audience",
            ID.access_token(plus("aud", json!("web"))),
        ),
        (
            "token for a longer audience",
            ID.access_token(plus("aud", json!("https://api.example/"))),
        ),
        (
            "token of another issuer",
            ID.access_token(plus("iss", json!("https://id.example/"))),
        ),
        (
            "token of an issuer with our keys' names",
            OTHER.access_token(claims(world)),
        ),
    ]
}

// J-25, RS-9068-1, RS-9068-4: every kind at every door
pub(crate) fn kinds_do_not_cross(stage: Stage) {
    let world = stage.world();
    let mut store = OwnStore::default();
    let opaque = [TokenKind::Refresh, TokenKind::Code, TokenKind::Session].map(|kind| {
        let token = store.add(kind, "ada", Scopes::all());
        ("opaque, of another kind", token)
    });
    for verifier in [
        ID.verifier(AUDIENCE),
        ID.verifier(AUDIENCE).danger_allow_untyped(),
    ] {
        let auth = Authenticator::new(store.clone()).clock(world.clock.clone());
        let auth = auth.accept(verifier).header("x-api-key");
        let server = stage.adapter().serve_behind(auth);
        for (kind, token) in other_kinds(&world).iter().chain(&opaque) {
            for scheme in ["Bearer", "Token"] {
                let answer = server.get_as("/", format!("{scheme} {token}"));
                assert_eq!(answer.status, 401, "{scheme}: {kind}");
            }
            let in_field = Request::get("/").header("x-api-key", token);
            assert_eq!(server.send(&in_field).status, 401, "{kind}");
        }
        // An access token is no API token, no password and no session.
        let good = ID.access_token(claims(&world));
        assert_eq!(server.get_as("/", bearer(&good)).status, 200);
        for elsewhere in [
            Request::get("/").authorization(format!("Token {good}")),
            Request::get("/").authorization(basic(format!("ada:{good}"))),
            Request::get("/").authorization(basic(format!("{good}:"))),
            Request::get("/").header("x-api-key", &good),
            Request::get("/").header("cookie", format!("sid={good}")),
            Request::get(&format!("/?access_token={good}")),
        ] {
            assert_eq!(server.send(&elsewhere).status, 401, "{elsewhere:?}");
        }
    }
}

// RS-9068-5, J-6: what a header brings along is not looked at, and what it asks for beyond that is refused
pub(crate) fn a_key_in_the_header_signs_for_nobody(stage: Stage) {
    let world = stage.world();
    let server = stage
        .adapter()
        .serve_behind(world.auth().accept(ID.verifier(AUDIENCE)));
    let jwks = OTHER.jwks();
    let jwk = jwks
        .trim_start_matches("{\"keys\":[")
        .trim_end_matches("]}");
    for brought in [
        format!(r#""jwk":{jwk}"#),
        r#""jku":"http://127.0.0.1:1/keys""#.to_owned(),
        r#""x5u":"http://127.0.0.1:1/certificate""#.to_owned(),
        r#""x5c":["MIIB"]"#.to_owned(),
        r#""crit":["b64"],"b64":true"#.to_owned(),
    ] {
        let header = format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"test",{brought}}}"#);
        let forged = OTHER.sign(header, claims(&world));
        assert_eq!(server.get_as("/", bearer(forged)).status, 401, "{brought}");
    }
}

pub(crate) fn without_a_verifier_a_jwt_is_an_unknown_token(stage: Stage) {
    let world = stage.world();
    let good = bearer(ID.access_token(claims(&world)));
    let accepting = world.auth().accept(ID.verifier(AUDIENCE));
    // It is in the memory that all layers on this store share.
    let accepting = stage.adapter().serve_behind(accepting);
    assert_eq!(accepting.get_as("/", &good).status, 200);
    let plain = stage.adapter().serve_behind(world.auth());
    let unknown = plain.get_as("/", bearer(World::in_memory().token("ada")));
    assert_eq!(plain.get_as("/", &good).comparable(), unknown.comparable());
    assert_eq!(unknown.status, 401);
    assert_eq!(accepting.get_as("/", &good).status, 200);
    let optional = stage.adapter().serve_behind(world.auth().optional());
    assert_eq!(optional.get_as("/maybe", &good).status, 401);
}

pub(crate) fn a_token_seen_before_is_not_verified_again_and_ends_in_time(stage: Stage) {
    for beside in [false, true] {
        let world = stage.world();
        let keys = FailingKeys::new(ID.keys(), KeySet::default());
        let verifier = JwtVerifier::new(ISSUER, AUDIENCE, keys.clone());
        let [(_, alone), (_, at_a_store)] = layers(&world, &verifier);
        let layer = if beside { at_a_store } else { alone };
        let server = stage.adapter().serve_behind(layer);
        let good = bearer(ID.access_token(claims(&world)));
        for _ in 0..5 {
            assert_eq!(server.get_as("/", &good).text(), "ada");
        }
        assert_eq!(keys.looked(), 1, "beside: {beside}");
        // Its end and the leeway.
        world.clock.advance(Duration::from_secs(329));
        assert_eq!(server.get_as("/", &good).status, 200);
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(server.get_as("/", &good).status, 401);
    }
}

// RS-9068-3, DB-1: who cannot be asked has refused nobody
pub(crate) fn an_issuer_that_is_down_is_a_503_for_unknown_keys_alone(stage: Stage) {
    let world = stage.world();
    let renamed = OTHER.jwks().replace("\"test\"", "\"new\"");
    let told = KeySet::from_json(renamed.as_bytes()).unwrap();
    let keys = FailingKeys::new(ID.keys(), told);
    keys.set_down(true);
    let verifier = JwtVerifier::new(ISSUER, AUDIENCE, keys.clone());
    let known = bearer(ID.access_token(claims(&world)));
    let header = r#"{"typ":"at+jwt","alg":"ES256","kid":"new"}"#;
    let new = bearer(OTHER.sign(header, claims(&world)));
    let opaque = bearer(world.token("ada"));
    for (place, layer) in layers(&world, &verifier) {
        for (mode, layer) in [
            ("required", layer.clone()),
            ("optional", layer.clone().optional()),
            ("ignore_invalid", layer.clone().ignore_invalid()),
            ("frappe", layer.clone().preset(Preset::Frappe)),
        ] {
            let server = stage.adapter().serve_behind(layer);
            for _ in 0..2 {
                let answer = server.get_as("/maybe", &new);
                assert_eq!(answer.status, 503, "{place}, {mode}");
                assert_eq!(answer.header("retry-after"), Some("1"));
                assert_eq!(answer.header("cache-control"), Some("no-store"));
                assert!(answer.challenges().is_empty());
                assert!(!answer.text().contains("secret-place"));
            }
            // Once in ten seconds, whichever of a layer's clones it was.
            let logged = server.log().errors();
            assert_eq!(logged.len(), usize::from(mode == "required"), "{logged:?}");
            assert!(logged.iter().all(|line| line.contains("secret-place")));
            assert_eq!(server.get_as("/", &known).text(), "ada");
            if place == "beside" {
                assert_eq!(server.get_as("/", &opaque).text(), "ada");
            }
        }
        let server = stage.adapter().serve_behind(layer);
        // What no key could make good asks nobody.
        let asked = keys.asked();
        for (_, wrong) in wrong_tokens(&world)
            .iter()
            .filter(|(reason, _)| *reason != "an unknown key" && *reason != "no algorithm")
        {
            assert_eq!(server.get_as("/", bearer(wrong)).status, 401);
        }
        assert_eq!(keys.asked(), asked);
        keys.set_down(false);
        assert_eq!(server.get_as("/", &new).text(), "ada");
        keys.set_down(true);
        assert_eq!(server.get_as("/", &new).text(), "ada");
    }
}

// A6: whom another issuer vouches for is no administrator of ours, whatever its tokens say
pub(crate) fn a_foreign_administrator_has_no_power_over_our_endpoints(stage: Stage) {
    let world = stage.world();
    let auth = world.auth().accept(ID.verifier(AUDIENCE));
    let server = stage.adapter().serve_mounted(auth, world.endpoints().all());
    let mut mighty = with(&world, "roles", json!(["System Manager"]));
    mighty["scope"] = json!("admin tokens:read tokens:write");
    let mighty = bearer(ID.access_token(mighty));
    assert_eq!(server.get_as("/", &mighty).text(), "ada");
    let ours = bearer(world.token("root"));
    for path in ["/api/v1/tokens", "/api/v1/users/ada"] {
        assert_eq!(server.get_as(path, &ours).status, 200, "{path}");
        assert_eq!(server.get_as(path, &mighty).status, 403, "{path}");
    }
}
