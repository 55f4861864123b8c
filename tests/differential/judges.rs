//! What each verifier says, all of them told to ask for the same.

use std::fs;

use empress_auth_tests::run_python;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation};
use serde_json::{Value, json};

use crate::corpus::{AUDIENCE, Corpus, ISSUER, LEEWAY_SECS, Token};

/// We ourselves; why not, in the words of the log.
pub(crate) fn ours(corpus: &Corpus, token: &Token) -> Result<(), String> {
    let verifier = &corpus.signers[token.signer].verifier;
    let verified = verifier.verify(&token.text, corpus.now);
    verified.map(|_| ()).map_err(|error| error.to_string())
}

pub(crate) fn jsonwebtoken(corpus: &Corpus, token: &Token) -> bool {
    let signer = &corpus.signers[token.signer];
    let jwk: Jwk = serde_json::from_value(signer.jwk.clone()).unwrap();
    let mut validation = Validation::new(signer.algorithm.as_str().parse().unwrap());
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    validation.validate_nbf = true;
    validation.leeway = LEEWAY_SECS;
    let key = DecodingKey::from_jwk(&jwk).unwrap();
    jsonwebtoken::decode::<Value>(&token.text, &key, &validation).is_ok()
}

/// Of both Python libraries, or `None` where there are none, which was said.
pub(crate) fn joserfc_and_pyjwt(corpus: &Corpus, tokens: &[Token]) -> Option<Vec<[bool; 2]>> {
    let folder = std::env::temp_dir().join(format!("empress-auth-jwt-{}", std::process::id()));
    fs::create_dir(&folder).unwrap();
    let (asked, answered) = (folder.join("asked.json"), folder.join("answered"));
    let keys: Vec<_> = corpus.signers.iter().map(|signer| &signer.jwk).collect();
    let shown: Vec<_> = tokens
        .iter()
        .map(|it| json!([it.signer, it.text]))
        .collect();
    let question = json!({
        "issuer": ISSUER, "audience": AUDIENCE, "leeway": LEEWAY_SECS, "keys": keys, "tokens": shown,
    });
    fs::write(&asked, question.to_string()).unwrap();
    run_python(
        include_str!("judges.py"),
        "joserfc, jwt",
        &[asked.to_str().unwrap(), answered.to_str().unwrap()],
    );
    let answers = fs::read_to_string(&answered).ok();
    fs::remove_dir_all(&folder).unwrap();
    let answers: Vec<_> = answers?
        .lines()
        .map(|line| [line.as_bytes()[0] == b'1', line.as_bytes()[1] == b'1'])
        .collect();
    assert_eq!(answers.len(), tokens.len());
    Some(answers)
}
