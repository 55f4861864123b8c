//! Does the one who shows the code hold the secret that asked for it?
//! ([RFC 7636](https://www.rfc-editor.org/rfc/rfc7636))

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use empress_auth_core::SecretDigest;

use crate::client::ClientOptions;
use crate::error::OAuthError;
use crate::grant::CodeChallenge;

/// Checks that `verifier` belongs to `challenge`.
///
/// Takes the same time for every wrong verifier of one length. A verifier without a challenge is refused: somebody removed
/// the challenge from the request ([RFC 9700 §4.8.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.8.2)).
///
/// Source: [RFC 7636 §4.6](https://www.rfc-editor.org/rfc/rfc7636#section-4.6).
///
/// # Errors
///
/// `invalid_grant` if they do not match, or one of them is missing.
pub(super) fn check_code_verifier(
    challenge: Option<&CodeChallenge>,
    verifier: Option<&str>,
    options: &ClientOptions,
) -> Result<(), OAuthError> {
    let is_right = match (challenge, verifier) {
        (None, None) => true,
        (None, Some(_)) | (Some(_), None) => false,
        (Some(challenge), Some(verifier)) => {
            is_verifier(verifier, options.danger_allow_short_verifier)
                && belongs(verifier, challenge)
        }
    };
    is_right.then_some(()).ok_or_else(OAuthError::invalid_grant)
}

/// 43 to 128 unreserved characters (RFC 7636 §4.1); a client may be forgiven fewer.
fn is_verifier(text: &str, may_be_short: bool) -> bool {
    let shortest = if may_be_short { 1 } else { 43 };
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (shortest..=128).contains(&text.len()) && text.bytes().all(is_unreserved)
}

fn belongs(verifier: &str, challenge: &CodeChallenge) -> bool {
    let digest = match challenge {
        CodeChallenge::S256(challenge) => {
            let decoded = URL_SAFE_NO_PAD.decode(challenge.as_bytes());
            let Some(digest) = decoded.ok().and_then(|digest| digest.try_into().ok()) else {
                return false;
            };
            SecretDigest::from_sha256(digest)
        }
        CodeChallenge::Plain(challenge) => SecretDigest::sha256_of(challenge.as_bytes()),
    };
    digest.is_of(verifier.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn s256(challenge: &str) -> Option<CodeChallenge> {
        Some(CodeChallenge::S256(challenge.into()))
    }

    fn plain(challenge: &str) -> Option<CodeChallenge> {
        Some(CodeChallenge::Plain(challenge.into()))
    }

    // AS-7636-1, AS-7636-4, AS-7636-5, AS-7636-6, AS-7636-7, O-11; the pair is that of RFC 7636 appendix B.
    #[test]
    fn only_the_verifier_of_the_challenge_passes() {
        let (long, too_long) = ("a".repeat(128), "a".repeat(129));
        let padded = format!("{VERIFIER}=");
        let other = VERIFIER.replace('d', "e");
        for (description, challenge, verifier, expected) in [
            ("appendix B", s256(CHALLENGE), Some(VERIFIER), true),
            ("neither", None, None, true),
            ("no verifier", s256(CHALLENGE), None, false),
            ("no challenge", None, Some(VERIFIER), false),
            ("another verifier", s256(CHALLENGE), Some(&other[..]), false),
            (
                "the challenge itself",
                s256(CHALLENGE),
                Some(CHALLENGE),
                false,
            ),
            ("padded verifier", s256(CHALLENGE), Some(&padded), false),
            ("empty challenge", s256(""), Some(VERIFIER), false),
            ("short challenge", s256("E9Me"), Some(VERIFIER), false),
            ("broken challenge", s256("*"), Some(VERIFIER), false),
            ("plain", plain(VERIFIER), Some(VERIFIER), true),
            ("plain, another", plain(VERIFIER), Some(&other), false),
            ("plain, at its longest", plain(&long), Some(&long), true),
            ("plain, too long", plain(&too_long), Some(&too_long), false),
            ("plain, too short", plain("420"), Some("420"), false),
            (
                "42 characters",
                plain(&long[..42]),
                Some(&long[..42]),
                false,
            ),
        ] {
            let options = ClientOptions::default();
            let checked = check_code_verifier(challenge.as_ref(), verifier, &options);
            assert_eq!(checked.is_ok(), expected, "{description}");
        }
    }

    // Frappe's own test suite shows the verifier "420".
    #[test]
    fn a_client_may_be_forgiven_a_short_verifier_and_nothing_else() {
        let options = ClientOptions {
            danger_allow_short_verifier: true,
            ..ClientOptions::default()
        };
        for (verifier, expected) in [("420", true), ("421", false), ("", false)] {
            let checked = check_code_verifier(plain("420").as_ref(), Some(verifier), &options);
            assert_eq!(checked.is_ok(), expected, "{verifier}");
        }
        let blank = check_code_verifier(plain("4 0").as_ref(), Some("4 0"), &options);
        assert!(blank.is_err());
    }
}
