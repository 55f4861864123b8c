//! `/api/v1/users`: who can authenticate.

use std::sync::Arc;

use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::members::{CREATE, MERGE_PATCH, Members};
use super::page::{List, Page};
use super::{named_user, time};
use crate::endpoint::answer;
use crate::endpoint::call::Call;
use crate::endpoint::refused::Refused;
use crate::endpoint::services::{Answered, Services};
use crate::issue_error::IssueError;
use crate::password::Password;
use crate::percent::encode_segment;
use crate::user::{NewUser, User, UserChange};

pub(super) async fn create(services: Arc<Services>, call: Call) -> Answered {
    let mut members = Members::of(&call, CREATE)?;
    let mut new = NewUser::named(&members.text("name")?.required()?);
    new.email = members.text("email")?.or_null().map(Into::into);
    new.full_name = members.text("full_name")?.or_null().map(Into::into);
    if let Some(roles) = members.texts("roles")?.optional()? {
        new = new.with_roles(roles);
    }
    let password = password(&mut members)?;
    members.end()?;
    let user = services
        .accounts
        .create(&services.actor(&call)?, new, password)
        .await?;
    let location = format!("{}/{}", call.path(), encode_segment(&user.username));
    Ok(answer::created(&location, &view(&user)))
}

pub(super) async fn list(services: Arc<Services>, call: Call) -> Answered {
    let page = Page::of(List::Users, &call.query_fields()?)?;
    let after = page.after.as_deref();
    let users = services
        .accounts
        .list(&services.actor(&call)?, after, page.wanted())
        .await?;
    let body = page.answer(&users, |user| user.username.to_string(), view);
    Ok(answer::json(&body))
}

pub(super) async fn show(services: Arc<Services>, call: Call) -> Answered {
    let user = services
        .accounts
        .show(&services.actor(&call)?, named_user(&call)?)
        .await?;
    Ok(answer::json(&view(&user)))
}

pub(super) async fn update(services: Arc<Services>, call: Call) -> Answered {
    let username = named_user(&call)?;
    let mut members = Members::of(&call, MERGE_PATCH)?;
    let mut change = UserChange {
        email: members.text("email")?.map(boxed).null_means(None),
        full_name: members.text("full_name")?.map(boxed).null_means(None),
        enabled: members.boolean("enabled")?.optional()?,
        roles: members
            .texts("roles")?
            .optional()?
            .map(|roles| roles.into_iter().map(Into::into).collect()),
        ..UserChange::default()
    };
    let password = password(&mut members)?;
    members.end()?;
    if let Some(password) = password {
        change.password = Some(services.accounts.hash_new(username, password).await?);
    }
    let user = services
        .accounts
        .update(&services.actor(&call)?, username, change)
        .await?;
    Ok(answer::json(&view(&user)))
}

pub(super) async fn delete(services: Arc<Services>, call: Call) -> Answered {
    services
        .accounts
        .delete(&services.actor(&call)?, named_user(&call)?)
        .await?;
    Ok(answer::no_content())
}

fn boxed(text: String) -> Option<Box<str>> {
    Some(text.into())
}

fn password(members: &mut Members) -> Result<Option<Password>, Refused> {
    let Some(text) = members.text("password")?.optional()?.map(Zeroizing::new) else {
        return Ok(None);
    };
    Ok(Some(
        Password::new(text.as_bytes()).map_err(IssueError::from)?,
    ))
}

fn view(user: &User) -> Value {
    json!({
        "id": user.id,
        "name": user.username,
        "email": user.email,
        "full_name": user.full_name,
        "enabled": user.enabled,
        "roles": user.roles,
        "created_at": time::text(user.created_at),
    })
}
