//! How is a database copied while it is used, and what ends when such a copy takes its place?
//!
//! A backup knows nothing of what was withdrawn after it was made. So the copy says of itself that it is one, and no store
//! opens it before somebody has said that it was restored:
//!
//! 1. What people and applications get again without an operator ends: sessions, codes, grants with their tokens, consents,
//!    and the tokens that are derived from the master key.
//! 2. Numbers go on from the present moment and not from where the backup was: of users, because an id never means another
//!    user, and of their derived tokens, of which one that was withdrawn would else be made again.
//! 3. API keys, API tokens and passwords stay as the backup has them. Which of them were withdrawn since, nobody can tell
//!    who has not got the audit log from then.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use empress_auth_core::{Actor, AuditAction};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::change::Change;
use super::query::{Failed, execute, one};
use super::withdrawn::Withdrawn;
use super::{connection, file, sql};
use crate::column;
use crate::open_error::{OpenError, OpenErrorKind};

/// What [`SqliteOptions::restored_now`](super::SqliteOptions::restored_now) ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restored {
    /// When the backup was made; none if it was not made by [`back_up_now`](super::SqliteOptions::back_up_now).
    pub made_at: Option<SystemTime>,
    /// How many sessions were ended.
    pub sessions: usize,
    /// How many grants of clients were ended, with their tokens.
    pub grants: usize,
    /// How many derived tokens were ended.
    pub derived_tokens: usize,
}

/// Copies the database into a new file that its owner alone may read, and marks the copy.
///
/// It gets its name when it is whole and on the disk.
pub(super) fn back_up(from: &Connection, to: &Path, now: SystemTime) -> Result<(), OpenError> {
    if to.exists() {
        return Err(unusable(to, "there is such a file already"));
    }
    let mut draft = to.as_os_str().to_owned();
    // Nobody else's, whoever makes a backup to the same name at the same time.
    let suffix = format!(".draft-{}-{}", std::process::id(), column::from_time(now));
    draft.push(suffix);
    let draft = PathBuf::from(draft);
    // A new one: what is there, or where a link of that name leads, is not written to.
    file::private()
        .write(true)
        .create_new(true)
        .open(&draft)
        .map_err(|error| unusable(&draft, "it cannot be made").because(error))?;
    let written = write(from, &draft, now).and_then(|()| {
        std::fs::rename(&draft, to)
            .map_err(|error| unusable(to, "it cannot be named").because(error))
    });
    if written.is_err() {
        // What is left is in nobody's way, and the error says what happened.
        let _ = std::fs::remove_file(&draft);
    }
    written?;
    sync_directory(to);
    Ok(())
}

fn write(from: &Connection, draft: &Path, now: SystemTime) -> Result<(), OpenError> {
    let failed = |error| unusable(draft, "the copy cannot be written").because(error);
    let path = draft.to_str();
    let path = path.ok_or_else(|| unusable(draft, "its name is not UTF-8"))?;
    // Into a file that is there already, because it is empty.
    from.execute(sql::COPY_INTO, [path]).map_err(failed)?;
    let copy = connection::open_plain(draft)?;
    let moment = column::from_time(now).to_be_bytes();
    // On the disk when it is done, and all that was written before with it.
    execute(&copy, sql::REPLACE_SETTING, params![MADE_AT, &moment[..]])
        .map_err(|Failed(error)| unusable(draft, "it cannot be marked").because(error))?;
    copy.close().map_err(|(_, error)| failed(error))
}

/// Refuses a backup of which nobody has said that it was restored.
pub(super) fn check(connection: &Connection) -> Result<(), OpenError> {
    if made_at(connection)
        .map_err(|failed| cannot_restore(failed.0))?
        .is_none()
    {
        return Ok(());
    }
    let what = "the database is a backup that was put in place; run `empress-auth restored` once, which ends sessions and \
                says what else to do";
    Err(OpenError::new(OpenErrorKind::Backup, what))
}

/// Ends what must not go on, in one transaction with its event.
pub(super) fn restored(connection: &Connection, now: SystemTime) -> Result<Restored, OpenError> {
    let done = Transaction::new_unchecked(connection, TransactionBehavior::Immediate);
    let done = done.map_err(Failed::from).and_then(|transaction| {
        let restored = end(&mut Change::new(&transaction), now)?;
        transaction.commit()?;
        Ok(restored)
    });
    done.map_err(|failed| cannot_restore(failed.0))
}

fn end(change: &mut Change<'_>, now: SystemTime) -> Result<Restored, Failed> {
    let made_at = made_at(change.connection)?;
    let millis = column::from_time(now);
    let restored = Restored {
        made_at: made_at.map(column::to_time),
        sessions: change.execute(sql::END_EVERY_SESSION, [])?,
        grants: change.execute(sql::END_EVERY_GRANT, [])?,
        derived_tokens: change.execute(sql::END_EVERY_DERIVED_TOKEN, [])?,
    };
    change.execute(sql::END_EVERY_CODE, [])?;
    change.execute(sql::END_EVERY_CONSENT, [])?;
    // Epochs begin with the millisecond of their user, so that none that was counted since the backup reaches this.
    let epoch = millis.saturating_mul(1_000);
    change.execute(sql::MOVE_EPOCHS, [epoch])?;
    // Fewer users are made in any time than it has seconds, and their ids stay legible.
    let second = millis / column::from_duration(Duration::from_secs(1));
    if change.execute(sql::MOVE_USER_IDS, [second])? == 0 {
        // There was no user yet.
        change.execute(sql::BEGIN_USER_IDS, [second])?;
    }
    change.execute(sql::REMOVE_SETTING, [MADE_AT])?;
    let grounds = Actor::assert_local_operator().grounds(now);
    change.log_of(AuditAction::DatabaseRestored, "", None, &grounds)?;
    change.announce(Withdrawn::Everyone, now)?;
    Ok(restored)
}

/// When this database was made as a backup of another, of which nobody has said that it was restored.
pub(super) fn made_at(connection: &Connection) -> Result<Option<i64>, Failed> {
    let moment: Option<[u8; 8]> = one(connection, sql::SETTING, [MADE_AT], |row| Ok(row.get(0)?))?;
    Ok(moment.map(i64::from_be_bytes))
}

/// The setting that a copy has and no other database; eight bytes, the highest first.
const MADE_AT: &str = "backup_made_at";

/// The name is on the disk, too, where directories can be told so.
fn sync_directory(path: &Path) {
    let directory = path.parent().filter(|path| !path.as_os_str().is_empty());
    let directory = directory.unwrap_or_else(|| Path::new("."));
    if let Err(error) = File::open(directory).and_then(|directory| directory.sync_all()) {
        tracing::debug!(%error, "a directory was not synchronised");
    }
}

fn unusable(path: &Path, why: &str) -> OpenError {
    let what = format!("no backup can be written to {}: {why}", path.display());
    OpenError::new(OpenErrorKind::Unavailable, what)
}

fn cannot_restore(error: empress_auth_core::StoreError) -> OpenError {
    OpenError::new(
        OpenErrorKind::Unavailable,
        "the database cannot be read or written",
    )
    .because(error)
}
