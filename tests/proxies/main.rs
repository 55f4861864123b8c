//! A server of ours behind nginx and haproxy: do both see the same requests, and does a cache keep people apart?
//!
//! The proxies run on loopback, as whoever runs the tests, with everything they write in a folder that goes with them.
//! `scripts/install-test-tools.sh` installs them; a test says on the terminal that it was skipped for want of one.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a scenario that cannot go on has failed"
)]

mod caching;
mod front;
mod smuggled;

use empress_auth_tests::Adapter;

/// A test of each scenario in each of two modules.
macro_rules! through_both {
    ($($file:ident: $($scenario:ident)*;)*) => {
        mod tower {
            $(mod $file {
                $(#[test]
                fn $scenario() {
                    crate::$file::$scenario(crate::Adapter::Tower);
                })*
            })*
        }
        mod actix {
            $(mod $file {
                $(#[test]
                fn $scenario() {
                    crate::$file::$scenario(crate::Adapter::Actix);
                })*
            })*
        }
    };
}

through_both! {
    smuggled:
        nothing_is_smuggled_past_nginx
        nothing_is_smuggled_past_nginx_that_streams
        nothing_is_smuggled_past_haproxy
    ;
    caching:
        what_our_endpoints_answer_one_is_kept_for_nobody
        a_refusal_is_kept_for_nobody
        an_answer_that_a_header_or_cookie_decided_is_kept_apart
    ;
}
