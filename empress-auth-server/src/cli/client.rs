//! `empress-auth client`: the applications that may ask for tokens.

use clap::Subcommand;
use empress_auth_core::IssueError;
use empress_auth_oauth::client::{Client, GrantType};
use empress_auth_oauth::{Clients, MadeClient};
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use self::change::ChangeClient;
use self::create::CreateClient;
use self::view::ClientView;
use super::setup::{PAGE, Setup, operator};
use crate::failure::Failure;

mod change;
mod create;
mod view;

/// What can be done with clients.
#[derive(Subcommand)]
pub(crate) enum ClientCommand {
    /// Register an application that sends its users here or asks for tokens of its own
    Create(Box<CreateClient>),
    /// List all clients
    List,
    /// Show a client
    Show {
        /// The id, which `client list` shows
        id: String,
    },
    /// Change where a client's users may be sent and what it may ask for
    Change {
        /// The id, which `client list` shows
        id: String,
        #[command(flatten)]
        change: ChangeClient,
    },
    /// Make a new secret for a client; the one before ends at once
    RotateSecret {
        /// The id, which `client list` shows
        id: String,
    },
    /// Delete a client, with all its tokens and all that users allowed it
    Delete {
        /// The id, which `client list` shows
        id: String,
    },
}

impl ClientCommand {
    /// Whether it leaves everything as it is.
    pub(super) const fn only_looks(&self) -> bool {
        matches!(self, Self::List | Self::Show { .. })
    }

    pub(super) async fn run(self, setup: &Setup) -> Result<(), Failure> {
        match self {
            Self::Create(new) => create(setup, *new).await,
            Self::List => list(setup).await,
            Self::Show { id } => show(setup, &id).await,
            Self::Change { id, change } => change_client(setup, &id, change).await,
            Self::RotateSecret { id } => rotate_secret(setup, &id).await,
            Self::Delete { id } => delete(setup, &id).await,
        }
    }
}

/// A client with the secret that it just got.
#[derive(Serialize)]
struct MadeView<'a> {
    #[serde(flatten)]
    client: ClientView,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<&'a str>,
}

async fn create(setup: &Setup, new: CreateClient) -> Result<(), Failure> {
    // It may be the first command of all, and then makes the database.
    let clients = setup.clients(&setup.open_or_make().await?).await?;
    let made = clients.create(operator(), new.into_new_client()).await?;
    answer(setup, &made)
}

async fn change_client(setup: &Setup, id: &str, change: ChangeClient) -> Result<(), Failure> {
    let changed = clients(setup).await?;
    let changed = changed.change(operator(), id, change.into_change()).await;
    let view = ClientView::from(&changed.map_err(|error| about(id, &error))?);
    setup.output.answer(&view, &view.lines())
}

async fn rotate_secret(setup: &Setup, id: &str) -> Result<(), Failure> {
    let rotated = clients(setup).await?.rotate_secret(operator(), id).await;
    answer(setup, &rotated.map_err(|error| about(id, &error))?)
}

fn answer(setup: &Setup, made: &MadeClient) -> Result<(), Failure> {
    let id = &made.client().id;
    let view = MadeView {
        client: ClientView::from(made.client()),
        client_secret: made.secret().map(|secret| secret.expose_secret()),
    };
    let unreachable = unreachable(made.client());
    let Some(secret) = view.client_secret else {
        let text =
            format!("client id  {id}\nIt is a public client, which has no secret.{unreachable}");
        return setup.output.answer(&view, &text);
    };
    let text = Zeroizing::new(format!(
        "client id      {id}\n\
         client secret  {secret}\n\
         The secret is shown this once.{unreachable}"
    ));
    let lost = format!("make another: empress-auth client rotate-secret {id}");
    setup.output.answer_once(&view, &text, &lost)
}

/// A redirect URI is easily forgotten, and found missing only by the first user.
fn unreachable(client: &Client) -> &'static str {
    let wants_users = client.grants.contains(&GrantType::AuthorizationCode);
    if wants_users && client.redirect_uris.is_empty() {
        "\nIt has no redirect URI, so that users cannot log in to it: add one with `client change`."
    } else {
        ""
    }
}

async fn list(setup: &Setup) -> Result<(), Failure> {
    let clients = clients(setup).await?;
    let mut list = setup.output.list(ClientView::TITLES);
    let mut after: Option<Box<str>> = None;
    loop {
        let page = clients.list(operator(), after.as_deref(), PAGE).await?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|client| client.id.clone());
        let views: Vec<ClientView> = page.iter().map(|client| (&**client).into()).collect();
        list.page(&views, ClientView::row)?;
        if is_last {
            return list
                .end("there are no clients; make one with `empress-auth client create NAME`");
        }
    }
}

async fn show(setup: &Setup, id: &str) -> Result<(), Failure> {
    let shown = clients(setup).await?.show(operator(), id).await;
    let view = ClientView::from(&shown.map_err(|error| about(id, &error))?);
    setup.output.answer(&view, &view.lines())
}

async fn delete(setup: &Setup, id: &str) -> Result<(), Failure> {
    let deleted = clients(setup).await?.delete(operator(), id).await;
    deleted.map_err(|error| about(id, &error))?;
    setup.output.answer(
        &json!({ "client_id": id, "deleted": true }),
        &format!("client {id} is deleted, with all its tokens"),
    )
}

async fn clients(setup: &Setup) -> Result<Clients, Failure> {
    setup.clients(&setup.open().await?).await
}

fn about(id: &str, error: &IssueError) -> Failure {
    let is_id = id.len() == 20 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // What is no id may be the secret, so it is not repeated.
    let missing = if is_id {
        format!("there is no client {id}; `empress-auth client list` shows all")
    } else {
        "that is not the id of a client, which has 20 digits and small letters; \
         `empress-auth client list` shows the ids"
            .to_owned()
    };
    Failure::of_issue(error, missing)
}
