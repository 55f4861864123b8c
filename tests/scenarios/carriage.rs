//! How a credential is carried: one field, one scheme, one credential.

use empress_auth_core::{ApiKey, Authenticator, Preset};
use empress_auth_tests::{PASSWORD, Request, Stage, World, basic};

fn modes(world: &World) -> [Authenticator; 3] {
    [
        world.auth(),
        world.auth().optional(),
        world.auth().ignore_invalid(),
    ]
}

// H-1, RS-9110-8, RS-6750-7
pub(crate) fn two_authorization_lines_are_refused_and_never_picked_from(stage: Stage) {
    let world = stage.world();
    let good = format!("Bearer {}", world.token("ada"));
    let other = format!("Token {}", world.token("eve"));
    for auth in modes(&world) {
        let server = stage.adapter().serve_behind(auth);
        for (first, second) in [
            (&*good, &*good),
            (&*good, &*other),
            (&*good, "Bearer wrong"),
            ("Bearer wrong", &*good),
            ("", &*good),
            (&*good, ""),
            ("Digest x", &*good),
        ] {
            for (one, two) in [
                ("Authorization", "Authorization"),
                ("authorization", "AUTHORIZATION"),
            ] {
                let request = Request::get("/maybe")
                    .header(one, first)
                    .header("Accept", "*/*")
                    .header(two, second);
                let answer = server.send(&request);
                assert_eq!(answer.status, 400, "{one}: {first}, {two}: {second}");
                assert_eq!(answer.member("code"), "invalid_request");
                assert!(
                    answer
                        .challenges()
                        .iter()
                        .any(|line| line.contains("error=\"invalid_request\""))
                );
            }
        }
    }
}

// H-2
pub(crate) fn a_list_of_credentials_in_one_field_is_refused(stage: Stage) {
    let world = stage.world();
    let (ada, eve) = (world.token("ada"), world.token("eve"));
    let pair = world.keys("ada");
    for auth in modes(&world) {
        let server = stage.adapter().serve_behind(auth);
        for value in [
            format!("Bearer {ada}, Bearer {eve}"),
            format!("Bearer {ada},Bearer {eve}"),
            format!("Bearer {ada},{eve}"),
            format!("Bearer {ada},"),
            format!("Bearer ,{ada}"),
            format!("Bearer , {ada}"),
            format!("Token {pair},x"),
            format!("Token x,{pair}"),
            format!("{},x", basic(&pair)),
        ] {
            assert_eq!(server.get_as("/maybe", &value).status, 401, "{value}");
        }
    }
}

// H-9, RS-9110-2, RS-9110-10, RS-6750-1, RS-6750-2
pub(crate) fn every_scheme_opens_in_any_case_behind_any_blanks(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let token = world.token("ada");
    let pair = world.keys("ada");
    let encoded = basic(&pair).replace("Basic ", "");
    for (scheme, credential) in [
        ("Bearer", &token),
        ("Token", &token),
        ("Token", &pair),
        ("Basic", &encoded),
    ] {
        let mixed: String = scheme
            .char_indices()
            .map(|(at, c)| {
                if at % 2 == 0 {
                    c.to_ascii_lowercase()
                } else {
                    c.to_ascii_uppercase()
                }
            })
            .collect();
        for value in [
            format!("{scheme} {credential}"),
            format!("{} {credential}", scheme.to_lowercase()),
            format!("{} {credential}", scheme.to_uppercase()),
            format!("{mixed} {credential}"),
            format!("{scheme}\t{credential}"),
            format!("{scheme}  \t  {credential}"),
            format!("  {scheme} {credential}"),
            format!("{scheme} {credential}   "),
            format!("\t{scheme} {credential}\t"),
        ] {
            let answer = server.get_as("/", &value);
            assert_eq!((answer.status, answer.text()), (200, "ada"), "{value:?}");
        }
        for value in [
            format!("{scheme}{credential}"),
            format!("{scheme}:{credential}"),
            format!("{scheme}={credential}"),
            format!("{scheme}\u{a0}{credential}"),
            format!("{scheme}/1.0 {credential}"),
            format!("\"{scheme}\" {credential}"),
            credential.clone(),
            scheme.to_owned(),
            format!("{scheme} "),
            format!("{scheme} {scheme} {credential}"),
        ] {
            let answer = server.get_as("/", &value);
            assert_eq!(answer.status, 401, "{value:?}");
        }
    }
}

// RS-9110-8, RS-6750-11, H-28: what arrives in full is refused, whatever it is
pub(crate) fn junk_is_refused_and_never_an_error_of_ours(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let token = world.token("ada");
    let mut junk: Vec<Vec<u8>> = (0x80_u8..=0xff)
        .map(|byte| [b"Bearer ".as_slice(), &[byte]].concat())
        .collect();
    for length in [8_192, 8_193, 16_384, 65_536] {
        junk.push(format!("Bearer {}", "a".repeat(length)).into_bytes());
        junk.push(format!("Token {}:{}", "a".repeat(length), "b").into_bytes());
        junk.push(format!("Basic {}", "QUFB".repeat(length / 4)).into_bytes());
        junk.push("a".repeat(length).into_bytes());
    }
    junk.push(format!("Bearer {token}\u{200b}").into_bytes());
    junk.push(format!("Bearer ｅ{token}").into_bytes());
    junk.push([b"Bearer ".as_slice(), token.as_bytes(), b"\xff"].concat());
    for value in junk {
        let answer = server.get_as("/", &value);
        assert_eq!(answer.status, 401, "{:?}", String::from_utf8_lossy(&value));
        assert!(!answer.challenges().is_empty());
    }
}

// H-10, RS-7617-2, RS-7617-5
pub(crate) fn basic_is_split_at_the_first_colon(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let pair = world.keys("ada");
    let (key, secret) = pair.split_once(':').unwrap();
    assert_eq!(server.get_as("/", basic(&pair)).status, 200);
    let mut wrong = vec![
        String::new(),
        ":".to_owned(),
        "::".to_owned(),
        ":::::".to_owned(),
        key.to_owned(),
        secret.to_owned(),
        format!("{key}{secret}"),
        format!("{key}:"),
        format!(":{secret}"),
        format!("{key}::{secret}"),
        format!(":{key}:{secret}"),
        format!("{pair}:"),
        format!("{pair}:{secret}"),
        format!("{secret}:{key}"),
        format!("{key};{secret}"),
        format!("{key}%3A{secret}"),
        format!("{key}\u{ff1a}{secret}"),
    ];
    for blank in [" ", "\u{a0}", "\u{2003}", "="] {
        wrong.push(format!("{blank}{pair}"));
        wrong.push(format!("{pair}{blank}"));
        wrong.push(format!("{key}{blank}:{secret}"));
        wrong.push(format!("{key}:{blank}{secret}"));
    }
    // One key in a thousand has no letter.
    if key != key.to_uppercase() {
        wrong.push(format!("{}:{secret}", key.to_uppercase()));
    }
    wrong.push(format!("{key}:{}", secret.to_lowercase()));
    wrong.push(format!("{key}:{}", secret.get(1..).unwrap()));
    wrong.push(format!("{key}:{}", secret.get(..26).unwrap()));
    wrong.push(format!("{}:{secret}", key.get(..14).unwrap()));
    // Behind a bar stands the secret of another system's tokens, never of a pair.
    wrong.push(format!("{key}:1|{secret}"));
    wrong.push(format!("{key}:|{secret}"));
    for content in wrong {
        let answer = server.get_as("/", basic(&content));
        assert_eq!(answer.status, 401, "{content:?}");
        // In clear, blanks around the pair belong to the field.
        if content.trim() != pair {
            let as_token = server.get_as("/", format!("Token {content}"));
            assert_eq!(as_token.status, 401, "{content:?}");
        }
    }
}

// H-11, RS-7617-5
pub(crate) fn basic_is_strict_base64_with_padding(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    // A pair whose encoding ends in padding and has a letter that the URL alphabet writes otherwise.
    let digest = empress_auth_core::SecretDigest::sha256_of(b"s\xc3\xbf?\xc3\xbf~secret");
    empress_auth_tests::wait(world.key_issuer().import(
        empress_auth_core::Actor::assert_local_operator(),
        "ada",
        ApiKey::parse("imported").unwrap(),
        digest,
    ))
    .unwrap();
    let good = basic(b"imported:s\xc3\xbf?\xc3\xbf~secret").replace("Basic ", "");
    assert_eq!(server.get_as("/", format!("Basic {good}")).text(), "ada");
    let unpadded = good.trim_end_matches('=');
    assert!(
        unpadded.len() < good.len() && good.contains(['+', '/']),
        "{good}"
    );
    let mut wrong = vec![
        unpadded.to_owned(),
        format!("{unpadded}="),
        format!("{good}="),
        format!("={good}"),
        good.replace('+', "-").replace('/', "_"),
        format!("{good}{good}"),
        format!("\"{good}\""),
        format!("<{good}>"),
        good.replace('=', "%3D"),
        good.replace('=', "."),
        format!("{good}\u{e9}"),
    ];
    for junk in ["!", "\"", "#", "*", "-", "_", ".", ":", "~", "\\", "\u{b5}"] {
        let (front, back) = good.split_at(8);
        wrong.push(format!("{front}{junk}{back}"));
        wrong.push(format!("{good}{junk}"));
    }
    for credential in wrong.iter().map(|wrong| wrong.replace("==", "=")) {
        if credential == good {
            continue;
        }
        let answer = server.get_as("/", format!("Basic {credential}"));
        assert_eq!(answer.status, 401, "{credential}");
        assert!(
            answer
                .challenges()
                .iter()
                .any(|line| line.starts_with("Basic realm="))
        );
    }
}

// H-12, RS-7617-3
pub(crate) fn basic_holds_text_without_controls(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let pair = world.keys("ada");
    for control in (0..=0x1f).chain([0x7f]) {
        for content in [
            [pair.as_bytes(), &[control]].concat(),
            [&[control], pair.as_bytes()].concat(),
        ] {
            assert_eq!(
                server.get_as("/", basic(content)).status,
                401,
                "{control:#x}"
            );
        }
    }
    for bytes in [
        &b"\xff"[..],
        b"\xc3",
        b"\xc0\xba",
        b"\xed\xa0\x80",
        b"\xf8\x88\x80\x80\x80",
    ] {
        let content = [pair.as_bytes(), bytes].concat();
        assert_eq!(server.get_as("/", basic(content)).status, 401, "{bytes:x?}");
    }
    // RFC 7617 §2.1's own example.
    world.user_with_password("test");
    assert_eq!(server.get_as("/", "Basic dGVzdDoxMjPCow==").status, 401);
    assert!(PASSWORD.contains(':'));
}

// H-13
pub(crate) fn no_key_has_a_colon(stage: Stage) {
    let world = stage.world();
    for _ in 0..200 {
        assert_eq!(world.keys("eve").matches(':').count(), 1);
    }
    for key in ["a:b", ":", "a:", ":a", "a,b", "a b", "a\tb", "é", ""] {
        assert!(ApiKey::parse(key).is_none(), "{key:?}");
    }
    let server = stage.adapter().serve_behind(world.auth());
    assert_eq!(
        server
            .get_as("/", format!("token {}", world.keys("eve")))
            .text(),
        "eve"
    );
}

// H-15, RS-6750-7, RS-6750-8, RS-6750-9, RS-9110-11
pub(crate) fn a_credential_is_read_from_its_place_alone(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let token = world.token("ada");
    for name in [
        "Proxy-Authorization",
        "X-Authorization",
        "X-API-Key",
        "X-Auth-Token",
        "Api-Key",
        "X-Forwarded-Authorization",
        "Cookie",
    ] {
        let request = Request::get("/").header(name, format!("Bearer {token}"));
        assert_eq!(server.send(&request).status, 401, "{name}");
    }
    let form = Request::post("/").body(
        "application/x-www-form-urlencoded",
        format!("access_token={token}"),
    );
    assert_eq!(server.send(&form).status, 401);
    assert_eq!(server.get(&format!("/?access_token={token}")).status, 401);
    // Beside the header they mean nothing.
    let both = server.get_as("/?access_token=other", format!("Bearer {token}"));
    assert_eq!((both.status, both.text()), (200, "ada"));
}

// H-15: `.header("x-api-key")`
pub(crate) fn a_header_of_ones_own_is_read_beside_authorization_but_not_with_it(stage: Stage) {
    let world = stage.world();
    let auth = world.auth().header("X-API-Key");
    let server = stage.adapter().serve_behind(auth);
    let token = world.token("ada");
    let pair = world.keys("eve");
    let with_key = |value: &str| Request::get("/").header("x-api-key", value);
    assert_eq!(server.send(&with_key(&token)).text(), "ada");
    assert_eq!(server.send(&with_key(&pair)).text(), "eve");
    assert_eq!(server.get_as("/", format!("Bearer {token}")).text(), "ada");
    let answer = server.send(&with_key(&token));
    assert_eq!(answer.header("vary"), Some("x-api-key"));
    for both in [
        with_key(&token).authorization(format!("Bearer {token}")),
        with_key(&token).authorization("Digest x"),
        with_key(&token).authorization(""),
        with_key("").authorization(format!("Bearer {token}")),
        with_key(&token).header("X-Api-Key", &token),
        with_key("wrong").authorization(format!("Bearer {token}")),
    ] {
        let answer = server.send(&both);
        assert_eq!(
            (answer.status, answer.member("code").as_str()),
            (400, "invalid_request")
        );
    }
    for wrong in [
        "",
        " ",
        "wrong",
        "a:b",
        &format!("Bearer {token}"),
        &format!("{token},{token}"),
        &format!("{token} x"),
        &format!("{token}\u{e9}"),
        &"a".repeat(8_193),
    ] {
        let answer = server.send(&with_key(wrong));
        assert_eq!(answer.status, 401, "{wrong}");
        assert!(!answer.challenges().is_empty());
    }
}

// H-8, H-24
pub(crate) fn nobody_is_let_in_for_what_it_says_it_is(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    for (name, value) in [
        ("User-Agent", "kube-probe/1.30"),
        ("User-Agent", "GoogleHC/1.0"),
        ("User-Agent", "ELB-HealthChecker/2.0"),
        ("X-Remote-User", "ada"),
        ("X-User", "ada"),
        ("X_User", "ada"),
        ("X-WEBAUTH-USER", "ada"),
        ("X-Forwarded-User", "ada"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Original-URL", "/plain"),
        ("X-Rewrite-URL", "/plain"),
        ("X-Forwarded-Proto", "https"),
        ("From", "ada@example.com"),
        ("Referer", "http://app.example/"),
        ("Origin", "http://app.example"),
    ] {
        let request = Request::get("/").header(name, value);
        assert_eq!(server.send(&request).status, 401, "{name}: {value}");
    }
}

// H-1: the shape of a refusal does not change what is refused
pub(crate) fn no_preset_lets_in_what_another_refuses(stage: Stage) {
    let world = stage.world();
    let good = format!("Bearer {}", world.token("ada"));
    for preset in [Preset::Problem, Preset::Drf, Preset::Frappe, Preset::OAuth] {
        let server = stage.adapter().serve_behind(world.auth().preset(preset));
        assert_eq!(server.get_as("/", &good).status, 200);
        let twice = Request::get("/").authorization(&good).authorization(&good);
        for answer in [
            server.get("/"),
            server.get_as("/", "Bearer"),
            server.get_as("/", "Bearer nope"),
            server.get_as("/", format!("{good} x")),
            server.get_as("/", format!("{good},x")),
            server.get_as("/", "Digest x"),
            server.get_as("/", ""),
            server.get_as("/", "Basic !"),
            server.send(&twice),
        ] {
            assert!(
                (400..=403).contains(&answer.status),
                "{preset:?}: {answer:?}"
            );
        }
    }
}
