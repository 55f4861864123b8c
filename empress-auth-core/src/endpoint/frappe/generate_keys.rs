//! `frappe.core.doctype.user.user.generate_keys`: the call of the guides, for System Managers.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use super::Returned;
use crate::endpoint::body_fields::BodyFields;
use crate::endpoint::call::Call;
use crate::endpoint::refused::Refused;
use crate::endpoint::services::Services;
use crate::issue_error::IssueErrorKind;
use crate::user::is_username;

/// Rows K1 to K7: the key stays, the secret is another one, and this answer alone shows it.
pub(super) async fn generate_keys(services: Arc<Services>, call: Call) -> Returned {
    let user = user(&call)?;
    if !is_username(&user) {
        return Err(not_found(&user));
    }
    match services
        .keys
        .generate_keys(&services.actor(&call)?, &user)
        .await
    {
        Ok(made) => Ok(json!({
            "api_key": made.api_key().as_str(),
            "api_secret": made.api_secret().expose_secret(),
        })),
        Err(error) if error.kind() == IssueErrorKind::NotFound => Err(not_found(&user)),
        Err(error) => Err(error.into()),
    }
}

/// The user that is named in the query or in the body. Named in both, it must be the same one: what a proxy has logged
/// or allowed must be what is done.
fn user(call: &Call) -> Result<String, Refused> {
    let invalid = |detail: String| invalid(&detail);
    let query = BodyFields::Form(call.query_fields()?);
    let body = BodyFields::read(call.headers(), call.body()).map_err(invalid)?;
    let in_query = query.text("user").map_err(invalid)?;
    let in_body = body.text("user").map_err(invalid)?;
    let user = match (in_query, in_body) {
        (Some(one), Some(other)) if one != other => {
            return Err(invalid("user is given twice".to_owned()));
        }
        (Some(user), _) | (None, Some(user)) => unquoted(user),
        (None, None) => "",
    };
    if user.is_empty() {
        return Err(invalid("user is missing".to_owned()));
    }
    Ok(user.to_owned())
}

/// The guides show `?user="user_name"`, quotes and all (row K6).
fn unquoted(text: &str) -> &str {
    let inside = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

/// Frappe's `ValidationError`.
fn invalid(detail: &str) -> Refused {
    Refused::new(StatusCode::EXPECTATION_FAILED, "validation_error", detail)
}

/// Row K5; only System Managers come so far.
fn not_found(user: &str) -> Refused {
    let shown: String = user.chars().take(MAX_ECHO).collect();
    Refused::not_found(&format!("User {shown} not found"))
}

/// The longest user name, in characters.
const MAX_ECHO: usize = 140;
