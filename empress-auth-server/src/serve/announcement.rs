//! What is said when the program accepts connections.

use std::io::Write as _;
use std::net::SocketAddr;

use empress_auth_core::network::is_loopback_host;
use empress_auth_core::{PublicUrl, PublicUrlError};
use http::Uri;

/// Under which URL this machine reaches an address of its own, for trying the program out: `cli` lets nothing else be
/// listened on without a public URL.
pub(super) fn local_url(address: SocketAddr) -> Result<PublicUrl, PublicUrlError> {
    let url: PublicUrl = format!("http://{address}").parse()?;
    tracing::info!(issuer = %url, "no public_url is set; only this machine can use the pages and tokens of this one");
    Ok(url)
}

/// The line that scripts wait for.
pub(super) fn announce(address: SocketAddr, public_url: &PublicUrl) {
    let mut stdout = std::io::stdout().lock();
    // Nobody may be listening; that is no reason not to serve.
    let _ = writeln!(stdout, "listening on http://{address}");
    let _ = stdout.flush();
    let version = env!("CARGO_PKG_VERSION");
    tracing::info!(%address, %public_url, version, "listening");
    if !public_url.is_https() && !names_this_machine(public_url) {
        tracing::warn!(
            %public_url,
            "the public URL is not https: whoever is on the way reads every credential, and OAuth clients refuse such an issuer"
        );
    }
}

fn names_this_machine(url: &PublicUrl) -> bool {
    let origin = url.origin().parse::<Uri>();
    origin.is_ok_and(|origin| origin.host().is_some_and(is_loopback_host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        for (url, is_so) in [
            ("http://LocalHost", true),
            ("http://localhost:8000/auth", true),
            ("http://127.0.0.1:8000", true),
            ("http://[::1]", true),
            ("http://[::1]:8000", true),
            ("http://auth.example", false),
            ("http://192.0.2.1:8000", false),
            ("http://localhost.example:8000", false),
        ] {
            let url = url.parse().unwrap();
            assert_eq!(names_this_machine(&url), is_so, "{url}");
        }
    }
}
