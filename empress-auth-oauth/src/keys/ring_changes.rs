//! What operators do to the keys. Each of it is one conditional write, so that two who do it at once come one after the
//! other, and a program that is killed in between has done all of it or nothing.

use std::time::SystemTime;

use empress_auth_core::{Actor, MasterKey};

use super::error::{SigningKeyError, SigningKeyErrorKind};
use super::key_set::{KeySet, ListedKey, wrapped_name};
use super::ring::{KeyRing, MAX_ATTEMPTS, WRAPPING_LABEL, busy};
use super::schedule;
use super::wrapping::{NotOpened, WrappingKey};
use crate::signing_key::SigningKeyRow;
use crate::store::SigningKeys;

impl KeyRing {
    /// Makes a successor for the key of each algorithm, and answers the successors.
    ///
    /// They are published at once and sign a day later, when everybody knows them; their predecessors stay published for
    /// another day. An ID token that one of these signed says for a month more whom a request is about.
    ///
    /// # Errors
    ///
    /// `NotPermitted`; `WrongMasterKey` or `Damaged` if a key that is stored cannot be used here; `LimitReached` for more
    /// than 64 keys; `ActorWithdrawn`; `Unavailable`.
    pub async fn rotate(&self, actor: impl Into<Actor>) -> Result<Vec<ListedKey>, SigningKeyError> {
        let listed = self
            .change(&actor.into(), |stored, now| {
                self.check(stored.clone())?;
                let mut rows = stored.rows;
                schedule::sweep(&mut rows, now);
                let mut made = Vec::new();
                for alg in self.algs() {
                    made.push(self.add(&mut rows, *alg)?);
                }
                Ok((rows, made))
            })
            .await;
        let (rows, made) = listed?;
        let mut listed = KeySet::list(rows, self.clock.now());
        listed.retain(|key| made.contains(&key.kid));
        Ok(listed)
    }

    /// Takes a key away at once: it is published no longer, and nothing that it signed is accepted. If it was the one that
    /// signs, its successor signs from now on, or one that is made now.
    ///
    /// For a key that is in other hands. Whoever keeps published keys may accept its tokens for as long as that, and may
    /// refuse those of a key that was made now.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such key; and those of [`rotate`](Self::rotate), but that the key itself may be damaged.
    pub async fn retire(&self, actor: impl Into<Actor>, kid: &str) -> Result<(), SigningKeyError> {
        self.change(&actor.into(), |stored, now| {
            let version = stored.version;
            let mut rows = stored.rows;
            let gone = schedule::take_out(&mut rows, kid, now).ok_or_else(|| {
                let detail = format!("there is no signing key {kid}");
                SigningKeyError::new(SigningKeyErrorKind::NotFound, detail)
            })?;
            self.check(SigningKeys::new(version, rows.clone()))?;
            for alg in schedule::missing(&rows, self.algs()) {
                self.add(&mut rows, alg)?;
            }
            Ok((rows, gone.kid))
        })
        .await?;
        tracing::warn!(signing_key.kid = kid, "a signing key is retired");
        Ok(())
    }

    /// Encrypts all keys under the master key of this ring that still are under `previous`; answers how many were.
    ///
    /// Programs that run go on signing with the keys that they have. They need the new master key to start again, and to
    /// sign with keys that are made later.
    ///
    /// # Errors
    ///
    /// `WrongMasterKey` if a key is under neither; and those of [`rotate`](Self::rotate). Nothing is changed then.
    pub async fn rewrap(
        &self,
        actor: impl Into<Actor>,
        previous: &MasterKey,
    ) -> Result<usize, SigningKeyError> {
        let previous = WrappingKey::new(previous, WRAPPING_LABEL);
        let (_, count) = self
            .change(&actor.into(), |stored, now| {
                let version = stored.version;
                let mut rows = stored.rows;
                let mut count = 0;
                for row in rows.iter_mut().filter(|row| !row.has_no_private_half(now)) {
                    count += usize::from(self.rewrap_row(row, &previous)?);
                }
                self.check(SigningKeys::new(version, rows.clone()))?;
                Ok((rows, count))
            })
            .await?;
        Ok(count)
    }

    /// Whether the row was under the previous key.
    fn rewrap_row(
        &self,
        row: &mut SigningKeyRow,
        previous: &WrappingKey,
    ) -> Result<bool, SigningKeyError> {
        let name = wrapped_name(row.alg, &row.kid);
        if self.wrapping.open(&name, &row.wrapped).is_ok() {
            return Ok(false);
        }
        let secret = match previous.open(&name, &row.wrapped) {
            Ok(secret) => secret,
            // What is under neither is told by the check of all.
            Err(NotOpened::OtherKey) => return Ok(false),
            Err(NotOpened::Damaged) => {
                return Err(SigningKeyError::damaged(
                    &row.kid,
                    "its private half is damaged",
                ));
            }
        };
        row.wrapped = self.wrapping.seal(&name, &secret, &self.entropy)?;
        Ok(true)
    }

    /// Reads, decides and writes, until nobody else wrote in between.
    async fn change<T>(
        &self,
        actor: &Actor,
        decide: impl Fn(SigningKeys, SystemTime) -> Result<(Vec<SigningKeyRow>, T), SigningKeyError>,
    ) -> Result<(Vec<SigningKeyRow>, T), SigningKeyError> {
        actor.check_administers().map_err(|_| {
            let detail = "the actor may not change signing keys";
            SigningKeyError::new(SigningKeyErrorKind::NotPermitted, detail)
        })?;
        for _ in 0..MAX_ATTEMPTS {
            let stored = self.store.signing_keys().await?;
            let version = stored.version;
            let now = self.clock.now();
            let (rows, answer) = decide(stored, now)?;
            let is_done = self
                .store
                .replace_signing_keys(version, rows.clone(), &actor.grounds(now))
                .await?;
            if is_done {
                // Here it holds at once; elsewhere, as here if this fails, when the store is looked at.
                if let Err(error) = self.refresh().await {
                    tracing::warn!(error = %error, "the signing keys could not be looked at");
                }
                return Ok((rows, answer));
            }
        }
        Err(busy())
    }
}
