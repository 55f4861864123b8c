//! Where is the master key, and is it the one of this database?
//!
//! 1. `EMPRESS_MASTER_KEY`, the file of `master_key_file`, or `DATABASE.master-key` beside the database.
//! 2. The database keeps a fingerprint of the first key that it was used with; no other key is accepted. DRF's tokens
//!    are derived from it: with another one all of them would change, without a word.
//! 3. A key is made once, when there is neither a key nor a fingerprint. A database that had one and has it no more
//!    stops the program, so that a key that was lost in a restore is looked for and not replaced (KY-4).

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use empress_auth_core::{Entropy, MasterKey};
use empress_auth_sql::SqliteStore;
use zeroize::Zeroizing;

use crate::config::{Config, MASTER_KEY_VARIABLE};
use crate::failure::Failure;
use crate::private_file::{PrivateFile, open_to_others};

/// Where a master key comes from.
pub(crate) enum MasterKeySource {
    /// The text of the variable.
    Variable(Zeroizing<String>),
    /// A file that the configuration names: its mode is the operator's business, as a container's secrets have their own.
    Named(PathBuf),
    /// The file beside the database, which is ours.
    Beside(PathBuf),
}

impl MasterKeySource {
    /// What the configuration says.
    pub(crate) fn of(config: &Config) -> Self {
        match (&config.master_key, &config.master_key_file) {
            (Some(text), _) => Self::Variable(text.clone()),
            (None, Some(path)) => Self::Named(path.clone()),
            (None, None) => Self::Beside(config.database.beside(".master-key")),
        }
    }

    /// The key of this database; made if the database never had one.
    pub(crate) async fn load(&self, store: &SqliteStore) -> Result<MasterKey, Failure> {
        let key = match self.find(store).await? {
            Some(key) => key,
            None => self.make()?,
        };
        // Of two programs that start at once with different keys one is told here that the other came first.
        let fingerprint = key.fingerprint();
        let kept = store.add_setting(FINGERPRINT, &fingerprint).await?;
        self.check(&kept, &key)?;
        Ok(key)
    }

    /// Puts this key, made if it is not there, in place of that in the file `previous`: `rewrap` gets this one and the
    /// previous one, and encrypts under this what was under the other.
    ///
    /// The database takes this key for its own when that is done. Who is killed before does it again: until then no
    /// server starts with either key, and none of what was encrypted is lost.
    pub(crate) async fn replace<T>(
        &self,
        store: &SqliteStore,
        previous: PathBuf,
        rewrap: impl AsyncFnOnce(&MasterKey, &MasterKey) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let previous = Self::Named(previous);
        let old = previous
            .read()?
            .ok_or_else(|| previous.unusable("is not there"))?;
        let kept = store.setting(FINGERPRINT).await?;
        let new = match self.read()? {
            Some(key) => key,
            None => {
                if let Some(kept) = &kept {
                    previous.check(kept, &old)?;
                }
                self.make()?
            }
        };
        let is_done = kept.as_deref() == Some(&new.fingerprint()[..]);
        if let Some(kept) = kept.filter(|_| !is_done) {
            previous.check(&kept, &old)?;
        }
        let rewrapped = rewrap(&new, &old).await?;
        store
            .replace_setting(FINGERPRINT, &new.fingerprint())
            .await?;
        Ok(rewrapped)
    }

    /// The key of this database, if it has one; nothing is made.
    pub(crate) async fn find(&self, store: &SqliteStore) -> Result<Option<MasterKey>, Failure> {
        let kept = store.setting(FINGERPRINT).await?;
        match (self.read()?, kept) {
            (Some(key), Some(kept)) => self.check(&kept, &key).map(|()| Some(key)),
            (None, Some(_)) => Err(Failure::failed(format!(
                "this database has a master key, and {} is not there; put it back from where it was kept",
                self.place()
            ))),
            (key, None) => Ok(key),
        }
    }

    /// The key, if there is one.
    pub(crate) fn read(&self) -> Result<Option<MasterKey>, Failure> {
        let path = match self {
            Self::Variable(text) => return self.parse(text.trim().as_bytes()).map(Some),
            Self::Named(path) | Self::Beside(path) => path,
        };
        let text = match fs::read(path) {
            Ok(text) => Zeroizing::new(text),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.unusable(&error.to_string())),
        };
        if let (Self::Beside(_), Ok(Some(who))) = (self, open_to_others(path)) {
            return Err(self.unusable(&format!("{who}; chmod 600 it")));
        }
        self.parse(text.trim_ascii()).map(Some)
    }

    /// What people call it.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Variable(_) => MASTER_KEY_VARIABLE.to_owned(),
            Self::Named(path) | Self::Beside(path) => path.display().to_string(),
        }
    }

    fn check(&self, fingerprint: &[u8], key: &MasterKey) -> Result<(), Failure> {
        if fingerprint == key.fingerprint() {
            return Ok(());
        }
        Err(Failure::failed(format!(
            "the master key in {} is not the one of this database; put the right one there",
            self.place()
        )))
    }

    fn make(&self) -> Result<MasterKey, Failure> {
        let path = match self {
            // It was read before, or refused.
            Self::Variable(_) => return Err(self.unusable("is empty")),
            Self::Named(path) | Self::Beside(path) => path,
        };
        let key = MasterKey::generate(&Entropy::system())?;
        let text = Zeroizing::new(hex(key.expose_secret()));
        PrivateFile::draft(path, text.as_bytes())
            .and_then(PrivateFile::place_if_none)
            .map_err(|error| self.unusable(&error.to_string()))?;
        // Another program may have been faster: what lies there is the key.
        self.read()?
            .ok_or_else(|| self.unusable("was there a moment ago"))
    }

    fn parse(&self, text: &[u8]) -> Result<MasterKey, Failure> {
        let mut bytes = Zeroizing::new([0; 32]);
        let is_key = text.len() == 64
            && bytes
                .iter_mut()
                .zip(text.chunks_exact(2))
                .all(|(byte, digits)| {
                    let value = std::str::from_utf8(digits)
                        .ok()
                        .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
                        .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                    *byte = value.unwrap_or_default();
                    value.is_some()
                });
        if is_key {
            Ok(MasterKey::from_bytes(*bytes))
        } else {
            Err(self.unusable("a master key has 64 hexadecimal digits"))
        }
    }

    fn unusable(&self, why: &str) -> Failure {
        Failure::failed(format!(
            "the master key in {} cannot be used: {why}",
            self.place()
        ))
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    let mut text = String::with_capacity(65);
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(nibble.into(), 16));
        }
    }
    text.push('\n');
    text
}

/// The setting of the database that holds the fingerprint.
const FINGERPRINT: &str = "master_key_fingerprint";
