//! The decision alone.

use std::hint::black_box;

use empress_auth_core::{Authenticator, Start};

use crate::Run;
use crate::store::{request, show, with_hot_tokens};

pub(crate) fn start() -> Run {
    let (store, tokens) = with_hot_tokens();
    let authenticator = Authenticator::new(store);
    // What a layer verified that is gone since is asked for again.
    for token in &tokens {
        show(&authenticator, token);
    }
    // Different ones, because one may share its place in the cache with another and cost a step more.
    let requests: Vec<_> = tokens.iter().map(|token| request(Some(token))).collect();
    for request in &requests {
        let start = authenticator.start(request);
        assert!(matches!(start, Start::Ready(Ok(Some(_)))), "{start:?}");
    }
    Box::new(move |n| {
        for request in requests
            .iter()
            .cycle()
            .zip(0..n)
            .map(|(request, _)| request)
        {
            black_box(authenticator.start(black_box(request)));
        }
    })
}
