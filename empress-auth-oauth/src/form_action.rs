//! Where may the answer to a form lead? What `form-action` of a page says ([Content Security Policy Level
//! 3](https://www.w3.org/TR/CSP3/#directive-form-action)).
//!
//! Chromium and Safari hold the redirects behind a form to it. An application's callback redirects on, often to another host
//! of its own, so that all of `https:` is allowed; plain http and an application's own scheme only where the redirect URI
//! has them.

use crate::authorize::Target;
use crate::authorize::parameters::Parameters;
use crate::provider::Provider;

impl Provider {
    /// The value of `form-action` for a login page that leads on to `return_to`, a path and query of ours: `'self'`, and
    /// where the client is sent to if it is an authorization request.
    ///
    /// Without it a login page allows forms to be sent anywhere; with `'self'` alone, browsers do not follow a login back to
    /// a client whose user need not be asked for consent.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use empress_auth_core::{Entropy, MasterKey, MemoryStore};
    /// use empress_auth_oauth::Provider;
    ///
    /// let master_key = MasterKey::generate(&Entropy::system())?;
    /// let provider = Provider::new(MemoryStore::new(), "https://auth.example".parse()?, master_key);
    /// assert_eq!(provider.login_form_action("/account").await, "'self'");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn login_form_action(&self, return_to: &str) -> String {
        let query = return_to.split_once('?').map_or("", |(_, query)| query);
        let Ok(parameters) = Parameters::parse(query.as_bytes()) else {
            return sources(None);
        };
        // What is no request of a client's leads to a page of ours, and so does one that cannot be looked up.
        match Target::of(&parameters, &*self.services().clients).await {
            Ok(target) => sources(Some(target.redirect_uri.as_str())),
            Err(_) => sources(None),
        }
    }
}

/// The sources for a form that leads to `redirect_uri`.
pub(crate) fn sources(redirect_uri: Option<&str>) -> String {
    let mut sources = String::from("'self'");
    if let Some(source) = redirect_uri.and_then(source_of) {
        sources.push_str(" https:");
        if source != "https:" {
            sources.push(' ');
            sources.push_str(&source);
        }
    }
    sources
}

/// The source expression that a redirect URI falls under; `None` for what is no URI.
fn source_of(redirect_uri: &str) -> Option<String> {
    let (scheme, rest) = redirect_uri.split_once(':')?;
    let scheme = scheme.to_ascii_lowercase();
    let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if !scheme.bytes().all(in_scheme) {
        return None;
    }
    let authority = rest
        .strip_prefix("//")
        .and_then(|rest| rest.split(['/', '?', '#']).next());
    let in_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    Some(match authority {
        // An IPv6 address cannot be written there: its scheme has to do.
        Some(authority) if scheme == "http" && authority.bytes().all(in_host) => {
            format!("http://{authority}")
        }
        _ => format!("{scheme}:"),
    })
}

#[cfg(test)]
mod tests {
    use empress_auth_core::{Actor, Entropy, MasterKey, MemoryStore};

    use super::*;
    use crate::NewClient;

    #[test]
    fn a_form_may_lead_where_its_answer_does() {
        for (redirect_uri, expected) in [
            ("https://app.example/cb", "'self' https:"),
            (
                "http://127.0.0.1:8080/cb",
                "'self' https: http://127.0.0.1:8080",
            ),
            ("http://localhost/cb?a=b", "'self' https: http://localhost"),
            ("http://[::1]:8080/cb", "'self' https: http:"),
            ("com.example.app:/cb", "'self' https: com.example.app:"),
            ("com.example.app://cb", "'self' https: com.example.app:"),
            ("no uri", "'self'"),
            ("a;b://c", "'self'"),
        ] {
            assert_eq!(sources(Some(redirect_uri)), expected, "{redirect_uri}");
        }
        assert_eq!(sources(None), "'self'");
    }

    // P-16: a stranger's words open nothing
    #[tokio::test]
    async fn a_login_leads_to_clients_that_are_known_and_to_uris_of_theirs_alone() {
        let master_key = MasterKey::generate(&Entropy::system()).unwrap();
        let url = "https://auth.example".parse().unwrap();
        let provider = Provider::new(MemoryStore::new(), url, master_key);
        let new = NewClient::public("App").with_redirect_uri("http://127.0.0.1/cb");
        let made = provider
            .clients()
            .create(Actor::assert_local_operator(), new)
            .await
            .unwrap();
        let id = &made.client().id;
        let registered = "redirect_uri=http%3A%2F%2F127.0.0.1%3A5000%2Fcb";
        for (return_to, expected) in [
            (
                format!("/oauth/authorize?client_id={id}&{registered}"),
                "'self' https: http://127.0.0.1:5000",
            ),
            (
                format!("/oauth/authorize?client_id={id}"),
                "'self' https: http://127.0.0.1",
            ),
            (
                format!("/oauth/authorize?client_id={id}&redirect_uri=http%3A%2F%2Fevil.example"),
                "'self'",
            ),
            (
                format!("/oauth/authorize?client_id=nobody&{registered}"),
                "'self'",
            ),
            ("/account".to_owned(), "'self'"),
            ("/account?%zz".to_owned(), "'self'"),
            (String::new(), "'self'"),
        ] {
            let sources = provider.login_form_action(&return_to).await;
            assert_eq!(sources, expected, "{return_to}");
        }
    }
}
