//! Frappe's `Authorization` header, row by row.

use empress_auth_core::{Actor, Authenticator, Preset, Scheme, Scopes, TokenKind, scope};
use empress_auth_tests::{Answer, OwnStore, Request, Server, Stage, World, basic, wait};

/// Where a credential is shown: at a route of an application behind the layer, or where the program tells who one is.
struct Door {
    server: Server,
    path: &'static str,
}

fn frappe(stage: Stage, world: &World) -> Door {
    match stage {
        Stage::Application(adapter, _) => Door {
            server: adapter.serve_behind(world.auth().preset(Preset::Frappe)),
            path: "/",
        },
        Stage::Program => Door {
            server: stage.serve_endpoints(world),
            path: "/api/method/frappe.auth.get_logged_user",
        },
    }
}

impl Door {
    fn show(&self, value: impl AsRef<[u8]>) -> Answer {
        self.server.get_as(self.path, value)
    }

    #[track_caller]
    fn assert_opens(&self, value: &str, username: &str) {
        let answer = self.show(value);
        let told = format!("{{\"message\":\"{username}\"}}");
        assert_eq!(answer.status, 200, "{value}: {}", answer.text());
        assert!([username, &*told].contains(&answer.text()), "{value}");
    }
}

/// A 401 that every published client of Frappe understands.
#[track_caller]
fn assert_authentication_error(answer: &Answer, case: &str) {
    assert_eq!(answer.status, 401, "{case}: {}", answer.text());
    assert_eq!(answer.member("exc_type"), "AuthenticationError", "{case}");
    assert!(!answer.challenges().is_empty(), "{case}");
}

// H1, SEED-F-1
pub(crate) fn a_key_pair_opens_in_every_letter_case(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    let pair = world.keys("ada");
    for scheme in ["token", "Token", "TOKEN", "tOkEn"] {
        door.assert_opens(&format!("{scheme} {pair}"), "ada");
    }
}

// H2, SEED-F-1
pub(crate) fn a_key_pair_opens_as_basic(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    let credentials = basic(world.keys("ada"));
    for value in [
        credentials.clone(),
        credentials.replace("Basic", "basic"),
        credentials.replace("Basic", "BASIC"),
    ] {
        door.assert_opens(&value, "ada");
    }
}

// H3, H22, E9, S12, S27
pub(crate) fn a_wrong_secret_and_an_unknown_key_are_one_401_without_traceback(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    let pair = world.keys("ada");
    let (key, _) = pair.split_once(':').unwrap();
    let wrong = door.show(format!("token {key}:0123456789abcde"));
    let unknown = door.show("token 0123456789abcde:0123456789abcde");
    assert_authentication_error(&wrong, "wrong secret");
    assert_eq!(wrong.comparable(), unknown.comparable());
    // frappe-client on PyPI takes an answer for an error only if `exc` is there.
    assert_eq!(
        wrong.member("exc"),
        "[\"AuthenticationError: Invalid token.\"]"
    );
    assert!(!wrong.text().contains("Traceback"));
    // A list in a string, of objects in strings.
    let messages: Vec<String> = serde_json::from_str(&wrong.member("_server_messages")).unwrap();
    let message: serde_json::Value = serde_json::from_str(messages.first().unwrap()).unwrap();
    assert_eq!(message.get("message").unwrap(), "Invalid token.");
}

// H4, SEED-D-7
pub(crate) fn what_is_no_key_pair_behind_token_is_a_401(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    let pair = world.keys("ada");
    for value in [
        "token abc".to_owned(),
        "token a:b:c".to_owned(),
        "token :".to_owned(),
        "token a:".to_owned(),
        "token :b".to_owned(),
        format!("token {pair}:c"),
        format!("token :{pair}"),
        format!("token {}", pair.replace(':', "")),
    ] {
        assert_authentication_error(&door.show(&value), &value);
    }
}

// H4: ours, a token without a colon is an API token or one of DRF's
pub(crate) fn a_token_without_a_colon_opens_if_it_is_one(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    for token in [world.token("ada"), world.drf_token("ada")] {
        door.assert_opens(&format!("token {token}"), "ada");
    }
}

// H5
pub(crate) fn basic_without_one_pair_in_it_is_a_401(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    let pair = world.keys("ada");
    for (content, case) in [
        (b"nocolon".to_vec(), "no colon"),
        (b"a:b:c".to_vec(), "two colons"),
        (format!("{pair}:c").into_bytes(), "a pair and more"),
        (b"\xff\xfe:\xfd".to_vec(), "no UTF-8"),
        (b"key\0:secret".to_vec(), "a control"),
        (b":".to_vec(), "a colon alone"),
        (Vec::new(), "nothing"),
    ] {
        assert_authentication_error(&door.show(basic(content)), case);
    }
}

// H6; and H5's garbage, which we tell in the same words
pub(crate) fn undecodable_basic_is_frappes_400(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    let padded = basic(world.keys("ada"));
    let unpadded = padded.trim_end_matches('=').to_owned() + "A";
    for value in ["Basic abc", "Basic a", "Basic a$b=", unpadded.as_str()] {
        let answer = door.show(value);
        assert_eq!(answer.status, 400, "{value}");
        assert_eq!(answer.member("exc_type"), "InvalidAuthorizationToken");
        assert!(
            answer
                .member("_server_messages")
                .contains("Failed to decode token, please provide a valid base64-encoded token.")
        );
    }
}

// H7
pub(crate) fn an_unknown_expired_or_revoked_bearer_is_a_401(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    let (id, revoked) = world.token_with_id("ada", empress_auth_core::NewToken::named("x"));
    let expired = world.token_of(
        "ada",
        empress_auth_core::NewToken::named("y").with_expires_in(std::time::Duration::from_secs(60)),
    );
    for token in [&revoked, &expired] {
        assert_eq!(door.show(format!("Bearer {token}")).status, 200);
    }
    world.revoke(id);
    world.clock.advance(std::time::Duration::from_secs(60));
    let unknown = door.show("Bearer nope");
    assert_authentication_error(&unknown, "unknown");
    for token in [&revoked, &expired] {
        let answer = door.show(format!("Bearer {token}"));
        assert_eq!(answer.comparable(), unknown.comparable());
    }
}

// H8
pub(crate) fn an_unknown_scheme_is_a_401(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    for value in ["Digest abc", "Negotiate abc", "ApiKey abc", "xtoken a:b"] {
        assert_authentication_error(&door.show(value), value);
    }
}

// H8
pub(crate) fn a_scheme_that_is_switched_off_is_a_401(stage: Stage) {
    let world = stage.world();
    let without_bearer = world.auth().schemes([Scheme::Token]).preset(Preset::Frappe);
    let server = stage.adapter().serve_behind(without_bearer);
    let switched_off = format!("Bearer {}", world.token("ada"));
    assert_authentication_error(&server.get_as("/", &switched_off), "switched off");
}

// H9 (absent), E9, S12
pub(crate) fn no_credential_is_frappes_403_with_challenges(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    let answer = door.server.get(door.path);
    assert_eq!(answer.status, 403);
    assert_eq!(answer.member("exc_type"), "PermissionError");
    assert!(
        answer
            .member("_server_messages")
            .contains("You are not permitted to access this resource. Login to access")
    );
    assert_eq!(
        answer.challenges(),
        ["Token realm=\"api\"", "Bearer realm=\"api\""]
    );
}

// H9 (differs, S22), H22, RS-9110-10
pub(crate) fn an_unusable_field_never_degrades_to_a_guest(stage: Stage) {
    let world = stage.world();
    let pair = world.keys("ada");
    for auth in [
        world.auth(),
        world.auth().optional(),
        world.auth().ignore_invalid(),
    ] {
        let server = stage.adapter().serve_behind(auth.preset(Preset::Frappe));
        for value in [
            "Bearer".to_owned(),
            "token".to_owned(),
            "Basic".to_owned(),
            format!("token {pair} extra"),
            String::new(),
        ] {
            assert_authentication_error(&server.get_as("/maybe", &value), &value);
        }
        let two_blanks = server.get_as("/maybe", format!("token  {pair}"));
        assert_eq!((two_blanks.status, two_blanks.text()), (200, "ada"));
    }
}

// H10, H16, K-11
pub(crate) fn what_a_disabled_user_holds_is_a_401(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    let pair = world.keys("ada");
    let token = world.token("ada");
    let values = [
        format!("token {pair}"),
        basic(&pair),
        format!("token {token}"),
        format!("Bearer {token}"),
    ];
    for value in &values {
        assert_eq!(door.show(value).status, 200, "{value}");
    }
    world.disable("ada");
    for value in &values {
        assert_authentication_error(&door.show(value), value);
    }
}

// H11
pub(crate) fn a_key_without_a_secret_is_a_plain_401(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    let pair = world.keys("ada");
    let operator = Actor::assert_local_operator();
    assert!(wait(world.key_issuer().revoke(operator, "ada")).unwrap());
    let unknown = door.show("token 0123456789abcde:x");
    for value in [
        format!("token {pair}"),
        format!("token {}:", pair.split_once(':').unwrap().0),
    ] {
        assert_eq!(door.show(value).comparable(), unknown.comparable());
    }
}

struct Browser {
    server: Server,
    cookie: String,
    bearer: String,
}

/// Ada's session and Eve's access token, in front of a layer that reads both.
fn browser(stage: Stage) -> Browser {
    let mut store = OwnStore::default();
    let session = store.add(TokenKind::Session, "ada", Scopes::all());
    let bearer = store.add(TokenKind::Access, "eve", Scopes::all());
    let auth = Authenticator::new(store)
        .session_cookie("sid")
        .preset(Preset::Frappe);
    Browser {
        server: stage.adapter().serve_behind(auth),
        cookie: format!("system_user=yes; sid={session}; user_id=ada"),
        bearer: format!("Bearer {bearer}"),
    }
}

// H12, H13 (differs, S23), H-17
pub(crate) fn a_wrong_credential_beside_a_good_cookie_is_refused(stage: Stage) {
    let Browser { server, cookie, .. } = browser(stage);
    let request = Request::get("/").header("Cookie", &cookie);
    assert_eq!(server.send(&request).text(), "ada");
    for value in [
        "token a:b",
        "Basic YTpi",
        "Bearer nope",
        "Digest abc",
        "Bearer",
    ] {
        let answer = server.send(&request.clone().authorization(value));
        assert_authentication_error(&answer, value);
    }
}

// H14 (differs, S23), H15, H-17, S24, FR-13
pub(crate) fn a_credential_in_the_header_decides_over_the_cookie(stage: Stage) {
    let Browser {
        server,
        cookie,
        bearer,
    } = browser(stage);
    let get = Request::get("/").header("Cookie", &cookie);
    assert_eq!(server.send(&get.authorization(&bearer)).text(), "eve");
    // No evidence of the same origin is asked: the cookie is not looked at.
    let post = Request::post("/")
        .header("Cookie", &cookie)
        .body("text/plain", "x");
    assert_eq!(
        server.send(&post.clone().authorization(&bearer)).text(),
        "eve 1"
    );
    let refused = server.send(&post);
    assert_eq!(refused.status, 400);
    assert_eq!(refused.member("exc_type"), "CSRFTokenError");
}

// H17, RS-6750-8
pub(crate) fn a_token_in_the_query_is_not_read(stage: Stage) {
    let world = stage.world();
    let door = frappe(stage, &world);
    let token = world.token("ada");
    let anonymous = door.server.get(door.path);
    for query in ["access_token", "token", "api_key", "authorization", "sid"] {
        let answer = door.server.get(&format!("{}?{query}={token}", door.path));
        assert_eq!(answer.comparable(), anonymous.comparable(), "{query}");
    }
}

// H21 (differs, S14)
pub(crate) fn scopes_are_enforced(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(
        world
            .auth()
            .require(scope("invoices:read"))
            .preset(Preset::Frappe),
    );
    let enough = format!("Bearer {}", world.scoped_token("ada", &["invoices:read"]));
    let too_little = format!("Bearer {}", world.scoped_token("ada", &["other"]));
    assert_eq!(server.get_as("/", &enough).status, 200);
    let answer = server.get_as("/", &too_little);
    assert_eq!(answer.status, 403);
    assert_eq!(answer.member("exc_type"), "PermissionError");
    assert!(
        answer
            .challenges()
            .iter()
            .any(|line| line.contains("error=\"insufficient_scope\"")
                && line.contains("scope=\"invoices:read\""))
    );
}
