#![doc = include_str!("../README.md")]

use std::process::ExitCode;

use empress_auth_core::{Entropy, MasterKey, MemoryStore};

mod logging;
mod serve;

use self::logging::LogFormat;
use self::serve::{AccessLog, ServeOptions};

/// Serves an empty store in memory, until there is a command line and a store on disk.
#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut options = ServeOptions::default();
    let mut format = LogFormat::Auto;
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--listen", Some(address)) => {
                options.listen = address.parse().unwrap_or(options.listen)
            }
            ("--access-log", Some(which)) if which == "all" => options.access_log = AccessLog::All,
            ("--access-log", Some(_)) => options.access_log = AccessLog::Off,
            ("--log-format", Some(which)) if which == "json" => format = LogFormat::Json,
            ("--log-format", Some(_)) => format = LogFormat::Text,
            _ => return ExitCode::from(2),
        }
    }
    let levels = std::env::var("RUST_LOG").unwrap_or_else(|_| "info".to_owned());
    if logging::start(format, &levels).is_err() {
        return ExitCode::from(2);
    }
    let Ok(master_key) = MasterKey::generate(&Entropy::system()) else {
        return ExitCode::FAILURE;
    };
    match serve::serve(options, MemoryStore::new(), master_key).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "not served");
            ExitCode::FAILURE
        }
    }
}
