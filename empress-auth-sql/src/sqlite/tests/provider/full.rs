//! There is no more room: what was granted opens still, nothing is used up, and room heals it. DU-6.

use empress_auth_core::testing::present;
use empress_auth_core::{Authenticator, StoreErrorKind};
use empress_auth_oauth::grant::{CodeUse, limits};
use empress_auth_oauth::store::{GrantStore, Redeemed, Rotated};

use super::super::full::leave_room;
use super::super::support::Directory;
use super::support::{Provider, now};

// DU-6
#[tokio::test]
async fn a_full_file_uses_up_neither_a_code_nor_a_refresh_token() {
    let directory = Directory::new();
    let provider = Provider::new(directory.store().await).await;
    let store = &provider.store;
    let layer = Authenticator::new(store.clone());
    let first = provider.redeemed().await;
    let mut codes = Vec::new();
    for _ in 0..limits::CODES {
        codes.push(provider.code().await);
    }

    leave_room(store, Some(2)).await;
    let mut left = codes.into_iter();
    let refused = loop {
        let (code, made) = (
            left.next().expect("it never was full"),
            provider.new_grant(),
        );
        let redeeming = store.redeem_code(code, made.grant.clone(), made.tokens.clone());
        match redeeming.await {
            Ok(redeemed) => assert_eq!(redeemed, Redeemed::First),
            Err(error) => {
                assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
                let access = store.access_token(made.tokens.access.id).await;
                assert!(access.unwrap().is_none());
                break code;
            }
        }
    };
    let unused = store.code(refused).await.unwrap().unwrap();
    assert_eq!(unused.used, CodeUse::Unused);
    let (mut shown, mut generation) = (first.refresh_id(), 2);
    let rotated = loop {
        let made = provider.new_tokens(&first.grant, generation);
        match store.rotate(shown, made.tokens.clone()).await {
            Ok(rotated) => assert_eq!(rotated, Rotated::Done),
            Err(error) => break error,
        }
        (shown, generation) = (made.refresh_id(), generation + 1);
    };
    assert_eq!(rotated.kind(), StoreErrorKind::Unavailable);
    present(&layer, &first.field()).await.unwrap();

    leave_room(store, None).await;
    let made = provider.new_grant();
    assert_eq!(provider.redeem(refused, &made).await, Redeemed::First);
    let next = provider.new_tokens(&first.grant, generation);
    let rotating = store.rotate(shown, next.tokens.clone());
    assert_eq!(rotating.await.unwrap(), Rotated::Done);
    assert!(store.end_grant(first.grant.id, now()).await.unwrap());
    for made in [&first, &next] {
        assert!(present(&layer, &made.field()).await.is_err());
    }
}
