//! The public half of a key: as it is stored, named and published.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::client::SigningAlg;

/// A public key as a JWK with its required members alone ([RFC 7518 §6](https://www.rfc-editor.org/rfc/rfc7518#section-6),
/// [RFC 8037 §2](https://www.rfc-editor.org/rfc/rfc8037#section-2)).
///
/// There is no private member that it could hold, and none that it would read (J-32). Members stand in the order
/// of [RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3), so that its text is what the thumbprint is taken of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum PublicKey {
    Ec(EcKey),
    Rsa(RsaKey),
    Okp(OkpKey),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EcKey {
    crv: P256,
    kty: Ec,
    x: Box<str>,
    y: Box<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RsaKey {
    e: Box<str>,
    kty: Rsa,
    n: Box<str>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OkpKey {
    crv: Ed25519,
    kty: Okp,
    x: Box<str>,
}

/// A name that can be one thing only.
macro_rules! names {
    ($($type:ident = $name:literal),+ $(,)?) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        enum $type {
            #[serde(rename = $name)]
            Name,
        }
    )+};
}

names!(
    P256 = "P-256",
    Ed25519 = "Ed25519",
    Ec = "EC",
    Rsa = "RSA",
    Okp = "OKP"
);

impl PublicKey {
    /// Of the P-256 point whose uncompressed form this is; `None` for any other form.
    pub(super) fn p256(point: &[u8]) -> Option<Self> {
        let coordinates = point.strip_prefix(&[4]).filter(|rest| rest.len() == 64)?;
        let (x, y) = coordinates.split_at_checked(32)?;
        Some(Self::Ec(EcKey {
            crv: P256::Name,
            kty: Ec::Name,
            x: base64url(x),
            y: base64url(y),
        }))
    }

    /// Of modulus and exponent, big-endian, without leading zeros.
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        Self::Rsa(RsaKey {
            e: base64url(exponent),
            kty: Rsa::Name,
            n: base64url(modulus),
        })
    }

    pub(super) fn ed25519(key: &[u8]) -> Self {
        Self::Okp(OkpKey {
            crv: Ed25519::Name,
            kty: Okp::Name,
            x: base64url(key),
        })
    }

    /// What a store kept; `None` for what [`to_text`](Self::to_text) never wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let key: Self = serde_json::from_str(text).ok()?;
        (key.to_text() == text).then_some(key)
    }

    /// What a store keeps.
    pub(super) fn to_text(&self) -> String {
        // Names and strings can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The thumbprint, under SHA-256 ([RFC 7638 §3](https://www.rfc-editor.org/rfc/rfc7638#section-3)).
    pub(super) fn thumbprint(&self) -> Box<str> {
        base64url(sha256(self.to_text().as_bytes()).as_ref())
    }

    /// The one algorithm that keys of this type have here.
    pub(super) const fn alg(&self) -> SigningAlg {
        match self {
            Self::Ec(_) => SigningAlg::Es256,
            Self::Rsa(_) => SigningAlg::Rs256,
            Self::Okp(_) => SigningAlg::EdDsa,
        }
    }
}

fn sha256(bytes: &[u8]) -> aws_lc_rs::digest::Digest {
    aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes)
}

fn base64url(bytes: &[u8]) -> Box<str> {
    URL_SAFE_NO_PAD.encode(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    // KY-4: RFC 7638 §3.1
    #[test]
    fn the_thumbprint_of_the_rfc() {
        let text = concat!(
            r#"{"e":"AQAB","kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7a"#,
            "PFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_F",
            "DW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd",
            r#"2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}"#,
        );
        let key = PublicKey::parse(text).unwrap();
        assert_eq!(key.alg(), SigningAlg::Rs256);
        assert_eq!(
            &*key.thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    // RFC 8037, appendix A.3
    #[test]
    fn the_thumbprint_of_an_octet_key_pair() {
        let text =
            r#"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key = PublicKey::parse(text).unwrap();
        assert_eq!(key.alg(), SigningAlg::EdDsa);
        assert_eq!(
            &*key.thumbprint(),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    // J-32
    #[test]
    fn what_has_another_member_is_no_public_key() {
        for (why, text) in [
            (
                "private half",
                r#"{"crv":"Ed25519","d":"AA","kty":"OKP","x":"AA"}"#,
            ),
            ("symmetric", r#"{"k":"AA","kty":"oct"}"#),
            ("curve", r#"{"crv":"P-384","kty":"EC","x":"AA","y":"AA"}"#),
            ("order", r#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#),
            ("space", r#"{"crv": "Ed25519","kty":"OKP","x":"AA"}"#),
            (
                "member",
                r#"{"crv":"Ed25519","kid":"1","kty":"OKP","x":"AA"}"#,
            ),
            ("no object", "[]"),
        ] {
            assert_eq!(PublicKey::parse(text), None, "{why}");
        }
    }
}
