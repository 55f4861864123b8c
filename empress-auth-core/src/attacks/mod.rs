//! Attacks and accidents, each of which worked once.

use crate::authenticator::{Authenticator, Decision, Start};
use crate::identity::Identity;

mod client;
mod clock;
mod escalation;
mod watching;
mod withdrawn_actor;

async fn show(auth: &Authenticator, value: &str) -> Decision {
    let request = http::Request::builder().header("authorization", value);
    match auth.start(&request.body(()).unwrap()) {
        Start::Ready(decision) => decision,
        Start::Pending(pending) => auth.finish(pending).await,
    }
}

async fn caller(auth: &Authenticator, value: &str) -> Identity {
    show(auth, value).await.unwrap().unwrap()
}
