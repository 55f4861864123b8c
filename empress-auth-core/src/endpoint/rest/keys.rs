//! `/api/v1/users/{name}/keys`: the key pair of a user, of which there is one at most.

use std::sync::Arc;

use serde_json::json;

use super::{named_user, time};
use crate::endpoint::answer;
use crate::endpoint::call::Call;
use crate::endpoint::refused::Refused;
use crate::endpoint::services::{Answered, Services};

/// Makes or replaces the secret: the answer is the only one that ever shows it.
pub(super) async fn generate(services: Arc<Services>, call: Call) -> Answered {
    let username = named_user(&call)?;
    let made = services
        .keys
        .generate_keys(&services.actor(&call)?, username)
        .await?;
    let body = json!({
        "user": username,
        "api_key": made.api_key().as_str(),
        "api_secret": made.api_secret().expose_secret(),
    });
    Ok(answer::created(call.path(), &body))
}

pub(super) async fn show(services: Arc<Services>, call: Call) -> Answered {
    let username = named_user(&call)?;
    let found = services
        .keys
        .show(&services.actor(&call)?, username)
        .await?;
    let found = found.ok_or_else(no_keys)?;
    Ok(answer::json(&json!({
        "user": username,
        "api_key": found.api_key.as_str(),
        "issued_at": found.issued_at.map(time::text),
    })))
}

pub(super) async fn revoke(services: Arc<Services>, call: Call) -> Answered {
    let was_there = services
        .keys
        .revoke(&services.actor(&call)?, named_user(&call)?)
        .await?;
    if was_there {
        Ok(answer::no_content())
    } else {
        Err(no_keys())
    }
}

fn no_keys() -> Refused {
    Refused::not_found("the user has no API secret")
}
