//! `login`: a password for a session's cookie. Rows L1 to L8.
//!
//! What differs from Frappe, where a better answer breaks no client:
//!
//! 1. POST alone, and the password in the body alone: a URL is written down by every proxy;
//! 2. a disabled user is told what a wrong password is told (P-2);
//! 3. too many failures are answered 429, not 500;
//! 4. another site's page cannot log its visitor in, as somebody of its choice (P-14).

use std::sync::Arc;

use bytes::Bytes;
use http::Response;
use http::header::SET_COOKIE;
use serde_json::json;

use crate::csrf::{self, Page};
use crate::endpoint::answer;
use crate::endpoint::body_fields::BodyFields;
use crate::endpoint::call::Call;
use crate::endpoint::refused::Refused;
use crate::endpoint::services::{Answered, Services};
use crate::password::Password;
use crate::public_url::PublicUrl;
use crate::rejection::{Rejection, RejectionKind};
use crate::session_issuer::MadeSession;

/// 1. Is it one of our pages that asks, or no page?
/// 2. A user name and a password?
/// 3. A session, in place of the one that was shown.
pub(super) async fn login(services: Arc<Services>, call: Call) -> Answered {
    let public_url = public_url(&call)?;
    check_page(&call, public_url)?;
    let (username, password) = credentials(&call)?;
    let shown = call.shown_session();
    let made = services
        .sessions
        .log_in_from(&username, password, call.origin, shown)
        .await?;
    let username = &*made.session().username;
    // Who has logged in is told so, also if nobody can say now what people call them.
    let user = services.users.user(username).await.ok().flatten();
    let full_name = user.and_then(|user| user.full_name);
    let full_name = full_name.as_deref().unwrap_or(username);
    let home_page = match &services.home_page {
        Some(home_page) => home_page.to_string(),
        None => format!("{}/", public_url.path_prefix()),
    };
    let mut response = answer::json(&json!({
        "message": "Logged In",
        "home_page": home_page,
        "full_name": full_name,
        "csrf_token": made.csrf_token(),
    }));
    set_cookies(&mut response, public_url, &made, full_name);
    Ok(response)
}

/// `POST /` with `cmd=login`, the older way to call a method.
pub(super) async fn command(services: Arc<Services>, call: Call) -> Answered {
    let body = BodyFields::read(call.headers(), call.body());
    let command = body.as_ref().map(|body| body.text("cmd"));
    if matches!(command, Ok(Ok(Some("login")))) {
        return login(services, call).await;
    }
    Err(Refused::not_found("There is nothing here but cmd=login."))
}

/// The route is not served behind a layer that reads no sessions of ours.
pub(super) fn public_url(call: &Call) -> Result<&PublicUrl, Refused> {
    let nothing = || Refused::not_found("There is nothing here.");
    call.authenticator.public_url().ok_or_else(nothing)
}

pub(super) fn check_page(call: &Call, public_url: &PublicUrl) -> Result<(), Refused> {
    match csrf::page(&call.head, Some(public_url)) {
        Page::Own | Page::Unsaid => Ok(()),
        Page::Foreign => Err(Rejection::new(RejectionKind::CsrfFailed).into()),
    }
}

/// Rows L3 and L5. A body that cannot be read has no details in it, either.
fn credentials(call: &Call) -> Result<(String, Password), Refused> {
    let body = BodyFields::read(call.headers(), call.body());
    let body = body.unwrap_or(BodyFields::None);
    let text = |name| match body.text(name) {
        Ok(Some(text)) if !text.is_empty() => Ok(text),
        _ => Err(refused("Incomplete login details")),
    };
    let (username, password) = (text("usr")?, text("pwd")?);
    let password = Password::new(password)
        .map_err(|_| refused("Password size exceeded the maximum allowed size"))?;
    Ok((username.to_owned(), password))
}

fn refused(sentence: &'static str) -> Refused {
    Rejection::new(RejectionKind::WrongPassword)
        .in_words(sentence)
        .into()
}

/// The session's, and those that Frappe's front ends read to know whose it is.
fn set_cookies(
    response: &mut Response<Bytes>,
    public_url: &PublicUrl,
    made: &MadeSession,
    full_name: &str,
) {
    let lifetime = made.session().lifetime().as_secs();
    let values = [&*made.session().username, full_name, "yes"];
    let headers = response.headers_mut();
    headers.append(SET_COOKIE, public_url.session_set(made));
    for (name, value) in READABLE.into_iter().zip(values) {
        headers.append(SET_COOKIE, public_url.readable_set(name, value, lifetime));
    }
}

/// Row L1: the cookies that scripts read.
pub(super) const READABLE: [&str; 3] = ["user_id", "full_name", "system_user"];
