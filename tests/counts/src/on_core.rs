//! The decision alone.

use std::hint::black_box;

use empress_auth_core::{Authenticator, Start};

use crate::Run;
use crate::store::{show, templates, with_hot_tokens};

/// The loop of [`start`], which is not part of it.
pub(crate) fn nothing() -> Run {
    let requests = templates(&with_hot_tokens().1);
    Box::new(move |n| {
        for (request, _) in requests.iter().cycle().zip(0..n) {
            black_box(black_box(request));
        }
    })
}

pub(crate) fn start() -> Run {
    let (store, tokens) = with_hot_tokens();
    starting(Authenticator::new(store), &tokens)
}

/// [`Authenticator::start`] on each of these in turn, all of which were verified before.
pub(crate) fn starting(authenticator: Authenticator, tokens: &[String]) -> Run {
    // By this very layer: what one verified that is gone since is asked for again.
    for token in tokens {
        show(&authenticator, token);
    }
    let requests = templates(tokens);
    for request in &requests {
        let start = authenticator.start(request);
        assert!(matches!(start, Start::Ready(Ok(Some(_)))), "{start:?}");
    }
    Box::new(move |n| {
        for (request, _) in requests.iter().cycle().zip(0..n) {
            black_box(authenticator.start(black_box(request)));
        }
    })
}
