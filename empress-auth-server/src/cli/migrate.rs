//! `empress-auth migrate`: brings the database to the form that this version needs.

use serde_json::json;

use super::setup::Setup;
use crate::failure::Failure;

pub(super) async fn run(setup: &Setup) -> Result<(), Failure> {
    let database = &setup.config.database;
    let migrated = database.migrate().await?;
    let (from, to) = (migrated.from, migrated.to);
    let text = match from {
        0 => format!("{database} is made, with schema {to}"),
        _ if from == to => format!("{database} has schema {to} already"),
        _ => format!("{database} is brought from schema {from} to {to}"),
    };
    let json = json!({ "database": database.to_string(), "from": from, "to": to });
    setup.output.answer(&json, &text)
}
