//! What did the process write, and when was it certain? Read from strace's lines.
//!
//! With `-xx` every text is in hexadecimal digits, so that a comma parts arguments and a quote ends a text.

use std::collections::HashMap;
use std::path::Path;

use crate::disk::Change;

pub(crate) struct Trace {
    pub(crate) events: Vec<Event>,
}

#[derive(Clone)]
pub(crate) enum Event {
    /// A line of the notes.
    Noted(String),
    /// Of the store's files.
    Changed(Change),
}

/// A call as it stands in one or two lines: `name(arguments) = answer`.
struct Call {
    name: String,
    arguments: Vec<String>,
    answer: i64,
}

/// The log of the database, whose sync makes a change certain.
const LOG: &str = "empress-auth.db-wal";

impl Trace {
    /// Reads the record of what became of the files in `store`, and of the lines in `notes`.
    ///
    /// A call takes effect where its line begins, and a sync where it ends: both are to the process's disadvantage.
    pub(crate) fn read(recorded: &Path, store: &Path, notes: &Path) -> Self {
        let text = std::fs::read_to_string(recorded).unwrap();
        let mut unfinished: HashMap<&str, (usize, &str)> = HashMap::new();
        // By the line at which they take effect.
        let mut calls: Vec<(usize, Call)> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let (process, rest) = line.split_once(' ').unwrap();
            let rest = rest.trim_start();
            if rest.starts_with("+++") || rest.starts_with("---") {
                continue;
            }
            if let Some(begun) = rest.strip_suffix(" <unfinished ...>") {
                unfinished.insert(process, (number, begun));
                continue;
            }
            let (began, whole) = match rest.strip_prefix("<... ") {
                None => (number, rest.to_owned()),
                Some(resumed) => {
                    let (began, begun) = unfinished.remove(process).unwrap();
                    (
                        began,
                        format!("{begun}{}", resumed.split_once(" resumed>").unwrap().1),
                    )
                }
            };
            let call = Call::parse(&whole);
            let is_sync = call.name == "fsync" || call.name == "fdatasync";
            calls.push((if is_sync { number } else { began }, call));
        }
        calls.sort_by_key(|(line, _)| *line);
        let events = calls
            .iter()
            .filter_map(|(_, call)| call.event(store, notes));
        Self {
            events: events.flatten().collect(),
        }
    }

    pub(crate) fn count_syncs(&self) -> usize {
        let is_sync = |event: &&Event| matches!(event, Event::Changed(Change::Sync { .. }));
        self.events.iter().filter(is_sync).count()
    }

    /// DU-2b: between the note that a change is asked for and the one that it was answered the log was synced, and
    /// written before. Answers how many there were.
    pub(crate) fn assert_each_acknowledged_change_was_synced(&self) -> usize {
        let (mut written, mut synced, mut acknowledged) = (0, 0, 0);
        // For each change that is under way, where it began.
        let mut begun: HashMap<&str, usize> = HashMap::new();
        for (at, event) in self.events.iter().enumerate() {
            match event {
                Event::Changed(Change::Write { name, .. }) if name == LOG => written = at,
                Event::Changed(Change::Sync { name }) if name == LOG => synced = written,
                Event::Changed(_) => {}
                Event::Noted(line) => {
                    let (step, rest) = line.split_once('\t').unwrap();
                    let number = rest.split('\t').next().unwrap();
                    if step == "try" {
                        begun.insert(number, at);
                    } else {
                        let began = begun.remove(number).unwrap();
                        assert!(synced > began, "{line} was not synced");
                        acknowledged += 1;
                    }
                }
            }
        }
        acknowledged
    }

    /// As the trace of a store that trusts its luck.
    pub(crate) fn without_syncs_of_the_log(&self) -> Self {
        let keeps =
            |event: &&Event| !matches!(event, Event::Changed(Change::Sync { name }) if name == LOG);
        Self {
            events: self.events.iter().filter(keeps).cloned().collect(),
        }
    }
}

impl Call {
    fn parse(line: &str) -> Self {
        let (name, rest) = line.split_once('(').unwrap();
        let (arguments, answer) = rest.rsplit_once(" = ").unwrap();
        let arguments = arguments.trim_end().strip_suffix(')').unwrap();
        let digits = answer.split([' ', '<']).next().unwrap();
        Self {
            name: name.to_owned(),
            arguments: arguments.split(", ").map(str::to_owned).collect(),
            answer: digits.parse().unwrap_or_else(|_| panic!("{line}")),
        }
    }

    /// What it means for the store's files, or the lines that it adds to the notes.
    fn event(&self, store: &Path, notes: &Path) -> Option<Vec<Event>> {
        if self.answer < 0 {
            return None;
        }
        let path = match self.name.as_str() {
            "openat" => text(&self.arguments[1]),
            _ => text(&self.arguments[0]),
        };
        let path = String::from_utf8(path).unwrap();
        let path = Path::new(&path);
        if path == notes {
            return (self.name == "write").then(|| self.notes());
        }
        if path == store {
            let is_sync = self.name == "fsync" || self.name == "fdatasync";
            return is_sync.then(|| vec![Event::Changed(Change::SyncDirectory)]);
        }
        let name = path.strip_prefix(store).ok()?.to_str()?.to_owned();
        // The index is made anew after a cut, and the lock holds nothing.
        if name.ends_with("-shm") || name.ends_with(".lock") {
            return None;
        }
        let number = |at: usize| self.arguments[at].parse().unwrap();
        let change = match self.name.as_str() {
            "openat" if self.arguments[2].contains("O_CREAT") => Change::Make { name },
            "openat" => return None,
            "unlink" => Change::Remove { name },
            "pwrite64" => {
                let bytes = text(&self.arguments[1]);
                assert_eq!(i64::try_from(bytes.len()), Ok(self.answer), "a short write");
                Change::Write {
                    name,
                    offset: number(3),
                    bytes,
                }
            }
            "ftruncate" => Change::Resize {
                name,
                length: number(1),
            },
            "fsync" | "fdatasync" => Change::Sync { name },
            other => panic!("{other} of {name} is not understood"),
        };
        Some(vec![Event::Changed(change)])
    }

    fn notes(&self) -> Vec<Event> {
        let lines = String::from_utf8(text(&self.arguments[1])).unwrap();
        lines
            .lines()
            .map(|line| Event::Noted(line.to_owned()))
            .collect()
    }
}

/// The bytes of `"\x61\x62"`, or of the path in `3<\x61\x62>`.
fn text(argument: &str) -> Vec<u8> {
    let (_, begun) = argument
        .split_once(['"', '<'])
        .unwrap_or_else(|| panic!("{argument}"));
    let digits = begun.split(['"', '>']).next().unwrap();
    digits
        .split("\\x")
        .skip(1)
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}
