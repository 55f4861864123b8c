//! What must a user be asked, whatever is known already?

use crate::error::{ErrorCode, OAuthError};

/// `prompt` ([OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "any of the four words may stand with others"
)]
pub(crate) struct Prompt {
    /// Nothing may be asked.
    pub(crate) none: bool,
    /// Who it is, again.
    pub(crate) login: bool,
    /// Whether the client may, again.
    pub(crate) consent: bool,
    /// Which account it is to be. A browser has one session here: the consent page names its user and leads to another
    /// login.
    pub(crate) select_account: bool,
}

impl Prompt {
    /// Reads the words between blanks.
    pub(crate) fn parse(value: &str) -> Result<Self, OAuthError> {
        let mut prompt = Self::default();
        for word in value.split(' ').filter(|word| !word.is_empty()) {
            match word {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                _ => {
                    let sentence = "prompt is none, login, consent or select_account.";
                    return Err(OAuthError::invalid_request(sentence));
                }
            }
        }
        // OpenID Connect Core §3.1.2.1: "If this parameter contains none with any other value, an error is returned."
        if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
            let sentence = "prompt=none does not go with another value.";
            return Err(OAuthError::worded(ErrorCode::InvalidRequest, sentence));
        }
        Ok(prompt)
    }

    /// Whether the consent page must be shown although consent is known.
    pub(crate) const fn asks_for_consent(self) -> bool {
        self.consent || self.select_account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // OP-CORE-6, OP-CORE-8
    #[test]
    fn none_stands_alone_and_the_others_together() {
        for (value, expected) in [
            ("none", Some((true, false, false, false))),
            ("login", Some((false, true, false, false))),
            ("login consent", Some((false, true, true, false))),
            (
                "consent  login select_account",
                Some((false, true, true, true)),
            ),
            ("none login", None),
            ("consent none", None),
            ("select_account none", None),
            ("None", None),
            ("create", None),
            ("login,consent", None),
        ] {
            let prompt = Prompt::parse(value).ok();
            let words = prompt.map(|p| (p.none, p.login, p.consent, p.select_account));
            assert_eq!(words, expected, "{value}");
        }
    }
}
