//! What an issuer may answer, and what is not taken from it.

use super::*;

fn raw(text: String) -> Answer {
    Answer::Raw(text.into_bytes())
}

fn ok(body: &str) -> Answer {
    Answer::Json(body.to_owned(), "")
}

// KY-7: size cap 256 KB
#[tokio::test]
async fn an_answer_that_is_too_large_is_refused_before_it_is_read() {
    let largest = format!("{}{}", double::jwks(&["a"]), " ".repeat(256 * 1024));
    let fits = &largest[..256 * 1024];
    let chunked = format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{largest}\r\n0\r\n\r\n",
        largest.len()
    );
    for (what, answer) in [
        ("too long", ok(&largest)),
        ("too long, in chunks", raw(chunked)),
        (
            "until the connection ends",
            raw(format!("HTTP/1.1 200 OK\r\n\r\n{largest}")),
        ),
        (
            "said to be",
            raw("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_owned()),
        ),
        (
            "its head is",
            raw(format!("HTTP/1.1 200 OK\r\nx: {largest}\r\n\r\n")),
        ),
    ] {
        let issuer = Double::start(&["a"]);
        issuer.answer(answer);
        let jwks = RemoteJwks::at(&issuer.jwks_uri()).unwrap();
        let refused = refused(&jwks).await;
        let expected = [
            RemoteJwksErrorKind::Answer,
            RemoteJwksErrorKind::Unreachable,
        ];
        assert!(expected.contains(&refused), "{what}: {refused:?}");
        assert!(jwks.keys().is_empty());
    }
    let issuer = Double::start(&[]);
    issuer.answer(ok(fits));
    RemoteJwks::at(&issuer.jwks_uri())
        .unwrap()
        .ready()
        .await
        .unwrap();
}

// O-46, KY-7
#[tokio::test]
async fn no_redirect_is_followed() {
    for status in [300, 301, 302, 303, 307, 308] {
        let (issuer, canary) = (Double::start(&["a"]), Double::start(&["a"]));
        let redirect = raw(format!(
            "HTTP/1.1 {status} Elsewhere\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
            canary.jwks_uri()
        ));
        issuer.answer(redirect.clone());
        let jwks = RemoteJwks::at(&issuer.jwks_uri()).unwrap();
        assert_eq!(refused(&jwks).await, RemoteJwksErrorKind::Answer);
        issuer.answer_metadata(redirect.clone(), redirect);
        let jwks = RemoteJwks::discover(&issuer.url()).unwrap();
        assert_eq!(refused(&jwks).await, RemoteJwksErrorKind::Answer);
        assert!(canary.requests().is_empty(), "{status}");
    }
}

#[tokio::test]
async fn only_a_200_with_a_key_set_is_an_answer() {
    let set = double::jwks(&["a"]);
    let with_status = |status: u16| {
        let length = set.len();
        raw(format!(
            "HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{set}"
        ))
    };
    let twice = format!(r#"{{"keys":[{0},{0}]}}"#, double::jwk("a"));
    for (what, answer, kind) in [
        ("202", with_status(202), RemoteJwksErrorKind::Answer),
        ("203", with_status(203), RemoteJwksErrorKind::Answer),
        ("206", with_status(206), RemoteJwksErrorKind::Answer),
        (
            "304",
            raw("HTTP/1.1 304 Not Modified\r\n\r\n".to_owned()),
            RemoteJwksErrorKind::Answer,
        ),
        ("401", with_status(401), RemoteJwksErrorKind::Answer),
        ("500", with_status(500), RemoteJwksErrorKind::Answer),
        (
            "no HTTP",
            raw("220 mail.example ESMTP\r\n".to_owned()),
            RemoteJwksErrorKind::Unreachable,
        ),
        (
            "nothing",
            raw(String::new()),
            RemoteJwksErrorKind::Unreachable,
        ),
        (
            "broken off",
            raw("HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{".to_owned()),
            RemoteJwksErrorKind::Answer,
        ),
        ("empty", ok(""), RemoteJwksErrorKind::Document),
        (
            "a page",
            ok("<html>Sign in</html>"),
            RemoteJwksErrorKind::Document,
        ),
        ("no keys", ok("{}"), RemoteJwksErrorKind::Document),
        (
            "an empty set",
            ok(r#"{"keys":[]}"#),
            RemoteJwksErrorKind::Document,
        ),
        (
            "no list",
            ok(r#"{"keys":{}}"#),
            RemoteJwksErrorKind::Document,
        ),
        (
            "compressed",
            ok("\u{1f}\u{8b}\u{8}"),
            RemoteJwksErrorKind::Document,
        ),
        // J-32
        (
            "two keys of one name",
            ok(&twice),
            RemoteJwksErrorKind::Document,
        ),
    ] {
        let (issuer, clock) = (Double::start(&["a"]), clock());
        let jwks = RemoteJwks::at(&issuer.jwks_uri())
            .unwrap()
            .with_clock(clock.clone());
        jwks.ready().await.unwrap();
        // The last good set is kept ...
        issuer.answer(answer);
        assert!(jwks.refresh("b").await.is_err(), "{what}");
        assert!(knows(&jwks, "a").await, "{what}");
        // ... and without one there is none.
        let fresh = RemoteJwks::at(&issuer.jwks_uri()).unwrap();
        assert_eq!(refused(&fresh).await, kind, "{what}");
        assert!(fresh.keys().is_empty());
    }
}

// RFC 8414 §3.3
#[tokio::test]
async fn metadata_of_another_issuer_are_not_believed() {
    let (issuer, other) = (Double::start(&["a"]), Double::start(&["a"]));
    let metadata = format!(r#"{{"issuer":"{0}","jwks_uri":"{0}/keys"}}"#, other.url());
    issuer.answer_metadata(
        Answer::Json(metadata.clone(), ""),
        Answer::Json(metadata, ""),
    );
    let jwks = RemoteJwks::discover(&issuer.url()).unwrap();
    assert_eq!(refused(&jwks).await, RemoteJwksErrorKind::Issuer);
    let with_slash = RemoteJwks::discover(&format!("{}/", other.url())).unwrap();
    assert_eq!(refused(&with_slash).await, RemoteJwksErrorKind::Issuer);
    assert!(issuer.fetches() == 0 && other.fetches() == 0);
}

// What leaves this machine: a path, a host and who asks; no credential, no cookie.
#[tokio::test]
async fn a_request_says_no_more_than_it_has_to() {
    let issuer = Double::start(&["a"]);
    RemoteJwks::at(&issuer.jwks_uri())
        .unwrap()
        .ready()
        .await
        .unwrap();
    let host = issuer.url().replace("http://", "");
    let expected = format!(
        "GET /keys HTTP/1.1\r\naccept: application/json\r\nuser-agent: empress-auth\r\nhost: {host}\r\n\r\n"
    );
    assert_eq!(issuer.requests(), [expected]);
}

// Where `localhost` leads, is this machine.
#[tokio::test]
async fn localhost_is_asked_by_name() {
    let issuer = Double::start(&["a"]);
    let uri = issuer.jwks_uri().replace("127.0.0.1", "localhost");
    let jwks = RemoteJwks::at(&uri).unwrap();
    jwks.ready().await.unwrap();
}
