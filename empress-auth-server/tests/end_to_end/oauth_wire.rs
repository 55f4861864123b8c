//! Frappe's OAuth methods at the program, where a client of Frappe may notice that it is another server: the rows of its wire
//! that no guide goes through. `docs/compatibility.md` says why each answer is what it is.

use empress_auth_tests::{Answer, Callback, Form, Request, Step, encode, unverified_claims};
use serde_json::{Value, json};

use crate::party::{CALLBACK, FORM, Party, Tokens, assert_refused, program};
use crate::support::{Place, Serving};

/// The program, a client of it whose users are asked, and one whose users are not.
struct Wire {
    place: Place,
    serving: Serving,
    party: Party,
    asking: Party,
}

impl Wire {
    fn new() -> Self {
        let (place, serving) = program();
        let party = Party::at_program(&place, &serving, "ada");
        let create = ["client", "create", "Shop", "--redirect-uri", CALLBACK];
        let made = place.json(&create);
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        let asking = Party {
            id: text("client_id"),
            secret: text("client_secret"),
            ..party.clone()
        };
        Self {
            place,
            serving,
            party,
            asking,
        }
    }

    fn get(&self, path: &str) -> Answer {
        self.party.send(&Request::get(path))
    }

    /// A call of a method, by a form that says all there is.
    fn post(&self, name: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(&method(name)).body(FORM, encode(fields));
        self.party.send(&request)
    }
}

fn method(name: &str) -> String {
    format!("/api/method/frappe.integrations.oauth2.{name}")
}

#[track_caller]
fn assert_error(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, &*answer.member("error")), (status, error));
    assert!(answer.member("error_description").len() > 10);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

// A10, A11, S5
#[test]
fn approve_decides_nothing_by_itself() {
    let wire = Wire::new();
    let query = encode(&[
        ("client_id", &*wire.asking.id),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("state", "444"),
    ]);
    let path = method("approve");
    let with_session = |request: Request| {
        let request = request.header("Cookie", &wire.party.session);
        wire.party.send(&request.header("Accept", "text/html"))
    };
    for slash in ["", "/"] {
        let target = format!("{path}{slash}?{query}");
        for request in [
            Request::get(&target),
            Request::post(&target),
            Request::post(&format!("{path}{slash}")).body(FORM, &query),
        ] {
            let page = with_session(request);
            assert_eq!(page.header("location"), None);
            assert!(!Form::on(&page).field("request").is_empty());
        }
        // A guest logs in first; Frappe answers 403.
        let sent = wire.get(&target);
        assert!(matches!(Step::of(&sent), Step::LogIn(_)), "{sent:?}");
    }
    let guest = Request::post(&path).body(FORM, format!("{query}&request=x&decision=allow"));
    assert_eq!(wire.party.send(&guest).status, 403);
}

// A12, A13, S29, O-24
#[test]
fn there_is_no_response_type_but_code() {
    let wire = Wire::new();
    for response_type in [
        "token",
        "id_token",
        "id_token token",
        "code token",
        "code id_token",
        "none",
    ] {
        let refused = Callback::of(&wire.party.authorize(&[("response_type", response_type)]));
        assert_eq!(
            refused.error(),
            "unsupported_response_type",
            "{response_type}"
        );
        assert_eq!(refused.get("access_token"), None);
    }
    let metadata = wire.get(&method("openid_configuration")).json();
    assert_eq!(metadata["response_types_supported"], json!(["code"]));
}

// T6, T8, T9, T11, T16, T19, S3, FR-8
#[test]
fn get_token_refuses_in_the_words_of_the_standard() {
    let wire = Wire::new();
    let tokens = wire.party.tokens();
    let by_post = |fields: &[(&str, &str)]| {
        let known = [
            ("client_id", &*wire.party.id),
            ("client_secret", &*wire.party.secret),
        ];
        wire.post("get_token", &[&known, fields].concat())
    };
    let code = ("grant_type", "authorization_code");
    let refresh = ("grant_type", "refresh_token");
    assert_error(&by_post(&[code]), 400, "invalid_request");
    assert_error(&by_post(&[refresh]), 400, "invalid_request");
    assert_error(&by_post(&[]), 400, "invalid_request");
    let unknown = by_post(&[refresh, ("refresh_token", "zzz-unknown")]);
    assert_error(&unknown, 400, "invalid_grant");
    assert!(!unknown.text().contains("zzz"), "{unknown:?}");
    for fields in [
        &[code, ("code", "x"), ("client_id", "zzz-unknown")][..],
        &[code, ("code", "x")],
        &[refresh, ("refresh_token", &tokens.refresh)],
    ] {
        let refused = wire.post("get_token", fields);
        assert_error(&refused, 401, "invalid_client");
        assert!(!refused.text().contains("zzz") && refused.challenges().is_empty());
    }
    let get = wire.get(&format!(
        "{}?grant_type=authorization_code",
        method("get_token")
    ));
    assert_eq!(
        (get.status, get.header("allow")),
        (405, Some("POST, OPTIONS"))
    );

    // A cookie is nobody's business here, whosever it is.
    let code = wire.party.code();
    let request = wire.party.redeeming(&code);
    let request = request.header("Cookie", "sid=of-nobody; user_id=eve");
    assert_eq!(wire.party.send(&request).status, 200);
    // And what was refused above ended nothing.
    assert!(wire.party.opens(&tokens.access));
}

// T17, A15, S6
#[test]
fn tokens_are_opaque_and_live_as_long_as_they_say() {
    let wire = Wire::new();
    let code = wire.party.code();
    let answer = wire.party.send(&wire.party.redeeming(&code));
    let tokens = Tokens::of(&answer);
    assert_eq!(answer.json()["expires_in"], 3600);
    for secret in [&code, &tokens.access, &tokens.refresh] {
        assert!(secret.len() > 40 && secret.starts_with("emp_"), "{secret}");
    }
    let seen = wire.post("introspect_token", &[("token", &tokens.access)]);
    assert!(seen.json()["exp"].is_u64());
    // Used, the code is worth nothing and takes along what it gave.
    assert_refused(&wire.party.send(&wire.party.redeeming(&code)));
    wire.party.assert_is_over(&tokens);
}

// I5, I6, R2, R7, S10
#[test]
fn introspection_and_revocation_say_nothing_of_what_they_do_not_know() {
    let wire = Wire::new();
    let unknown = wire.post("introspect_token", &[("token", "zzz-unknown")]);
    assert_eq!(
        (unknown.status, unknown.text()),
        (200, "{\"active\":false}")
    );
    assert_error(&wire.post("introspect_token", &[]), 400, "invalid_request");
    for name in ["introspect_token", "revoke_token"] {
        assert_eq!(wire.get(&format!("{}?token=x", method(name))).status, 405);
        assert_error(&wire.post(name, &[]), 400, "invalid_request");
    }
    let nothing = wire.post("revoke_token", &[("token", "zzz-unknown")]);
    assert_eq!((nothing.status, nothing.text()), (200, "{}"));
}

// R8, R9, R11
#[test]
fn revocation_asks_who_the_client_is_and_nobody_else() {
    let wire = Wire::new();
    let tokens = wire.party.tokens();
    let revoke = |request: Request| {
        wire.party
            .send(&request.body(FORM, format!("token={}", tokens.access)))
    };
    // The session's cookie revokes nothing, and a token does not say which client shows it.
    let path = method("revoke_token");
    let by_cookie = Request::post(&path).header("Cookie", &wire.party.session);
    assert_error(&revoke(by_cookie), 401, "invalid_client");
    let by_bearer = Request::post(&path).authorization(format!("Bearer {}", tokens.access));
    assert_error(&revoke(by_bearer), 401, "invalid_client");
    // Another client's 200 is none.
    let others = wire.asking.asking(&path, &[("token", &tokens.access)]);
    assert_eq!(wire.party.send(&others).status, 200);
    assert!(wire.party.opens(&tokens.access));
    let own = wire.party.asking(&path, &[("token", &tokens.refresh)]);
    assert_eq!(wire.party.send(&own).status, 200);
    wire.party.assert_is_over(&tokens);
}

// M1, M2, M4, S17, S18
#[test]
fn the_metadata_are_the_same_wherever_they_stand_and_whatever_the_host() {
    let wire = Wire::new();
    let expected = wire.get("/.well-known/openid-configuration");
    let metadata = expected.json();
    let issuer = format!("http://{}", wire.party.address);
    assert_eq!(metadata["issuer"], json!(issuer));
    for member in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "jwks_uri",
    ] {
        let url = metadata[member].as_str().unwrap();
        assert!(url.starts_with(&format!("{issuer}/")), "{member}: {url}");
    }
    for member in [
        "response_types_supported",
        "subject_types_supported",
        "id_token_signing_alg_values_supported",
    ] {
        assert!(metadata[member].is_array(), "{member}");
    }
    for path in [
        &*method("openid_configuration"),
        "/.well-known/oauth-authorization-server",
    ] {
        for host in ["app.example", "evil.example"] {
            let request = Request::get(path).to_host(host);
            let request = request
                .header("X-Forwarded-Host", "evil.example")
                .header("X-Forwarded-Proto", "https")
                .header("Forwarded", "host=evil.example");
            let answer = wire.party.send(&request);
            assert_eq!(answer.json()["issuer"], json!(issuer), "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
            assert!(!answer.text().contains("evil"));
        }
    }
    // Nobody registers a client by itself.
    assert_eq!(metadata.get("registration_endpoint"), None);
    let body = json!({ "client_name": "x", "redirect_uris": [CALLBACK] }).to_string();
    let registering = Request::post(&method("register_client")).body("application/json", body);
    assert_eq!(wire.party.send(&registering).status, 404);
}

// S16
#[test]
fn administrator_has_a_subject_as_everybody_has() {
    let wire = Wire::new();
    let input = crate::party::PASSWORD.as_bytes();
    let set = ["user", "set-password", "Administrator", "--password-stdin"];
    wire.place.run_with_input(&set, input).done();
    let party = Party {
        session: Party::at_program(&wire.place, &wire.serving, "Administrator").session,
        ..wire.party.clone()
    };
    let code = Callback::of(&party.authorize(&[("scope", "openid")]));
    let answer = party.send(&party.redeeming(code.code()));
    let claims = unverified_claims(&answer.member("id_token"));
    let subject = claims["sub"].as_str().unwrap();
    assert!(!subject.is_empty() && subject != "Administrator");
    let bearer = format!("Bearer {}", answer.member("access_token"));
    let profile = Request::get(&method("openid_profile")).authorization(bearer);
    assert_eq!(party.send(&profile).json()["sub"], Value::from(subject));
}
