//! `empress-auth restored`: a backup was put in the place of the database (DU-10).

use serde_json::json;

use super::setup::Setup;
use super::view::moment;
use crate::failure::Failure;

pub(super) async fn run(setup: &Setup) -> Result<(), Failure> {
    let restored = setup.config.database.restored().await?;
    let made_at = restored.made_at.map(moment);
    let since = match &made_at {
        Some(made_at) => format!("since {made_at}"),
        None => "since it was made".to_owned(),
    };
    let text = format!(
        "ended: {} sessions, {} grants of applications, {} tokens of /api-token-auth/, and all consents\n\
         What was revoked {since} of API keys, API tokens, users, passwords, clients and signing keys is good again: \
         see \"Restoring\" in docs/operations.md before you start the server",
        restored.sessions, restored.grants, restored.derived_tokens
    );
    let json = json!({
        "backup_made_at": made_at,
        "sessions": restored.sessions,
        "grants": restored.grants,
        "drf_tokens": restored.derived_tokens,
    });
    setup.output.answer(&json, &text)
}
