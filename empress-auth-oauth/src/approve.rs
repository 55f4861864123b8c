//! What did the user decide? The consent page posts here.
//!
//! What counts of that POST is the sealed request, the decision and the session's CSRF token; other parameters are not
//! read (O-2). The sealed request opens in the session that was shown the page alone (O-42, O-45).
//! Whatever comes without one, such as the link that Frappe's page followed (S5), is shown the page.

use bytes::Bytes;
use empress_auth_core::endpoint::Call;
use empress_auth_core::{Actor, StoreErrorKind};
use http::{Method, Response, StatusCode};

use crate::authorize::parameters::Parameters;
use crate::authorize::{self, Browser, KnownConsent, Outcome};
use crate::authorize::{AuthorizationRequest, Reply, check_roles};
use crate::error::{ErrorCode, OAuthError};
use crate::front_channel::FrontChannel;
use crate::grant::Consent;
use crate::pages::ConsentPage;
use crate::resource;
use crate::sealed::Purpose;

/// The consent page's endpoint.
pub(crate) async fn approve(front: &FrontChannel, call: &Call) -> Response<Bytes> {
    let parameters = match Parameters::of(call) {
        Ok(parameters) => parameters,
        Err(unreadable) => return front.unreadable(call, unreadable),
    };
    let sealed = match parameters.single("request") {
        Ok(Some(sealed)) if *call.method() == Method::POST => sealed,
        _ => return authorize::authorize(front, call, KnownConsent::ShowsPage).await,
    };
    let browser = match front.browser(call).await {
        Ok(Some(browser)) => browser,
        Ok(None) => return forbidden(front, call, "Nobody is logged in here any more."),
        Err(refused) => return refused,
    };
    let shown = parameters.get("csrf_token").unwrap_or_default();
    if !call.is_of_our_page(shown) {
        return forbidden(front, call, "This form is not from a page of this session.");
    }
    let now = front.services.clock.now();
    let opened = front
        .sealer
        .open(Purpose::Consent, &browser.binding(), now, sealed);
    let Some(request) = opened.and_then(|query| Parameters::parse(query.as_bytes()).ok()) else {
        let sentence = "This page is out of date. Go back to the application and start again.";
        return front.error_page(call, &OAuthError::invalid_request(sentence));
    };
    let decision = match parameters.get(ConsentPage::BUTTON) {
        Some(ConsentPage::ALLOW) => Decision::Allow,
        Some(ConsentPage::DENY) => Decision::Deny,
        _ => {
            let error = OAuthError::invalid_request("The decision is allow or deny.");
            return front.error_page(call, &error);
        }
    };
    let outcome = decided(front, call, &request, &browser, decision).await;
    authorize::send(front, call, outcome)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    Allow,
    Deny,
}

async fn decided(
    front: &FrontChannel,
    call: &Call,
    parameters: &Parameters,
    browser: &Browser,
    decision: Decision,
) -> Outcome {
    // Once more: what the client may ask for can have changed since the page was shown.
    let (reply_to, request) = match authorize::check(front, parameters).await {
        Ok(checked) => checked,
        Err(outcome) => return *outcome,
    };
    if decision == Decision::Deny {
        return Outcome::Reply(reply_to, Reply::Error(ErrorCode::AccessDenied.into()));
    }
    // The page may have been left open until the login is too old for `max_age`.
    match authorize::check_login(front, parameters, &request, Some(browser)) {
        Ok(None) => {}
        Ok(Some(return_to)) => return Outcome::NeedsLogin { return_to },
        Err(error) => return Outcome::Reply(reply_to, Reply::Error(error)),
    }
    match allow(front, call, &request, browser).await {
        Ok(reply) => Outcome::Reply(reply_to, reply),
        Err(error) => Outcome::Reply(reply_to, Reply::Error(error)),
    }
}

/// The consent first: a code that a client holds is never without one.
async fn allow(
    front: &FrontChannel,
    call: &Call,
    request: &AuthorizationRequest,
    browser: &Browser,
) -> Result<Reply, OAuthError> {
    authorize::check_id_token_hint(front, request, browser).await?;
    check_roles(request.client(), browser)?;
    // The user of a public client is asked each time: to keep the answer would be worth nothing until somebody gave the
    // client a secret, and more than was meant then.
    if !request.client().is_public() {
        keep_consent(front, call, request, browser).await?;
    }
    front.issue_code(request, browser).await.map(Reply::Code)
}

async fn keep_consent(
    front: &FrontChannel,
    call: &Call,
    request: &AuthorizationRequest,
    browser: &Browser,
) -> Result<(), OAuthError> {
    let services = &front.services;
    let now = services.clock.now();
    let grounds = Actor::from(&browser.identity)
        .with_address(call.client_address())
        .grounds(now);
    let user_id = browser.identity.user_id();
    let resources = resource::consented(&request.resources, &services.public_url);
    let client_id = &request.client().id;
    let consent = Consent::at(user_id, client_id, &request.scopes, &resources, now);
    match services.consents.add_consent(consent, &grounds).await {
        // The session ended, or the user or the client is gone, while this was on its way.
        Err(error)
            if matches!(
                error.kind(),
                StoreErrorKind::ActorWithdrawn | StoreErrorKind::NotFound
            ) =>
        {
            Err(ErrorCode::AccessDenied.into())
        }
        added => Ok(added?),
    }
}

fn forbidden(front: &FrontChannel, call: &Call, sentence: &'static str) -> Response<Bytes> {
    let status = StatusCode::FORBIDDEN;
    front.page_with_status(call, status, ErrorCode::AccessDenied.as_str(), sentence)
}
