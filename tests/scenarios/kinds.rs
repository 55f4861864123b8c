//! Which credential may come which way, and that it is the same caller whichever way it comes: H-16, H-17.

use empress_auth_core::{Authenticator, Scheme, Scopes, TokenKind};
use empress_auth_tests::{OwnStore, Request, Stage, basic};

// H-16: API tokens as Token or Bearer, access tokens as Bearer, sessions in the cookie, the rest never
pub(crate) fn each_kind_of_token_opens_its_own_doors_alone(stage: Stage) {
    let mut store = OwnStore::default();
    let kinds = [
        TokenKind::Api,
        TokenKind::Access,
        TokenKind::Refresh,
        TokenKind::Code,
        TokenKind::Session,
    ];
    let tokens = kinds.map(|kind| {
        let scopes = Scopes::only(["invoices:read"]);
        (kind, store.add(kind, "ada", scopes))
    });
    let auth = Authenticator::new(store)
        .session_cookie("sid")
        .header("x-api-key");
    let server = stage.adapter().serve_behind(auth);
    for (kind, token) in tokens {
        let carriages = [
            (
                "Authorization",
                format!("Token {token}"),
                matches!(kind, TokenKind::Api),
            ),
            (
                "Authorization",
                format!("Bearer {token}"),
                matches!(kind, TokenKind::Api | TokenKind::Access),
            ),
            ("X-API-Key", token.clone(), matches!(kind, TokenKind::Api)),
            (
                "Cookie",
                format!("sid={token}"),
                matches!(kind, TokenKind::Session),
            ),
            ("Authorization", basic(format!("{token}:")), false),
            ("Authorization", basic(format!(":{token}")), false),
            ("Authorization", basic(format!("ada:{token}")), false),
            ("Authorization", format!("Token ada:{token}"), false),
            ("Authorization", format!("Token {token}:"), false),
            ("X-API-Key", format!("ada:{token}"), false),
        ];
        for (name, value, opens) in carriages {
            let answer = server.send(&Request::get("/whoami").header(name, &value));
            if opens {
                assert_eq!(answer.status, 200, "{kind:?} in {name}: {value}");
                assert!(answer.text().contains("scopes: invoices:read\n"));
            } else {
                assert_eq!(answer.status, 401, "{kind:?} in {name}: {value}");
            }
        }
    }
}

// H-16: identical principal and scopes, or refused
pub(crate) fn one_credential_is_one_caller_whichever_way_it_comes(stage: Stage) {
    let world = stage.world();
    let server = stage
        .adapter()
        .serve_behind(world.auth().header("x-api-key"));
    let pair = world.keys("ada");
    for (credentials, ways) in [
        (
            world.scoped_token("ada", &["invoices:read", "other"]),
            &["Token", "Bearer", "x-api-key"][..],
        ),
        (world.drf_token("ada"), &["Token", "Bearer", "x-api-key"]),
        (pair, &["Token", "Basic", "x-api-key"]),
    ] {
        let mut seen = Vec::new();
        // Twice: from the store, then from its memory.
        for way in ways.iter().chain(ways) {
            let request = Request::get("/whoami");
            let request = match *way {
                "x-api-key" => request.header("x-api-key", &credentials),
                "Basic" => request.authorization(basic(&credentials)),
                scheme => request.authorization(format!("{scheme} {credentials}")),
            };
            let answer = server.send(&request);
            assert_eq!(answer.status, 200, "{way}");
            seen.push(answer.text().to_owned());
        }
        seen.dedup();
        assert_eq!(seen.len(), 1, "{seen:?}");
    }
}

// H-16, F-12: what is remembered under one scheme is not found under another
pub(crate) fn a_remembered_credential_opens_no_other_door(stage: Stage) {
    let world = stage.world();
    let token = world.token("ada");
    let pair = world.keys("ada");
    let everything = stage.adapter().serve_behind(world.auth());
    assert_eq!(
        everything.get_as("/", format!("Bearer {token}")).status,
        200
    );
    assert_eq!(everything.get_as("/", format!("Token {pair}")).status, 200);
    assert_eq!(everything.get_as("/", format!("Bearer {pair}")).status, 401);
    // A second layer on the same store shares its memory, not its options.
    let token_only = stage
        .adapter()
        .serve_behind(world.auth().schemes([Scheme::Token]));
    assert_eq!(
        token_only.get_as("/", format!("Bearer {token}")).status,
        401
    );
    assert_eq!(token_only.get_as("/", basic(&pair)).status, 401);
    let cookies = stage
        .adapter()
        .serve_behind(world.auth().session_cookie("sid"));
    let as_cookie = Request::get("/").header("Cookie", format!("sid={token}"));
    assert_eq!(cookies.send(&as_cookie).status, 401);
}

// K-3, ZITADEL CVE-2026-27840: every edit of a valid token is refused, before and after it was remembered
pub(crate) fn no_edit_of_a_token_is_accepted(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let mut connection = server.connect();
    for token in [world.token("ada"), world.drf_token("ada")] {
        for remembered in [false, true] {
            if remembered {
                assert_eq!(server.get_as("/", format!("Token {token}")).status, 200);
            }
            let mut edits = Vec::new();
            for at in 0..token.len() {
                let (front, back) = token.split_at(at);
                let (letter, rest) = back.split_at(1);
                let other = if letter == "0" { "1" } else { "0" };
                edits.push(format!("{front}{other}{rest}"));
                edits.push(format!("{front}{rest}"));
                edits.push(format!("{front}{letter}{back}"));
                edits.push(front.to_owned());
                edits.push(back.to_owned());
            }
            edits.push(token.to_uppercase());
            edits.push(token.replace("emp_pat_", "emp_at_"));
            edits.push(token.replace("emp_pat_", "EMP_PAT_"));
            for edit in edits
                .iter()
                .filter(|edit| **edit != token && !edit.is_empty())
            {
                for scheme in ["Token", "Bearer"] {
                    let request = Request::get("/").authorization(format!("{scheme} {edit}"));
                    connection.write(&request.to_bytes());
                    let answer = connection.answer().expect("an answer");
                    assert_eq!(answer.status, 401, "{scheme} {edit}");
                }
            }
        }
    }
}

// H-17: no fallback from a failing header to a cookie, and two cookies of one name are none
pub(crate) fn a_cookie_counts_only_where_it_is_configured_and_alone(stage: Stage) {
    let mut store = OwnStore::default();
    let ada = store.add(TokenKind::Session, "ada", Scopes::all());
    let eve = store.add(TokenKind::Session, "eve", Scopes::all());
    let without = stage
        .adapter()
        .serve_behind(Authenticator::new(store.clone()));
    let with_ada = Request::get("/").header("Cookie", format!("sid={ada}"));
    assert_eq!(without.send(&with_ada).status, 401);

    let server = stage
        .adapter()
        .serve_behind(Authenticator::new(store).session_cookie("sid"));
    let answer = server.send(&with_ada);
    assert_eq!((answer.status, answer.text()), (200, "ada"));
    assert_eq!(answer.header("vary"), Some("cookie"));
    for tossed in [
        Request::get("/").header("Cookie", format!("sid={ada}; sid={eve}")),
        with_ada.clone().header("Cookie", format!("sid={eve}")),
        with_ada.header("Cookie", "sid="),
    ] {
        assert_eq!(server.send(&tossed).status, 400);
    }
    for other in ["SID", "xsid", "sid2", "$sid", "__Host-sid"] {
        let request = Request::get("/").header("Cookie", format!("{other}={ada}"));
        assert_eq!(server.send(&request).status, 401, "{other}");
    }
    for wrong in [
        "sid=",
        "sid=x",
        &*format!("sid=\"{ada}\""),
        &*format!("sid={}", "a".repeat(9_000)),
    ] {
        let request = Request::get("/").header("Cookie", wrong);
        assert_eq!(server.send(&request).status, 401, "{wrong}");
    }
}
