//! `empress-auth user`: who can authenticate.

use std::ffi::OsString;

use clap::{ArgGroup, Subcommand};
use empress_auth_core::{Accounts, IssueError, IssueErrorKind, NewUser, User, UserChange};
use serde_json::json;

use super::no_user;
use super::setup::{PAGE, Setup, operator};
use super::view::UserView;
use crate::failure::Failure;
use crate::password_input;

/// What can be done with users.
#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// Make a user; without --password-stdin it has no password to log in with
    Create {
        /// 1 to 140 characters without controls, `/` and `:`
        name: String,
        /// The e-mail address
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// The name of the person
        #[arg(long, value_name = "NAME")]
        full_name: Option<String>,
        /// A role, such as "System Manager"; may be repeated
        #[arg(long = "role", value_name = "ROLE")]
        roles: Vec<String>,
        /// Read the password from standard input; one line end behind it is cut off
        #[arg(long)]
        password_stdin: bool,
    },
    /// List all users
    List,
    /// Show one user
    Show {
        /// The name of the user
        name: String,
    },
    /// Change what is told of a user; an empty text takes it away
    #[command(group(ArgGroup::new("changed").required(true).multiple(true)))]
    Change {
        /// The name of the user
        name: String,
        /// The e-mail address
        #[arg(long, value_name = "ADDRESS", group = "changed")]
        email: Option<String>,
        /// The name of the person
        #[arg(long, value_name = "NAME", group = "changed")]
        full_name: Option<String>,
    },
    /// Let a user authenticate again
    Enable {
        /// The name of the user
        name: String,
    },
    /// Refuse all that a user holds, until it is enabled again
    Disable {
        /// The name of the user
        name: String,
    },
    /// Replace a user's password, which ends its sessions
    SetPassword {
        /// The name of the user
        name: String,
        /// Read the password from standard input; one line end behind it is cut off
        #[arg(long, required_unless_present = "misplaced")]
        password_stdin: bool,
        // Else the message about an argument too many would show the password again.
        #[arg(hide = true)]
        misplaced: Option<OsString>,
    },
    /// Give a user more roles
    AddRole {
        /// The name of the user
        name: String,
        /// Such as "System Manager"
        #[arg(required = true)]
        roles: Vec<String>,
    },
    /// Take roles from a user
    RemoveRole {
        /// The name of the user
        name: String,
        /// Such as "System Manager"
        #[arg(required = true)]
        roles: Vec<String>,
    },
    /// Delete a user with all its keys and tokens
    Delete {
        /// The name of the user
        name: String,
    },
}

impl UserCommand {
    /// Whether it leaves everything as it is.
    pub(super) const fn only_looks(&self) -> bool {
        matches!(self, Self::List | Self::Show { .. })
    }

    pub(super) async fn run(self, setup: &Setup) -> Result<(), Failure> {
        match self {
            Self::Create {
                name,
                email,
                full_name,
                roles,
                password_stdin,
            } => {
                let mut new = NewUser::named(&name).with_roles(roles);
                new.email = email.map(Into::into);
                new.full_name = full_name.map(Into::into);
                create(setup, new, password_stdin).await
            }
            Self::List => list(setup).await,
            Self::Show { name } => show(setup, &name).await,
            Self::Change {
                name,
                email,
                full_name,
            } => change(setup, &name, email, full_name).await,
            Self::Enable { name } => switch(setup, &name, true).await,
            Self::Disable { name } => switch(setup, &name, false).await,
            Self::SetPassword {
                name,
                password_stdin: _,
                misplaced: None,
            } => set_password(setup, &name).await,
            Self::SetPassword { .. } => Err(Failure::usage(
                "a password on the command line is seen by every user of the machine; it is read from standard input: --password-stdin",
            )),
            Self::AddRole { name, roles } => add_roles(setup, &name, roles).await,
            Self::RemoveRole { name, roles } => remove_roles(setup, &name, roles).await,
            Self::Delete { name } => delete(setup, &name).await,
        }
    }
}

async fn create(setup: &Setup, new: NewUser, password_stdin: bool) -> Result<(), Failure> {
    let password = password_stdin
        .then(password_input::from_stdin)
        .transpose()?;
    let name = new.username.clone();
    // Often the first command of all: it makes the database.
    let accounts = setup.accounts(&setup.open_or_make().await?)?;
    let created = accounts.create(operator(), new, password).await;
    let user = created.map_err(|error| {
        if error.kind() != IssueErrorKind::Conflict {
            return error.into();
        }
        Failure::failed(format!(
            "there is a user {name} already (letter case makes no difference); `empress-auth user list` shows all"
        ))
    })?;
    let text = if password_stdin {
        format!("{} is made", user.username)
    } else {
        format!(
            "{} is made, without a password to log in with",
            user.username
        )
    };
    setup.output.answer(&UserView::from(user), &text)
}

async fn list(setup: &Setup) -> Result<(), Failure> {
    let accounts = accounts(setup).await?;
    let mut list = setup.output.list(UserView::TITLES);
    let mut after: Option<Box<str>> = None;
    loop {
        let users = accounts.list(operator(), after.as_deref(), PAGE).await?;
        let is_last = users.len() < PAGE;
        after = users.last().map(|user| user.username.clone());
        let views: Vec<UserView> = users.into_iter().map(UserView::from).collect();
        list.page(&views, UserView::row)?;
        if is_last {
            return list.end("there are no users; make one with `empress-auth user create NAME`");
        }
    }
}

async fn show(setup: &Setup, name: &str) -> Result<(), Failure> {
    let shown = accounts(setup).await?.show(operator(), name).await;
    let view = UserView::from(shown.map_err(|error| about(name, &error))?);
    setup.output.answer(&view, &view.lines())
}

async fn change(
    setup: &Setup,
    name: &str,
    email: Option<String>,
    full_name: Option<String>,
) -> Result<(), Failure> {
    let or_none = |text: String| (!text.is_empty()).then(|| text.into());
    let mut change = UserChange::default();
    change.email = email.map(or_none);
    change.full_name = full_name.map(or_none);
    let view = UserView::from(changed(setup, name, change).await?);
    setup.output.answer(&view, &view.lines())
}

async fn switch(setup: &Setup, name: &str, enabled: bool) -> Result<(), Failure> {
    let mut change = UserChange::default();
    change.enabled = Some(enabled);
    let view = UserView::from(changed(setup, name, change).await?);
    setup
        .output
        .answer(&view, &format!("{name} is {}", view.state()))
}

async fn changed(setup: &Setup, name: &str, change: UserChange) -> Result<User, Failure> {
    let changed = accounts(setup)
        .await?
        .update(operator(), name, change)
        .await;
    changed.map_err(|error| about(name, &error))
}

async fn set_password(setup: &Setup, name: &str) -> Result<(), Failure> {
    let accounts = accounts(setup).await?;
    // Nobody should type a password for a user who is not there.
    let shown = accounts.show(operator(), name).await;
    shown.map_err(|error| about(name, &error))?;
    let password = password_input::from_stdin()?;
    let changed = accounts.set_password(operator(), name, password).await;
    let user = changed.map_err(|error| about(name, &error))?;
    let text = format!("{name} has a new password");
    setup.output.answer(&UserView::from(user), &text)
}

async fn add_roles(setup: &Setup, name: &str, roles: Vec<String>) -> Result<(), Failure> {
    let mut change = UserChange::default();
    change.added_roles = roles.into_iter().map(Into::into).collect();
    change_roles(setup, name, change).await
}

async fn remove_roles(setup: &Setup, name: &str, roles: Vec<String>) -> Result<(), Failure> {
    let user = accounts(setup).await?.show(operator(), name).await;
    let user = user.map_err(|error| about(name, &error))?;
    // A role that was misspelt would stay, and look as if it were gone.
    let is_held = |role: &String| user.roles.iter().any(|held| **held == **role);
    if let Some(missing) = roles.iter().find(|role| !is_held(role)) {
        return Err(Failure::failed(format!(
            "{name} has no role {missing}; `empress-auth user show {name}` shows its roles"
        )));
    }
    let mut change = UserChange::default();
    change.removed_roles = roles.into_iter().map(Into::into).collect();
    change_roles(setup, name, change).await
}

async fn change_roles(setup: &Setup, name: &str, change: UserChange) -> Result<(), Failure> {
    let user = changed(setup, name, change).await?;
    let text = match user.roles.join(", ") {
        none if none.is_empty() => format!("{name} has no roles now"),
        roles => format!("{name} has these roles now: {roles}"),
    };
    setup.output.answer(&UserView::from(user), &text)
}

async fn delete(setup: &Setup, name: &str) -> Result<(), Failure> {
    let deleted = accounts(setup).await?.delete(operator(), name).await;
    deleted.map_err(|error| about(name, &error))?;
    setup.output.answer(
        &json!({ "username": name, "deleted": true }),
        &format!("{name} is deleted, with all its keys and tokens"),
    )
}

async fn accounts(setup: &Setup) -> Result<Accounts, Failure> {
    setup.accounts(&setup.open().await?)
}

fn about(name: &str, error: &IssueError) -> Failure {
    Failure::of_issue(error, no_user(name))
}
