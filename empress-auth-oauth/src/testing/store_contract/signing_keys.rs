//! Signing keys change all at once, by compare-and-set (KY-1), and what they may have signed is asked for anew
//! (KY-3).

use empress_auth_core::{Authenticator, Start};
use http::Request;
use http::header::AUTHORIZATION;

use super::Store;
use super::fixture::{HOUR, MINUTE, client, identity, must, now, operator, redeemed, user};
use crate::client::SigningAlg;
use crate::signing_key::SigningKeyRow;
use crate::store::SigningKeys;

/// A key of this id, made so many minutes from now.
pub(super) fn key(kid: &str, minutes: u32) -> SigningKeyRow {
    let at = now() + MINUTE * minutes;
    let wrapped = vec![0, 0xff, b'\'', 7];
    SigningKeyRow::new(
        kid,
        SigningAlg::Rs256,
        "{\"kty\":\"RSA\"}",
        wrapped,
        (at, at + HOUR),
    )
}

/// Who saw the last version may replace the keys; who did not changes nothing.
pub async fn keys_are_replaced_by_compare_and_set<S: Store>(store: S) {
    let none = must(store.signing_keys().await, "signing_keys");
    assert_eq!((none.version, none.rows.len()), (0, 0), "an empty store");

    let mut first = key("b-first", 0);
    first.signs_until = Some(now() + HOUR);
    first.published_until = Some(now() + 2 * HOUR);
    let mut same_moment = key("a-same", 0);
    same_moment.created_at = first.created_at;
    same_moment.alg = SigningAlg::EdDsa;
    // As of one that is published no longer.
    same_moment.wrapped.clear();
    let rows = vec![key("0-later", 5), first, same_moment];
    let done = store
        .replace_signing_keys(0, rows.clone(), &operator())
        .await;
    assert!(must(done, "replace_signing_keys"), "nobody was first");
    let made = must(store.signing_keys().await, "signing_keys");
    assert!(made.version > 0, "the version grows");
    let [later, first, same_moment] = rows.as_slice() else {
        return;
    };
    assert_eq!(shown(&made), texts(&[same_moment, first, later]));

    for seen in [0, made.version + 1] {
        let late = vec![key("late", 0)];
        let done = store.replace_signing_keys(seen, late, &operator()).await;
        assert!(!must(done, "replace_signing_keys"), "{seen} is not seen");
        let kept = must(store.signing_keys().await, "signing_keys");
        assert_eq!(shown(&kept), shown(&made));
        assert_eq!(kept.version, made.version);
    }

    let next = vec![first.clone(), key("next", 6)];
    let done = store
        .replace_signing_keys(made.version, next.clone(), &operator())
        .await;
    assert!(must(done, "replace_signing_keys"));
    let kept = must(store.signing_keys().await, "signing_keys");
    assert!(kept.version > made.version, "the version grows");
    assert_eq!(shown(&kept), texts(&next.iter().collect::<Vec<_>>()));
}

/// Nothing that was verified before the keys changed is believed without asking; a change that came too late ends nothing.
pub async fn other_keys_end_everything_that_is_remembered<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let (ada, console) = (user(&store, "ada").await, client(&store, "client").await);
    let live = redeemed(&store, &ada, &console).await;
    let field = &live.made.field;
    identity(&layer, field, "an access token").await;
    if !is_remembered(&layer, field) {
        // A store without a memory is asked every time.
        return;
    }
    let grounds = operator();
    let late = store.replace_signing_keys(1, vec![key("late", 0)], &grounds);
    assert!(!must(late.await, "replace_signing_keys"));
    assert!(is_remembered(&layer, field), "nothing has changed");
    let done = store.replace_signing_keys(0, vec![key("other", 0)], &grounds);
    assert!(must(done.await, "replace_signing_keys"));
    assert!(!is_remembered(&layer, field), "the store is not asked anew");
    identity(&layer, field, "the same token").await;
}

fn is_remembered(layer: &Authenticator, field: &str) -> bool {
    let request = Request::builder().header(AUTHORIZATION, field).body(());
    let request = must(request, "the value of a field");
    matches!(layer.start(&request), Start::Ready(Ok(Some(_))))
}

fn shown(keys: &SigningKeys) -> Vec<String> {
    texts(&keys.rows.iter().collect::<Vec<_>>())
}

fn texts(rows: &[&SigningKeyRow]) -> Vec<String> {
    rows.iter().map(|row| format!("{row:?}")).collect()
}
