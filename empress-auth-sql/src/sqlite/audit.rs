//! The audit log, as it is read; [`Change::log`](super::change::Change::log) writes it.

use empress_auth_core::{AuditAction, AuditEvent};
use rusqlite::{Connection, Row};

use super::query::{Failed, some, text, text_or_none};
use super::sql;
use crate::column::{self, Unreadable};

pub(super) fn events(
    connection: &Connection,
    after: u64,
    limit: usize,
) -> Result<Vec<AuditEvent>, Failed> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    some(connection, sql::EVENTS, [after, i64::MAX], limit, event)
}

/// Nothing if it tells of an action that this version does not know.
fn event(row: &Row<'_>) -> Result<Option<AuditEvent>, Failed> {
    let sequence: i64 = row.get(0)?;
    let Some(action) = AuditAction::parse(text(row, 2)?) else {
        tracing::debug!(sequence, "an audit event of a newer version is left out");
        return Ok(None);
    };
    let at = column::to_time(row.get(1)?);
    let mut event = AuditEvent::from_stored(sequence.unsigned_abs(), at, action, text(row, 3)?);
    event.credential_id = text_or_none(row, 4)?.map(Into::into);
    event.actor_id = text_or_none(row, 5)?.map(Into::into);
    event.actor_credential_id = text_or_none(row, 6)?.map(Into::into);
    event.from = text_or_none(row, 7)?
        .map(|text| text.parse().map_err(|_| Unreadable("address")))
        .transpose()?;
    Ok(Some(event))
}
