//! Every scenario is told once and played on each stage, over sockets: both adapters, each with a store in memory and one
//! in SQLite; and, where no application of ours is needed, the program. `cargo test --test scenarios tower_sqlite::` plays
//! one stage, and a failure names it.
//!
//! The first comment of a scenario names the rows that it stands for; `docs/compatibility.md` says which rows have none.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a scenario that cannot go on has failed"
)]

mod addresses;
mod basic;
mod browsers;
mod carriage;
mod clients;
mod drf;
mod extractors;
mod frappe;
mod jwt;
mod kinds;
mod live;
mod login;
mod methods;
mod mounted;
mod obtain_token;
mod outage;
mod parity;
mod paths;
mod raw;
mod refusals;
mod remote_keys;
mod rpc;
mod sessions;
mod shapes_actix;
mod shapes_tower;
mod versions;

use empress_auth_tests::{Adapter, Stage, StoreKind};

/// A module of tests for each stage: of each scenario one.
macro_rules! play {
    ({ $($stage:ident: $where:expr;)* } $scenarios:tt) => {
        $(mod $stage {
            use super::*;

            play!(@ $where, $scenarios);
        })*
    };
    (@ $where:expr, { $($file:ident: $($scenario:ident)*;)* }) => {
        const STAGE: Stage = $where;

        $(mod $file {
            $(#[test]
            fn $scenario() {
                if super::STAGE.is_set() {
                    crate::$file::$scenario(super::STAGE);
                }
            })*
        })*
    };
}

play! {
    {
        tower: Stage::Application(Adapter::Tower, StoreKind::Memory);
        tower_sqlite: Stage::Application(Adapter::Tower, StoreKind::Sqlite);
        actix: Stage::Application(Adapter::Actix, StoreKind::Memory);
        actix_sqlite: Stage::Application(Adapter::Actix, StoreKind::Sqlite);
    }
    {
        addresses:
            a_spoofed_address_opens_nothing
            behind_a_trusted_proxy_the_rightmost_stranger_is_the_client
            behind_a_proxy_that_writes_forwarded_no_other_field_counts
            a_hop_that_cannot_be_read_is_nowhere
            a_remembered_token_is_asked_for_its_network_each_time
            nobody_can_be_told_to_trust_everyone
        ;
        basic:
            a_password_may_have_colons_and_a_name_letters_beyond_ascii
            what_is_no_user_and_password_has_drfs_words
            whatever_is_wrong_with_user_and_password_is_one_answer
            a_password_that_is_too_long_is_refused_unhashed
            guessing_passwords_is_limited_and_says_until_when
            a_token_is_no_password_and_a_password_no_token
        ;
        browsers:
            a_preflight_is_answered_wherever_cors_stands
            a_refusal_keeps_the_headers_of_cors_around_the_layer
            an_extractors_refusal_keeps_the_headers_of_cors_inside_the_layer
            a_preflight_is_options_with_an_origin_and_a_method
            a_preflight_without_cors_is_refused_like_any_stranger
            a_cookie_writes_only_for_a_page_of_the_same_origin
        ;
        carriage:
            two_authorization_lines_are_refused_and_never_picked_from
            a_list_of_credentials_in_one_field_is_refused
            every_scheme_opens_in_any_case_behind_any_blanks
            junk_is_refused_and_never_an_error_of_ours
            basic_is_split_at_the_first_colon
            basic_is_strict_base64_with_padding
            basic_holds_text_without_controls
            no_key_has_a_colon
            a_credential_is_read_from_its_place_alone
            a_header_of_ones_own_is_read_beside_authorization_but_not_with_it
            nobody_is_let_in_for_what_it_says_it_is
            no_preset_lets_in_what_another_refuses
        ;
        clients:
            the_frappe_client_logs_in_and_calls_methods
        ;
        drf:
            nothing_of_ours_is_credentials_not_provided
            the_keyword_alone_has_no_credentials
            more_than_one_word_contains_spaces
            bytes_that_are_no_text_are_invalid_characters
            every_other_wrong_token_is_invalid
            the_token_of_an_inactive_user_says_so
            a_good_token_opens_in_any_case_behind_any_blanks
            two_authorization_lines_contain_spaces
            a_permission_refuses_the_known_with_403_and_the_unknown_with_401
            the_method_is_looked_at_after_the_token
            options_needs_a_token_unless_it_is_a_preflight
            allow_any_lets_nobody_in_and_refuses_a_bad_token
            read_only_for_nobody_asks_for_a_token_to_write
            a_keyword_takes_the_place_of_token
            the_first_scheme_gives_the_challenge_whichever_failed
            a_session_that_writes_shows_its_origin_and_a_token_need_not
        ;
        extractors:
            a_forgotten_layer_is_a_500_and_the_log_says_so
            option_tells_a_forgotten_layer_in_axum_and_hides_it_in_actix
            an_optional_layer_lets_nobody_in_and_a_wrong_credential_out
            ignoring_invalid_ignores_the_ended_and_refuses_the_malformed
            a_requirement_asks_for_scope_and_role
            an_extractor_refuses_in_the_layers_preset
            an_application_knows_its_own_users
            what_is_withdrawn_is_refused_at_once_on_every_worker
        ;
        frappe:
            a_key_pair_opens_in_every_letter_case
            a_key_pair_opens_as_basic
            a_wrong_secret_and_an_unknown_key_are_one_401_without_traceback
            what_is_no_key_pair_behind_token_is_a_401
            a_token_without_a_colon_opens_if_it_is_one
            basic_without_one_pair_in_it_is_a_401
            undecodable_basic_is_frappes_400
            an_unknown_expired_or_revoked_bearer_is_a_401
            an_unknown_scheme_is_a_401
            a_scheme_that_is_switched_off_is_a_401
            no_credential_is_frappes_403_with_challenges
            an_unusable_field_never_degrades_to_a_guest
            what_a_disabled_user_holds_is_a_401
            a_key_without_a_secret_is_a_plain_401
            a_wrong_credential_beside_a_good_cookie_is_refused
            a_credential_in_the_header_decides_over_the_cookie
            a_token_in_the_query_is_not_read
            scopes_are_enforced
        ;
        jwt:
            a_token_of_the_issuer_opens_what_its_claims_allow
            opaque_tokens_and_jwts_open_one_door
            every_wrong_jwt_gets_the_bytes_of_an_unknown_token
            kinds_do_not_cross
            a_key_in_the_header_signs_for_nobody
            without_a_verifier_a_jwt_is_an_unknown_token
            a_token_seen_before_is_not_verified_again_and_ends_in_time
            an_issuer_that_is_down_is_a_503_for_unknown_keys_alone
            a_foreign_administrator_has_no_power_over_our_endpoints
        ;
        kinds:
            each_kind_of_token_opens_its_own_doors_alone
            one_credential_is_one_caller_whichever_way_it_comes
            a_remembered_credential_opens_no_other_door
            no_edit_of_a_token_is_accepted
            a_cookie_counts_only_where_it_is_configured_and_alone
        ;
        live:
            a_websocket_needs_a_credential
            a_live_websocket_closes_when_its_token_is_revoked
            a_live_websocket_closes_when_its_user_is_disabled
            a_live_websocket_closes_when_its_secret_is_replaced
            a_live_websocket_survives_what_is_not_its_business
            an_event_stream_ends_with_its_token
        ;
        login:
            l1_a_password_is_answered_with_a_session
            l1_login_is_post_alone_and_reads_no_url
            l1_the_cookie_is_for_this_host_and_no_script
            l2_l4_whoever_cannot_log_in_gets_one_answer
            l3_incomplete_details_are_refused
            l5_a_password_that_is_too_long_is_refused_unhashed
            l6_guessing_is_limited_and_says_until_when
            l6_after_a_minute_there_is_room_again
            l6_many_guesses_at_once_are_all_counted
            l8_a_session_in_the_url_or_a_form_is_not_read
            p11_a_planted_session_ends_at_the_login
            p14_another_sites_page_logs_nobody_in
            l1_what_is_stale_keeps_nobody_from_logging_in
            l1_an_older_client_logs_in_at_the_root
            without_sessions_there_is_no_login
        ;
        methods:
            no_method_gets_by_without_a_credential
            head_is_get_without_a_body
            a_method_written_elsewhere_is_not_read
            a_known_caller_with_a_wrong_method_gets_405_and_allow
        ;
        mounted:
            endpoints_and_own_routes_live_side_by_side
            a_name_in_a_path_is_the_users_name
            every_answer_has_its_length_and_no_cache_keeps_it
            a_token_is_made_used_and_revoked_over_http
            a_body_is_read_up_to_its_limit
            the_applications_own_requirement_is_its_own
            a_layer_around_the_endpoints_too_refuses_strangers_everywhere
        ;
        obtain_token:
            the_same_token_comes_each_time_in_any_of_three_forms
            whoever_cannot_log_in_gets_one_answer
            every_field_is_told_what_is_wrong_with_it
            a_user_name_is_trimmed_and_a_password_is_not
            a_body_that_cannot_be_read_is_told_why
            only_post_is_answered_and_only_in_json
            a_stale_header_is_not_read
            a_revoked_token_is_followed_by_another
            guessing_is_limited_here_too
        ;
        outage:
            a_store_that_is_down_is_a_503_in_every_mode
            after_the_outage_the_first_request_is_answered
            what_was_verified_before_goes_on
            without_a_memory_every_request_asks
            many_first_requests_at_once_ask_once
            two_layers_on_one_store_share_what_they_remember
            what_is_made_meanwhile_ends_nothing_that_is_remembered
        ;
        paths:
            no_way_of_writing_a_path_is_let_by
            with_a_credential_the_plain_path_opens
        ;
        raw:
            bytes_that_no_field_may_have_are_a_400
            a_bare_line_feed_ends_a_line_for_both
            no_second_request_hides_in_a_body
            leading_zeros_of_a_length_are_no_trick
            a_refused_body_is_not_taken_for_a_request
            two_host_fields_open_nothing
            too_many_fields_are_refused
            a_large_credential_is_refused_in_a_millisecond
        ;
        refusals:
            every_wrong_credential_gets_the_same_bytes
            the_lines_come_in_no_telling_order
            without_credentials_there_are_challenges_and_no_error
            a_wrong_credential_is_an_invalid_token_in_its_own_scheme
            too_little_scope_is_a_403_that_names_what_is_needed
            what_is_required_twice_is_required_together
            a_realm_cannot_end_a_line_or_begin_a_parameter
            no_cache_may_keep_a_refusal_and_success_is_left_alone
            vary_names_the_fields_that_decide
            a_body_is_short_and_echoes_nothing
            a_function_of_ones_own_renders_every_refusal
            the_content_type_of_grpc_changes_nothing_over_http_1
        ;
        remote_keys:
            a_rotated_key_opens_with_its_first_token
            while_the_issuer_is_down_known_keys_open_and_others_are_503
            the_tokens_of_two_issuers_never_cross
            keys_that_a_token_brings_are_neither_fetched_nor_used
            a_kid_is_a_name_and_nothing_else
        ;
        rpc:
            generating_keys_keeps_the_key_and_replaces_the_secret
            the_guides_get_works_with_a_credential_in_the_header
            the_guides_get_can_be_switched_off
            a_get_by_cookie_changes_nothing
            only_a_system_manager_generates_keys
            a_user_is_found_with_the_guides_quotes_or_not_at_all
            the_user_may_be_named_in_query_or_body
            a_key_is_frappes_and_a_secret_has_160_bits
            the_truncated_path_is_not_there
            the_logged_user_is_told_with_and_without_a_slash
            ping_answers_guests_and_refuses_a_bad_credential
            another_source_of_keys_is_refused
            a_wrong_verb_is_a_405_with_allow
        ;
        sessions:
            l9_a_logout_ends_the_session_at_once
            p12_nobody_gets_in_after_the_logout_was_answered
            k11_every_session_ends_with_the_password_and_the_user
            l10_a_session_that_has_ended_says_so_and_is_cleared
            l11_the_sessions_own_token_lets_a_page_write
            l11_the_body_of_an_application_is_not_looked_into
            l12_a_cookie_writes_for_our_pages_and_for_no_browser
            l12_a_credential_in_the_header_decides_over_the_session
            l13_a_token_alone_needs_no_evidence
            a_session_does_what_its_user_may
            the_applications_own_routes_know_the_session
            a_live_websocket_closes_at_the_logout
            a_session_is_no_token_and_a_token_no_session
        ;
        versions:
            each_version_wraps_what_a_method_returns
            version_2_tells_errors_as_a_list
            version_1_is_the_one_without_a_number
            what_is_no_method_is_nowhere
        ;
    }
}

// What needs neither an application nor a layer of its own, nor a clock that obeys, nor a withdrawal that another process
// hears at once.
play! {
    {
        program: Stage::Program;
    }
    {
        clients:
            the_frappe_client_logs_in_and_calls_methods
        ;
        frappe:
            a_key_pair_opens_in_every_letter_case
            a_key_pair_opens_as_basic
            a_wrong_secret_and_an_unknown_key_are_one_401_without_traceback
            what_is_no_key_pair_behind_token_is_a_401
            a_token_without_a_colon_opens_if_it_is_one
            basic_without_one_pair_in_it_is_a_401
            undecodable_basic_is_frappes_400
            an_unknown_scheme_is_a_401
            no_credential_is_frappes_403_with_challenges
            a_key_without_a_secret_is_a_plain_401
            a_token_in_the_query_is_not_read
        ;
        login:
            l1_a_password_is_answered_with_a_session
            l1_login_is_post_alone_and_reads_no_url
            l2_l4_whoever_cannot_log_in_gets_one_answer
            l3_incomplete_details_are_refused
            l5_a_password_that_is_too_long_is_refused_unhashed
            l6_guessing_is_limited_and_says_until_when
            l8_a_session_in_the_url_or_a_form_is_not_read
            p11_a_planted_session_ends_at_the_login
            p14_another_sites_page_logs_nobody_in
            l1_what_is_stale_keeps_nobody_from_logging_in
            l1_an_older_client_logs_in_at_the_root
        ;
        mounted:
            a_name_in_a_path_is_the_users_name
            every_answer_has_its_length_and_no_cache_keeps_it
            a_token_is_made_used_and_revoked_over_http
            a_body_is_read_up_to_its_limit
        ;
        obtain_token:
            the_same_token_comes_each_time_in_any_of_three_forms
            whoever_cannot_log_in_gets_one_answer
            every_field_is_told_what_is_wrong_with_it
            a_user_name_is_trimmed_and_a_password_is_not
            a_body_that_cannot_be_read_is_told_why
            only_post_is_answered_and_only_in_json
            a_stale_header_is_not_read
            a_revoked_token_is_followed_by_another
            guessing_is_limited_here_too
        ;
        rpc:
            generating_keys_keeps_the_key_and_replaces_the_secret
            the_guides_get_works_with_a_credential_in_the_header
            only_a_system_manager_generates_keys
            a_user_is_found_with_the_guides_quotes_or_not_at_all
            the_user_may_be_named_in_query_or_body
            a_key_is_frappes_and_a_secret_has_160_bits
            the_truncated_path_is_not_there
            the_logged_user_is_told_with_and_without_a_slash
            ping_answers_guests_and_refuses_a_bad_credential
            another_source_of_keys_is_refused
            a_wrong_verb_is_a_405_with_allow
        ;
        sessions:
            l9_a_logout_ends_the_session_at_once
            p12_nobody_gets_in_after_the_logout_was_answered
            l11_the_sessions_own_token_lets_a_page_write
            l12_a_cookie_writes_for_our_pages_and_for_no_browser
            l12_a_credential_in_the_header_decides_over_the_session
            l13_a_token_alone_needs_no_evidence
            a_session_does_what_its_user_may
            a_session_is_no_token_and_a_token_no_session
        ;
        versions:
            each_version_wraps_what_a_method_returns
            version_2_tells_errors_as_a_list
            version_1_is_the_one_without_a_number
            what_is_no_method_is_nowhere
        ;
    }
}
