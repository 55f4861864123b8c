//! The provider as browsers and clients see it, over sockets, on both adapters. `cargo test --test openid tower::` plays
//! one of them.
//!
//! Tests of [`basic`], [`config`] and [`logout`] bear the names of the modules of the OpenID Foundation's conformance suite
//! that they stand for; `docs/rows.md` says which rows of the catalogues the others show.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a scenario that cannot go on has failed"
)]

mod back_channel;
mod basic;
mod config;
mod flow;
mod logout;
mod people;
mod refused;
mod signature;

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
        back_channel:
            a_token_lives_from_its_grant_to_its_end
            a_client_has_a_token_of_its_own
            what_no_client_should_send_is_refused_alike
            scripts_of_any_origin_may_call_what_no_cookie_opens
            userinfo_takes_its_token_from_one_place
        ;
        basic:
            oidcc_server
            oidcc_response_type_missing
            oidcc_idtoken_signature
            oidcc_idtoken_unsigned
            oidcc_userinfo_get
            oidcc_userinfo_post_header
            oidcc_userinfo_post_body
            oidcc_ensure_request_without_nonce_succeeds_for_code_flow
            oidcc_scope_profile
            oidcc_scope_email
            oidcc_scope_address
            oidcc_scope_phone
            oidcc_scope_all
            oidcc_alternate_happy_flow
            oidcc_display_page
            oidcc_display_popup
            oidcc_prompt_login
            oidcc_prompt_none_not_logged_in
            oidcc_prompt_none_logged_in
            oidcc_max_age_1
            oidcc_max_age_10000
            oidcc_ensure_request_with_unknown_parameter_succeeds
            oidcc_id_token_hint
            oidcc_login_hint
            oidcc_ui_locales
            oidcc_claims_locales
            oidcc_ensure_request_with_acr_values_succeeds
            oidcc_codereuse
            oidcc_codereuse_30seconds
            oidcc_ensure_registered_redirect_uri
            oidcc_ensure_post_request_succeeds
            oidcc_server_client_secret_post
            oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported
            oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported
            oidcc_claims_essential
            oidcc_ensure_request_object_with_redirect_uri
            oidcc_refresh_token
            oidcc_ensure_request_with_valid_pkce_succeeds
        ;
        config:
            oidcc_discovery_endpoint_verification
        ;
        flow:
            a_stranger_logs_in_allows_and_the_client_gets_tokens
            a_user_who_denies_sends_the_client_an_error
            consent_is_remembered_for_clients_that_prove_who_they_are
            consent_to_one_resource_is_none_to_another
            a_decision_counts_while_the_login_is_young_enough
            a_public_client_asks_every_time
            a_client_that_may_skip_consent_is_answered_at_once
            a_request_by_post_is_answered_as_one_by_get
            an_answer_can_come_as_a_form
            frappes_paths_lead_the_same_way
        ;
        logout:
            oidcc_rp_initiated_logout_discovery_endpoint_verification
            oidcc_rp_initiated_logout
            oidcc_rp_initiated_logout_bad_post_logout_redirect_uri
            oidcc_rp_initiated_logout_modified_id_token_hint
            oidcc_rp_initiated_logout_no_id_token_hint
            oidcc_rp_initiated_logout_no_params
            oidcc_rp_initiated_logout_no_post_logout_redirect_uri
            oidcc_rp_initiated_logout_no_state
            oidcc_rp_initiated_logout_only_state
            oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri
            oidcc_rp_initiated_logout_bad_id_token_hint
            nobody_is_logged_out_for_another
            a_session_that_is_older_than_a_rotation_ends_as_others_do
            the_page_needs_its_token
            another_sites_page_logs_nobody_out_of_a_browser_without_fetch_metadata
            who_shows_no_session_loses_none
            the_grants_of_the_session_end_with_it
            every_logout_ends_what_was_granted_in_the_session
            a_login_in_place_of_another_ends_no_grant
        ;
        people:
            the_consent_page_says_who_asks_for_what
            another_user_can_take_over
            a_client_can_be_for_some_roles_alone
            who_has_no_session_logs_in
            two_tabs_do_not_mix_up_what_they_ask
            an_outage_is_told_the_client_once_it_is_known
            junk_is_a_page_or_a_redirect
        ;
        refused:
            nothing_but_a_registered_uri_is_redirected_to
            an_app_on_the_users_device_may_listen_on_any_port
            who_asks_must_be_known_before_anybody_is_told
            everything_else_goes_back_to_the_client
            a_state_comes_back_byte_for_byte
            a_decision_is_about_the_request_that_was_shown
            a_decision_is_checked_as_the_request_was
            a_flood_of_requests_stores_nothing
            no_answer_repeats_a_post_and_no_script_may_read_it
        ;
    }
}
