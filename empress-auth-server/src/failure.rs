//! Why did the program stop, and what can be done about it?

use std::error::Error;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use empress_auth_core::{EntropyError, IssueError, IssueErrorKind, StoreError};

use crate::logging::is_obeyed;

/// The end of a command that did not do what it was asked to: one line, and the exit code that goes with it.
///
/// The line is for a person who may know everything but secrets; no part of it may be one.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    line: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// 1: refused or failed.
    Failed,
    /// 2: what was asked for makes no sense.
    Usage,
    /// 0 and not a word: whoever read our output has read enough.
    NobodyReads,
}

impl Failure {
    /// It was refused, or it did not work.
    pub(crate) fn failed(line: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            line: line.into(),
        }
    }

    /// It was asked for in a way that makes no sense.
    pub(crate) fn usage(line: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            line: line.into(),
        }
    }

    /// The pipe on standard output was closed, as `head` does; no reason to complain.
    pub(crate) const fn nobody_reads() -> Self {
        Self {
            exit: Exit::NobodyReads,
            line: String::new(),
        }
    }

    /// What an issuer refused, with the words of `missing` if what was named does not exist.
    pub(crate) fn of_issue(error: &IssueError, missing: impl Into<String>) -> Self {
        if error.kind() == IssueErrorKind::NotFound {
            Self::failed(missing)
        } else {
            Self::failed(chain(error))
        }
    }

    /// Writes the line to standard error and answers the exit code.
    pub(crate) fn report(&self, stderr: &mut dyn Write) -> ExitCode {
        if self.exit == Exit::NobodyReads {
            return ExitCode::SUCCESS;
        }
        // Nobody is left to be told that standard error cannot be written.
        _ = writeln!(stderr, "error: {}", one_line(&self.line));
        ExitCode::from(match self.exit {
            Exit::Usage => 2,
            Exit::Failed | Exit::NobodyReads => 1,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::failed(chain(&error))
    }
}

impl From<IssueError> for Failure {
    fn from(error: IssueError) -> Self {
        Self::failed(chain(&error))
    }
}

impl From<EntropyError> for Failure {
    fn from(error: EntropyError) -> Self {
        Self::failed(error.to_string())
    }
}

/// An error with its causes, none of them twice.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

/// Text without line breaks and whatever else is obeyed and not shown, which would forge a second line, move the cursor
/// or turn the line around.
pub(crate) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if is_obeyed(c) { ' ' } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_whatever_its_cause_says() {
        let mut stderr = Vec::new();
        _ = Failure::failed("no such file\n\u{1b}[2Jdone").report(&mut stderr);
        assert_eq!(stderr, b"error: no such file  [2Jdone\n");
    }

    // K-15
    #[test]
    fn a_failure_does_not_turn_around_what_follows() {
        let mut stderr = Vec::new();
        let line = "no user \u{202e}ada\u{2028}\u{2066}\u{200f}\u{61c}";
        _ = Failure::failed(line).report(&mut stderr);
        assert_eq!(stderr, b"error: no user  ada    \n");
    }

    #[test]
    fn whoever_stops_reading_is_not_told_so() {
        let mut stderr = Vec::new();
        let exit = Failure::nobody_reads().report(&mut stderr);
        assert_eq!(format!("{exit:?}"), format!("{:?}", ExitCode::SUCCESS));
        assert!(stderr.is_empty());
    }
}
