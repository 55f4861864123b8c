//! Redirect URIs: what may be registered is read by a browser as it is read here, and nothing is redirected to but what equals
//! a registered one, up to the port of an application on the same device.

#![no_main]

use std::time::UNIX_EPOCH;

use empress_auth_oauth::client::{AuthMethod, Client};
use empress_auth_oauth::redirect_uri::{RegisteredRedirectUri, check_redirect_uri};
use libfuzzer_sys::fuzz_target;
use url::{Host, Url};

fuzz_target!(|lines: &str| {
    let (registered, requested) = lines.split_once('\n').unwrap_or((lines, lines));
    if check_redirect_uri(registered).is_err() {
        return;
    }
    read_as_a_browser(registered);

    let mut client = Client::new("client", "Client", UNIX_EPOCH);
    client.redirect_uris = vec![registered.into()];
    client.post_logout_redirect_uris = vec![registered.into()];
    let at_any_port = is_same_up_to_port(registered, requested);
    for (is_public, may) in [(true, at_any_port), (false, registered == requested)] {
        client.auth_methods = (!is_public)
            .then_some(AuthMethod::ClientSecretBasic)
            .into_iter()
            .collect();
        let found = RegisteredRedirectUri::of(&client, Some(requested));
        assert!(found.is_none() || may, "{registered} {requested}");
        assert!(found.is_some() || registered != requested);
        assert!(found.is_none_or(|found| found.as_str() == requested));
        let found = RegisteredRedirectUri::after_logout(&client, requested);
        assert!(found.is_none() || may, "{registered} {requested}");
    }
});

/// By the URL Standard, which browsers follow.
fn read_as_a_browser(uri: &str) {
    let Ok(url) = Url::parse(uri) else {
        return;
    };
    assert!(
        url.username().is_empty() && url.password().is_none(),
        "{uri}"
    );
    assert!(url.fragment().is_none(), "{uri}");
    let (scheme, rest) = uri.split_once(':').expect("a scheme");
    assert_eq!(url.scheme(), scheme);
    if !matches!(scheme, "http" | "https") {
        assert!(scheme.contains('.'), "{uri}");
        return;
    }
    let rest = rest.strip_prefix("//").expect("an authority");
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let path = path.split('?').next().unwrap_or_default();
    assert_eq!(url.path(), if path.is_empty() { "/" } else { path });
    match url.host().expect("a host") {
        Host::Domain(host) => {
            assert!(
                authority
                    .strip_prefix(host)
                    .is_some_and(|port| port.is_empty() || port.starts_with(':')),
                "{uri}"
            );
            assert!(scheme == "https" || host == "localhost", "{uri}");
        }
        Host::Ipv4(address) => assert!(scheme == "https" || address.is_loopback(), "{uri}"),
        Host::Ipv6(address) => assert!(scheme == "https" || address.is_loopback(), "{uri}"),
    }
}

fn is_same_up_to_port(registered: &str, requested: &str) -> bool {
    let without_port = |uri: &str| {
        let mut url = Url::parse(uri).ok()?;
        let is_here = matches!(url.host_str()?, "127.0.0.1" | "[::1]") && url.scheme() == "http";
        url.set_port(None).ok()?;
        is_here.then_some(url)
    };
    let same = without_port(registered)
        .is_some_and(|registered| without_port(requested) == Some(registered));
    registered == requested || same
}
