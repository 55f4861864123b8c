//! `logout`: the end of a session. Row L9.

use std::sync::Arc;

use http::header::SET_COOKIE;
use serde_json::json;

use super::login::{READABLE, public_url};
use crate::endpoint::answer;
use crate::endpoint::call::Call;
use crate::endpoint::services::{Answered, Services};

/// Ends the session that the call was authenticated by; who came with another credential has none to end.
pub(super) async fn logout(services: Arc<Services>, call: Call) -> Answered {
    let public_url = public_url(&call)?;
    let identity = call.caller()?;
    let from = call.client_address();
    services.sessions.log_out(identity, from).await?;
    let mut response = answer::json(&json!({}));
    let headers = response.headers_mut();
    headers.append(SET_COOKIE, public_url.session_cleared());
    for name in READABLE {
        headers.append(SET_COOKIE, public_url.readable_set(name, "", 0));
    }
    Ok(response)
}
