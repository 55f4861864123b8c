//! The audit log, as it is read; [`Change::log`](super::change::Change::log) writes it.

use empress_auth_core::{Actor, AuditAction, AuditEvent};
use rusqlite::{Connection, Row};

use super::query::{Failed, all, text, text_or_none};
use super::sql;
use crate::column::{self, Unreadable};

pub(super) fn events(
    connection: &Connection,
    after: u64,
    limit: usize,
) -> Result<Vec<AuditEvent>, Failed> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = column::from_limit(limit);
    all(connection, sql::EVENTS, [after, limit], event)
}

fn event(row: &Row<'_>) -> Result<AuditEvent, Failed> {
    let sequence: i64 = row.get(0)?;
    let action = AuditAction::parse(text(row, 2)?).ok_or(Unreadable("audit action"))?;
    let grounds = Actor::assert_local_operator().grounds(column::to_time(row.get(1)?));
    let mut event = AuditEvent::new(
        sequence.unsigned_abs(),
        action,
        text(row, 3)?,
        text_or_none(row, 4)?,
        &grounds,
    );
    event.actor_id = text_or_none(row, 5)?.map(Into::into);
    event.actor_credential_id = text_or_none(row, 6)?.map(Into::into);
    event.from = text_or_none(row, 7)?
        .map(|text| text.parse().map_err(|_| Unreadable("address")))
        .transpose()?;
    Ok(event)
}
