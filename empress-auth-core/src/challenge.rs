//! `WWW-Authenticate`: which schemes would be accepted (RFC 9110 §11.6.1, RFC 6750 §3, RFC 7617 §2).

use http::HeaderValue;

use crate::rejection::{Rejection, RejectionKind};
use crate::requirement::Requirement;
use crate::scheme::{Scheme, Schemes};

/// What a layer offers in its challenges.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) schemes: Schemes,
    pub(crate) realm: Box<str>,
    pub(crate) resource_metadata: Option<Box<str>>,
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            schemes: Schemes::all(),
            realm: "api".into(),
            resource_metadata: None,
        }
    }
}

impl Offer {
    /// One challenge per accepted scheme, each a line of its own.
    ///
    /// `Basic` only if the client used it, or nothing else is accepted: a browser that sees it asks its user for a
    /// password.
    pub(crate) fn challenges(&self, rejection: &Rejection) -> Vec<HeaderValue> {
        let asked_for_basic = rejection.scheme() == Some(Scheme::Basic);
        let others = self
            .schemes
            .offered()
            .iter()
            .any(|scheme| *scheme != Scheme::Basic);
        let mut lines: Vec<HeaderValue> = self
            .schemes
            .offered()
            .iter()
            .filter(|scheme| **scheme != Scheme::Basic || asked_for_basic || !others)
            .filter_map(|scheme| self.challenge(*scheme, rejection))
            .collect();
        if lines.is_empty() {
            lines.extend(line(&format!("Token realm={}", quoted(&self.realm))));
        }
        lines
    }

    /// The bare challenge of the first scheme, as DRF sends it.
    pub(crate) fn bare_challenge(&self) -> Option<HeaderValue> {
        match self.schemes.offered().first() {
            Some(Scheme::Basic) => line(&format!("Basic realm={}", quoted(&self.realm))),
            Some(scheme) => line(self.schemes.name(*scheme)),
            None => line("Token"),
        }
    }

    fn challenge(&self, scheme: Scheme, rejection: &Rejection) -> Option<HeaderValue> {
        let mut text = format!(
            "{} realm={}",
            self.schemes.name(scheme),
            quoted(&self.realm)
        );
        if scheme == Scheme::Basic {
            text.push_str(", charset=\"UTF-8\"");
        }
        if scheme == Scheme::Bearer {
            let answer = rejection.answer();
            if let Some(error) = answer.bearer_error {
                text.push_str(", error=\"");
                text.push_str(error);
                text.push_str("\", error_description=");
                text.push_str(&quoted(answer.detail));
            }
            let scopes = rejection
                .requirement()
                .map(Requirement::scopes)
                .unwrap_or_default();
            if !scopes.is_empty() {
                text.push_str(", scope=");
                text.push_str(&quoted(&scopes.join(" ")));
            }
            if let Some(url) = &self.resource_metadata {
                text.push_str(", resource_metadata=");
                text.push_str(&quoted(url));
            }
        }
        line(&text)
    }

    /// Whether a rejection of this kind carries challenges.
    pub(crate) fn applies_to(kind: RejectionKind, status: http::StatusCode) -> bool {
        status == http::StatusCode::UNAUTHORIZED
            || matches!(
                kind,
                RejectionKind::Forbidden | RejectionKind::SeveralCredentials
            )
    }
}

/// A `quoted-string` of what RFC 6750 §3 allows in it: printable ASCII without `"` and `\`; the rest becomes a blank.
///
/// A realm that a configuration file sets can therefore not end the line or begin a parameter.
fn quoted(text: &str) -> String {
    let inner: String = text
        .chars()
        .map(|c| {
            if matches!(c, ' '..='~') && !matches!(c, '"' | '\\') {
                c
            } else {
                ' '
            }
        })
        .collect();
    format!("\"{inner}\"")
}

fn line(text: &str) -> Option<HeaderValue> {
    HeaderValue::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirement::scope;

    fn offer() -> Offer {
        Offer {
            schemes: Schemes::all(),
            realm: "api".into(),
            resource_metadata: None,
        }
    }

    fn lines(offer: &Offer, rejection: &Rejection) -> Vec<String> {
        offer
            .challenges(rejection)
            .iter()
            .map(|line| line.to_str().unwrap().to_owned())
            .collect()
    }

    // RS-9110-3, RS-6750-3, RS-6750-4
    #[test]
    fn without_credentials_there_is_a_challenge_per_scheme_and_no_error() {
        assert_eq!(
            lines(&offer(), &Rejection::new(RejectionKind::Missing)),
            ["Token realm=\"api\"", "Bearer realm=\"api\""]
        );
    }

    // RS-6750-5, RS-6750-6, RS-6750-10
    #[test]
    fn an_error_names_its_rfc_6750_code_and_the_missing_scope() {
        assert_eq!(
            lines(&offer(), &Rejection::new(RejectionKind::Invalid))
                .last()
                .unwrap(),
            "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"Invalid token.\""
        );
        let lacking = Rejection::forbidden(scope("a") & scope("b"));
        assert!(
            lines(&offer(), &lacking)
                .last()
                .unwrap()
                .contains(", scope=\"a b\"")
        );
    }

    // RS-7617-1
    #[test]
    fn basic_is_offered_to_those_who_use_it_or_have_nothing_else() {
        let used = Rejection::malformed(crate::credentials::Malformed::NotBase64);
        assert!(
            lines(&offer(), &used).contains(&"Basic realm=\"api\", charset=\"UTF-8\"".to_owned())
        );
        let only = Offer {
            schemes: Schemes::only([Scheme::Basic]),
            ..offer()
        };
        assert_eq!(
            lines(&only, &Rejection::new(RejectionKind::Missing)).len(),
            1
        );
    }

    // H-19
    #[test]
    fn a_realm_cannot_break_out_of_its_quotes() {
        for realm in [
            "a\"b",
            "a\\",
            "a\r\nSet-Cookie: x=y",
            "é",
            "",
            "a\0b",
            "\", error=\"x",
        ] {
            let offer = Offer {
                realm: realm.into(),
                ..offer()
            };
            for line in lines(&offer, &Rejection::new(RejectionKind::Missing)) {
                assert_eq!(line.matches('"').count(), 2, "{realm:?}");
                assert!(!line.contains(['\r', '\n', '\\', '\0']), "{realm:?}");
            }
        }
    }
}
