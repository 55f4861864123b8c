//! The provider's pages, which it gives as data.

use askama::Template;
use empress_auth_core::PublicUrl;
use empress_auth_oauth::pages::{
    ConsentPage, ErrorPage, FormPostPage, LoggedOutPage, LogoutPage, Pages,
};

use super::document::document;
use super::{stylesheet, words};

/// Our templates.
#[derive(Debug, Clone)]
pub(crate) struct HtmlPages {
    stylesheet: Box<str>,
}

impl HtmlPages {
    pub(crate) fn new(public_url: &PublicUrl) -> Self {
        Self {
            stylesheet: stylesheet::path(public_url.path_prefix()).into(),
        }
    }
}

#[derive(Template)]
#[template(path = "consent.html")]
struct Consent<'a> {
    stylesheet: &'a str,
    page: &'a ConsentPage,
    lifetime: String,
}

#[derive(Template)]
#[template(path = "error.html")]
struct Failed<'a> {
    stylesheet: &'a str,
    page: &'a ErrorPage,
}

#[derive(Template)]
#[template(path = "log_out.html")]
struct LogOut<'a> {
    stylesheet: &'a str,
    page: &'a LogoutPage,
}

#[derive(Template)]
#[template(path = "logged_out.html")]
struct LoggedOut<'a> {
    stylesheet: &'a str,
    page: &'a LoggedOutPage,
}

#[derive(Template)]
#[template(path = "form_post.html")]
struct FormPost<'a> {
    stylesheet: &'a str,
    page: &'a FormPostPage,
}

impl Pages for HtmlPages {
    fn consent(&self, page: &ConsentPage) -> String {
        document(&Consent {
            stylesheet: &self.stylesheet,
            page,
            lifetime: words::length_of_time(page.lifetime),
        })
    }

    fn error(&self, page: &ErrorPage) -> String {
        let stylesheet = &*self.stylesheet;
        document(&Failed { stylesheet, page })
    }

    fn log_out(&self, page: &LogoutPage) -> String {
        let stylesheet = &*self.stylesheet;
        document(&LogOut { stylesheet, page })
    }

    fn logged_out(&self, page: &LoggedOutPage) -> String {
        let stylesheet = &*self.stylesheet;
        document(&LoggedOut { stylesheet, page })
    }

    fn form_post(&self, page: &FormPostPage) -> String {
        let stylesheet = &*self.stylesheet;
        document(&FormPost { stylesheet, page })
    }
}
