//! How is a file written that only its owner may read?
//!
//! Whole or not at all: it is written under another name, flushed, and only then given its own. It never was readable
//! for others, not even for a moment.

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
        let parent = self
            .target
            .parent()
            .filter(|parent| *parent != Path::new(""));
        File::open(parent.unwrap_or_else(|| Path::new(".")))?.sync_all()
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        // It is gone already if it was renamed.
        _ = fs::remove_file(&self.draft);
    }
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
