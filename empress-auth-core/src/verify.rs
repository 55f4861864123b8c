//! Hop 3, the miss: is this credential what it claims to be? One question to the store, then comparing and checking.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::client_address::Origin;
use crate::credentials::{Claim, split_pair};
use crate::digest::SecretDigest;
use crate::identity::{
    CredentialKind, FoundBy, Identity, LastUsed, OtherWay, Rare, Verified, WholeSeconds,
};
#[cfg(feature = "jwt")]
use crate::jwt::{FoundToken, VerifiedClaims};
use crate::memory::{NO_SLOT, Subject, is_idle};
use crate::password::{Password, PasswordErrorKind, Verdict};
use crate::rejection::Refusal;
use crate::source::Source;
use crate::store::OwnedLookup;
use crate::stored::StoredCredential;
use crate::token_text::{StoreKey, TokenId, TokenKind, TokenText};
use crate::user_key::UserKey;

/// For how long a signature once verified is believed: its key may have been withdrawn since.
#[cfg(feature = "jwt")]
const JWT_PROVEN_MILLIS: u64 = 5 * 60 * 1_000;

/// A credential as it was shown, on its way to the store.
pub(crate) struct Shown {
    pub(crate) claim: Claim,
    pub(crate) digest: [u8; 32],
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    /// Where the caller is, for the limits on guessing.
    pub(crate) origin: Origin,
}

/// When a store was asked: what it answers may be as old as that.
#[derive(Clone, Copy)]
pub(crate) struct Asked {
    /// The sequence of withdrawals; 0 without a memory.
    stamp: u64,
    /// Since 1970.
    millis: u64,
}

impl Asked {
    /// Before `source` is asked.
    pub(crate) fn now(source: &Source) -> Self {
        Self {
            stamp: source.memory.as_deref().map_or(0, |memory| memory.stamp()),
            millis: source.clock.now_millis(),
        }
    }
}

/// Asks the store for the credential and checks it.
///
/// `stamp` was read from the store's memory before; an answer that was overtaken by a withdrawal is not believed later.
pub(crate) async fn verify(
    source: Arc<Source>,
    shown: Shown,
    stamp: u64,
) -> Result<Identity, Refusal> {
    let memory = source.memory.as_deref();
    let asked = Asked {
        stamp,
        millis: source.clock.now_millis(),
    };
    let result = find_and_check(&source, &shown, asked).await;
    if let Some(memory) = memory {
        match &result {
            // Else the holder of one token could fill the memory with spellings of it.
            Ok(identity) if identity.0.has_spellings() => {}
            Ok(identity) => memory.fill(identity),
            Err(Refusal::Unknown) => {
                memory.refuse(shown.claim, shown.digest, asked.stamp, asked.millis);
            }
            Err(_) => {}
        }
    }
    result
}

async fn find_and_check(
    source: &Arc<Source>,
    shown: &Shown,
    asked: Asked,
) -> Result<Identity, Refusal> {
    #[cfg(feature = "jwt")]
    if source.verifiers.decide_on(shown.claim, &shown.bytes) {
        return find_and_check_jwt(source, shown, asked).await;
    }
    let store_key = source
        .memory
        .as_deref()
        .and_then(|memory| memory.store_key());
    let (lookup, proof, secret) = plan(shown, store_key)?;
    let found = source.store.find_owned(lookup).await.map_err(|error| {
        tracing::error!(error = %error, "the credential store did not answer");
        Refusal::Unavailable
    })?;
    let Some(row) = found else {
        // What a wrong secret costs, so that the time does not tell whether the id exists.
        black_box(SecretDigest::sha256_of(secret).matches(black_box(secret)));
        return Err(Refusal::Unknown);
    };
    let now = source.clock.now_millis();
    let valid_until = check_secret(source, shown, &row, secret, now).await?;
    check_state(source, shown, &row, now)?;
    let found = found_by(shown, &row, proof);
    Ok(identity(source, shown, row, found, asked, valid_until))
}

/// The same for a token that is its own proof, and that the store may have to hold besides.
#[cfg(feature = "jwt")]
async fn find_and_check_jwt(
    source: &Arc<Source>,
    shown: &Shown,
    asked: Asked,
) -> Result<Identity, Refusal> {
    let FoundToken {
        row,
        ends_at,
        id,
        claims,
    } = source.verifiers.find(source, &shown.bytes).await?;
    let now = source.clock.now_millis();
    check_state(source, shown, &row, now)?;
    let (found_by, other_way) = id.map_or((FoundBy::Nowhere, None), |id| found_by_id(id, &row.id));
    let found = Found {
        proof: CredentialKind::AccessToken,
        credential_id: row.id.clone(),
        found_by,
        other_way,
        proven_until: asked.millis.saturating_add(JWT_PROVEN_MILLIS),
        claims,
    };
    Ok(identity(source, shown, row, found, asked, ends_at))
}

/// What to ask the store, and which of the shown bytes are the secret.
///
/// # Errors
///
/// [`Refusal::Unknown`] for what no store can hold: a token of ours with a wrong checksum or tag, or of another kind.
fn plan<'a>(
    shown: &'a Shown,
    store_key: Option<&StoreKey>,
) -> Result<(OwnedLookup, CredentialKind, &'a [u8]), Refusal> {
    let bytes = shown.bytes.as_slice();
    match shown.claim {
        Claim::KeyPair => {
            let (key, secret) = split_pair(bytes).ok_or(Refusal::Unknown)?;
            Ok((
                OwnedLookup::ApiKey(key.into()),
                CredentialKind::ApiKey,
                secret,
            ))
        }
        Claim::Token | Claim::Bearer | Claim::Session => {
            let (lookup, proof) = plan_token(shown.claim, bytes, store_key)?;
            Ok((lookup, proof, bytes))
        }
        // Passwords go their own way, through `login`.
        Claim::Password => Err(Refusal::Unknown),
    }
}

fn plan_token(
    claim: Claim,
    bytes: &[u8],
    store_key: Option<&StoreKey>,
) -> Result<(OwnedLookup, CredentialKind), Refusal> {
    let Some(token) = TokenText::parse(bytes) else {
        return match claim {
            _ if bytes.starts_with(b"emp_") => Err(Refusal::Unknown),
            Claim::Session => {
                let digest = SecretDigest::sha256_of(bytes);
                Ok((OwnedLookup::Session(digest), CredentialKind::Session))
            }
            Claim::Token | Claim::Bearer | Claim::KeyPair | Claim::Password => {
                let digests = candidate_digests(bytes);
                Ok((OwnedLookup::Digest(digests), CredentialKind::ApiToken))
            }
        };
    };
    if !store_key.is_none_or(|key| token.is_tagged_by(key)) {
        return Err(Refusal::Unknown);
    }
    let by_id = OwnedLookup::Token(token.id);
    match (token.kind, claim) {
        (TokenKind::Api, Claim::Token | Claim::Bearer) => Ok((by_id, CredentialKind::ApiToken)),
        (TokenKind::Access, Claim::Bearer) => Ok((by_id, CredentialKind::AccessToken)),
        (TokenKind::Session, Claim::Session) => {
            Ok((OwnedLookup::SessionId(token.id), CredentialKind::Session))
        }
        _ => Err(Refusal::Unknown),
    }
}

/// The digests under which a token without an id may be stored.
fn candidate_digests(token: &[u8]) -> Box<[SecretDigest]> {
    [
        Some(SecretDigest::sha256_of(token)),
        Some(SecretDigest::sha512_of(token)),
        SecretDigest::sha256_after_bar_of(token),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Compares in constant time; the answer is the moment until which the shown secret is good.
async fn check_secret(
    source: &Source,
    shown: &Shown,
    row: &StoredCredential,
    secret: &[u8],
    now: u64,
) -> Result<u64, Refusal> {
    if matches_digest(source, shown, &row.digest, secret).await? {
        return Ok(u64::MAX);
    }
    if let Some((previous, until)) = &row.previous
        && matches_digest(source, shown, previous, secret).await?
        && now < *until
    {
        return Ok(*until);
    }
    Err(Refusal::Unknown)
}

async fn matches_digest(
    source: &Source,
    shown: &Shown,
    digest: &SecretDigest,
    secret: &[u8],
) -> Result<bool, Refusal> {
    if let Some(matches) = digest.matches(secret) {
        return Ok(matches);
    }
    let Some(hash) = digest.password_hash() else {
        return Ok(false);
    };
    // An imported secret of few bits: as slow as a password, and as limited.
    let account = UserKey::new(split_pair(&shown.bytes).map_or("", |(key, _)| key));
    let attempt = source.attempt(&account, shown.origin).await?;
    let password = Password::new(secret).map_err(|_| Refusal::Unknown)?;
    match source.passwords.verify(hash.clone(), password).await {
        Ok(Verdict::Match | Verdict::MatchNeedsRehash) => {
            attempt.succeeded();
            Ok(true)
        }
        Ok(_) => Ok(false),
        Err(error) => {
            attempt.abandoned();
            Err(refusal_of(error.kind()))
        }
    }
}

/// What a failed password check means for the request.
pub(crate) fn refusal_of(kind: PasswordErrorKind) -> Refusal {
    match kind {
        PasswordErrorKind::Busy => Refusal::Busy,
        PasswordErrorKind::Unavailable => Refusal::Unavailable,
        PasswordErrorKind::TooLong
        | PasswordErrorKind::TooShort
        | PasswordErrorKind::InvalidCharacters
        | PasswordErrorKind::Common
        | PasswordErrorKind::MinimumTooLow => Refusal::Unknown,
    }
}

/// Enabled, not expired, not idle: in that order, after the secret, so that only its holder learns anything.
fn check_state(
    source: &Source,
    shown: &Shown,
    row: &StoredCredential,
    now: u64,
) -> Result<(), Refusal> {
    if !row.user.enabled {
        return Err(Refusal::Inactive);
    }
    if now >= row.expires_at {
        return Err(Refusal::Unknown);
    }
    let remembered = source
        .memory
        .as_deref()
        .and_then(|memory| memory.last_used_millis(shown.claim, &shown.digest))
        .unwrap_or_default();
    if is_idle(row.last_used_at.max(remembered), idle_secs(row), now) {
        return Err(Refusal::Unknown);
    }
    Ok(())
}

fn idle_secs(row: &StoredCredential) -> u32 {
    row.idle_timeout.map_or(u32::MAX, |millis| {
        u32::try_from(Duration::from_millis(millis).as_secs()).unwrap_or(u32::MAX)
    })
}

fn identity(
    source: &Arc<Source>,
    shown: &Shown,
    row: StoredCredential,
    found: Found,
    asked: Asked,
    valid_until: u64,
) -> Identity {
    let slot_of = |subject| {
        let memory = source.memory.as_deref();
        memory.map_or(0, |memory| memory.slot(subject))
    };
    let slot = slot_of(Subject::User(&row.user.id));
    let client_slot = row
        .client_id
        .as_deref()
        .map_or(NO_SLOT, |client| slot_of(Subject::Client(client)));
    let rare = Rare {
        idle_timeout_secs: idle_secs(&row),
        proven_until: found.proven_until,
        networks: row.networks,
        client_id: row.client_id,
        client_slot,
        found_by: found.other_way,
        #[cfg(feature = "jwt")]
        claims: found.claims,
    };
    Identity(Arc::new(Verified {
        digest: shown.digest,
        stamp: asked.stamp,
        expires_at: row.expires_at.min(valid_until),
        last_used: LastUsed::once(source.clock.now_millis()),
        verified_at: WholeSeconds::of(asked.millis),
        slot,
        claim: shown.claim,
        proof: found.proof,
        found_by: found.found_by,
        source: Arc::downgrade(source),
        rare: rare.boxed(),
        user: row.user,
        scopes: row.scopes,
        credential_id: found.credential_id.into(),
        issued_at: row.issued_at,
    }))
}

/// The public id of a credential, and how its row is found again.
struct Found {
    proof: CredentialKind,
    credential_id: Box<str>,
    found_by: FoundBy,
    other_way: Option<OtherWay>,
    /// In milliseconds since 1970; `u64::MAX` if this is for the store alone to say.
    proven_until: u64,
    #[cfg(feature = "jwt")]
    claims: Option<Box<VerifiedClaims>>,
}

/// Of a key pair the key is both, whatever the row's id.
fn found_by(shown: &Shown, row: &StoredCredential, proof: CredentialKind) -> Found {
    let id = row.id.clone();
    let (credential_id, (found_by, other_way)) = match shown.claim {
        Claim::KeyPair => {
            let key = split_pair(&shown.bytes).map(|(key, _)| key.into());
            (key.unwrap_or(id), (FoundBy::Shown, None))
        }
        Claim::Password => (id, (FoundBy::Shown, None)),
        Claim::Token | Claim::Bearer | Claim::Session => {
            let found_by = match TokenText::parse(&shown.bytes) {
                Some(token) => found_by_id(token.id, &id),
                None if row.digest.as_bytes() == shown.digest => (FoundBy::Shown, None),
                None => (FoundBy::Other, Some(OtherWay::Digest(row.digest.clone()))),
            };
            (id, found_by)
        }
    };
    Found {
        proof,
        credential_id,
        found_by,
        other_way,
        proven_until: u64::MAX,
        #[cfg(feature = "jwt")]
        claims: None,
    }
}

fn found_by_id(id: TokenId, row_id: &str) -> (FoundBy, Option<OtherWay>) {
    if TokenId::parse(row_id) == Some(id) {
        (FoundBy::Id, None)
    } else {
        (FoundBy::Other, Some(OtherWay::TokenId(id)))
    }
}

/// The identity of somebody who proved a password; nothing of it is remembered.
pub(crate) fn password_identity(
    source: &Arc<Source>,
    row: StoredCredential,
    asked: Asked,
) -> Identity {
    let shown = Shown {
        claim: Claim::Password,
        digest: [0; 32],
        bytes: Zeroizing::default(),
        origin: Origin::Unknown,
    };
    let found = found_by(&shown, &row, CredentialKind::Password);
    identity(source, &shown, row, found, asked, u64::MAX)
}
