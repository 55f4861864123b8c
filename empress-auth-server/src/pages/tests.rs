//! Documents, and what strangers can write into them.

use std::time::Duration;

use empress_auth_core::PublicUrl;
use empress_auth_oauth::pages::{
    ConsentPage, ErrorPage, FormPostPage, LoggedOutPage, LogoutPage, PageForm, Pages, ScopeLine,
};

use super::HtmlPages;

/// A payload a line; the browser tests have them, too.
const PAYLOADS: &str = include_str!("../../tests/end_to_end/xss_payloads.txt");

fn pages() -> HtmlPages {
    let url: PublicUrl = "https://example.com/auth".parse().unwrap();
    HtmlPages::new(&url)
}

/// Every page of the provider, with `text` wherever a stranger's can stand.
fn documents(text: &str) -> [String; 5] {
    let form = || PageForm::new(text, [("state", text), (text, "x")]);
    let mut scope = ScopeLine::default();
    scope.scope = text.into();
    scope.description = text.into();
    let mut described = ScopeLine::default();
    described.description = text.into();
    let mut consent = ConsentPage::default();
    consent.client_name = text.into();
    consent.redirect_host = text.into();
    consent.username = text.into();
    consent.scopes = vec![scope, described];
    consent.resources = vec![text.into(), text.into()];
    consent.lifetime = Duration::from_secs(30 * 86_400);
    consent.form = form();
    consent.switch_account = text.into();
    let mut log_out = LogoutPage::default();
    log_out.username = text.into();
    log_out.client_name = Some(text.into());
    log_out.form = form();
    let mut logged_out = LoggedOutPage::default();
    logged_out.login = text.into();
    let mut form_post = FormPostPage::default();
    form_post.client_name = text.into();
    form_post.form = form();
    form_post.script = text.into();
    let mut error = ErrorPage::default();
    error.status = 400;
    error.error = "invalid_request";
    error.description = "The client is not known.";
    [
        pages().consent(&consent),
        pages().log_out(&log_out),
        pages().logged_out(&logged_out),
        pages().form_post(&form_post),
        pages().error(&error),
    ]
}

/// As text and in an attribute between quotation marks it means itself.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '&' | '<' | '>' | '"' | '\'' => format!("&#{};", u32::from(c)),
        other => other.to_string(),
    };
    text.chars().map(escape).collect()
}

// P-17, FR-12
#[test]
fn what_strangers_write_is_text_and_nothing_else() {
    const WORD: &str = "harmless-7f3a";
    let plain = documents(WORD);
    let payloads: Vec<&str> = PAYLOADS.lines().collect();
    assert!(payloads.len() >= 60, "{}", payloads.len());
    for payload in payloads {
        for (document, plain) in documents(payload).iter().zip(&plain) {
            let put = escaped(payload);
            assert_eq!(document.replace(&put, WORD), *plain, "{payload}");
        }
    }
}

// P-16, P-17
#[test]
fn no_page_has_script_or_style_of_its_own_or_loads_from_elsewhere() {
    let login = include_str!("../../templates/login.html").to_owned();
    for document in documents("x").into_iter().chain([login]) {
        let small = document.to_ascii_lowercase();
        for forbidden in ["<style", " style=", "javascript:", "http:", "https:", "//"] {
            assert!(!small.contains(forbidden), "{forbidden} in {document}");
        }
        let is_handler = |rest: &str| {
            let name = rest.split('=').next().unwrap_or_default();
            rest.len() > name.len() && name.bytes().all(|byte| byte.is_ascii_lowercase())
        };
        assert!(!small.split(" on").skip(1).any(is_handler), "{document}");
        let scripts = small.matches("<script").count();
        let of_files = small.matches("<script src=\"x\" defer></script>").count();
        assert_eq!(scripts, of_files, "{document}");
    }
}

#[test]
fn every_page_is_a_whole_document_with_one_heading_for_a_phone_and_in_a_language() {
    for document in documents("x") {
        for (part, times) in [
            ("<!DOCTYPE html>", 1),
            ("<html lang=\"en\">", 1),
            ("<title>", 1),
            ("<h1>", 1),
            ("<main>", 1),
            ("</html>", 1),
            ("content=\"width=device-width, initial-scale=1\"", 1),
            ("href=\"/auth/static/pages.", 1),
        ] {
            assert_eq!(
                document.matches(part).count(),
                times,
                "{part} in {document}"
            );
        }
        assert!(document.starts_with("<!DOCTYPE html>"), "{document}");
        assert!(document.trim_end().ends_with("</html>"), "{document}");
        assert!(!document.contains("<title></title>"), "{document}");
    }
}

// O-26
#[test]
fn the_consent_page_says_who_asks_whom_for_what_how_long_and_where_it_leads() {
    let mut scope = ScopeLine::default();
    scope.scope = "profile".into();
    scope.description = "your name".into();
    let mut unknown = ScopeLine::default();
    unknown.scope = "invoices:read".into();
    unknown.description = "invoices:read".into();
    let mut page = ConsentPage::default();
    page.client_name = "Invoices".into();
    page.redirect_host = "app.example:8443".into();
    page.username = "ada".into();
    page.scopes = vec![scope, unknown];
    page.resources = vec!["https://api.example/mcp".into()];
    page.lifetime = Duration::from_secs(30 * 86_400);
    page.form = PageForm::new("/auth/oauth/approve", [("request", "r")]);
    page.switch_account = "/auth/login?redirect-to=x".into();
    let document = pages().consent(&page);
    for part in [
        "Invoices",
        "app.example:8443",
        "ada",
        "<li>your name</li>",
        "<li>use <code>invoices:read</code>,",
        "<li><bdi>https://api.example/mcp</bdi></li>",
        "30 days",
        "action=\"/auth/oauth/approve\"",
        "<input type=\"hidden\" name=\"request\" value=\"r\">",
        "name=\"decision\" value=\"allow\"",
        "name=\"decision\" value=\"deny\"",
        "href=\"/auth/login?redirect-to=x\"",
    ] {
        assert!(document.contains(part), "{part} in {document}");
    }
}
