//! The keys as a node has them in its memory: those of one version, parsed, and the document that publishes them.

use std::sync::Arc;
use std::time::SystemTime;

use empress_auth_core::jwt::{self, VerificationKey};
use serde::Serialize;

use super::error::SigningKeyError;
use super::key_pair::KeyPair;
use super::public_key::PublicKey;
use super::schedule;
use super::signing_key::SigningKey;
use super::wrapping::{NotOpened, WrappingKey};
use crate::client::SigningAlg;
use crate::document::Document;
use crate::keys::SigningKeyErrorKind;
use crate::signing_key::SigningKeyRow;
use crate::store::SigningKeys;

/// All keys of one version, each parsed once.
#[derive(Debug)]
pub(super) struct KeySet {
    pub(super) version: u64,
    rows: Vec<SigningKeyRow>,
    parsed: Vec<ParsedKey>,
    jwks: Document,
    /// The published keys.
    verification: jwt::KeySet,
    /// These, and those that were published within the last month.
    hints: jwt::KeySet,
    /// When the first key leaves either of them.
    until: Option<SystemTime>,
}

/// Both halves of a key; the private one only where there still is one and it could be decrypted.
#[derive(Debug, Clone)]
struct ParsedKey {
    kid: Box<str>,
    public: PublicKey,
    verifies: VerificationKey,
    signing: Option<Arc<SigningKey>>,
}

impl KeySet {
    /// Before anything was read.
    pub(super) fn empty() -> Self {
        Self::new(0, Vec::new(), Vec::new(), SystemTime::UNIX_EPOCH)
    }

    fn new(
        version: u64,
        rows: Vec<SigningKeyRow>,
        parsed: Vec<ParsedKey>,
        now: SystemTime,
    ) -> Self {
        let published_until = rows.iter().filter_map(|row| row.published_until);
        let until = published_until
            .flat_map(|until| [Some(until), until.checked_add(schedule::KEPT_FOR_HINTS)])
            .flatten()
            .filter(|until| now < *until)
            .min();
        Self {
            version,
            jwks: jwks(&rows, &parsed, now),
            verification: verification_keys(&rows, &parsed, |row| row.is_published(now)),
            hints: verification_keys(&rows, &parsed, |row| row.is_kept_for_hints(now)),
            until,
            rows,
            parsed,
        }
    }

    /// Parses what was stored, as far as `known` did not.
    ///
    /// # Errors
    ///
    /// If any key cannot be used: a program that starts must not make others in its place (KY-4).
    pub(super) fn parse(
        stored: SigningKeys,
        known: &Self,
        wrapping: &WrappingKey,
        now: SystemTime,
    ) -> Result<Self, SigningKeyError> {
        let mut parsed = Vec::with_capacity(stored.rows.len());
        for row in &stored.rows {
            let public = public_half(row)?;
            let signing = known.signing_of(row, &public, wrapping, now)?;
            parsed.push(ParsedKey {
                kid: row.kid.clone(),
                verifies: verifies(row, &public)?,
                public,
                signing,
            });
        }
        Ok(Self::new(stored.version, stored.rows, parsed, now))
    }

    /// Parses as [`parse`](Self::parse) for a program that runs: a key that cannot be decrypted is published, because other
    /// nodes sign with it, and the log says that this one cannot.
    pub(super) fn parse_what_can_be(
        stored: SigningKeys,
        known: &Self,
        wrapping: &WrappingKey,
        now: SystemTime,
    ) -> Self {
        let complain = |row: &SigningKeyRow, error: &SigningKeyError| {
            tracing::error!(signing_key.kid = %row.kid, error = %error, "a signing key cannot be used");
        };
        let (mut rows, mut parsed) = (Vec::new(), Vec::new());
        for row in stored.rows {
            let usable =
                public_half(&row).and_then(|public| Ok((verifies(&row, &public)?, public)));
            let (verifies, public) = match usable {
                Ok(usable) => usable,
                Err(error) => {
                    complain(&row, &error);
                    continue;
                }
            };
            let signing = known.signing_of(&row, &public, wrapping, now);
            let signing = signing.inspect_err(|error| complain(&row, error));
            parsed.push(ParsedKey {
                kid: row.kid.clone(),
                public,
                verifies,
                signing: signing.ok().flatten(),
            });
            rows.push(row);
        }
        Self::new(stored.version, rows, parsed, now)
    }

    /// The same keys later; `None` if the same of them are believed.
    pub(super) fn later(&self, now: SystemTime) -> Option<Self> {
        let is_changed = self.until.is_some_and(|until| until <= now);
        is_changed.then(|| Self::new(self.version, self.rows.clone(), self.parsed.clone(), now))
    }

    /// The key whose turn it is; `None` if there is none, or it could not be decrypted.
    pub(super) fn signer(&self, alg: SigningAlg, now: SystemTime) -> Option<Arc<SigningKey>> {
        let row = schedule::signer(&self.rows, alg, now)?;
        self.signing(&row.kid)
    }

    /// Whether there is such a key, and it is published.
    pub(super) fn publishes(&self, kid: &str, now: SystemTime) -> bool {
        self.rows
            .iter()
            .any(|row| *row.kid == *kid && row.is_published(now))
    }

    /// Whether a key that is published by these is not by `later`, though it might be still: it was retired.
    pub(super) fn has_lost_a_key(&self, later: &Self, now: SystemTime) -> bool {
        let mut published = self.rows.iter().filter(|row| row.is_published(now));
        published.any(|row| !later.publishes(&row.kid, now))
    }

    /// The published keys, to verify with.
    pub(super) const fn verification_keys(&self) -> &jwt::KeySet {
        &self.verification
    }

    /// For what may be out of date.
    pub(super) const fn hint_keys(&self) -> &jwt::KeySet {
        &self.hints
    }

    /// The private half of a row, parsed anew only if this did not; `None` if it was forgotten.
    fn signing_of(
        &self,
        row: &SigningKeyRow,
        public: &PublicKey,
        wrapping: &WrappingKey,
        now: SystemTime,
    ) -> Result<Option<Arc<SigningKey>>, SigningKeyError> {
        match self.signing(&row.kid) {
            None if row.has_no_private_half(now) => Ok(None),
            None => private_half(row, public, wrapping).map(Some),
            known => Ok(known),
        }
    }

    fn signing(&self, kid: &str) -> Option<Arc<SigningKey>> {
        let found = self.parsed.iter().find(|parsed| *parsed.kid == *kid)?;
        found.signing.clone()
    }

    /// The document that publishes them.
    pub(super) const fn jwks(&self) -> &Document {
        &self.jwks
    }

    /// What people are shown.
    pub(super) fn list(rows: Vec<SigningKeyRow>, now: SystemTime) -> Vec<ListedKey> {
        let state = |row: &SigningKeyRow| {
            if !row.is_published(now) {
                KeyState::Gone
            } else if row.has_signed(now) {
                KeyState::Published
            } else if schedule::signer(&rows, row.alg, now).is_some_and(|it| it.kid == row.kid) {
                KeyState::Signing
            } else {
                KeyState::Waiting
            }
        };
        let states: Vec<_> = rows.iter().map(state).collect();
        let listed = |(row, state): (SigningKeyRow, KeyState)| ListedKey {
            kid: row.kid,
            alg: row.alg,
            state,
            created_at: row.created_at,
            signs_from: row.signs_from,
            signs_until: row.signs_until,
            published_until: row.published_until,
        };
        rows.into_iter().zip(states).map(listed).collect()
    }
}

impl ListedKey {
    /// All keys, as people are shown them; no master key is needed.
    #[must_use]
    pub fn all(stored: SigningKeys, now: SystemTime) -> Vec<Self> {
        KeySet::list(stored.rows, now)
    }
}

/// A signing key as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedKey {
    /// The thumbprint of its public half.
    pub kid: Box<str>,
    /// What it signs with.
    pub alg: SigningAlg,
    /// What it does now.
    pub state: KeyState,
    /// When it was made and published.
    pub created_at: SystemTime,
    /// From when on it signs.
    pub signs_from: SystemTime,
    /// From when on it signs no more, if it has a successor.
    pub signs_until: Option<SystemTime>,
    /// From when on it is no longer published, if it has a successor.
    pub published_until: Option<SystemTime>,
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyState {
    /// It is published and will sign.
    Waiting,
    /// It signs.
    Signing,
    /// It signs no more, and is published while there may be tokens that it signed.
    Published,
    /// It is published no longer. Its public half is kept for a month: an ID token that it signed still says at a logout
    /// whose it is.
    Gone,
}

impl KeyState {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Signing => "signing",
            Self::Published => "published",
            Self::Gone => "gone",
        }
    }
}

/// A JWK Set ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
#[derive(Serialize)]
struct Jwks<'a> {
    keys: Vec<PublishedKey<'a>>,
}

#[derive(Serialize)]
struct PublishedKey<'a> {
    #[serde(flatten)]
    key: &'a PublicKey,
    r#use: &'static str,
    alg: &'static str,
    kid: &'a str,
}

impl<'a> PublishedKey<'a> {
    fn new(row: &'a SigningKeyRow, key: &'a PublicKey) -> Self {
        Self {
            key,
            r#use: "sig",
            alg: row.alg.as_str(),
            kid: &row.kid,
        }
    }
}

fn jwks(rows: &[SigningKeyRow], parsed: &[ParsedKey], now: SystemTime) -> Document {
    let published = published(rows, parsed, now);
    let keys = published.map(|(row, parsed)| PublishedKey::new(row, &parsed.public));
    Document::json(&Jwks {
        keys: keys.collect(),
    })
}

fn verification_keys(
    rows: &[SigningKeyRow],
    parsed: &[ParsedKey],
    is_believed: impl Fn(&SigningKeyRow) -> bool,
) -> jwt::KeySet {
    let believed = rows.iter().zip(parsed).filter(|(row, _)| is_believed(row));
    let keys = believed.map(|(_, parsed)| parsed.verifies.clone());
    jwt::KeySet::new(keys).unwrap_or_else(|error| {
        // Rows have different names, and there are no more than a set takes, unless somebody else wrote them.
        tracing::error!(error = %error, "no JSON Web Token is accepted");
        jwt::KeySet::default()
    })
}

fn published<'a>(
    rows: &'a [SigningKeyRow],
    parsed: &'a [ParsedKey],
    now: SystemTime,
) -> impl Iterator<Item = (&'a SigningKeyRow, &'a ParsedKey)> {
    let published = rows.iter().filter(move |row| row.is_published(now));
    published.filter_map(|row| {
        let parsed = parsed.iter().find(|parsed| parsed.kid == row.kid)?;
        Some((row, parsed))
    })
}

/// The key as whoever reads the published ones takes it.
fn verifies(row: &SigningKeyRow, public: &PublicKey) -> Result<VerificationKey, SigningKeyError> {
    let damaged = || SigningKeyError::damaged(&row.kid, "its public half is no key");
    let jwk = serde_json::to_vec(&PublishedKey::new(row, public)).map_err(|_| damaged())?;
    VerificationKey::from_jwk(&jwk).map_err(|_| damaged())
}

/// The public half, which is what the `kid` says and of the type that the algorithm asks for.
fn public_half(row: &SigningKeyRow) -> Result<PublicKey, SigningKeyError> {
    PublicKey::parse(&row.public_jwk)
        .filter(|public| public.thumbprint() == row.kid && public.alg() == row.alg)
        .ok_or_else(|| SigningKeyError::damaged(&row.kid, "its public half is damaged"))
}

/// The private half, which belongs to the public one.
fn private_half(
    row: &SigningKeyRow,
    public: &PublicKey,
    wrapping: &WrappingKey,
) -> Result<Arc<SigningKey>, SigningKeyError> {
    let damaged = || SigningKeyError::damaged(&row.kid, "its private half is damaged");
    let pkcs8 = wrapping
        .open(&wrapped_name(row.alg, &row.kid), &row.wrapped)
        .map_err(|why| match why {
            NotOpened::Damaged => damaged(),
            NotOpened::OtherKey => SigningKeyError::new(
                SigningKeyErrorKind::WrongMasterKey,
                format!(
                    "the signing key {} is encrypted under another master key; put the right one back",
                    row.kid
                ),
            ),
        })?;
    let pair = KeyPair::from_pkcs8(row.alg, &pkcs8)
        .ok()
        .flatten()
        .ok_or_else(damaged)?;
    if pair.public()? != *public {
        return Err(damaged());
    }
    Ok(Arc::new(SigningKey::of_pair(&row.kid, pair)))
}

/// What a private half is encrypted as.
pub(super) const fn wrapped_name(alg: SigningAlg, kid: &str) -> [&str; 2] {
    [alg.as_str(), kid]
}
