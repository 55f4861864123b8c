//! The provider's pages without any beauty: what a browser of the scenarios reads.

use empress_auth_oauth::pages::{
    ConsentPage, ErrorPage, FormPostPage, LoggedOutPage, LogoutPage, PageForm, Pages,
};

/// Pages that say everything they are given.
#[derive(Debug, Clone, Copy)]
pub struct PlainPages;

impl Pages for PlainPages {
    fn consent(&self, page: &ConsentPage) -> String {
        let scopes: Vec<String> = page
            .scopes
            .iter()
            .map(|line| {
                format!(
                    "<li>{}: {}</li>",
                    escape(&line.scope),
                    escape(&line.description)
                )
            })
            .collect();
        let resources: Vec<String> = page
            .resources
            .iter()
            .map(|resource| format!("<li>{}</li>", escape(resource)))
            .collect();
        let body = format!(
            "<h1>{} at {}</h1><p>{} for {} s</p><ul>{}</ul><ol>{}</ol><a href=\"{}\">Not you?</a>{}",
            escape(&page.client_name),
            escape(&page.redirect_host),
            escape(&page.username),
            page.lifetime.as_secs(),
            scopes.concat(),
            resources.concat(),
            escape(&page.switch_account),
            form(
                &page.form,
                ConsentPage::BUTTON,
                &[ConsentPage::ALLOW, ConsentPage::DENY]
            ),
        );
        document("consent", "", &body)
    }

    fn error(&self, page: &ErrorPage) -> String {
        let body = format!(
            "<h1>{} {}</h1><p>{}</p>",
            page.status, page.error, page.description
        );
        document("error", "", &body)
    }

    fn log_out(&self, page: &LogoutPage) -> String {
        let client = page.client_name.as_deref().unwrap_or_default();
        let body = format!(
            "<h1>{} {}</h1>{}",
            escape(&page.username),
            escape(client),
            form(&page.form, LogoutPage::BUTTON, &[LogoutPage::LOG_OUT]),
        );
        document("log out", "", &body)
    }

    fn logged_out(&self, page: &LoggedOutPage) -> String {
        let body = format!("<a href=\"{}\">Log in</a>", escape(&page.login));
        document("logged out", "", &body)
    }

    fn form_post(&self, page: &FormPostPage) -> String {
        let script = format!("<script src=\"{}\" defer></script>", escape(&page.script));
        let body = format!(
            "<h1>{}</h1>{}",
            escape(&page.client_name),
            form(&page.form, "", &[])
        );
        document("form post", &script, &body)
    }
}

fn document(title: &str, head: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"
    )
}

fn form(form: &PageForm, button: &str, values: &[&str]) -> String {
    let fields = form.fields.iter().map(|field| {
        let (name, value) = (escape(&field.name), escape(&field.value));
        format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">")
    });
    let buttons = values
        .iter()
        .map(|value| format!("<button name=\"{button}\" value=\"{value}\">{value}</button>"));
    let inside: String = fields.chain(buttons).collect();
    let action = escape(&form.action);
    format!("<form method=\"post\" action=\"{action}\">{inside}</form>")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
