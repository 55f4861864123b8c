//! The decision alone.

use std::hint::black_box;

use empress_auth_core::{Authenticator, Start};

use crate::Run;
use crate::store::{request, with_hot_token};

pub(crate) fn start() -> Run {
    let (store, token) = with_hot_token();
    let authenticator = Authenticator::new(store);
    let request = request(Some(&token));
    Box::new(move |n| {
        for _ in 0..n {
            let start = authenticator.start(black_box(&request));
            assert!(matches!(black_box(start), Start::Ready(Ok(Some(_)))));
        }
    })
}
