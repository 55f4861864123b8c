//! How must the client prove later that it made this request? [RFC 7636 §4.3](https://www.rfc-editor.org/rfc/rfc7636#section-4.3).
//!
//! 1. A public client sends a challenge, because nothing else ties its token request to this one
//!    ([RFC 9700 §2.1.1](https://www.rfc-editor.org/rfc/rfc9700#section-2.1.1)); one that may leave it out is made with
//!    [`danger_allow_missing_pkce`](crate::client::ClientOptions::danger_allow_missing_pkce).
//! 2. A confidential client may.
//! 3. The method is `S256`, written `s256` by Frappe's guide. `plain`, which is what a missing method means, is for clients
//!    with [`danger_allow_plain_pkce`](crate::client::ClientOptions::danger_allow_plain_pkce).
//! 4. An S256 challenge is base64url without padding. Frappe's guide says base64 of the hash, so that padding and the two
//!    other letters of base64 are put right.

use crate::client::Client;
use crate::error::OAuthError;
use crate::grant::CodeChallenge;

/// The challenge of a request, if it needs one or has one.
pub(crate) fn check_code_challenge(
    client: &Client,
    challenge: Option<&str>,
    method: Option<&str>,
) -> Result<Option<CodeChallenge>, OAuthError> {
    let Some(challenge) = challenge else {
        if method.is_some() {
            return refused("code_challenge required with code_challenge_method.");
        }
        if client.is_public() && !client.options.danger_allow_missing_pkce {
            return refused("code_challenge required");
        }
        return Ok(None);
    };
    match method {
        Some("S256" | "s256") => s256(challenge).map(Some),
        Some("plain") | None if client.options.danger_allow_plain_pkce => {
            plain(client, challenge).map(Some)
        }
        None => refused("code_challenge_method=S256 required."),
        // What oauthlib, and so Frappe, says.
        Some(_) => refused("Transform algorithm not supported."),
    }
}

fn s256(challenge: &str) -> Result<CodeChallenge, OAuthError> {
    let canonical: String = challenge
        .trim_end_matches('=')
        .chars()
        .map(|letter| match letter {
            '+' => '-',
            '/' => '_',
            other => other,
        })
        .collect();
    let in_alphabet = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    let padding = challenge.len() - challenge.trim_end_matches('=').len();
    if canonical.len() != S256_LEN || padding > 1 || !canonical.bytes().all(in_alphabet) {
        return refused("An S256 code_challenge is base64url of a SHA-256 hash, 43 characters.");
    }
    Ok(CodeChallenge::S256(canonical.into()))
}

fn plain(client: &Client, challenge: &str) -> Result<CodeChallenge, OAuthError> {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let shortest = if client.options.danger_allow_short_verifier {
        1
    } else {
        43
    };
    if !(shortest..=128).contains(&challenge.len()) || !challenge.bytes().all(is_unreserved) {
        return refused("A plain code_challenge has 43 to 128 unreserved characters.");
    }
    Ok(CodeChallenge::Plain(challenge.into()))
}

fn refused<T>(sentence: &'static str) -> Result<T, OAuthError> {
    Err(OAuthError::invalid_request(sentence))
}

/// 256 bits in base64 without padding.
const S256_LEN: usize = 43;

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::client::AuthMethod;

    /// RFC 7636 appendix B.
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    fn public() -> Client {
        Client::new("c", "C", UNIX_EPOCH)
    }

    fn confidential() -> Client {
        let mut client = public();
        client.auth_methods.insert(AuthMethod::ClientSecretBasic);
        client
    }

    fn s256(challenge: &str) -> Option<CodeChallenge> {
        Some(CodeChallenge::S256(challenge.into()))
    }

    // AS-7636-1, AS-7636-2, AS-7636-11, O-11; S7
    #[test]
    fn s256_is_taken_in_all_the_ways_it_is_written() {
        for client in [public(), confidential()] {
            for method in ["S256", "s256"] {
                for written in [
                    CHALLENGE,
                    &format!("{CHALLENGE}="),
                    &CHALLENGE.replace('-', "+"),
                ] {
                    let checked = check_code_challenge(&client, Some(written), Some(method));
                    assert_eq!(checked.unwrap(), s256(CHALLENGE), "{written} {method}");
                }
            }
        }
    }

    // AS-7636-3, AS-7636-7, AS-7636-8, AS-7636-10, O-11
    #[test]
    fn what_is_no_challenge_is_refused() {
        let long = "a".repeat(129);
        let short = &CHALLENGE[..42];
        for client in [public(), confidential()] {
            for (challenge, method, sentence) in [
                (
                    Some(CHALLENGE),
                    None,
                    "code_challenge_method=S256 required.",
                ),
                (
                    Some(CHALLENGE),
                    Some("plain"),
                    "Transform algorithm not supported.",
                ),
                (
                    Some(CHALLENGE),
                    Some("S512"),
                    "Transform algorithm not supported.",
                ),
                (
                    Some(CHALLENGE),
                    Some("S256 "),
                    "Transform algorithm not supported.",
                ),
                (
                    None,
                    Some("S256"),
                    "code_challenge required with code_challenge_method.",
                ),
            ] {
                let refused = check_code_challenge(&client, challenge, method).unwrap_err();
                assert_eq!(refused.description(), sentence, "{challenge:?} {method:?}");
            }
            for challenge in [
                short,
                &format!("{CHALLENGE}a"),
                &format!("{CHALLENGE}=="),
                &format!("={CHALLENGE}"),
                &CHALLENGE.replace('-', "."),
                &CHALLENGE.replace('-', "\u{e9}"),
                &CHALLENGE.replace('-', " "),
                &long,
                "=",
            ] {
                assert!(
                    check_code_challenge(&client, Some(challenge), Some("S256")).is_err(),
                    "{challenge}"
                );
            }
        }
    }

    // AS-7636-10, O-11, FR-6
    #[test]
    fn a_public_client_must_send_one() {
        let refused = check_code_challenge(&public(), None, None).unwrap_err();
        assert_eq!(refused.description(), "code_challenge required");
        assert_eq!(
            check_code_challenge(&confidential(), None, None).unwrap(),
            None
        );
        let mut forgiven = public();
        forgiven.options.danger_allow_missing_pkce = true;
        assert_eq!(check_code_challenge(&forgiven, None, None).unwrap(), None);
        let checked = check_code_challenge(&forgiven, Some(CHALLENGE), Some("S256"));
        assert_eq!(checked.unwrap(), s256(CHALLENGE));
    }

    // AS-7636-2, AS-7636-8
    #[test]
    fn plain_is_for_clients_that_were_made_for_it() {
        let mut client = public();
        client.options.danger_allow_plain_pkce = true;
        let plain = Some(CodeChallenge::Plain(VERIFIER.into()));
        for method in [None, Some("plain")] {
            let checked = check_code_challenge(&client, Some(VERIFIER), method);
            assert_eq!(checked.unwrap(), plain);
        }
        for challenge in [
            "420",
            "",
            &"a".repeat(129),
            &"a b".repeat(20),
            &"\u{e9}".repeat(30),
        ] {
            assert!(check_code_challenge(&client, Some(challenge), Some("plain")).is_err());
        }
        client.options.danger_allow_short_verifier = true;
        let checked = check_code_challenge(&client, Some("420"), None).unwrap();
        assert_eq!(checked, Some(CodeChallenge::Plain("420".into())));
        assert!(check_code_challenge(&client, Some(""), None).is_err());
    }
}
