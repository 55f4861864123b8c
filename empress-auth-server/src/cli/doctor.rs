//! `empress-auth doctor`: is everything as it should be?
//!
//! Changes neither a row nor a file of its own accord. The database is opened as by every command, which lets SQLite
//! bring what a killed program left in its write-ahead log into the database.
//!
//! 1. the environment: no variable that looks like a setting and is none;
//! 2. the database opens, which says that it has this version's schema and that SQLite keeps to what it was told;
//! 3. what lies in it is whole: pages, indexes, rows and references;
//! 4. files that hold secrets are their owner's alone;
//! 5. the master key is there, and is the one of this database;
//! 6. a password takes long enough to hash for whoever guesses, and not too long for whoever logs in (P-4);
//! 7. the clock is right as far as the machine itself can tell.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use empress_auth_core::Clock;
use empress_auth_core::password::{Password, PasswordPool};
use empress_auth_sql::SqliteStore;
use serde::Serialize;

use super::setup::Setup;
use super::view::moment;
use crate::config::unknown_variables;
use crate::failure::Failure;
use crate::master_key::MasterKeySource;
use crate::private_file::{drafts_of, open_to_others, other_names};

/// How long the whole file may take to read: ten minutes are some hundred gigabytes.
const INTEGRITY_LIMIT: Duration = Duration::from_secs(600);

/// What was found.
#[derive(Debug, Serialize)]
struct Report {
    ok: bool,
    findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    verdict: Verdict,
    detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// `serve` would not start, or not be safe.
    Failed,
}

pub(super) async fn run(setup: &Setup) -> Result<(), Failure> {
    let mut findings = environment();
    let store = database(setup, &mut findings).await;
    findings.extend(files(setup));
    findings.push(master_key(setup, store.as_ref()).await);
    if let Some(store) = store {
        findings.push(integrity(&store).await);
        store.close().await;
    }
    findings.push(hashing().await);
    findings.push(clock(setup));
    let failed = findings
        .iter()
        .filter(|it| it.verdict == Verdict::Failed)
        .count();
    let lines: Vec<String> = findings.iter().map(Finding::line).collect();
    let report = Report {
        ok: failed == 0,
        findings,
    };
    setup.output.answer(&report, &lines.join("\n"))?;
    if report.ok {
        Ok(())
    } else {
        Err(Failure::failed(format!(
            "checks that failed: {failed}; the answer says what to do"
        )))
    }
}

impl Finding {
    fn new(check: &'static str, verdict: Verdict, detail: impl Into<String>) -> Self {
        Self {
            check,
            verdict,
            detail: detail.into(),
        }
    }

    fn line(&self) -> String {
        let verdict = match self.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Failed => "FAILED",
        };
        format!(
            "{verdict:8} {:12} {}",
            self.check,
            crate::failure::one_line(&self.detail)
        )
    }
}

fn environment() -> Vec<Finding> {
    let warn = |name: String| {
        let detail = format!("{name} is set and is no setting of ours");
        Finding::new("environment", Verdict::Warning, detail)
    };
    unknown_variables().into_iter().map(warn).collect()
}

async fn database(setup: &Setup, findings: &mut Vec<Finding>) -> Option<SqliteStore> {
    let database = &setup.config.database;
    let (store, finding) = match setup.opened().await {
        Ok(store) => {
            let finding = match store.newer_schema() {
                None => Finding::new(
                    "database",
                    Verdict::Ok,
                    format!(
                        "{database} opens: write-ahead log, full synchronisation, foreign keys"
                    ),
                ),
                Some(schema) => Finding::new(
                    "database",
                    Verdict::Failed,
                    format!(
                        "{database} has schema {schema}, which a newer version wrote; use that one"
                    ),
                ),
            };
            (Some(store), finding)
        }
        Err(error) => {
            let detail = error.to_string();
            (None, Finding::new("database", Verdict::Failed, detail))
        }
    };
    findings.push(finding);
    store
}

async fn integrity(store: &SqliteStore) -> Finding {
    let verdict = |verdict, detail: String| Finding::new("integrity", verdict, detail);
    match store.damage(INTEGRITY_LIMIT).await {
        Ok(damage) if damage.is_empty() => {
            let detail = "every page, index, row and reference is whole";
            verdict(Verdict::Ok, detail.to_owned())
        }
        Ok(damage) => {
            let detail = format!(
                "{}; stop the server and restore a backup",
                damage.join("; ")
            );
            verdict(Verdict::Failed, detail)
        }
        Err(error) => verdict(Verdict::Failed, error.to_string()),
    }
}

fn files(setup: &Setup) -> Vec<Finding> {
    let database = &setup.config.database;
    let mut findings = Vec::new();
    let own =
        ["", "-wal", "-shm", ".lock", ".initial-password"].map(|suffix| database.beside(suffix));
    let master_key = setup.config.master_key_file.clone();
    let mut checked = 0;
    for path in own.iter().chain(&master_key).filter(|path| path.exists()) {
        checked += 1;
        findings.extend(mode(path));
    }
    if findings.is_empty() {
        let detail = format!("{checked} files are their owner's alone");
        findings.push(Finding::new("files", Verdict::Ok, detail));
    }
    let initial: PathBuf = database.beside(".initial-password");
    if initial.exists() {
        let detail = format!(
            "{} is still there; read it, then delete it",
            initial.display()
        );
        findings.push(Finding::new("files", Verdict::Warning, detail));
    }
    let master_key = master_key.unwrap_or_else(|| database.beside(".master-key"));
    findings.extend(copies(&master_key));
    findings.extend(drafts(&master_key));
    findings.extend(drafts(&initial));
    findings
}

/// Another name opens the same file, and stays when this one is deleted.
fn copies(secret: &Path) -> Option<Finding> {
    let others = other_names(secret).ok().filter(|others| *others > 0)?;
    let shown = secret.display();
    let detail = format!(
        "{shown} has other names, {others} of them; `find -samefile {shown}` shows them, delete them"
    );
    Some(Finding::new("files", Verdict::Warning, detail))
}

/// Secrets that a program wrote and could not put in place before it was killed.
fn drafts(secret: &Path) -> Vec<Finding> {
    let warn = |draft: PathBuf| {
        let detail = format!(
            "{} is a draft that a killed program left; delete it",
            draft.display()
        );
        Finding::new("files", Verdict::Warning, detail)
    };
    // Where nothing can be listed, the checks of the files themselves have said so.
    let drafts = drafts_of(secret).unwrap_or_default();
    drafts.into_iter().map(warn).collect()
}

fn mode(path: &Path) -> Option<Finding> {
    let shown = path.display();
    match open_to_others(path) {
        Ok(None) => None,
        Ok(Some(who)) => {
            let detail = format!("{shown}: {who}; chmod 600 it");
            Some(Finding::new("files", Verdict::Warning, detail))
        }
        Err(error) => Some(Finding::new(
            "files",
            Verdict::Failed,
            format!("{shown}: {error}"),
        )),
    }
}

async fn master_key(setup: &Setup, store: Option<&SqliteStore>) -> Finding {
    let source = MasterKeySource::of(&setup.config);
    let found = match store {
        Some(store) => source.find(store).await,
        None => source.read(),
    };
    match found {
        Ok(Some(_)) => Finding::new("master key", Verdict::Ok, format!("in {}", source.place())),
        Ok(None) => {
            let detail = format!("not made yet; the first start makes {}", source.place());
            Finding::new("master key", Verdict::Warning, detail)
        }
        Err(failure) => Finding::new("master key", Verdict::Failed, failure.to_string()),
    }
}

/// Hashes as often as it takes to see through the grain of the clock.
async fn hashing() -> Finding {
    let pool = PasswordPool::with_workers(1, 1);
    let clock = Clock::system();
    let began = clock.now();
    for _ in 0..HASHES {
        let Ok(password) = Password::new("a password to measure with") else {
            break;
        };
        if let Err(error) = pool.hash(password).await {
            return Finding::new("passwords", Verdict::Failed, error.to_string());
        }
    }
    let took = clock.now().duration_since(began).unwrap_or_default() / HASHES;
    let detail = format!(
        "a password takes {} ms to hash (Argon2id, 19 MiB, 2 passes)",
        took.as_millis()
    );
    let verdict = if FITTING.contains(&took) {
        Verdict::Ok
    } else {
        Verdict::Warning
    };
    Finding::new("passwords", verdict, detail)
}

const HASHES: u32 = 10;

/// A machine that is faster makes guessing cheap, one that is slower makes a login something to wait for.
const FITTING: std::ops::Range<Duration> = Duration::from_millis(5)..Duration::from_millis(500);

fn clock(setup: &Setup) -> Finding {
    let now = Clock::system().now();
    let written =
        std::fs::metadata(setup.config.database.path()).and_then(|found| found.modified());
    let detail = moment(now);
    if now < SystemTime::UNIX_EPOCH + TOKENS_BEGIN {
        let detail = format!("{detail} lies before 2025; set the clock");
        return Finding::new("clock", Verdict::Failed, detail);
    }
    match written {
        Ok(written) if written > now + GRAIN => {
            let detail = format!(
                "{detail}, but the database was written at {}; is the clock right?",
                moment(written)
            );
            Finding::new("clock", Verdict::Warning, detail)
        }
        _ => Finding::new("clock", Verdict::Ok, detail),
    }
}

/// The ids of tokens count milliseconds since 2025-01-01.
const TOKENS_BEGIN: Duration = Duration::from_secs(1_735_689_600);

/// How far two looks at the clock may lie apart without meaning anything.
const GRAIN: Duration = Duration::from_secs(2);
