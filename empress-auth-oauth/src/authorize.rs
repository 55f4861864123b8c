//! May this client have a code for this user? The authorization endpoint
//! ([RFC 6749 §4.1.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1), [OpenID Connect Core
//! §3.1.2](https://openid.net/specs/openid-connect-core-1_0.html#AuthorizationEndpoint)).
//!
//! Each row is a function of that name; they run from top to bottom and the first that refuses ends it.
//!
//! | check | refused by | authorize, GET and POST | approve, GET | approve, POST |
//! |---|---|---|---|---|
//! | `check_client`, `check_redirect_uri` | page | yes | yes | yes |
//! | `check_reply_to` | page | yes | yes | yes |
//! | `check_repeated` | redirect | yes | yes | yes |
//! | `check_response_mode` | redirect | yes | yes | yes |
//! | `check_request_object` | redirect | yes | yes | yes |
//! | `check_response_type`, `check_grant` | redirect | yes | yes | yes |
//! | `check_scope` | redirect | yes | yes | yes |
//! | `check_code_challenge` | redirect | yes | yes | yes |
//! | `check_resource`, `check_nonce`, `check_prompt`, `check_max_age` | redirect | yes | yes | yes |
//! | `check_login` | login page, or `login_required` | yes | yes | the session that saw the page, if it still will do |
//! | `check_id_token_hint` | redirect | yes | yes | yes |
//! | `check_roles` | redirect | yes | yes | yes |
//! | `check_consent` | consent page, or `consent_required` | yes | always the page | the decision |
//!
//! POST to approve has the request sealed, as the page showed it: it goes through all checks again, because a client may
//! have changed meanwhile. Until a user decides, nothing is stored (O-40).

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use empress_auth_core::endpoint::Call;
use empress_auth_core::percent::encode_segment;
use http::{Method, Response, StatusCode};

pub(crate) use self::browser::{Browser, check_roles};
use self::browser::{needs_consent, needs_login};
use self::parameters::{Parameters, Unreadable};
pub(crate) use self::request::AuthorizationRequest;
use self::request::check_reply_to;
pub(crate) use self::response::Reply;
use self::response::ReplyTo;
pub(crate) use self::target::Target;
use crate::error::{ErrorCode, OAuthError};
use crate::front_channel::{self, FrontChannel};
use crate::page_response::{self, Policy};
use crate::pages::{ConsentPage, PageForm};
use crate::paths;
use crate::sealed::{Purpose, from_millis, millis};

mod browser;
mod code;
mod code_challenge;
pub(crate) mod parameters;
mod prompt;
mod redirect_host;
mod request;
mod response;
mod scope_words;
mod target;

/// What the authorization endpoint comes to.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Nobody may be told but the user: an error page.
    Page(OAuthError),
    /// Somebody must log in first, and come back to this path and query.
    NeedsLogin { return_to: String },
    /// The user must decide.
    NeedsConsent(Box<Undecided>),
    /// The client is told.
    Reply(ReplyTo, Reply),
}

/// A request that waits for its user's decision.
#[derive(Debug)]
pub(crate) struct Undecided {
    request: AuthorizationRequest,
    browser: Browser,
    query: String,
}

/// Whether what was allowed before counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KnownConsent {
    Counts,
    /// The user asked for the page.
    ShowsPage,
}

/// The authorization endpoint, by GET and by POST.
pub(crate) async fn authorize(
    front: &FrontChannel,
    call: &Call,
    known_consent: KnownConsent,
) -> Response<Bytes> {
    let parameters = match Parameters::of(call) {
        Ok(parameters) => parameters,
        Err(unreadable) => return front.unreadable(call, unreadable),
    };
    let browser = match front.browser(call).await {
        Ok(browser) => browser,
        Err(refused) => return refused,
    };
    if browser.is_none() && *call.method() == Method::POST && call.is_from_elsewhere() {
        // A browser keeps the session's cookie from another site's POST, and adds it to the GET that follows.
        let again = format!("{}?{}", front.path(paths::AUTHORIZE), parameters.to_query());
        return front.redirect(call, &again);
    }
    let outcome = decide(front, &parameters, browser, known_consent).await;
    send(front, call, outcome)
}

/// Everything that can be decided without asking anybody.
async fn decide(
    front: &FrontChannel,
    parameters: &Parameters,
    browser: Option<Browser>,
    known_consent: KnownConsent,
) -> Outcome {
    let (reply_to, request) = match check(front, parameters).await {
        Ok(checked) => checked,
        Err(outcome) => return *outcome,
    };
    match check_browser(front, parameters, request, browser, known_consent).await {
        Ok(Next::Issue(request, browser)) => match front.issue_code(&request, &browser).await {
            Ok(code) => Outcome::Reply(reply_to, Reply::Code(code)),
            Err(error) => Outcome::Reply(reply_to, Reply::Error(error)),
        },
        Ok(Next::LogIn(return_to)) => Outcome::NeedsLogin { return_to },
        Ok(Next::Ask(undecided)) => Outcome::NeedsConsent(undecided),
        Err(error) => Outcome::Reply(reply_to, Reply::Error(error)),
    }
}

/// The checks that ask nothing of the browser.
pub(crate) async fn check(
    front: &FrontChannel,
    parameters: &Parameters,
) -> Result<(ReplyTo, AuthorizationRequest), Box<Outcome>> {
    let page = |error| Box::new(Outcome::Page(error));
    let target = Target::of(parameters, &*front.services.clients)
        .await
        .map_err(page)?;
    let reply_to = check_reply_to(parameters, &target).map_err(page)?;
    match AuthorizationRequest::check(parameters, target, &front.services.resources) {
        Ok(request) => Ok((reply_to, request)),
        Err(error) => Err(Box::new(Outcome::Reply(reply_to, Reply::Error(error)))),
    }
}

/// What is to be done for who sits at the browser.
enum Next {
    Issue(AuthorizationRequest, Browser),
    LogIn(String),
    Ask(Box<Undecided>),
}

async fn check_browser(
    front: &FrontChannel,
    parameters: &Parameters,
    request: AuthorizationRequest,
    browser: Option<Browser>,
    known_consent: KnownConsent,
) -> Result<Next, OAuthError> {
    if let Some(return_to) = check_login(front, parameters, &request, browser.as_ref())? {
        return Ok(Next::LogIn(return_to));
    }
    let Some(browser) = browser else {
        return Err(ErrorCode::LoginRequired.into());
    };
    check_id_token_hint(front, &request, &browser).await?;
    check_roles(request.client(), &browser)?;
    let user_id = browser.identity.user_id();
    let client_id = &request.client().id;
    let given = front.services.consents.consent(user_id, client_id).await?;
    let public_url = &front.services.public_url;
    let is_known = !needs_consent(&request, given.as_ref(), public_url);
    if known_consent == KnownConsent::Counts && is_known {
        return Ok(Next::Issue(request, browser));
    }
    check_consent(&request)?;
    Ok(Next::Ask(Box::new(Undecided {
        request,
        browser,
        query: with_login_asked(parameters),
    })))
}

/// Where somebody must go who has to log in first, if that is so.
///
/// # Errors
///
/// `login_required` where nobody may be asked to (OpenID Connect Core §3.1.2.6).
pub(crate) fn check_login(
    front: &FrontChannel,
    parameters: &Parameters,
    request: &AuthorizationRequest,
    browser: Option<&Browser>,
) -> Result<Option<String>, OAuthError> {
    let now = front.services.clock.now();
    let query = parameters.to_query();
    let asked_at = login_asked_at(front, parameters, &query, now);
    if !needs_login(request, browser, asked_at, now) {
        return Ok(None);
    }
    if request.prompt.none {
        return Err(ErrorCode::LoginRequired.into());
    }
    return_to(front, &query, now).map(Some)
}

/// OpenID Connect Core §3.1.2.6: nobody may be asked for consent.
fn check_consent(request: &AuthorizationRequest) -> Result<(), OAuthError> {
    if request.prompt.none {
        return Err(ErrorCode::ConsentRequired.into());
    }
    Ok(())
}

/// OpenID Connect Core §3.1.2.1: "If the End-User identified by the ID Token is not already logged in", `login_required`.
pub(crate) async fn check_id_token_hint(
    front: &FrontChannel,
    request: &AuthorizationRequest,
    browser: &Browser,
) -> Result<(), OAuthError> {
    let Some(hint) = &request.id_token_hint else {
        return Ok(());
    };
    let hint = front.services.id_token_hint(hint).await?;
    let hint = hint.ok_or(OAuthError::invalid_request(
        "The id_token_hint is no ID token of ours.",
    ))?;
    if *hint.subject != *browser.identity.user_id() {
        return Err(ErrorCode::LoginRequired.into());
    }
    Ok(())
}

/// When a login was asked for on account of this very request, if it was.
///
/// The browser says so, and is believed because it says it in sealed form, bound to the request.
fn login_asked_at(
    front: &FrontChannel,
    parameters: &Parameters,
    query: &str,
    now: SystemTime,
) -> Option<SystemTime> {
    let sealed = parameters.get(LOGIN_ASKED)?;
    let opened = front
        .sealer
        .open(Purpose::Login, query.as_bytes(), now, sealed)?;
    opened.parse().ok().map(from_millis)
}

/// This request once more, with the moment at which a login was asked for.
fn return_to(front: &FrontChannel, query: &str, now: SystemTime) -> Result<String, OAuthError> {
    let expires_at = now.checked_add(LOGIN_TIMEOUT).unwrap_or(now);
    let asked_at = millis(now).to_string();
    let sealed = front
        .sealer
        .seal(Purpose::Login, query.as_bytes(), expires_at, &asked_at)?;
    let path = front.path(paths::AUTHORIZE);
    Ok(format!("{path}?{query}&{LOGIN_ASKED}={sealed}"))
}

/// The request with what says when a login was asked for: else whoever logged in for it would have to again, when the
/// decision comes.
fn with_login_asked(parameters: &Parameters) -> String {
    let query = parameters.to_query();
    match parameters.get(LOGIN_ASKED) {
        Some(sealed) => format!("{query}&{LOGIN_ASKED}={}", encode_segment(sealed)),
        None => query,
    }
}

/// The response to a browser.
pub(crate) fn send(front: &FrontChannel, call: &Call, outcome: Outcome) -> Response<Bytes> {
    match outcome {
        Outcome::Page(error) => front.error_page(call, &error),
        Outcome::NeedsLogin { return_to } => {
            let login = front.path(&front.login_path);
            let hint = login_hint(&return_to);
            let location = format!("{login}?redirect-to={}{hint}", encode_segment(&return_to));
            front.redirect(call, &location)
        }
        Outcome::NeedsConsent(undecided) => match consent_page(front, call, &undecided) {
            Ok(page) => page,
            Err(error) => front.error_page(call, &error),
        },
        Outcome::Reply(reply_to, reply) => {
            if let Reply::Error(error) = &reply {
                error.log();
            }
            reply_to.send(front, call.method(), &reply)
        }
    }
}

/// Who it is probably, for the login page to fill in (OpenID Connect Core §3.1.2.1); nothing that no user name is.
fn login_hint(return_to: &str) -> String {
    let query = return_to.split_once('?').map_or("", |(_, query)| query);
    let parameters = Parameters::parse(query.as_bytes()).ok();
    let hint = parameters.as_ref().and_then(|all| all.get("login_hint"));
    hint.and_then(crate::return_to::login_hint)
        .map_or_else(String::new, |hint| {
            format!("&login_hint={}", encode_segment(hint))
        })
}

/// The page, with the request in sealed form: what comes back is the request that was shown, or nothing.
fn consent_page(
    front: &FrontChannel,
    call: &Call,
    undecided: &Undecided,
) -> Result<Response<Bytes>, OAuthError> {
    let Undecided {
        request,
        browser,
        query,
    } = undecided;
    let client = request.client();
    let now = front.services.clock.now();
    let expires_at = now.checked_add(DECISION_TIMEOUT).unwrap_or(now);
    let sealed = front
        .sealer
        .seal(Purpose::Consent, &browser.binding(), expires_at, query)?;
    let csrf_token = call.csrf_token().unwrap_or_default();
    let redirect_uri = request.target.redirect_uri.as_str();
    let page = ConsentPage {
        client_name: client.name.clone(),
        redirect_host: redirect_host::redirect_host(redirect_uri),
        username: browser.identity.username().into(),
        scopes: scope_words::scope_lines(&request.scopes),
        resources: request.resources.clone(),
        lifetime: front.lifetime(client),
        form: PageForm::new(
            &front.path(front_channel::APPROVE),
            [("request", sealed), ("csrf_token", csrf_token)],
        ),
        switch_account: switch_account(front, query).into(),
    };
    let policy = Policy {
        redirect_uri: Some(redirect_uri),
        script: None,
    };
    let html = front.pages.consent(&page);
    Ok(page_response::page(StatusCode::OK, html, &policy))
}

/// The same request, answered by whoever logs in now; who was to be asked for consent is asked all the same.
fn switch_account(front: &FrontChannel, query: &str) -> String {
    let path = front.path(paths::AUTHORIZE);
    let Ok(parameters) = Parameters::parse(query.as_bytes()) else {
        return path;
    };
    let kept = parameters.to_query_without(&["prompt"]);
    let mut asked = parameters.get("prompt").unwrap_or_default().split(' ');
    let consent = if asked.any(|prompt| prompt == "consent") {
        "%20consent"
    } else {
        ""
    };
    format!("{path}?{kept}&prompt=login{consent}")
}

impl FrontChannel {
    pub(crate) fn unreadable(&self, call: &Call, unreadable: Unreadable) -> Response<Bytes> {
        match unreadable {
            Unreadable::Encoding => {
                let sentence = "The parameters are not percent-encoded UTF-8.";
                self.error_page(call, &OAuthError::invalid_request(sentence))
            }
            Unreadable::MediaType => self.page_with_status(
                call,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "invalid_request",
                "The body must be application/x-www-form-urlencoded.",
            ),
        }
    }
}

/// Where a login says when it was asked for.
pub(crate) const LOGIN_ASKED: &str = "login_asked";

/// As long as anybody leaves a login page open and still wants what it was for.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// As long as anybody thinks about consent; the page can be had again.
const DECISION_TIMEOUT: Duration = Duration::from_secs(10 * 60);
