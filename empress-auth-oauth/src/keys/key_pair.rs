//! A private key and the one thing that it does.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::{KeyRejected, Unspecified};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use super::public_key::PublicKey;
use crate::client::SigningAlg;

/// A private key, bound to one algorithm by its variant.
pub(super) enum KeyPair {
    Rs256(RsaKeyPair),
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
}

impl KeyPair {
    /// A new pair, from the generator of aws-lc; `None` for the algorithm that has no pairs.
    pub(super) fn generate(alg: SigningAlg) -> Result<Option<Self>, Unspecified> {
        Ok(match alg {
            // OP-DISC-8; the size that every verifier takes and that signs fastest.
            SigningAlg::Rs256 => Some(Self::Rs256(RsaKeyPair::generate(KeySize::Rsa2048)?)),
            SigningAlg::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?;
                Some(Self::Es256(pair))
            }
            SigningAlg::EdDsa => Some(Self::EdDsa(Ed25519KeyPair::generate()?)),
            SigningAlg::Hs256 => None,
        })
    }

    /// What [`to_pkcs8`](Self::to_pkcs8) gave.
    pub(super) fn from_pkcs8(alg: SigningAlg, pkcs8: &[u8]) -> Result<Option<Self>, KeyRejected> {
        Ok(match alg {
            SigningAlg::Rs256 => Some(Self::Rs256(RsaKeyPair::from_pkcs8(pkcs8)?)),
            SigningAlg::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)?;
                Some(Self::Es256(pair))
            }
            SigningAlg::EdDsa => Some(Self::EdDsa(Ed25519KeyPair::from_pkcs8(pkcs8)?)),
            SigningAlg::Hs256 => None,
        })
    }

    /// The private key as PKCS#8, in clear.
    pub(super) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        let der: Pkcs8V1Der<'static> = match self {
            Self::Rs256(pair) => pair.as_der()?,
            Self::Es256(pair) => return Ok(Zeroizing::new(pair.to_pkcs8v1()?.as_ref().to_vec())),
            Self::EdDsa(pair) => pair.as_der()?,
        };
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    pub(super) const fn alg(&self) -> SigningAlg {
        match self {
            Self::Rs256(_) => SigningAlg::Rs256,
            Self::Es256(_) => SigningAlg::Es256,
            Self::EdDsa(_) => SigningAlg::EdDsa,
        }
    }

    /// The public half.
    pub(super) fn public(&self) -> Result<PublicKey, Unspecified> {
        match self {
            Self::Rs256(pair) => {
                let key = pair.public_key();
                let modulus = key.modulus().big_endian_without_leading_zero();
                let exponent = key.exponent().big_endian_without_leading_zero();
                Ok(PublicKey::rsa(modulus, exponent))
            }
            Self::Es256(pair) => PublicKey::p256(pair.public_key().as_ref()).ok_or(Unspecified),
            Self::EdDsa(pair) => Ok(PublicKey::ed25519(pair.public_key().as_ref())),
        }
    }

    /// Appends the signature of `message` to `out`, in base64url.
    pub(super) fn sign(&self, message: &[u8], out: &mut String) -> Result<(), Unspecified> {
        // aws-lc ignores the generator that it is handed, and uses its own.
        let random = SystemRandom::new();
        match self {
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
                URL_SAFE_NO_PAD.encode_string(signature, out);
            }
            Self::Es256(pair) => {
                URL_SAFE_NO_PAD.encode_string(pair.sign(&random, message)?, out);
            }
            Self::EdDsa(pair) => URL_SAFE_NO_PAD.encode_string(pair.try_sign(message)?, out),
        }
        Ok(())
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({}, ..)", self.alg())
    }
}

/// A secret that client and provider share; signs with HS256.
pub(super) struct SharedSecret(hmac::Key);

impl SharedSecret {
    /// `None` if it is shorter than the digest ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
    pub(super) fn new(secret: &[u8]) -> Option<Self> {
        (secret.len() >= 32).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    pub(super) fn sign(&self, message: &[u8], out: &mut String) {
        URL_SAFE_NO_PAD.encode_string(hmac::sign(&self.0, message), out);
    }
}
