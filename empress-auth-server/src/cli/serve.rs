//! `empress-auth serve`: what happens before the first connection is accepted, and what is said if it cannot be.

use std::io::{self, IsTerminal as _, Write};

use super::setup::Setup;
use crate::config::unknown_variables;
use crate::failure::{Failure, chain};
use crate::first_start;
use crate::logging;
use crate::private_file::remove_drafts;
use crate::serve::{self, ServeOptions};

/// Serves until the program is told to stop.
pub(super) fn run(setup: &Setup) -> Result<(), Failure> {
    let config = &setup.config;
    check_public_url(&config.serve)?;
    let _log = logging::start(config.log_format, &config.log_levels)
        .map_err(|error| Failure::usage(format!("log_level: {error}")))?;
    let unknown = unknown_variables();
    if !unknown.is_empty() {
        let variables = unknown.join(" ");
        tracing::warn!(variables, "set and no settings of ours; are they misspelt?");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|error| Failure::failed(error.to_string()))?;
    runtime.block_on(async {
        let store = config
            .database
            .open_to_serve(config.remembered_credentials)
            .await?;
        let master_key = setup.master_key(&store).await?;
        let mut stderr = io::stderr();
        let terminal: Option<&mut (dyn Write + Send)> = if stderr.is_terminal() {
            Some(&mut stderr)
        } else {
            None
        };
        first_start::make_administrator(config, &store, terminal).await?;
        // We hold the lock of the database, and what was to be made is made: nobody needs a draft any more.
        remove_drafts(&config.database.beside(".master-key"));
        remove_drafts(&config.database.beside(".initial-password"));
        let options = config.serve.clone();
        let served = serve::serve(options, store, master_key).await;
        served.map_err(|error| Failure::failed(chain(&error)))
    })
}

/// What people use must be known before anybody is given a token in its name: it is never taken from a request.
///
/// An address of this machine alone is its own public URL, for trying the program out.
fn check_public_url(options: &ServeOptions) -> Result<(), Failure> {
    let is_local = options.listen.ip().to_canonical().is_loopback();
    if is_local || options.public_url.is_some() {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "public_url: not set, and others can reach {}; give the URL that they use, such as \
         --public-url https://auth.example.com",
        options.listen
    )))
}
