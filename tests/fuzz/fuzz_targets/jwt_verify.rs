//! A JSON Web Token: never a panic, nobody but whoever the issuer signed for, and nothing in the claims of what is well
//! signed that two readers could understand differently.

#![no_main]

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use empress_auth_core::jwt::{Algorithm, JwtVerifier};
use empress_auth_core::testing::TestIssuer;
use libfuzzer_sys::fuzz_target;

static ISSUER: LazyLock<TestIssuer> =
    LazyLock::new(|| TestIssuer::new("https://id.example", Algorithm::HS256));
static VERIFIER: LazyLock<JwtVerifier> = LazyLock::new(verifier);

fn verifier() -> JwtVerifier {
    ISSUER
        .verifier("https://api.example")
        .danger_allow_untyped()
}

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    // As it came: nobody knows the key.
    assert!(VERIFIER.verify(text, now).is_err(), "{text}");
    // As header and claims, as claims alone, and as a signed text: well signed, whatever they say.
    let (header, claims) = text.split_once('\n').unwrap_or(("", text));
    for token in [
        ISSUER.sign(header, claims),
        ISSUER.access_token(text),
        ISSUER.sign_input(text),
    ] {
        let verified = VERIFIER.verify(&token, now);
        // A verifier that never saw a token decides alike: what is remembered of a header changes nothing.
        let decided_anew = verifier().verify(&token, now);
        assert_eq!(
            verified.as_ref().err().map(ToString::to_string),
            decided_anew.as_ref().err().map(ToString::to_string)
        );
        let Ok(verified) = verified else {
            continue;
        };
        let read: serde_json::Value = serde_json::from_str(verified.json()).expect("JSON");
        assert_eq!(read["iss"], "https://id.example");
        assert!(
            verified
                .audiences()
                .iter()
                .any(|it| it == "https://api.example")
        );
        assert!(read["exp"].is_number(), "{read}");
        assert!(verified.ends_at() > now);
        assert_eq!(read["sub"].as_str(), verified.subject().as_deref());
        // Each name finds its own value, and what is nearly a name finds none.
        let read = read.as_object().expect("an object");
        for (name, value) in read {
            assert_eq!(value.as_str(), verified.text(name).as_deref(), "{name}");
            let longer = format!("{name}\0");
            assert!(read.contains_key(&longer) || verified.text(&longer).is_none());
        }
    }
});
