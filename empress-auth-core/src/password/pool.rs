//! Who hashes passwords, and what if everybody logs in at once?
//!
//! 1. Threads of the pool's own, one for each core: a hash takes one core for tens of
//!    milliseconds and would stop the event loop of whoever computes it there.
//! 2. Each keeps one block of 19 MiB for Argon2, so memory is bounded by the number of threads.
//! 3. What waits is bounded too: by number, and by two seconds. The rest is told [`Busy`] and
//!    answered 503, rather than kept until nobody waits for it any more.
//!
//! [`Busy`]: super::PasswordErrorKind::Busy

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use tokio::sync::oneshot;

use super::argon2id::{Memory, SALT_LEN, hash_password};
use super::error::{PasswordError, PasswordErrorKind};
use super::hash::{PasswordHash, Verdict, verify_in};
use super::presented::Password;

use self::queue::{Job, Queue};

mod queue;

/// Threads that hash and verify passwords; clones share them.
///
/// They start when first needed and end with the last clone.
///
/// ```
/// use empress_auth_core::password::{Password, PasswordPool, Verdict};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let pool = PasswordPool::new();
/// let hash = pool.hash(Password::new("correct horse battery staple")?).await?;
/// assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
///
/// let presented = Password::new("correct horse battery staple")?;
/// assert_eq!(pool.verify(hash.clone(), presented).await?, Verdict::Match);
/// assert_eq!(pool.verify(hash, Password::new("Tr0ub4dor&3")?).await?, Verdict::Mismatch);
/// # Ok::<(), empress_auth_core::password::PasswordError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct PasswordPool {
    handle: Arc<Handle>,
}

impl PasswordPool {
    /// As many threads as the process may use cores, and 64 passwords waiting.
    #[must_use]
    pub fn new() -> Self {
        let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::with_workers(workers, usize::try_from(QUEUE).unwrap_or(usize::MAX))
    }

    /// At most `workers` threads, with `queue` passwords waiting; at least one of both.
    #[must_use]
    pub fn with_workers(workers: usize, queue: usize) -> Self {
        let queue = Arc::new(Queue::new(workers.max(1), queue.max(1)));
        Self {
            handle: Arc::new(Handle { queue }),
        }
    }

    /// Hashes a new password with Argon2id: its NFKC form, or the bytes if they are not UTF-8.
    ///
    /// Holds it to no policy; see [`PasswordPolicy`](super::PasswordPolicy).
    ///
    /// # Errors
    ///
    /// [`PasswordErrorKind::Busy`] or [`PasswordErrorKind::Unavailable`].
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, PasswordError> {
        self.run(move |memory| {
            let salt = salt()?;
            match password.normalized() {
                Some(normalized) => hash_password(normalized.as_bytes(), &salt, memory),
                None => hash_password(password.expose_secret(), &salt, memory),
            }
        })
        .await
    }

    /// Verifies `password` as [`verify`](super::verify()) does.
    ///
    /// After [`Verdict::MatchNeedsRehash`] hash a second [`Password`] made of the same bytes.
    ///
    /// # Errors
    ///
    /// [`PasswordErrorKind::Busy`] or [`PasswordErrorKind::Unavailable`]; both are outages and
    /// say nothing about the password.
    pub async fn verify(
        &self,
        hash: PasswordHash,
        password: Password,
    ) -> Result<Verdict, PasswordError> {
        self.run(move |memory| verify_in(memory, Some(&hash), &password))
            .await
    }

    /// Takes the time of [`verify`](Self::verify) and finds a mismatch, for an unknown user.
    ///
    /// An answer that comes sooner for unknown names tells which names are known.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify).
    pub async fn verify_dummy(&self, password: Password) -> Result<Verdict, PasswordError> {
        self.run(move |memory| verify_in(memory, None, &password))
            .await
    }

    async fn run<T, F>(&self, work: F) -> Result<T, PasswordError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Memory) -> Result<T, PasswordError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.handle.queue.push(Job::new(move |memory| {
            if answer.is_closed() {
                return;
            }
            // The memory is overwritten by the next job, so a panic leaves nothing half done.
            let outcome = catch_unwind(AssertUnwindSafe(|| work(memory)))
                .unwrap_or(Err(PasswordError::new(PasswordErrorKind::Unavailable)));
            // An error means that the caller has gone; nobody else wants the answer.
            let _ = answer.send(outcome);
        }))?;
        // A job that is dropped without an answer has waited for too long.
        answered
            .await
            .unwrap_or(Err(PasswordError::new(PasswordErrorKind::Busy)))
    }
}

impl Default for PasswordPool {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PasswordPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordPool").finish_non_exhaustive()
    }
}

/// What the clones of a pool share; the threads hold the queue only, and see this one go.
struct Handle {
    queue: Arc<Queue>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.close();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place in this module that needs chance"
)]
fn salt() -> Result<[u8; SALT_LEN], PasswordError> {
    let mut salt = [0; SALT_LEN];
    getrandom::fill(&mut salt).map_err(|_| PasswordError::new(PasswordErrorKind::Unavailable))?;
    Ok(salt)
}

/// Under two seconds of work for two cores, so that what is queued is also answered. No network gets all of it: see
/// [`limiter`](crate::limiter).
pub(crate) const QUEUE: u32 = 64;

#[cfg(test)]
mod tests;
