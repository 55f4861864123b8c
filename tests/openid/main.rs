//! The provider as browsers and clients see it, over sockets, on both adapters. `cargo test --test openid tower::` plays
//! one of them.
//!
//! Tests of [`basic`], [`config`] and [`logout`] bear the names of the modules of the OpenID Foundation's conformance suite
//! that they stand for; `docs/rows.md` says which rows of the catalogues the others show.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a scenario that cannot go on has failed"
)]

mod flow;

use empress_auth_tests::Adapter;

/// A module of tests for each adapter: of each scenario one.
macro_rules! play {
    ({ $($adapter:ident: $where:expr;)* } $scenarios:tt) => {
        $(mod $adapter {
            use super::*;

            play!(@ $where, $scenarios);
        })*
    };
    (@ $where:expr, { $($file:ident: $($scenario:ident)*;)* }) => {
        const ADAPTER: Adapter = $where;

        $(mod $file {
            $(#[test]
            fn $scenario() {
                crate::$file::$scenario(super::ADAPTER);
            })*
        })*
    };
}

play! {
    {
        tower: Adapter::Tower;
        actix: Adapter::Actix;
    }
    {
        flow:
            a_stranger_logs_in_allows_and_the_client_gets_tokens
            a_user_who_denies_sends_the_client_an_error
            consent_is_remembered_for_clients_that_prove_who_they_are
            a_public_client_asks_every_time
            a_client_that_may_skip_consent_is_answered_at_once
            a_request_by_post_is_answered_as_one_by_get
            an_answer_can_come_as_a_form
            frappes_paths_lead_the_same_way
        ;
    }
}
