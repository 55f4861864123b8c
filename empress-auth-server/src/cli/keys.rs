//! `empress-auth keys`: a user's API key and secret.

use std::time::Duration;

use clap::Subcommand;
use empress_auth_core::{GeneratedKeys, IssueError, KeyIssuer};
use empress_auth_sql::SqliteStore;
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::no_user;
use super::setup::{Setup, operator};
use super::view::{lines, moment};
use crate::config::duration;
use crate::failure::Failure;

/// What can be done with API keys.
#[derive(Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a new secret for a user, and the key if it has none; the old secret ends
    Generate {
        /// The name of the user
        user: String,
    },
    /// Show a user's key, without the secret
    Show {
        /// The name of the user
        user: String,
    },
    /// Withdraw a user's secret; the key stays the user's
    Revoke {
        /// The name of the user
        user: String,
    },
}

impl KeysCommand {
    /// Whether it leaves everything as it is.
    pub(super) const fn only_looks(&self) -> bool {
        matches!(self, Self::Show { .. })
    }

    pub(super) async fn run(self, setup: &Setup) -> Result<(), Failure> {
        match self {
            Self::Generate { user } => generate(setup, &user).await,
            Self::Show { user } => show(setup, &user).await,
            Self::Revoke { user } => revoke(setup, &user).await,
        }
    }
}

/// A key pair just made, for programs.
#[derive(Serialize)]
struct KeysView<'a> {
    user: &'a str,
    api_key: &'a str,
    api_secret: &'a str,
}

async fn generate(setup: &Setup, user: &str) -> Result<(), Failure> {
    let made = make(setup, user).await?;
    let (api_key, api_secret) = (made.api_key().as_str(), made.api_secret().expose_secret());
    let previous = if overlap(setup).is_zero() {
        "the one before has ended".to_owned()
    } else {
        format!("the one before ends in {}", duration::show(overlap(setup)))
    };
    let text = Zeroizing::new(format!(
        "api key     {api_key}\n\
         api secret  {api_secret}\n\
         header      Authorization: token {api_key}:{api_secret}\n\
         The secret is shown this once; {previous}."
    ));
    let view = KeysView {
        user,
        api_key,
        api_secret,
    };
    setup.output.answer_once(&view, &text, LOST)
}

/// Makes a key pair, for this command and for `execute`.
pub(super) async fn make(setup: &Setup, user: &str) -> Result<GeneratedKeys, Failure> {
    let issuer = keys(setup, setup.open().await?);
    let made = issuer.generate_keys(operator(), user).await;
    made.map_err(|error| about(user, &error))
}

/// What can be done about a secret that nobody saw.
pub(super) const LOST: &str = "generate the keys again";

async fn show(setup: &Setup, user: &str) -> Result<(), Failure> {
    let store = setup.open().await?;
    let Some(info) = keys(setup, store.clone()).show(operator(), user).await? else {
        let shown = setup.accounts(&store)?.show(operator(), user).await;
        shown.map_err(|error| about(user, &error))?;
        return Err(Failure::failed(format!(
            "{user} has no API key; `empress-auth keys generate {user}` makes one"
        )));
    };
    let issued_at = info.issued_at.map(moment);
    let text = lines(&[
        ("api key", info.api_key.to_string()),
        (
            "secret made",
            issued_at.clone().unwrap_or_else(|| "revoked".to_owned()),
        ),
    ]);
    let api_key = info.api_key.as_str();
    setup.output.answer(
        &json!({ "user": user, "api_key": api_key, "issued_at": issued_at }),
        &text,
    )
}

async fn revoke(setup: &Setup, user: &str) -> Result<(), Failure> {
    let issuer = keys(setup, setup.open().await?);
    let revoked = issuer.revoke(operator(), user).await;
    let revoked = revoked.map_err(|error| about(user, &error))?;
    let text = if revoked {
        format!("the secret of {user} is revoked")
    } else {
        format!("{user} has no secret; nothing was revoked")
    };
    setup
        .output
        .answer(&json!({ "user": user, "revoked": revoked }), &text)
}

fn keys(setup: &Setup, store: SqliteStore) -> KeyIssuer {
    KeyIssuer::new(store).with_overlap(overlap(setup))
}

fn overlap(setup: &Setup) -> Duration {
    setup.config.serve.switches.key_overlap
}

fn about(user: &str, error: &IssueError) -> Failure {
    Failure::of_issue(error, no_user(user))
}
