//! Should the user be logged out, and where does the browser go then? [OpenID Connect RP-Initiated
//! Logout](https://openid.net/specs/openid-connect-rpinitiated-1_0.html).
//!
//! 1. A client that shows an ID token of this session is believed: the session ends, and the browser goes to the URI that
//!    the client asks for, if it is registered.
//! 2. Everybody else's wish is put to the user (§6: any page can send a browser here), and no other page learns of the
//!    answer: without an ID token of ours there is no redirect.
//! 3. With the session end the grants that were made in it, but for those that were to outlast it (`offline_access`): by the
//!    store, as at every other end of a session.

use std::time::Duration;

use bytes::Bytes;
use empress_auth_core::endpoint::Call;
use empress_auth_core::percent::encode_segment;
use http::header::SET_COOKIE;
use http::{Method, Response, StatusCode};

use crate::authorize::Browser;
use crate::authorize::parameters::Parameters;
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::front_channel::FrontChannel;
use crate::id_token_hint::IdTokenHint;
use crate::page_response::{self, Policy};
use crate::pages::{LoggedOutPage, LogoutPage, PageForm};
use crate::paths;
use crate::redirect_uri::RegisteredRedirectUri;
use crate::sealed::Purpose;

/// The end-session endpoint, by GET and by POST; its own page posts here, too.
pub(crate) async fn log_out(front: &FrontChannel, call: &Call) -> Response<Bytes> {
    let parameters = match Parameters::of(call) {
        Ok(parameters) => parameters,
        Err(unreadable) => return front.unreadable(call, unreadable),
    };
    let browser = match front.browser(call).await {
        Ok(browser) => browser,
        Err(refused) => return refused,
    };
    if parameters.get(SEALED).is_some() {
        return confirmed(front, call, &parameters, browser).await;
    }
    if browser.is_none() && *call.method() == Method::POST && call.is_from_elsewhere() {
        // A browser keeps the session's cookie from another site's POST, and adds it to the GET that follows.
        let again = format!(
            "{}?{}",
            front.path(paths::END_SESSION),
            to_query(&parameters)
        );
        return front.redirect(call, &again);
    }
    match Wish::of(front, &parameters).await {
        Ok(wish) => grant(front, call, wish, browser).await,
        Err(error) => front.error_page(call, &error),
    }
}

/// What is asked for, as far as it is proven.
struct Wish {
    hint: Option<IdTokenHint>,
    client_name: Option<Box<str>>,
    /// Where to go, with the state; only where an ID token of ours came along and the URI is its client's.
    location: Option<String>,
}

impl Wish {
    async fn of(front: &FrontChannel, parameters: &Parameters) -> Result<Self, OAuthError> {
        for name in PARAMETERS {
            check_once(parameters, name)?;
        }
        let hint = match parameters.get("id_token_hint") {
            None => None,
            Some(hint) => {
                let read = front.services.id_token_hint(hint).await?;
                Some(read.ok_or(OAuthError::invalid_request(
                    "The id_token_hint is no ID token of ours.",
                ))?)
            }
        };
        let client_id = check_client_id(parameters.get("client_id"), hint.as_ref())?;
        let client = match client_id {
            Some(id) => front.services.clients.client(&id).await?,
            None => None,
        };
        let location = match (&hint, &client, parameters.get("post_logout_redirect_uri")) {
            (Some(_), Some(client), Some(uri)) => Some(location(client, uri, parameters)?),
            // Nobody proved that a client asks for it: the user is asked, and stays here.
            _ => None,
        };
        Ok(Self {
            hint,
            client_name: client.map(|client| client.name.clone()),
            location,
        })
    }

    /// Whether the ID token is one of this session, so that the user need not be asked.
    fn is_of(&self, front: &FrontChannel, browser: &Browser) -> bool {
        let names = &front.services.signers.session_names;
        self.hint.as_ref().is_some_and(|hint| {
            let is_same_session = hint.session.as_deref().is_some_and(|named| {
                let mut clients = hint.audience.iter();
                clients.any(|client| named == names.name(browser.session_id, client))
            });
            *hint.subject == *browser.identity.user_id() && is_same_session
        })
    }
}

fn check_once(parameters: &Parameters, name: &str) -> Result<(), OAuthError> {
    let repeated = |_| OAuthError::invalid_request("A parameter is repeated.");
    parameters.single(name).map(drop).map_err(repeated)
}

/// §2: "If both Client Identifier and ID Token Hint are present, the OP MUST verify that the Client Identifier matches the
/// one used as the audience".
fn check_client_id(
    sent: Option<&str>,
    hint: Option<&IdTokenHint>,
) -> Result<Option<Box<str>>, OAuthError> {
    match (sent, hint) {
        (None, None) => Ok(None),
        (Some(sent), None) => Ok(Some(sent.into())),
        (None, Some(hint)) => Ok(hint.audience.first().cloned()),
        (Some(sent), Some(hint)) if hint.audience.iter().any(|client| **client == *sent) => {
            Ok(Some(sent.into()))
        }
        (Some(_), Some(_)) => Err(OAuthError::invalid_request(
            "The id_token_hint was issued to another client.",
        )),
    }
}

/// §3: back to a registered URI, with the state and nothing else.
fn location(client: &Client, uri: &str, parameters: &Parameters) -> Result<String, OAuthError> {
    let registered = RegisteredRedirectUri::after_logout(client, uri);
    let registered = registered.ok_or(OAuthError::invalid_request(
        "The post_logout_redirect_uri is not registered.",
    ))?;
    let mut location = registered.as_str().to_owned();
    if let Some(state) = parameters.get("state") {
        location.push(if location.contains('?') { '&' } else { '?' });
        location.push_str("state=");
        location.push_str(&encode_segment(state));
    }
    Ok(location)
}

async fn grant(
    front: &FrontChannel,
    call: &Call,
    wish: Wish,
    browser: Option<Browser>,
) -> Response<Bytes> {
    match browser {
        // Nobody is logged in: there is nothing to end and nobody to ask.
        None => done(front, call, wish.location.as_deref()),
        Some(browser) if wish.is_of(front, &browser) => {
            end(front, call, &browser, wish.location.as_deref()).await
        }
        Some(browser) => match confirmation_page(front, call, &wish, &browser) {
            Ok(page) => page,
            Err(error) => front.error_page(call, &error),
        },
    }
}

fn confirmation_page(
    front: &FrontChannel,
    call: &Call,
    wish: &Wish,
    browser: &Browser,
) -> Result<Response<Bytes>, OAuthError> {
    let now = front.services.clock.now();
    let expires_at = now.checked_add(DECISION_TIMEOUT).unwrap_or(now);
    let location = wish.location.as_deref().unwrap_or_default();
    let binding = browser.binding();
    let sealed = front
        .sealer
        .seal(Purpose::Logout, &binding, expires_at, location)?;
    let page = LogoutPage {
        username: browser.identity.username().into(),
        client_name: wish.client_name.clone(),
        form: PageForm::new(
            &front.path(paths::END_SESSION),
            [
                (SEALED, sealed),
                ("csrf_token", call.csrf_token().unwrap_or_default()),
            ],
        ),
    };
    let policy = Policy {
        redirect_uri: wish.location.as_deref(),
        script: None,
    };
    let html = front.pages.log_out(&page);
    Ok(page_response::page(StatusCode::OK, html, &policy))
}

/// The user pressed the button.
async fn confirmed(
    front: &FrontChannel,
    call: &Call,
    parameters: &Parameters,
    browser: Option<Browser>,
) -> Response<Bytes> {
    let Some(browser) = browser else {
        return done(front, call, None);
    };
    let shown = parameters.get("csrf_token").unwrap_or_default();
    if *call.method() != Method::POST || !call.is_of_our_page(shown) {
        let sentence = "This form is not from a page of this session.";
        let error = ErrorCode::AccessDenied.as_str();
        return front.page_with_status(call, StatusCode::FORBIDDEN, error, sentence);
    }
    let sealed = parameters.get(SEALED).unwrap_or_default();
    let now = front.services.clock.now();
    let binding = browser.binding();
    let opened = front.sealer.open(Purpose::Logout, &binding, now, sealed);
    let decision = parameters.get(LogoutPage::BUTTON);
    match opened {
        Some(location) if decision == Some(LogoutPage::LOG_OUT) => {
            let location = Some(location.as_str()).filter(|location| !location.is_empty());
            end(front, call, &browser, location).await
        }
        _ => {
            let sentence = "This page is out of date. Log out once more.";
            front.error_page(call, &OAuthError::invalid_request(sentence))
        }
    }
}

/// Ends the session; the store ends with it what was granted in it, which [RFC 9700
/// §4.14.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2) allows.
async fn end(
    front: &FrontChannel,
    call: &Call,
    browser: &Browser,
    location: Option<&str>,
) -> Response<Bytes> {
    let sessions = &front.services.sessions;
    if let Err(error) = sessions
        .log_out(&browser.identity, call.client_address())
        .await
    {
        return front.error_page(call, &error.into());
    }
    done(front, call, location)
}

fn done(front: &FrontChannel, call: &Call, location: Option<&str>) -> Response<Bytes> {
    let mut response = match location {
        Some(location) => front.redirect(call, location),
        None => {
            let page = LoggedOutPage {
                login: front.path(&front.login_path).into(),
            };
            let html = front.pages.logged_out(&page);
            page_response::page(StatusCode::OK, html, &Policy::default())
        }
    };
    // Only who shows it loses it: any page may send a browser here, whose cookie may have stayed behind.
    if call.shows_session() {
        let cleared = front.services.public_url.session_cleared();
        response.headers_mut().append(SET_COOKIE, cleared);
    }
    response
}

fn to_query(parameters: &Parameters) -> String {
    let piece = |name: &&str| {
        let value = parameters.get(name)?;
        Some(format!("{name}={}", encode_segment(value)))
    };
    let pieces: Vec<String> = PARAMETERS.iter().filter_map(piece).collect();
    pieces.join("&")
}

/// §2, but for what has no effect here (`logout_hint`, `ui_locales`).
const PARAMETERS: [&str; 4] = [
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
];

/// The field of our own page that holds what was asked for.
const SEALED: &str = "logout";

const DECISION_TIMEOUT: Duration = Duration::from_secs(10 * 60);
