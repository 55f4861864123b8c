//! What a browser adds by itself: cookies, origins, preflights. H-17, H-21, RS-9110-9.

use empress_auth_core::{Authenticator, Scopes, TokenKind};
use empress_auth_tests::{App, Cors, OwnStore, PAGES, Request, Stage};

fn preflight(origin: &str) -> Request {
    Request::new("OPTIONS", "/")
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "GET")
        .header("Access-Control-Request-Headers", "authorization")
}

// H-21, RS-9110-9
pub(crate) fn a_preflight_is_answered_wherever_cors_stands(stage: Stage) {
    let world = stage.world();
    for place in [Cors::Inside, Cors::Outside] {
        let server = stage
            .adapter()
            .serve(&App::behind(world.auth()).with_cors(place));
        let answer = server.send(&preflight(PAGES));
        assert_eq!(answer.status, 200, "{place:?}");
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some(PAGES),
            "{place:?}"
        );
        assert!(
            answer
                .header("access-control-allow-headers")
                .is_some_and(|names| { names.to_ascii_lowercase().contains("authorization") })
        );
        assert!(answer.header("access-control-allow-credentials").is_none());
        let foreign = server.send(&preflight("https://evil.example"));
        assert!(foreign.header("access-control-allow-origin") != Some("https://evil.example"));
    }
}

// H-21: a script that may read the answer may read the refusal
pub(crate) fn a_refusal_keeps_the_headers_of_cors_around_the_layer(stage: Stage) {
    let world = stage.world();
    let server = stage
        .adapter()
        .serve(&App::behind(world.auth()).with_cors(Cors::Outside));
    let token = format!("Bearer {}", world.scoped_token("ada", &["other"]));
    let request = |path| Request::get(path).header("Origin", PAGES);
    for (request, status) in [
        (request("/"), 401),
        (request("/").authorization("Bearer x"), 401),
        (request("/scoped").authorization(&token), 403),
        (request("/required").authorization(&token), 403),
        (request("/").authorization(&token), 200),
    ] {
        let answer = server.send(&request);
        assert_eq!(answer.status, status);
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some(PAGES),
            "{status}"
        );
    }
}

// H-21: what a middleware between the layer and the extractor added is kept, too
pub(crate) fn an_extractors_refusal_keeps_the_headers_of_cors_inside_the_layer(stage: Stage) {
    let world = stage.world();
    let server = stage
        .adapter()
        .serve(&App::behind(world.auth().optional()).with_cors(Cors::Inside));
    let token = format!("Bearer {}", world.scoped_token("ada", &["other"]));
    let request = |path| Request::get(path).header("Origin", PAGES);
    for (request, status) in [
        (request("/maybe"), 200),
        (request("/"), 401),
        (request("/scoped").authorization(&token), 403),
        (request("/required").authorization(&token), 403),
    ] {
        let answer = server.send(&request);
        assert_eq!(answer.status, status);
        assert_eq!(
            answer.header("access-control-allow-origin"),
            Some(PAGES),
            "{status}"
        );
    }
}

// RS-9110-9, H-22: what only looks like a preflight needs a credential
pub(crate) fn a_preflight_is_options_with_an_origin_and_a_method(stage: Stage) {
    let world = stage.world();
    let server = stage
        .adapter()
        .serve(&App::behind(world.auth()).with_cors(Cors::Inside));
    let origin = ("Origin", PAGES);
    let method = ("Access-Control-Request-Method", "GET");
    for (verb, fields, passes) in [
        ("OPTIONS", &[origin, method][..], true),
        ("OPTIONS", &[origin], false),
        ("OPTIONS", &[method], false),
        ("OPTIONS", &[], false),
        ("GET", &[origin, method], false),
        ("POST", &[origin, method], false),
        ("options", &[origin, method], false),
    ] {
        let mut request = Request::new(verb, "/plain");
        for (name, value) in fields {
            request = request.header(name, value);
        }
        let answer = server.send(&request);
        // 400: the server itself knows no method in small letters.
        assert_eq!(
            !matches!(answer.status, 400 | 401),
            passes,
            "{verb} {fields:?} {}",
            answer.status
        );
    }
    // One that shows a credential is held to it.
    let wrong = preflight(PAGES).authorization("Bearer x");
    assert_eq!(server.send(&wrong).status, 401);
}

// H-22, H-25: whoever writes a preflight by hand learns nothing where no CORS answers it
pub(crate) fn a_preflight_without_cors_is_refused_like_any_stranger(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    for path in ["/", "/plain", "/maybe", "/no-such-route"] {
        let request = Request::new("OPTIONS", path)
            .header("Origin", PAGES)
            .header("Access-Control-Request-Method", "GET");
        let answer = server.send(&request);
        assert_eq!(answer.status, 401, "{path}");
        assert!(!answer.challenges().is_empty());
    }
    // Where strangers may pass, so may this.
    let open = stage.adapter().serve_behind(world.auth().optional());
    assert_eq!(open.send(&preflight(PAGES)).status, 405);
}

// H-17, S24, P-14: a cookie that writes needs evidence, a header does not
pub(crate) fn a_cookie_writes_only_for_a_page_of_the_same_origin(stage: Stage) {
    let mut store = OwnStore::default();
    let session = store.add(TokenKind::Session, "ada", Scopes::all());
    let server = stage
        .adapter()
        .serve_behind(Authenticator::new(store).session_cookie("sid"));
    let post = |fields: &[(&str, &str)]| {
        let request = Request::post("/")
            .header("Cookie", format!("sid={session}"))
            .body("text/plain", "x");
        fields.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        })
    };
    for (fields, allowed) in [
        (&[][..], false),
        (&[("Sec-Fetch-Site", "same-origin")], true),
        (&[("Sec-Fetch-Site", "cross-site")], false),
        (&[("Sec-Fetch-Site", "same-site")], false),
        (
            &[
                ("Sec-Fetch-Site", "same-origin"),
                ("Sec-Fetch-Site", "cross-site"),
            ],
            false,
        ),
        (&[("Origin", "http://app.example")], true),
        (&[("Origin", "http://evil.example")], false),
        (&[("Origin", "null")], false),
        (&[("Referer", "http://app.example/page")], true),
        (
            &[("Referer", "http://evil.example/?http://app.example/")],
            false,
        ),
        (&[("X-HTTP-Method-Override", "GET")], false),
    ] {
        let answer = server.send(&post(fields));
        if allowed {
            assert_eq!((answer.status, answer.text()), (200, "ada 1"), "{fields:?}");
        } else {
            assert_eq!(
                (answer.status, answer.member("code").as_str()),
                (403, "csrf_failed")
            );
        }
    }
}
