//! What can a user know a client by? Where the answer goes: the one thing that a client cannot make up.

/// The host of a redirect URI, with its port; for an application on the user's own device that, and what it is called by.
pub(crate) fn redirect_host(redirect_uri: &str) -> Box<str> {
    let (scheme, rest) = redirect_uri.split_once(':').unwrap_or((redirect_uri, ""));
    let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let authority = rest.strip_prefix("//").unwrap_or_default();
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    if !is_web {
        return format!("an app on this device ({scheme})").into();
    }
    let is_loopback = ["127.0.0.1", "[::1]", "localhost"].iter().any(|host| {
        let port = authority.strip_prefix(host);
        port.is_some_and(|port| port.is_empty() || port.starts_with(':'))
    });
    if is_loopback {
        return format!("an app on this device ({authority})").into();
    }
    authority.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    // O-26
    #[test]
    fn the_host_is_shown_as_it_is_registered() {
        for (redirect_uri, expected) in [
            ("https://app.example/cb?a=b", "app.example"),
            ("https://app.example:8443/cb", "app.example:8443"),
            ("https://xn--pple-43d.example/", "xn--pple-43d.example"),
            ("https://localhost.evil.example/", "localhost.evil.example"),
            (
                "http://127.0.0.1:3000/cb",
                "an app on this device (127.0.0.1:3000)",
            ),
            ("http://[::1]/cb", "an app on this device ([::1])"),
            (
                "http://localhost:1/cb",
                "an app on this device (localhost:1)",
            ),
            (
                "com.example.app:/cb",
                "an app on this device (com.example.app)",
            ),
        ] {
            assert_eq!(&*redirect_host(redirect_uri), expected);
        }
    }
}
