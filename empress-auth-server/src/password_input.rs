//! How does a password get into the program? Through standard input or a file, never through an argument.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::path::Path;

use empress_auth_core::password::Password;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Reads a password from standard input, to its end.
pub(crate) fn from_stdin() -> Result<Password, Failure> {
    let stdin = io::stdin().lock();
    if stdin.is_terminal() {
        // A terminal shows what is typed; whoever minds uses a pipe.
        _ = writeln!(
            io::stderr(),
            "type the password, which will be visible, then Enter and Ctrl-D"
        );
    }
    read(stdin, "standard input")
}

/// Reads a password from a file.
pub(crate) fn from_file(path: &Path) -> Result<Password, Failure> {
    let place = path.display().to_string();
    let file = File::open(path).map_err(|error| unreadable(&place, &error))?;
    read(file, &place)
}

fn read(from: impl Read, place: &str) -> Result<Password, Failure> {
    // One byte more than a password and its line end may have: longer is refused, not cut. The room is taken at once,
    // because a buffer that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 3));
    from.take(u64::try_from(MAX_BYTES + 3).unwrap_or(u64::MAX))
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(place, &error))?;
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let password = line.strip_suffix(b"\r").unwrap_or(line);
    if password.is_empty() {
        return Err(Failure::failed(format!("{place} holds no password")));
    }
    Password::new(password).map_err(|error| Failure::failed(error.to_string()))
}

fn unreadable(place: &str, error: &io::Error) -> Failure {
    Failure::failed(format!("the password cannot be read from {place}: {error}"))
}

/// The longest password that [`Password`] takes.
const MAX_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Option<Vec<u8>> {
        Some(read(bytes, "a test").ok()?.expose_secret().to_vec())
    }

    #[test]
    fn one_line_end_is_cut_off_and_nothing_else() {
        for (given, password) in [
            (&b"correct horse"[..], &b"correct horse"[..]),
            (b"correct horse\n", b"correct horse"),
            (b"correct horse\r\n", b"correct horse"),
            (b" correct horse \n", b" correct horse "),
            (b"two\nlines\n", b"two\nlines"),
            (b"x\n\n", b"x\n"),
            (b"\xff\n", b"\xff"),
        ] {
            assert_eq!(text(given).as_deref(), Some(password), "{given:?}");
        }
    }

    #[test]
    fn no_password_and_one_that_is_too_long_are_refused() {
        assert!(text(b"").is_none());
        assert!(text(b"\n").is_none());
        assert!(text(&[b'x'; 4096]).is_some());
        assert!(text(&[[b'x'; 4096].as_slice(), b"\r\n"].concat()).is_some());
        assert!(text(&[b'x'; 4097]).is_none());
        assert!(text(&[b'x'; 1_000_000]).is_none());
    }
}
