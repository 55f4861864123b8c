//! What every store must do so that what is built on it is safe: one suite for memory, SQL and yours.
//!
//! [`check`] runs all of it; the checks are functions of their own, too, so that one can be run alone. Each takes an empty
//! store. Time comes with each call ([`Grounds::at`](crate::Grounds::at)), so that no check sleeps.
//!
//! # Examples
//!
//! ```
//! use empress_auth_core::MemoryStore;
//! use empress_auth_core::testing::store_contract;
//!
//! # /*
//! #[tokio::test(flavor = "multi_thread")]
//! # */
//! async fn my_store_keeps_the_contract() {
//!     store_contract::check(async || MemoryStore::new()).await;
//! }
//! # tokio::runtime::Builder::new_multi_thread().build().unwrap()
//! #     .block_on(store_contract::users::made_users_are_kept(MemoryStore::new()));
//! # let _ = my_store_keeps_the_contract;
//! ```

#![expect(
    clippy::missing_panics_doc,
    reason = "a check panics with the promise that was broken: that is its purpose"
)]

use crate::issuing::IssuingStore;
use crate::store::CredentialStore;

pub mod audit;
pub mod authority;
pub mod drf_tokens;
mod fixture;
pub mod keys;
pub mod listing;
pub mod races;
pub mod session_ends;
pub mod sessions;
pub mod token_use;
pub mod tokens;
pub mod users;
pub mod withdrawal;
mod write;

/// A store that can be held to the contract: implemented for every type that does all that a store does and whose
/// clones are one store.
pub trait Store: IssuingStore + CredentialStore + Clone {}

impl<S: IssuingStore + CredentialStore + Clone> Store for S {}

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
    users::made_users_are_kept(make().await).await;
    users::a_name_is_taken_in_every_spelling(make().await).await;
    users::an_id_is_never_used_again(make().await).await;
    users::a_change_leaves_the_rest(make().await).await;
    users::a_deleted_user_takes_everything_along(make().await).await;
    users::a_password_is_found_by_the_name_in_any_spelling(make().await).await;
    users::a_hash_is_replaced_by_compare_and_set(make().await).await;

    keys::the_key_stays_and_the_last_secret_holds(make().await).await;
    keys::a_replaced_secret_lives_on_until_it_is_told(make().await).await;
    keys::a_withdrawn_secret_is_gone_and_the_key_stays(make().await).await;
    keys::a_key_belongs_to_one_user(make().await).await;

    tokens::a_token_comes_back_as_it_was_put(make().await).await;
    tokens::an_id_and_a_digest_are_taken_once(make().await).await;
    tokens::the_limit_is_the_last_one_that_fits(make().await).await;
    tokens::the_limit_counts_no_expired_ones(make().await).await;
    tokens::nobody_gets_a_token_who_cannot_use_it(make().await).await;
    tokens::a_change_makes_a_token_narrower_only(make().await).await;
    tokens::a_token_is_revoked_by_its_owner_or_by_anybody_asked_to(make().await).await;
    tokens::all_tokens_of_a_user_are_revoked_and_no_other(make().await).await;
    token_use::a_token_ends_when_it_expires_or_is_left_alone(make().await).await;
    token_use::a_token_holds_in_its_networks_only(make().await).await;
    token_use::a_use_is_seen_at_once(make().await).await;

    drf_tokens::the_same_row_is_answered_until_it_is_revoked(make().await).await;
    drf_tokens::a_revoked_import_leaves_the_derived_token(make().await).await;
    drf_tokens::a_token_without_an_id_is_found_by_its_digest(make().await).await;
    drf_tokens::a_row_of_an_epoch_that_has_passed_is_refused(make().await).await;

    sessions::a_session_comes_back_as_it_was_put(make().await).await;
    sessions::an_id_is_taken_once(make().await).await;
    sessions::a_session_is_no_token_and_a_token_no_session(make().await).await;
    sessions::nobody_gets_a_session_who_cannot_use_it(make().await).await;
    sessions::a_login_ends_the_session_that_it_replaces(make().await).await;
    sessions::the_session_that_was_not_seen_for_longest_makes_room(make().await).await;
    sessions::a_session_is_ended_by_its_owner_or_by_anybody_asked_to(make().await).await;
    sessions::all_sessions_of_a_user_end_but_one(make().await).await;
    session_ends::every_session_ends_with_the_password(make().await).await;
    session_ends::every_session_ends_with_its_user(make().await).await;
    session_ends::what_is_no_reason_ends_no_session(make().await).await;
    session_ends::a_session_ends_when_it_expires_or_is_left_alone(make().await).await;
    session_ends::a_use_is_seen_at_once(make().await).await;

    listing::users_are_listed_by_name_without_gaps(make().await).await;
    listing::tokens_are_listed_by_id_without_gaps(make().await).await;
    listing::what_is_made_meanwhile_hides_nothing(make().await).await;
    listing::what_is_revoked_meanwhile_ends_no_list_early(make().await).await;

    audit::every_write_leaves_its_events(make().await).await;
    audit::a_write_that_failed_leaves_none(make().await).await;
    audit::events_are_numbered_and_read_in_order(make().await).await;

    for ending in authority::Ending::ALL {
        authority::an_ended_credential_writes_nothing(make().await, ending).await;
    }
    authority::a_secret_replaced_in_the_same_millisecond_is_another_credential(make().await).await;

    withdrawal::each_write_that_withdraws_is_felt_by_the_next_request(make().await).await;
    withdrawal::a_change_of_roles_scopes_and_networks_is_felt_by_the_next_request(make().await)
        .await;
    withdrawal::what_was_unknown_is_accepted_once_it_is_made(make().await).await;

    races::check(make, ROUNDS).await;
}
