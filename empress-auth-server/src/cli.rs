//! What is asked for on the command line, and what comes back, on which scripts rely.
//!
//! One file a command. A command reads the configuration, opens the database and calls the same issuers as the HTTP
//! endpoints do, as the local operator; no rule is written here.

use std::env;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::backup::BackupCommand;
use self::client::ClientCommand;
use self::completions::CompletionsCommand;
use self::execute::ExecuteCommand;
use self::keys::KeysCommand;
use self::setup::{May, Setup};
use self::signing_key::SigningKeyCommand;
use self::token::TokenCommand;
use self::user::UserCommand;
use crate::config::{Config, GLOBAL_HEADING, GlobalFlags, ServeFlags, Sources, reference};
use crate::failure::Failure;
use crate::output::{self, Form, Output};

mod backup;
mod client;
mod completions;
mod doctor;
mod execute;
mod keys;
mod migrate;
mod restored;
mod serve;
mod setup;
mod signing_key;
mod token;
mod user;
mod view;

/// Issue, list, revoke and verify API keys and tokens
#[derive(Parser)]
#[command(name = "empress-auth", version, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    flags: GlobalFlags,
    #[arg(
        long,
        global = true,
        help_heading = GLOBAL_HEADING,
        value_name = "FILE",
        help = "A TOML file with settings [EMPRESS_CONFIG]"
    )]
    config: Option<PathBuf>,
    /// Answer with one JSON object or array, for programs
    #[arg(long, global = true, help_heading = GLOBAL_HEADING)]
    json: bool,
    /// Only list, show or check, also in a database that a newer version has changed
    #[arg(long, global = true)]
    read_only: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve HTTP; what happens when no command is given
    Serve(ServeFlags),
    #[command(flatten)]
    Store(StoreCommand),
    /// Print a script that completes these commands in a shell
    Completions(CompletionsCommand),
    /// Write docs/configuration.md
    #[command(hide = true)]
    HelpSettings,
}

/// The commands that work on the database and end.
#[derive(Subcommand)]
enum StoreCommand {
    /// Bring the database to the form that this version needs; make it if there is none
    Migrate,
    /// Copy the database into a new file, also while a server runs
    Backup(BackupCommand),
    /// Say that a backup was put in the place of the database: ends sessions, and what applications were given
    Restored,
    /// Make, list, change and delete users
    #[command(subcommand)]
    User(UserCommand),
    /// Make, show and revoke API keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Make, list and revoke API tokens
    #[command(subcommand)]
    Token(TokenCommand),
    /// Register, list, change and delete the applications that may ask for tokens
    #[command(subcommand)]
    Client(ClientCommand),
    /// List, rotate and retire the keys that tokens are signed with
    #[command(subcommand)]
    SigningKey(SigningKeyCommand),
    /// Call a method as `bench execute` does
    Execute(ExecuteCommand),
    /// Check database, files, master key, password hashing and clock
    Doctor,
}

const AFTER_HELP: &str = "\
First steps:
  empress-auth serve
  empress-auth user create ada
  empress-auth keys generate ada
  curl -H 'Authorization: token KEY:SECRET' http://127.0.0.1:8000/api/v1/me";

/// Does what the command line says.
pub(crate) fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(said) => return said_by_clap(&said),
    };
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(&mut io::stderr()),
    }
}

impl Cli {
    fn run(mut self) -> Result<(), Failure> {
        match self.command.take() {
            None => self.serve(&ServeFlags::default()),
            Some(Command::Serve(flags)) => self.serve(&flags),
            Some(Command::Store(command)) => {
                if self.read_only && !command.only_looks() {
                    return Err(only_looks());
                }
                let setup = self.setup(&ServeFlags::default())?;
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_time()
                    .build();
                let runtime = runtime.map_err(|error| Failure::failed(error.to_string()))?;
                runtime.block_on(async {
                    let done = command.run(&setup).await;
                    setup.close().await;
                    done
                })
            }
            // These work without a configuration, and with a broken one.
            Some(Command::Completions(command)) => command.run(),
            Some(Command::HelpSettings) => output::write_out(reference::markdown().as_bytes()),
        }
    }

    fn serve(self, flags: &ServeFlags) -> Result<(), Failure> {
        if self.read_only {
            return Err(only_looks());
        }
        serve::run(&self.setup(flags)?)
    }

    fn setup(self, flags: &ServeFlags) -> Result<Setup, Failure> {
        let config = Config::load(&Sources {
            flags: [&self.flags.0, &flags.0],
            file: self.config,
            variable: &|name| env::var_os(name),
        })?;
        let form = if self.json { Form::Json } else { Form::People };
        let may = if self.read_only {
            May::Look
        } else {
            May::Write
        };
        Ok(Setup::new(config, Output::new(form), may))
    }
}

impl StoreCommand {
    /// Whether it leaves everything as it is.
    const fn only_looks(&self) -> bool {
        match self {
            Self::User(command) => command.only_looks(),
            Self::Keys(command) => command.only_looks(),
            Self::Token(command) => command.only_looks(),
            Self::Client(command) => command.only_looks(),
            Self::SigningKey(command) => command.only_looks(),
            Self::Doctor => true,
            Self::Migrate | Self::Backup(_) | Self::Restored | Self::Execute(_) => false,
        }
    }

    async fn run(self, setup: &Setup) -> Result<(), Failure> {
        match self {
            Self::Migrate => migrate::run(setup).await,
            Self::Backup(command) => command.run(setup).await,
            Self::Restored => restored::run(setup).await,
            Self::User(command) => command.run(setup).await,
            Self::Keys(command) => command.run(setup).await,
            Self::Token(command) => command.run(setup).await,
            Self::Client(command) => command.run(setup).await,
            Self::SigningKey(command) => command.run(setup).await,
            Self::Execute(command) => command.run(setup).await,
            Self::Doctor => doctor::run(setup).await,
        }
    }
}

fn only_looks() -> Failure {
    Failure::usage("--read-only is for `doctor` and for commands that list or show")
}

/// Help and version go to standard output and are no failure; what is wrong with the arguments goes to standard error.
fn said_by_clap(said: &clap::Error) -> ExitCode {
    let text = said.render().to_string();
    // Nobody is left to be told that neither can be written.
    _ = if said.use_stderr() {
        io::stderr().write_all(text.as_bytes())
    } else {
        io::stdout().write_all(text.as_bytes())
    };
    ExitCode::from(if said.use_stderr() { 2 } else { 0 })
}

fn no_user(name: &str) -> String {
    format!(
        "there is no user {name}; `empress-auth user list` shows all, `empress-auth user create {name}` makes it"
    )
}
