//! When is a key published, and when does it sign?
//!
//! ```text
//!          rotated                 24 h 7 min later           24 h 2 min after that
//! old key  ──signs──────────────────────┤ published only ─────────────┤ gone
//! new key           ├ published only ───┤ signs ─────────────────────────────────
//! ```
//!
//! 1. A key is published long enough before it signs that whoever keeps the published keys for a day, and does not ask again
//!    for a key that it does not know, knows it in time (KY-1).
//! 2. It stays published until the last token that it signed has expired everywhere.
//! 3. The windows of one algorithm follow each other without a gap. The rows say when, so that every node decides alike,
//!    each by its own clock, and nobody has to be told anything at the moment of the change.
//! 4. Its public half is kept for another month, and published to nobody: ID tokens come back as hints long after they
//!    expired.
//! 5. A key that is retired is gone at once, and its neighbour takes over its window: now, if it was signing.

use std::time::{Duration, SystemTime};

use crate::client::SigningAlg;
use crate::signing_key::SigningKeyRow;

/// For how long a cache may keep the published keys: their `max-age`.
pub const JWKS_MAX_AGE: Duration = Duration::from_secs(5 * 60);

/// The longest life of a JWT: so long, and a little longer, is the key that signed it published.
pub const MAX_JWT_LIFETIME: Duration = DAY;

/// From the publication of a key to its first signature: for who keeps the keys for a day, got them from a cache, and has
/// another idea of the time.
const PUBLISHED_BEFORE: Duration = DAY.saturating_add(JWKS_MAX_AGE).saturating_add(SKEW);

/// From the last signature of a key to the end of its publication.
const PUBLISHED_AFTER: Duration = MAX_JWT_LIFETIME.saturating_add(SKEW);

/// How long the public half is kept after that. Who logs a user out shows the ID token that the login gave: sessions live for
/// 7 days unless they are told to live longer.
pub(super) const KEPT_FOR_HINTS: Duration = DAY.saturating_mul(30);

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How far clocks may be apart, with the leeway that verifiers give.
const SKEW: Duration = Duration::from_secs(2 * 60);

/// More than anybody needs, and as many as our own verifier takes.
pub(super) const MAX_KEYS: usize = 64;

impl SigningKeyRow {
    /// Whether it is published, and what it signed accepted.
    #[must_use]
    pub fn is_published(&self, now: SystemTime) -> bool {
        self.published_until.is_none_or(|until| now < until)
    }

    /// Whether somebody may still show an ID token that it signed.
    pub(super) fn is_kept_for_hints(&self, now: SystemTime) -> bool {
        now.checked_sub(KEPT_FOR_HINTS)
            .is_none_or(|then| self.is_published(then))
    }

    /// Whether its private half was forgotten, because it signs no more.
    pub(super) fn has_no_private_half(&self, now: SystemTime) -> bool {
        self.wrapped.is_empty() && self.has_signed(now)
    }

    /// Whether its turn to sign has passed.
    pub(super) fn has_signed(&self, now: SystemTime) -> bool {
        self.signs_until.is_some_and(|until| until <= now)
    }

    fn end_signing(&mut self, at: SystemTime) {
        self.signs_until = Some(at);
        self.published_until = at.checked_add(PUBLISHED_AFTER);
    }
}

/// The key whose turn it is.
///
/// Where none has its turn yet, by a clock that is behind, the first that will.
pub(super) fn signer(
    rows: &[SigningKeyRow],
    alg: SigningAlg,
    now: SystemTime,
) -> Option<&SigningKeyRow> {
    let candidates = || {
        rows.iter()
            .filter(move |row| row.alg == alg && row.is_published(now) && !row.has_signed(now))
    };
    candidates()
        .filter(|row| row.signs_from <= now)
        .max_by_key(|row| row.signs_from)
        .or_else(|| candidates().min_by_key(|row| row.signs_from))
}

/// The algorithms of `algs` for which a key has to be made, so that there always will be one.
pub(super) fn missing(rows: &[SigningKeyRow], algs: &[SigningAlg]) -> Vec<SigningAlg> {
    let is_missing = |alg: &SigningAlg| last(rows, *alg).is_none();
    algs.iter().copied().filter(is_missing).collect()
}

/// From when on a new key of this algorithm is to sign.
pub(super) fn turn_of_new(rows: &[SigningKeyRow], alg: SigningAlg, now: SystemTime) -> SystemTime {
    let Some(last) = last(rows, alg) else {
        // Nobody else can sign.
        return now;
    };
    let turn = now.checked_add(PUBLISHED_BEFORE).unwrap_or(now);
    turn.max(last.signs_from)
}

/// Puts a new key behind the others of its algorithm.
pub(super) fn append(rows: &mut Vec<SigningKeyRow>, new: SigningKeyRow) {
    for row in rows.iter_mut() {
        if row.alg == new.alg && row.signs_until.is_none() {
            row.end_signing(new.signs_from);
        }
    }
    rows.push(new);
}

/// Forgets the private halves of keys that are published no longer, and such keys once nobody shows what they signed.
pub(super) fn sweep(rows: &mut Vec<SigningKeyRow>, now: SystemTime) {
    rows.retain(|row| row.is_kept_for_hints(now));
    for row in rows.iter_mut().filter(|row| !row.is_published(now)) {
        row.wrapped.clear();
    }
}

/// Forgets a key that is published no longer, the one for longest, where there would be no room for a new one.
pub(super) fn make_room(rows: &mut Vec<SigningKeyRow>, now: SystemTime) {
    let is_full = rows.len() >= MAX_KEYS;
    let gone = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| !row.is_published(now));
    let oldest = gone.min_by_key(|(_, row)| row.published_until);
    if let Some((place, _)) = oldest.filter(|_| is_full) {
        rows.remove(place);
    }
}

/// Takes a key out, and gives its window to its neighbour; `None` if there is no such key.
pub(super) fn take_out(
    rows: &mut Vec<SigningKeyRow>,
    kid: &str,
    now: SystemTime,
) -> Option<SigningKeyRow> {
    let place = rows.iter().position(|row| *row.kid == *kid)?;
    let gone = rows.remove(place);
    if gone.has_signed(now) {
        return Some(gone);
    }
    if gone.signs_from > now {
        if let Some(before) = before(rows, &gone) {
            match gone.signs_until {
                Some(until) => before.end_signing(until),
                None => {
                    before.signs_until = None;
                    before.published_until = None;
                }
            }
        }
    } else if let Some(next) = next(rows, &gone) {
        next.signs_from = now;
    }
    Some(gone)
}

/// The key whose window ends where that of `gone` begins.
fn before<'a>(
    rows: &'a mut [SigningKeyRow],
    gone: &SigningKeyRow,
) -> Option<&'a mut SigningKeyRow> {
    rows.iter_mut()
        .find(|row| row.alg == gone.alg && row.signs_until == Some(gone.signs_from))
}

/// The key whose window begins where that of `gone` ends.
fn next<'a>(rows: &'a mut [SigningKeyRow], gone: &SigningKeyRow) -> Option<&'a mut SigningKeyRow> {
    rows.iter_mut()
        .find(|row| row.alg == gone.alg && Some(row.signs_from) == gone.signs_until)
}

/// The key that has no successor.
fn last(rows: &[SigningKeyRow], alg: SigningAlg) -> Option<&SigningKeyRow> {
    rows.iter()
        .filter(|row| row.alg == alg && row.signs_until.is_none())
        .max_by_key(|row| row.signs_from)
}
