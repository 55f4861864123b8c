//! `logout`: the end of a session. Row L9.

use std::sync::Arc;

use http::header::SET_COOKIE;
use serde_json::json;

use super::login::{READABLE, check_page, public_url};
use crate::endpoint::answer;
use crate::endpoint::call::Call;
use crate::endpoint::services::{Answered, Services};
use crate::identity::CredentialKind;

/// Ends the session that the call was authenticated by, or that it shows beside another credential: the cookie goes, and
/// no session may live on that its user takes for ended.
pub(super) async fn logout(services: Arc<Services>, call: Call) -> Answered {
    let public_url = public_url(&call)?;
    // Nobody is logged in, which is what was wanted; but to another site's page a browser may not show who is.
    let Some(identity) = call.identity() else {
        check_page(&call, public_url)?;
        return Ok(answer::json(&json!({})));
    };
    let from = call.client_address();
    if identity.proof() == CredentialKind::Session {
        services.sessions.log_out(identity, from).await?;
    } else if let Some(shown) = call.session_to_change()? {
        services
            .sessions
            .log_out_shown(identity, shown, from)
            .await?;
    }
    let mut response = answer::json(&json!({}));
    // Who shows no cookie has none to be cleared, or a browser keeps it from the page that sends this.
    if call.shows_session() {
        let headers = response.headers_mut();
        headers.append(SET_COOKIE, public_url.session_cleared());
        for name in READABLE {
            headers.append(SET_COOKIE, public_url.readable_set(name, "", 0));
        }
    }
    Ok(response)
}
