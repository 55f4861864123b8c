//! What does a JSON Web Token say of itself, before anybody has verified it? It decides how it is to be verified, and
//! nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;

/// Header and claims of a token, signed by whomever.
pub(crate) struct Unverified<H, C> {
    pub(crate) header: H,
    pub(crate) claims: C,
}

impl<H: DeserializeOwned, C: DeserializeOwned> Unverified<H, C> {
    /// `None` for what is no JSON Web Token, or lacks a member that is looked for.
    pub(crate) fn read(token: &str) -> Option<Self> {
        if token.len() > MAX_JWT_BYTES {
            return None;
        }
        let mut segments = token.split('.');
        let (header, claims, _) = (segments.next()?, segments.next()?, segments.next()?);
        if segments.next().is_some() {
            return None;
        }
        Some(Self {
            header: decode(header)?,
            claims: decode(claims)?,
        })
    }
}

fn decode<T: DeserializeOwned>(segment: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(segment).ok()?;
    serde_json::from_slice(&json).ok()
}

const MAX_JWT_BYTES: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Header {
        kid: String,
    }

    #[derive(Deserialize)]
    struct Claims {
        jti: String,
    }

    #[test]
    fn what_is_looked_for_is_read_and_nothing_else_is() {
        let of = |header: &str, claims: &str| {
            let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
            let read = Unverified::<Header, Claims>::read(&format!("{header}.{claims}.x"))?;
            Some((read.header.kid, read.claims.jti))
        };
        let (header, claims) = (r#"{"alg":"ES256","kid":"k"}"#, r#"{"sub":"1","jti":"7"}"#);
        assert_eq!(of(header, claims), Some(("k".to_owned(), "7".to_owned())));
        for bad in ["", "{}", "[]", r#"{"jti":7}"#, r#"{"kid":7}"#, "\u{e9}"] {
            assert_eq!(of(header, bad), None, "{bad}");
            assert_eq!(of(bad, claims), None, "{bad}");
        }
        for token in ["", ".", "..", "a.b", "a.*.c", "e30.e30.c", "e30.e30.c.d"] {
            assert!(
                Unverified::<Header, Claims>::read(token).is_none(),
                "{token}"
            );
        }
        let long = "x".repeat(MAX_JWT_BYTES);
        assert_eq!(of(header, &format!(r#"{{"jti":"{long}"}}"#)), None);
    }
}
