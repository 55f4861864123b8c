//! What every store must do so that a provider on it is safe: one suite for memory, SQL and yours.
//!
//! Stands beside [core's suite](empress_auth_core::testing::store_contract), which the store must pass, too. [`check`]
//! runs all of it; the checks are functions of their own, so that one can be run alone. Each takes an empty store. Time
//! comes with each call, so that no check sleeps.
//!
//! # Examples
//!
//! ```
//! use empress_auth_core::MemoryStore;
//! use empress_auth_oauth::testing::store_contract;
//!
//! # /*
//! #[tokio::test(flavor = "multi_thread")]
//! # */
//! async fn my_store_keeps_the_contract() {
//!     store_contract::check(async || MemoryStore::new()).await;
//! }
//! # tokio::runtime::Builder::new_multi_thread().build().unwrap()
//! #     .block_on(store_contract::clients::a_client_comes_back_as_it_was_put(MemoryStore::new()));
//! # let _ = my_store_keeps_the_contract;
//! ```

#![expect(
    clippy::missing_panics_doc,
    reason = "a check panics with the promise that was broken: that is its purpose"
)]

use crate::store::ProviderStore;

pub mod access_tokens;
pub mod audit;
pub mod authority;
pub mod clients;
pub mod codes;
pub mod consents;
pub mod endings;
mod fixture;
pub mod grants;
pub mod limits;
pub mod nodes;
pub mod races;
pub mod rotation;
pub mod sessions;
pub mod signing_keys;
mod write;

/// A store that can be held to the contract: implemented for every type that does all that a provider's store does and
/// whose clones are one store.
pub trait Store: ProviderStore + Clone {}

impl<S: ProviderStore + Clone> Store for S {}

/// How often a race is run: enough to meet the bad order by chance, few enough for a database.
const ROUNDS: usize = 8;

/// Checks everything, each time on a new store of `make`.
///
/// Runs on a tokio runtime, of several threads if the races are to be real ones.
///
/// # Panics
///
/// With the promise that the store breaks.
pub async fn check<S: Store>(make: impl AsyncFn() -> S) {
    clients::a_client_comes_back_as_it_was_put(make().await).await;
    clients::an_id_is_taken_once(make().await).await;
    clients::a_change_is_seen_at_once_and_ends_nothing(make().await).await;
    clients::a_secret_is_replaced_by_compare_and_set(make().await).await;
    clients::clients_are_listed_by_id_without_gaps(make().await).await;

    consents::scopes_are_added_to_what_was_allowed_before(make().await).await;
    consents::scopes_are_allowed_at_a_resource(make().await).await;
    consents::the_oldest_resources_of_a_consent_make_room(make().await).await;
    consents::nobody_consents_who_is_not_there(make().await).await;
    consents::a_withdrawn_consent_ends_the_codes_and_grants_of_this_user_and_client(make().await)
        .await;
    consents::what_was_granted_without_a_consent_ends_too(make().await).await;

    codes::a_code_comes_back_as_it_was_put(make().await).await;
    codes::nobody_gets_a_code_who_cannot_use_it(make().await).await;
    codes::a_code_is_redeemed_once(make().await).await;
    codes::a_spent_code_is_worth_nothing(make().await).await;
    codes::a_redeemed_code_cannot_be_spent(make().await).await;
    codes::an_id_that_exists_uses_nothing_up(make().await).await;

    rotation::each_token_gives_the_next_one(make().await).await;
    rotation::a_token_whose_answer_was_lost_is_accepted_again(make().await).await;
    rotation::a_sibling_of_the_used_token_ends_the_family(make().await).await;
    rotation::an_older_token_ends_the_family(make().await).await;
    rotation::an_ended_family_stays_ended(make().await).await;
    rotation::no_other_family_ends_with_it(make().await).await;
    rotation::an_id_that_exists_uses_nothing_up(make().await).await;

    grants::a_grant_and_its_tokens_come_back_as_they_were_put(make().await).await;
    grants::a_grant_ends_once_with_all_its_tokens(make().await).await;
    grants::one_access_token_is_withdrawn_and_its_family_goes_on(make().await).await;
    grants::a_user_sees_its_own_grants_in_order(make().await).await;
    grants::what_a_client_has_for_itself_is_nobodys_grant(make().await).await;
    grants::a_client_has_thousands_for_itself(make().await).await;

    limits::the_oldest_codes_of_a_user_for_a_client_make_room(make().await).await;
    limits::the_oldest_grants_of_a_user_to_a_client_make_room(make().await).await;
    limits::every_answer_to_a_refresh_token_is_kept(make().await).await;
    limits::a_refresh_token_that_is_shown_again_and_again_ends_its_family(make().await).await;
    limits::a_thief_cannot_have_a_refresh_token_forgotten(make().await).await;
    limits::who_refreshes_too_often_has_to_wait(make().await).await;

    access_tokens::a_token_is_found_with_its_user_client_and_scopes(make().await).await;
    access_tokens::a_token_of_a_client_is_found_with_the_user_that_stands_for_it(make().await)
        .await;
    access_tokens::the_user_is_found_as_it_is_now(make().await).await;
    access_tokens::a_token_ends_when_it_expires(make().await).await;
    access_tokens::a_token_for_other_resources_opens_nothing_here(make().await).await;
    access_tokens::no_other_kind_of_token_opens_anything(make().await).await;
    for ending in endings::Ending::ALL {
        access_tokens::an_ended_token_is_refused_by_the_next_request(make().await, ending).await;
    }
    access_tokens::an_ended_token_of_a_client_is_refused_by_the_next_request(make().await).await;

    for ending in endings::Ending::ALL {
        endings::what_has_ended_is_gone_and_the_rest_is_not(make().await, ending).await;
    }
    endings::a_code_that_was_not_redeemed_ends_too(make().await).await;
    endings::what_is_no_reason_ends_nothing(make().await).await;
    endings::deleting_takes_consents_along(make().await).await;

    for ending in sessions::SessionEnding::ALL {
        sessions::what_was_granted_in_a_session_ends_with_it(make().await, ending).await;
    }
    sessions::another_login_takes_over_what_was_granted_before_it(make().await).await;
    sessions::a_session_that_expired_ends_nothing(make().await).await;
    sessions::the_end_of_all_sessions_is_that_of_expired_ones(make().await).await;

    signing_keys::keys_are_replaced_by_compare_and_set(make().await).await;
    signing_keys::other_keys_end_everything_that_is_remembered(make().await).await;

    audit::every_write_leaves_its_event(make().await).await;
    audit::a_grant_is_logged_when_it_is_made_and_when_it_ends(make().await).await;
    audit::what_ends_with_a_user_or_client_has_no_events_of_its_own(make().await).await;
    audit::a_write_that_failed_leaves_none(make().await).await;

    for ending in authority::Withdrawal::ALL {
        authority::a_withdrawn_credential_writes_nothing(make().await, ending).await;
    }

    races::check(make, ROUNDS).await;
}
