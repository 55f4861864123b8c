//! What do people see? HTML pages that work without scripts.
//!
//! 1. [`document`] makes them of the files in `templates/`, whose every `{{ … }}` is escaped, and answers them.
//! 2. [`stylesheet`] is the one file that they load.
//! 3. [`login`] is a page with rules of its own; [`provider`] has the words for those of the provider.

use std::sync::Arc;

use empress_auth_core::endpoint::{Access, Call, Route, SessionCookie};
use empress_auth_core::{PublicUrl, SessionIssuer};
use empress_auth_oauth::Provider;
use http::Method;

mod document;
mod login;
mod provider;
mod stylesheet;
#[cfg(test)]
mod tests;
mod words;

use self::login::Login;
pub(crate) use self::provider::HtmlPages;

/// Where people log in, under the path of the public URL.
pub(crate) const LOGIN: &str = "/login";

/// The pages that are no provider's, under the path of `public_url`.
pub(crate) fn routes(
    public_url: &PublicUrl,
    sessions: SessionIssuer,
    provider: &Provider,
) -> Vec<Route> {
    let login = Arc::new(Login::new(public_url.clone(), sessions, provider.clone()));
    let (show, begin) = (Arc::clone(&login), login);
    let prefix = public_url.path_prefix();
    let path = format!("{prefix}{LOGIN}");
    let open = || Access::Anyone;
    vec![
        Route::new(Method::GET, &path, open(), move |call: Call| {
            let login = Arc::clone(&show);
            async move { login.show(&call).await }
        })
        .with_operation("login_page")
        .with_session_cookie(SessionCookie::Required),
        Route::new(Method::POST, &path, open(), move |call: Call| {
            let login = Arc::clone(&begin);
            async move { login.begin(&call).await }
        })
        .with_operation("login_form")
        .with_session_cookie(SessionCookie::Required),
        Route::new(
            Method::GET,
            &stylesheet::path(prefix),
            open(),
            async |_: Call| stylesheet::answer(),
        )
        .with_operation("stylesheet"),
    ]
}
