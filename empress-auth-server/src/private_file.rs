//! How is a file written that only its owner may read?
//!
//! Whole or not at all: it is written under another name, flushed, and only then given its own. It never was readable
//! for others, not even for a moment.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use empress_auth_core::{Entropy, EntropyError};

/// A file that is written, but not yet there under its name. Gone again unless it is put in place.
#[derive(Debug)]
pub(crate) struct PrivateFile {
    target: PathBuf,
    draft: PathBuf,
}

/// Whether a file of this name was there before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placed {
    Ours,
    /// Another process came first; its file was left as it is.
    Theirs,
}

impl PrivateFile {
    /// Writes `contents` beside `target`, mode 0600.
    pub(crate) fn draft(target: &Path, contents: &[u8]) -> io::Result<Self> {
        let mut random = [0; 8];
        Entropy::system().fill(&mut random).map_err(no_entropy)?;
        let mut name = target.as_os_str().to_owned();
        name.push(format!(".{:016x}", u64::from_ne_bytes(random)));
        let path = PathBuf::from(name);
        let mut file = options().open(&path)?;
        // Only what we made is taken away again.
        let draft = Self {
            target: target.to_owned(),
            draft: path,
        };
        file.write_all(contents)?;
        file.sync_all()?;
        Ok(draft)
    }

    /// Gives the file its name, unless there is one of this name: then that one stays.
    pub(crate) fn place_if_none(self) -> io::Result<Placed> {
        // A link fails where a rename would replace.
        match fs::hard_link(&self.draft, &self.target) {
            Ok(()) => self.flush_name().map(|()| Placed::Ours),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Placed::Theirs),
            Err(error) => Err(error),
        }
    }

    /// Gives the file its name, in place of one that has it.
    pub(crate) fn place(self) -> io::Result<()> {
        fs::rename(&self.draft, &self.target)?;
        self.flush_name()
    }

    /// The name that it will have.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// After a power cut, too, the name is there.
    fn flush_name(&self) -> io::Result<()> {
        File::open(directory_of(&self.target))?.sync_all()
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        // It is gone already if it was renamed.
        _ = fs::remove_file(&self.draft);
    }
}

/// The drafts of `target` that lie beside it: a program that is killed leaves its own.
pub(crate) fn drafts_of(target: &Path) -> io::Result<Vec<PathBuf>> {
    let mut drafts = Vec::new();
    for entry in fs::read_dir(directory_of(target))? {
        let entry = entry?;
        if is_draft(&entry.file_name(), target) {
            drafts.push(entry.path());
        }
    }
    Ok(drafts)
}

/// Deletes the drafts of `target`, and says so in the log: a secret lay there that nobody knew of.
pub(crate) fn remove_drafts(target: &Path) {
    let drafts = drafts_of(target).unwrap_or_else(|error| {
        tracing::warn!(path = %target.display(), %error, "drafts of this file cannot be looked for");
        Vec::new()
    });
    for draft in drafts {
        let path = draft.display();
        match fs::remove_file(&draft) {
            Ok(()) => tracing::warn!(%path, "deleted a draft that a killed program had left"),
            Err(error) => {
                tracing::warn!(%path, %error, "a draft that a killed program left cannot be deleted");
            }
        }
    }
}

/// Whether [`PrivateFile::draft`] made this name.
fn is_draft(name: &OsStr, target: &Path) -> bool {
    let target = target.file_name().unwrap_or_default().as_encoded_bytes();
    let digits = name
        .as_encoded_bytes()
        .strip_prefix(target)
        .and_then(|rest| rest.strip_prefix(b"."));
    digits.is_some_and(|digits| {
        digits.len() == 16
            && digits
                .iter()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn directory_of(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    parent.unwrap_or_else(|| Path::new("."))
}

/// How many names a file has besides this one; 0 where the system cannot tell.
#[cfg(unix)]
pub(crate) fn other_names(path: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;

    Ok(fs::metadata(path)?.nlink().saturating_sub(1))
}

#[cfg(not(unix))]
pub(crate) fn other_names(path: &Path) -> io::Result<u64> {
    fs::metadata(path).map(|_| 0)
}

/// Who besides the owner may do something with a file, in words; `None` if nobody or if the system cannot tell.
#[cfg(unix)]
pub(crate) fn open_to_others(path: &Path) -> io::Result<Option<&'static str>> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = fs::metadata(path)?.permissions().mode();
    Ok(match (mode & 0o022 != 0, mode & 0o044 != 0) {
        (true, _) => Some("others may write it"),
        (false, true) => Some("others may read it"),
        (false, false) => None,
    })
}

#[cfg(not(unix))]
pub(crate) fn open_to_others(path: &Path) -> io::Result<Option<&'static str>> {
    fs::metadata(path).map(|_| None)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

fn no_entropy(error: EntropyError) -> io::Error {
    io::Error::other(error)
}
