//! Against real sockets on this machine: issuers that behave, and that do not.

use std::time::{Duration, UNIX_EPOCH};

use empress_auth_core::Clock;
use empress_auth_core::jwt::KeySource as _;

use super::pace::Pace;
use super::refresher::Config;
use super::{RemoteJwks, RemoteJwksErrorKind};

mod answers;
mod double;
mod floods;
mod freshness;
mod lifetime;
mod outages;
mod tls;

use self::double::{Answer, Double};

/// A clock that stands still, some years after 1970.
fn clock() -> Clock {
    Clock::manual(UNIX_EPOCH + Duration::from_secs(1_800_000_000))
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// The same handle with other numbers.
fn paced(jwks: &RemoteJwks, change: impl FnOnce(&mut Pace)) -> RemoteJwks {
    let mut config = jwks.0.config().clone();
    change(&mut config.pace);
    RemoteJwks::from_config(Config { ..config })
}

/// Whether the key is among those that the source gives for it.
async fn knows(jwks: &RemoteJwks, kid: &str) -> bool {
    jwks.refresh(kid).await.unwrap().contains(kid)
}

/// Waits for what happens in the background.
async fn until(mut happened: impl FnMut() -> bool) {
    for _ in 0..2_000 {
        if happened() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it never happened");
}

async fn refused(jwks: &RemoteJwks) -> RemoteJwksErrorKind {
    jwks.ready().await.unwrap_err().kind()
}
