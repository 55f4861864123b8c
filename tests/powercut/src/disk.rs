//! What does a disk hold when the power goes?
//!
//! What was written before the file was synced, and of what was written since any part: each 512 bytes for themselves,
//! in any order. A file that was made or removed is so for certain only when its directory was synced.

use std::collections::BTreeMap;
use std::path::Path;

use crate::dice::Dice;

/// One change of the directory's files.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Make {
        name: String,
    },
    Remove {
        name: String,
    },
    Write {
        name: String,
        offset: usize,
        bytes: Vec<u8>,
    },
    Resize {
        name: String,
        length: usize,
    },
    Sync {
        name: String,
    },
    SyncDirectory,
}

/// What becomes of that which was not synced.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    NothingElse,
    Everything,
    ByChance,
}

#[derive(Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    /// For each name what it can stand for: the last is what the process sees, the first what is certain.
    names: BTreeMap<String, Vec<Option<usize>>>,
}

#[derive(Default)]
struct File {
    synced: Vec<u8>,
    pending: Vec<Pending>,
}

enum Pending {
    Write(usize, Vec<u8>),
    Resize(usize),
}

const SECTOR: usize = 512;

impl Disk {
    pub(crate) fn change(&mut self, change: &Change) {
        match change {
            Change::Make { name } => {
                if self.seen(name).is_none() {
                    self.files.push(File::default());
                    let made = Some(self.files.len() - 1);
                    self.names
                        .entry(name.clone())
                        .or_insert_with(|| vec![None])
                        .push(made);
                }
            }
            Change::Remove { name } => {
                self.names
                    .entry(name.clone())
                    .or_insert_with(|| vec![None])
                    .push(None);
            }
            Change::Write {
                name,
                offset,
                bytes,
            } => {
                self.pending(name)
                    .push(Pending::Write(*offset, bytes.clone()));
            }
            Change::Resize { name, length } => self.pending(name).push(Pending::Resize(*length)),
            Change::Sync { name } => {
                let at = self.seen(name).unwrap();
                let File { synced, pending } = &mut self.files[at];
                for change in pending.drain(..) {
                    change.apply(synced, |_| true);
                }
            }
            Change::SyncDirectory => {
                for versions in self.names.values_mut() {
                    versions.drain(..versions.len() - 1);
                }
            }
        }
    }

    /// Puts what is left of the files into `directory`.
    pub(crate) fn cut(&self, fate: Fate, dice: &mut Dice, directory: &Path) {
        let mut by_fate = |chances: usize| match fate {
            Fate::NothingElse => 0,
            Fate::Everything => chances - 1,
            Fate::ByChance => dice.roll(chances),
        };
        for (name, versions) in &self.names {
            let Some(at) = versions[by_fate(versions.len())] else {
                continue;
            };
            let mut bytes = self.files[at].synced.clone();
            for change in &self.files[at].pending {
                change.apply(&mut bytes, |_| by_fate(2) == 1);
            }
            std::fs::write(directory.join(name), bytes).unwrap();
        }
    }

    fn seen(&self, name: &str) -> Option<usize> {
        *self.names.get(name)?.last()?
    }

    fn pending(&mut self, name: &str) -> &mut Vec<Pending> {
        let at = self
            .seen(name)
            .unwrap_or_else(|| panic!("{name} was not made"));
        &mut self.files[at].pending
    }
}

impl Pending {
    /// Applies those sectors, by number, that `reaches_disk`.
    fn apply(&self, file: &mut Vec<u8>, mut reaches_disk: impl FnMut(usize) -> bool) {
        match self {
            Self::Write(offset, bytes) => {
                let mut at = *offset;
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    let length = (SECTOR - at % SECTOR).min(rest.len());
                    let (sector, behind) = rest.split_at(length);
                    if reaches_disk(at / SECTOR) {
                        if file.len() < at + length {
                            file.resize(at + length, 0);
                        }
                        file[at..at + length].copy_from_slice(sector);
                    }
                    at += length;
                    rest = behind;
                }
            }
            Self::Resize(length) => {
                if reaches_disk(0) {
                    file.resize(*length, 0);
                }
            }
        }
    }
}
