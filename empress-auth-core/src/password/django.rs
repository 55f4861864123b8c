//! Does a password belong to a hash that Django stored?
//!
//! `<algorithm>$…`, as `auth_user.password` has it. `!` and anything behind it is an account
//! without a password. Except in Argon2 and bcrypt, the salt is used as the text it is.

use md5::Md5;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::argon2id::{Argon2Hash, Memory};
use super::bcrypt::Bcrypt;
use super::error::PasswordError;
use super::fields::{base64_padded, decimal, lower_hex};
use super::pbkdf2::{Pbkdf2, Prf};

/// One of Django's hashers, with what it stored.
pub(super) enum DjangoHash {
    Argon2(Argon2Hash),
    Pbkdf2(Pbkdf2),
    Scrypt(Scrypt),
    /// bcrypt of the hexadecimal SHA-256, so that bcrypt never sees more than 64 bytes.
    BcryptSha256(Bcrypt),
    Bcrypt(Bcrypt),
    Md5(Md5Hash),
}

impl DjangoHash {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (algorithm, rest) = text.split_once('$')?;
        match algorithm {
            "argon2" => Argon2Hash::parse(rest).map(Self::Argon2),
            "pbkdf2_sha256" => parse_pbkdf2(Prf::Sha256, rest).map(Self::Pbkdf2),
            "pbkdf2_sha1" => parse_pbkdf2(Prf::Sha1, rest).map(Self::Pbkdf2),
            "scrypt" => Scrypt::parse(rest).map(Self::Scrypt),
            "bcrypt_sha256" => Bcrypt::parse(rest).map(Self::BcryptSha256),
            "bcrypt" => Bcrypt::parse(rest).map(Self::Bcrypt),
            "md5" => Md5Hash::parse(rest).map(Self::Md5),
            _ => None,
        }
    }

    pub(super) fn matches(
        &self,
        candidate: &[u8],
        memory: &mut Memory,
    ) -> Result<bool, PasswordError> {
        Ok(match self {
            Self::Argon2(hash) => return hash.matches(candidate, memory),
            Self::Pbkdf2(hash) => hash.matches(candidate),
            Self::Scrypt(hash) => hash.matches(candidate),
            Self::BcryptSha256(hash) => {
                let hexadecimal = Zeroizing::new(lower_hex(&Sha256::digest(candidate)));
                hash.matches(hexadecimal.as_bytes())
            }
            Self::Bcrypt(hash) => hash.matches(candidate),
            Self::Md5(hash) => hash.matches(candidate),
        })
    }
}

/// `<N>$<salt>$<r>$<p>$<digest>`.
///
/// Source: [RFC 7914 §6](https://www.rfc-editor.org/rfc/rfc7914#section-6).
pub(super) struct Scrypt {
    params: scrypt::Params,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Scrypt {
    fn parse(text: &str) -> Option<Self> {
        let (n, rest) = text.split_once('$')?;
        let (salt, rest) = rest.split_once('$')?;
        let (r, rest) = rest.split_once('$')?;
        let (p, digest) = rest.split_once('$')?;

        let n = decimal(n, MAX_SCRYPT_BYTES).filter(|n| *n > 1 && n.is_power_of_two())?;
        let r = decimal(r, MAX_SCRYPT_BYTES)?;
        let p = decimal(p, MAX_SCRYPT_LANES)?;
        let bytes = u64::from(n).checked_mul(u64::from(r))?.checked_mul(128)?;
        if bytes > u64::from(MAX_SCRYPT_BYTES) || bytes * u64::from(p) > MAX_SCRYPT_WORK_BYTES {
            return None;
        }

        let digest = base64_padded(digest).filter(|digest| digest.len() == SCRYPT_DIGEST_LEN)?;
        let log_n = u8::try_from(n.ilog2()).ok()?;
        let params = scrypt::Params::new(log_n, r, p).ok()?;
        Some(Self {
            params,
            salt: salt.as_bytes().to_vec(),
            digest,
        })
    }

    fn matches(&self, candidate: &[u8]) -> bool {
        let mut derived = vec![0; self.digest.len()];
        scrypt::scrypt(candidate, &self.salt, &self.params, &mut derived).is_ok()
            && derived.ct_eq(&self.digest).into()
    }
}

/// `<salt>$<hexadecimal>`: MD5 of salt and password, from test set-ups.
pub(super) struct Md5Hash {
    salt: Vec<u8>,
    hexadecimal: Vec<u8>,
}

impl Md5Hash {
    fn parse(text: &str) -> Option<Self> {
        let (salt, hexadecimal) = text.split_once('$')?;
        Some(Self {
            salt: salt.as_bytes().to_vec(),
            hexadecimal: hexadecimal.as_bytes().to_vec(),
        })
    }

    fn matches(&self, candidate: &[u8]) -> bool {
        let derived = Md5::new()
            .chain_update(&self.salt)
            .chain_update(candidate)
            .finalize();
        lower_hex(&derived)
            .as_bytes()
            .ct_eq(&self.hexadecimal)
            .into()
    }
}

fn parse_pbkdf2(prf: Prf, text: &str) -> Option<Pbkdf2> {
    let (rounds, rest) = text.split_once('$')?;
    let (salt, digest) = rest.split_once('$')?;
    Pbkdf2::new(
        prf,
        rounds,
        salt.as_bytes().to_vec(),
        base64_padded(digest)?,
    )
}

/// Ceilings on what a stored hash may ask for, or whoever can write one can stop the server.
/// Django's default is 16 MiB and five lanes, which are worked through one after the other.
const MAX_SCRYPT_BYTES: u32 = 256 * 1024 * 1024;
const MAX_SCRYPT_LANES: u32 = 16;
const MAX_SCRYPT_WORK_BYTES: u64 = 1024 * 1024 * 1024;
const SCRYPT_DIGEST_LEN: usize = 64;
