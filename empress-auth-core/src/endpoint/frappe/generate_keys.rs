//! `frappe.core.doctype.user.user.generate_keys`: the call of the guides, for System Managers.

use std::sync::Arc;

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::endpoint::answer;
use crate::endpoint::call::Call;
use crate::endpoint::media_type;
use crate::endpoint::refused::Refused;
use crate::endpoint::services::{Answered, Services};
use crate::fields::Fields;
use crate::form::parse_form;
use crate::issue_error::IssueErrorKind;
use crate::json_body::parse_json;
use crate::multipart::parse_multipart;
use crate::rejection::{Rejection, RejectionKind};
use crate::user::is_username;

/// Rows K1 to K7: the key stays, the secret is another one, and this answer alone shows it.
pub(super) async fn generate_keys(services: Arc<Services>, call: Call) -> Answered {
    check_not_cross_site(&call)?;
    let user = user(&call)?;
    if !is_username(&user) {
        return Err(not_found(&user));
    }
    match services.keys.generate_keys(&call.actor()?, &user).await {
        Ok(made) => Ok(answer::json(&json!({ "message": {
            "api_key": made.api_key().as_str(),
            "api_secret": made.api_secret().expose_secret(),
        } }))),
        Err(error) if error.kind() == IssueErrorKind::NotFound => Err(not_found(&user)),
        Err(error) => Err(error.into()),
    }
}

/// A browser adds the Basic credentials that it was told once, also to what another site's page asks for.
fn check_not_cross_site(call: &Call) -> Result<(), Refused> {
    let site = call.headers().get("sec-fetch-site");
    match site.map(|site| site.as_bytes()) {
        Some(b"cross-site" | b"same-site") => Err(Rejection::new(RejectionKind::CsrfFailed).into()),
        _ => Ok(()),
    }
}

/// The user that is named in the query or in the body. Named in both, it must be the same one: what a proxy has logged
/// or allowed must be what is done.
fn user(call: &Call) -> Result<String, Refused> {
    let in_query = single(&call.query_fields()?)?;
    let user = match (in_query, in_body(call)?) {
        (Some(one), Some(other)) if one != other => Err(invalid("user is given twice")),
        (Some(user), _) | (None, Some(user)) => Ok(user),
        (None, None) => Err(invalid("user is missing")),
    }?;
    let user = unquoted(&user);
    if user.is_empty() {
        return Err(invalid("user is missing"));
    }
    Ok(user.to_owned())
}

/// A body of another type carries no parameters, as in Frappe.
fn in_body(call: &Call) -> Result<Option<String>, Refused> {
    let body = call.body();
    if body.is_empty() {
        return Ok(None);
    }
    let content_type = call.headers().get(CONTENT_TYPE);
    let content_type = content_type.map_or("", |value| value.to_str().unwrap_or_default());
    match &*media_type::of_body(call.headers()) {
        media_type::FORM => single(&parse_form(body).map_err(|error| invalid(&error.to_string()))?),
        media_type::MULTIPART => {
            let fields = parse_multipart(content_type, body);
            single(&fields.map_err(|error| invalid(&error.to_string()))?)
        }
        media_type::JSON => {
            in_json(&parse_json(body).map_err(|error| invalid(&error.to_string()))?)
        }
        _ => Ok(None),
    }
}

fn in_json(body: &Value) -> Result<Option<String>, Refused> {
    let members = body
        .as_object()
        .ok_or_else(|| invalid("the body must be a JSON object"))?;
    let Some(user) = members.get("user") else {
        return Ok(None);
    };
    let user = user
        .as_str()
        .ok_or_else(|| invalid("user must be a text"))?;
    Ok(Some(user.to_owned()))
}

fn single(fields: &Fields) -> Result<Option<String>, Refused> {
    match fields.single("user") {
        Ok(user) => Ok(user.map(str::to_owned)),
        Err(_) => Err(invalid("user is given twice")),
    }
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
