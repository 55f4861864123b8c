//! `/login`: a form, and a session for who fills it in.
//!
//! 1. Is it our own form that is sent?
//! 2. A user name and a password?
//! 3. A session in place of the one that was shown, and on to where the browser came from, if that is a page of ours.

use askama::Template;
use bytes::Bytes;
use empress_auth_core::endpoint::{Call, LoginForm};
use empress_auth_core::fields::Fields;
use empress_auth_core::form::parse_form;
use empress_auth_core::password::Password;
use empress_auth_core::{
    Entropy, EntropyError, PublicUrl, Rejection, RejectionKind, SessionIssuer,
};
use empress_auth_oauth::Provider;
use empress_auth_oauth::return_to::{login_hint, return_to};
use http::header::{HeaderValue, LOCATION, SET_COOKIE};
use http::{Response, StatusCode};

use super::{LOGIN, document, stylesheet};

/// The page, and what it works on.
pub(super) struct Login {
    public_url: PublicUrl,
    sessions: SessionIssuer,
    /// Knows where a login leads to.
    provider: Provider,
    entropy: Entropy,
    stylesheet: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    stylesheet: &'a str,
    action: &'a str,
    csrf_token: &'a str,
    /// A path of ours, checked.
    return_to: Option<&'a str>,
    username: &'a str,
    problem: Option<Problem>,
}

/// What was wrong with a form.
#[derive(Clone, Copy)]
struct Problem {
    sentence: &'static str,
    /// Whether it is what stands in the fields.
    names_fields: bool,
}

impl LoginPage<'_> {
    fn names_fields(&self) -> bool {
        self.problem.is_some_and(|problem| problem.names_fields)
    }
}

impl Login {
    pub(super) fn new(public_url: PublicUrl, sessions: SessionIssuer, provider: Provider) -> Self {
        Self {
            stylesheet: stylesheet::path(public_url.path_prefix()),
            public_url,
            sessions,
            provider,
            entropy: Entropy::system(),
        }
    }

    /// The empty form.
    pub(super) async fn show(&self, call: &Call) -> Response<Bytes> {
        let query = parse_form(call.query().as_bytes()).unwrap_or_default();
        let username = login_hint(text(&query, "login_hint")).unwrap_or_default();
        let form_action = self.form_action(&query).await;
        match self.document(call, &query, username, None) {
            Ok((page, cookie)) => {
                with_cookie(document::answer(StatusCode::OK, page, &form_action), cookie)
            }
            Err(error) => unavailable(call, error),
        }
    }

    /// A session, or the form again with what was wrong with it.
    pub(super) async fn begin(&self, call: &Call) -> Response<Bytes> {
        let form = parse_form(call.body()).unwrap_or_default();
        if let Err(rejection) = call.check_login_form(form.single("csrf_token").ok().flatten()) {
            let refusal = call.refuse(&rejection);
            return self.again(call, &form, refusal, of(rejection.kind())).await;
        }
        let (username, password) = match credentials(&form) {
            Ok(credentials) => credentials,
            Err(problem) => {
                let mut refusal = Response::new(Bytes::new());
                *refusal.status_mut() = StatusCode::BAD_REQUEST;
                return self.again(call, &form, refusal, problem).await;
            }
        };
        match call.log_in(&self.sessions, username, password).await {
            Ok(made) => {
                let cookie = self.public_url.session_set(&made);
                with_cookie(self.onwards(&form), cookie)
            }
            Err(rejection) => {
                let refusal = call.refuse(&rejection);
                self.again(call, &form, refusal, of(rejection.kind())).await
            }
        }
    }

    /// 303, so that the password is not sent along (RFC 9700 §4.12).
    fn onwards(&self, form: &Fields) -> Response<Bytes> {
        let home = format!("{}/", self.public_url.path_prefix());
        let target = return_to(text(form, REDIRECT_TO)).unwrap_or(&home);
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::SEE_OTHER;
        let headers = response.headers_mut();
        // A path of ours has nothing that a field may not have.
        headers.extend(
            HeaderValue::from_str(target)
                .ok()
                .map(|target| (LOCATION, target)),
        );
        response
    }

    /// The form leads to itself, and from there to where the browser came from.
    async fn form_action(&self, fields: &Fields) -> String {
        let target = return_to(text(fields, REDIRECT_TO)).unwrap_or_default();
        self.provider.login_form_action(target).await
    }

    async fn again(
        &self,
        call: &Call,
        form: &Fields,
        refusal: Response<Bytes>,
        problem: Problem,
    ) -> Response<Bytes> {
        match self.document(call, form, text(form, "username"), Some(problem)) {
            Ok((page, cookie)) => {
                let form_action = self.form_action(form).await;
                with_cookie(document::in_place_of(refusal, page, &form_action), cookie)
            }
            Err(error) => unavailable(call, error),
        }
    }

    /// The document with its form, and the cookie that the form is bound to.
    fn document(
        &self,
        call: &Call,
        fields: &Fields,
        username: &str,
        problem: Option<Problem>,
    ) -> Result<(String, HeaderValue), EntropyError> {
        let form = LoginForm::of(call, &self.entropy)?;
        let page = LoginPage {
            stylesheet: &self.stylesheet,
            action: &format!("{}{LOGIN}", self.public_url.path_prefix()),
            csrf_token: &form.csrf_token(),
            return_to: return_to(text(fields, REDIRECT_TO)),
            username,
            problem,
        };
        let cookie = form.set_cookie(&self.public_url);
        Ok((document::document(&page), cookie))
    }
}

fn credentials(form: &Fields) -> Result<(&str, Password), Problem> {
    let (username, password) = (text(form, "username"), text(form, "password"));
    if username.is_empty() || password.is_empty() {
        return Err(Problem {
            sentence: "Fill in both the user name and the password.",
            names_fields: true,
        });
    }
    let password = Password::new(password).map_err(|_| Problem {
        sentence: "The password is too long.",
        names_fields: true,
    })?;
    Ok((username, password))
}

/// The one value of this name; none if there are several.
fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.single(name).ok().flatten().unwrap_or_default()
}

/// What people are told; nothing in it depends on who the user is.
fn of(kind: RejectionKind) -> Problem {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "core's list is open, and these are those of a login"
    )]
    let sentence = match kind {
        RejectionKind::WrongPassword => "The user name or the password is wrong.",
        RejectionKind::RateLimited => "Too many logins have failed. Wait a minute, and try again.",
        RejectionKind::CsrfFailed => "This form is too old, or is none of ours. Log in again.",
        _ => "Nobody can be logged in at the moment. Try again soon.",
    };
    Problem {
        sentence,
        names_fields: kind == RejectionKind::WrongPassword,
    }
}

/// Where the browser came from, by the name that Frappe's clients know.
const REDIRECT_TO: &str = "redirect-to";

/// Without random numbers there is no form.
fn unavailable(call: &Call, error: EntropyError) -> Response<Bytes> {
    tracing::error!(error = %error, "no login form could be made");
    call.refuse(&Rejection::new(RejectionKind::Unavailable))
}

fn with_cookie(mut response: Response<Bytes>, cookie: HeaderValue) -> Response<Bytes> {
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}
