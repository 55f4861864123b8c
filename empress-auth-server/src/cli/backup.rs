//! `empress-auth backup`: a copy of the database.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::setup::Setup;
use crate::failure::Failure;
use crate::master_key::MasterKeySource;

/// Where it goes.
#[derive(Args)]
pub(crate) struct BackupCommand {
    /// The new file
    file: PathBuf,
}

impl BackupCommand {
    pub(super) async fn run(self, setup: &Setup) -> Result<(), Failure> {
        let database = &setup.config.database;
        database.back_up(&self.file).await?;
        let file = self.file.display().to_string();
        let text = format!(
            "{database} is copied to {file}; the master key, in {}, is needed with it and is better kept in another place",
            MasterKeySource::of(&setup.config).place()
        );
        let json = json!({ "database": database.to_string(), "backup": file });
        setup.output.answer(&json, &text)
    }
}
