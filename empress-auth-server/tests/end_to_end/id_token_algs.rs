//! What an ID token may be signed with, by the word of `client create`, is signed and published.

use empress_auth_core::Clock;
use empress_auth_core::jwt::{Algorithm, JwtVerifier, KeySet};
use empress_auth_tests::{Callback, Request};

use crate::party::{CALLBACK, Party, program};

// OP-DISC-5, S15
#[test]
fn a_client_gets_its_id_tokens_with_the_algorithm_that_it_was_made_with() {
    let (place, serving) = program();
    let party = Party::at_program(&place, &serving, "ada");
    let jwks = party.send(&Request::get("/.well-known/jwks.json"));
    let keys = KeySet::from_json(jwks.text().as_bytes()).unwrap();
    let issuer = format!("http://{}", serving.address);
    for (alg, algorithm) in [
        ("RS256", Algorithm::RS256),
        ("ES256", Algorithm::ES256),
        ("EdDSA", Algorithm::EdDSA),
    ] {
        let create = ["client", "create", "App", "--skip-consent"];
        let options = ["--redirect-uri", CALLBACK, "--id-token-alg", alg];
        let made = place.json(&[&create[..], &options].concat());
        let text = |member: &str| made[member].as_str().unwrap().to_owned();
        let party = Party {
            id: text("client_id"),
            secret: text("client_secret"),
            ..party.clone()
        };
        let answer = party.authorize(&[("scope", "openid")]);
        let code = Callback::of(&answer).code().to_owned();
        let answer = party.send(&party.redeeming(&code));
        assert_eq!(answer.status, 200, "{alg}: {}", answer.text());
        let id_token = answer.member("id_token");
        let verifier = JwtVerifier::new(&issuer, &party.id, keys.clone());
        let verifier = verifier.algorithms([algorithm]).types(["JWT"]);
        verifier.verify(&id_token, Clock::system().now()).unwrap();
    }
}
