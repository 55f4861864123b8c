//! Who am I? For clients that hold a credential and nothing else.

use std::sync::Arc;

use serde_json::json;

use super::time;
use crate::endpoint::answer;
use crate::endpoint::call::Call;
use crate::endpoint::services::{Answered, Services};

pub(super) async fn show(_: Arc<Services>, call: Call) -> Answered {
    let caller = call.caller()?;
    Ok(answer::json(&json!({
        "user": caller.user_id(),
        "username": caller.username(),
        "roles": caller.roles(),
        "scopes": caller.scopes().as_list(),
        "credential": {
            "kind": caller.proof().as_str(),
            "id": caller.credential_id(),
            "expires_at": caller.expires_at().map(time::text),
        },
    })))
}
