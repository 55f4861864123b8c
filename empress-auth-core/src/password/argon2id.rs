//! How is a new password hashed, and how is an Argon2 hash verified?

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq as _;

use super::error::{PasswordError, PasswordErrorKind};
use super::fields::{base64_unpadded, decimal};
use super::hash::PasswordHash;

/// An Argon2 hash in the PHC string format, its parameters within our ceilings.
///
/// Source: [RFC 9106 §3.1](https://www.rfc-editor.org/rfc/rfc9106#section-3.1) for the parameters.
pub(super) struct Argon2Hash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Argon2Hash {
    /// Reads `argon2id$v=19$m=…,t=…,p=…$<salt>$<digest>`, the PHC string without its first `$`.
    ///
    /// Django up to 3.1 wrote Argon2i, and the earliest hashes have no version, which means 1.0.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (algorithm, rest) = text.split_once('$')?;
        let algorithm = match algorithm {
            "argon2id" => Algorithm::Argon2id,
            "argon2i" => Algorithm::Argon2i,
            _ => return None,
        };
        let (version, rest) = match rest.strip_prefix("v=") {
            Some(versioned) => versioned.split_once('$')?,
            None => ("16", rest),
        };
        let version = match version {
            "19" => Version::V0x13,
            "16" => Version::V0x10,
            _ => return None,
        };

        let (costs, rest) = rest.split_once('$')?;
        let (salt, digest) = rest.split_once('$')?;
        let salt = base64_unpadded(salt).filter(|salt| SALT_LENS.contains(&salt.len()))?;
        let digest = base64_unpadded(digest).filter(|it| DIGEST_LENS.contains(&it.len()))?;
        let params = parse_costs(costs, digest.len())?;
        Some(Self {
            algorithm,
            version,
            params,
            salt,
            digest,
        })
    }

    /// Whether it is at least as strong as what [`hash_password`] makes today.
    pub(super) fn is_current(&self) -> bool {
        self.algorithm == Algorithm::Argon2id
            && self.version == Version::V0x13
            && self.params.m_cost() >= M_COST_KIB
            && self.params.t_cost() >= T_COST
            && self.salt.len() >= SALT_LEN
            && self.digest.len() >= DIGEST_LEN
    }

    pub(super) fn matches(
        &self,
        candidate: &[u8],
        memory: &mut Memory,
    ) -> Result<bool, PasswordError> {
        let argon2 = Argon2::new(self.algorithm, self.version, self.params.clone());
        let mut derived = vec![0; self.digest.len()];
        memory.derive(&argon2, candidate, &self.salt, &mut derived)?;
        Ok(derived.ct_eq(&self.digest).into())
    }
}

/// The block that Argon2 works in: 19 MiB, kept between passwords.
pub(super) struct Memory {
    blocks: Vec<Block>,
}

impl Memory {
    /// Takes no memory until it is first used.
    pub(super) const fn new() -> Self {
        Self { blocks: Vec::new() }
    }

    /// Gives the block back to the machine.
    pub(super) fn release(&mut self) {
        self.blocks = Vec::new();
    }

    /// A block larger than our own is for an imported hash, and is not kept.
    fn derive(
        &mut self,
        argon2: &Argon2<'_>,
        password: &[u8],
        salt: &[u8],
        digest: &mut [u8],
    ) -> Result<(), PasswordError> {
        let blocks = argon2.params().block_count();
        let mut larger = Vec::new();
        let memory = if blocks > Params::DEFAULT.block_count() {
            &mut larger
        } else {
            &mut self.blocks
        };
        if memory.len() < blocks {
            let missing = blocks - memory.len();
            memory
                .try_reserve_exact(missing)
                .map_err(|_| unavailable())?;
            memory.resize(blocks, Block::new());
        }
        argon2
            .hash_password_into_with_memory(password, salt, digest, memory.as_mut_slice())
            .map_err(|_| unavailable())
    }
}

/// Hashes `password` with our parameters and `salt`.
pub(super) fn hash_password(
    password: &[u8],
    salt: &[u8; SALT_LEN],
    memory: &mut Memory,
) -> Result<PasswordHash, PasswordError> {
    let mut digest = [0; DIGEST_LEN];
    memory.derive(&our_argon2(), password, salt, &mut digest)?;
    Ok(PasswordHash::from_stored(format!(
        "$argon2id$v=19$m={M_COST_KIB},t={T_COST},p={P_COST}${}${}",
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(digest),
    )))
}

/// Takes the time of one verification and has no result.
pub(super) fn burn(password: &[u8], memory: &mut Memory) -> Result<(), PasswordError> {
    let mut digest = [0; DIGEST_LEN];
    memory.derive(&our_argon2(), password, &[0; SALT_LEN], &mut digest)?;
    std::hint::black_box(digest);
    Ok(())
}

fn our_argon2() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn parse_costs(costs: &str, digest_len: usize) -> Option<Params> {
    let (m_cost, rest) = costs.strip_prefix("m=")?.split_once(",t=")?;
    let (t_cost, p_cost) = rest.split_once(",p=")?;
    Params::new(
        decimal(m_cost, MAX_M_COST_KIB)?,
        decimal(t_cost, MAX_T_COST)?,
        decimal(p_cost, MAX_P_COST)?,
        Some(digest_len),
    )
    .ok()
}

const fn unavailable() -> PasswordError {
    PasswordError::new(PasswordErrorKind::Unavailable)
}

/// 19 MiB, two passes, one lane: OWASP's second choice for Argon2id, about 20 ms on one core.
/// The crate has the same defaults; should they move, the test below says so.
const M_COST_KIB: u32 = 19 * 1024;
const T_COST: u32 = 2;
const P_COST: u32 = 1;
/// The salt length recommended for passwords.
///
/// Source: [RFC 9106 §3.1](https://www.rfc-editor.org/rfc/rfc9106#section-3.1).
pub(super) const SALT_LEN: usize = 16;
const DIGEST_LEN: usize = 32;

/// Ceilings on what a stored hash may ask for, or whoever can write one can stop the server.
const MAX_M_COST_KIB: u32 = 256 * 1024;
const MAX_T_COST: u32 = 16;
const MAX_P_COST: u32 = 16;
/// At least what Argon2 accepts; a digest under 128 bits would be a collision waiting to happen.
const SALT_LENS: std::ops::RangeInclusive<usize> = 8..=64;
const DIGEST_LENS: std::ops::RangeInclusive<usize> = 16..=64;

#[cfg(test)]
mod tests;
