//! `empress-auth token`: API tokens.

use std::time::Duration;

use clap::{Args, Subcommand};
use empress_auth_core::network::Network;
use empress_auth_core::{IssueError, MadeToken, NewToken, Scopes, TokenId, TokenIssuer};
use empress_auth_sql::SqliteStore;
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::no_user;
use super::setup::{PAGE, Setup, operator};
use super::view::TokenView;
use crate::config::duration;
use crate::failure::Failure;

/// What can be done with API tokens.
#[derive(Subcommand)]
pub(crate) enum TokenCommand {
    /// Make a token for a user
    Create(CreateToken),
    /// List the tokens of a user, or of everybody
    List {
        /// The name of the user
        user: Option<String>,
    },
    /// Withdraw a token
    Revoke {
        /// The id, which `token list` shows: never the token itself
        id: String,
    },
    /// Withdraw all tokens of a user
    RevokeAll {
        /// The name of the user
        user: String,
    },
}

/// What is asked of a new token.
#[derive(Args)]
pub(crate) struct CreateToken {
    /// The name of the user
    user: String,
    /// What to call it, to find it again [default: command line]
    #[arg(long)]
    name: Option<String>,
    /// What it may be used for, such as invoices:read; may be repeated. Without: all that the user may
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// When it ends, such as 90d; without, when it is revoked
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    expires_in: Option<Duration>,
    /// End it when it was not used for so long, such as 30d; at least 10m
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    idle_timeout: Option<Duration>,
    /// Accept it from this address or network only, such as 192.0.2.0/24; may be repeated
    #[arg(long = "network", value_name = "NETWORK")]
    networks: Vec<Network>,
    /// Show the token that /api-token-auth/ answers, in the form of Django REST framework: the same each time
    #[arg(long, conflicts_with_all = ["name", "scopes", "expires_in", "idle_timeout", "networks"])]
    drf: bool,
}

impl TokenCommand {
    /// Whether it leaves everything as it is.
    pub(super) const fn only_looks(&self) -> bool {
        matches!(self, Self::List { .. })
    }

    pub(super) async fn run(self, setup: &Setup) -> Result<(), Failure> {
        match self {
            Self::Create(new) => create(setup, new).await,
            Self::List { user } => list(setup, user.as_deref()).await,
            Self::Revoke { id } => revoke(setup, &id).await,
            Self::RevokeAll { user } => revoke_all(setup, &user).await,
        }
    }
}

/// A token just made, for programs: the listed part if it could still be read, and the secret.
#[derive(Serialize)]
struct MadeView<'a> {
    token: &'a str,
    #[serde(flatten)]
    listed: Listed,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Listed {
    Whole(Box<TokenView>),
    Id { id: String, user: String },
}

async fn create(setup: &Setup, new: CreateToken) -> Result<(), Failure> {
    let store = setup.open().await?;
    let issuer = TokenIssuer::new(store.clone());
    let user = new.user.clone();
    let again = if new.drf {
        "It is the same each time, until it is revoked."
    } else {
        "It is shown this once."
    };
    let made = if new.drf {
        let master_key = setup.master_key(&store).await?;
        issuer.drf_token(operator(), &user, &master_key).await
    } else {
        issuer.create(operator(), &user, asked(new)).await
    };
    let made = match made {
        Ok(made) => made,
        Err(error) => return Err(not_made(setup, &store, &user, error).await),
    };
    answer(setup, &issuer, &user, &made, again).await
}

/// A store does not tell a user who is disabled from one who is not there.
async fn not_made(setup: &Setup, store: &SqliteStore, user: &str, error: IssueError) -> Failure {
    let accounts = match setup.accounts(store) {
        Ok(accounts) => accounts,
        Err(failure) => return failure,
    };
    match accounts.show(operator(), user).await {
        Ok(found) if !found.enabled => Failure::failed(format!(
            "{user} is disabled and gets no token; `empress-auth user enable {user}` comes first"
        )),
        Ok(_) => error.into(),
        Err(error) => about(user, &error),
    }
}

fn asked(new: CreateToken) -> NewToken {
    let mut asked = NewToken::named(new.name.as_deref().unwrap_or("command line"));
    if !new.scopes.is_empty() {
        asked = asked.with_scopes(Scopes::only(new.scopes));
    }
    if let Some(lifetime) = new.expires_in {
        asked = asked.with_expires_in(lifetime);
    }
    if let Some(timeout) = new.idle_timeout {
        asked = asked.with_idle_timeout(timeout);
    }
    asked.with_networks(new.networks)
}

async fn answer(
    setup: &Setup,
    issuer: &TokenIssuer,
    user: &str,
    made: &MadeToken,
    again: &str,
) -> Result<(), Failure> {
    let token = made.expose_secret();
    // The token is made: what fails from here on must not keep it from being shown.
    let listed = issuer.show(operator(), made.id()).await.map_or_else(
        |_| Listed::Id {
            id: made.id().to_string(),
            user: user.to_owned(),
        },
        |token| Listed::Whole(Box::new(token.into())),
    );
    let text = Zeroizing::new(format!(
        "token   {token}\n\
         id      {}\n\
         header  Authorization: Token {token}\n\
         {again}",
        made.id()
    ));
    let lost = format!("revoke it: empress-auth token revoke {}", made.id());
    setup
        .output
        .answer_once(&MadeView { token, listed }, &text, &lost)
}

async fn list(setup: &Setup, user: Option<&str>) -> Result<(), Failure> {
    let store = setup.open().await?;
    if let Some(name) = user {
        let shown = setup.accounts(&store)?.show(operator(), name).await;
        shown.map_err(|error| about(name, &error))?;
    }
    let issuer = TokenIssuer::new(store);
    let mut list = setup.output.list(TokenView::TITLES);
    let mut after: Option<TokenId> = None;
    loop {
        let tokens = issuer.list(operator(), user, after, PAGE).await?;
        let is_last = tokens.len() < PAGE;
        after = tokens.last().map(|token| token.id);
        let views: Vec<TokenView> = tokens.into_iter().map(TokenView::from).collect();
        list.page(&views, TokenView::row)?;
        if is_last {
            return list.end("there are no tokens; make one with `empress-auth token create USER`");
        }
    }
}

async fn revoke(setup: &Setup, id: &str) -> Result<(), Failure> {
    // What is no id may be the token itself, so it is not repeated.
    let id = TokenId::parse(id).ok_or_else(|| {
        Failure::usage(
            "that is not the id of a token, which has 11 letters and digits; \
             `empress-auth token list` shows the ids",
        )
    })?;
    let issuer = TokenIssuer::new(setup.open().await?);
    let revoked = issuer.revoke(operator(), &[id]).await?;
    if revoked.is_empty() {
        return Err(Failure::failed(format!(
            "there is no token {id}; `empress-auth token list` shows those that there are"
        )));
    }
    setup.output.answer(
        &json!({ "revoked": [id.to_string()] }),
        &format!("token {id} is revoked"),
    )
}

async fn revoke_all(setup: &Setup, user: &str) -> Result<(), Failure> {
    let issuer = TokenIssuer::new(setup.open().await?);
    let revoked = issuer.revoke_all(operator(), user).await;
    let revoked = revoked.map_err(|error| about(user, &error))?;
    let text = match revoked {
        1 => format!("1 token of {user} is revoked"),
        count => format!("{count} tokens of {user} are revoked"),
    };
    setup
        .output
        .answer(&json!({ "user": user, "revoked": revoked }), &text)
}

fn about(user: &str, error: &IssueError) -> Failure {
    Failure::of_issue(error, no_user(user))
}
