//! There is no more room: what is there still works, what is new is refused, and room heals it. DU-6.

use empress_auth_core::testing::present;
use empress_auth_core::{
    Authenticator, NewUser, StoreErrorKind, TokenIssuer, TokenStore, UserStore,
};

use tokio::task::JoinSet;

use super::support::{Directory, token};
use crate::SqliteStore;

/// Lets the file have so many pages more than it has, or any number.
pub(super) async fn leave_room(store: &SqliteStore, pages: Option<i64>) {
    let limiting = store.write_unasked(move |change| {
        let present = change.one("PRAGMA page_count", [], |row| Ok(row.get::<_, i64>(0)?))?;
        let limit = present
            .zip(pages)
            .map_or(4_294_967_294, |(present, more)| present + more);
        let pragma = format!("PRAGMA max_page_count = {limit}");
        change.one(&pragma, [], |_| Ok(()))
    });
    limiting.await.unwrap();
}

#[tokio::test]
async fn a_full_file_refuses_what_is_new_and_nothing_else() {
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let layer = Authenticator::new(store.clone());
    let (remembered, remembered_field) = token(&store, "ada").await;
    let (_, stored_field) = token(&store, "ada").await;
    present(&layer, &remembered_field).await.unwrap();

    leave_room(&store, Some(4)).await;
    let (mut made, mut refused) = (0_u32, 0);
    while refused == 0 {
        // Many at once, so that those before the one that finds it full are in the same transaction.
        let mut creating = JoinSet::new();
        for number in 0..16 {
            let store = store.clone();
            let new = NewUser::named(&format!("user{made}-{number}-{}", "x".repeat(100)));
            creating.spawn(async move { store.create_user(new).await.map(|_| ()) });
        }
        for outcome in creating.join_all().await {
            match outcome {
                Ok(()) => made += 1,
                Err(error) => {
                    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
                    refused += 1;
                }
            }
        }
        assert!(made < 10_000, "it never was full");
    }
    let users = store.users(None, 100_000).await.unwrap();
    assert_eq!(
        users.len().try_into(),
        Ok(made + 1),
        "what was acknowledged, and no more"
    );
    let events = store.write_unasked(|change| {
        let sql = "SELECT count(*) FROM audit WHERE action = 'user.created'";
        change.one(sql, [], |row| Ok(row.get::<_, u32>(0)?))
    });
    assert_eq!(events.await.unwrap(), Some(made + 1));
    for field in [&remembered_field, &stored_field] {
        present(&layer, field).await.unwrap();
    }
    let fresh = Authenticator::new(SqliteStore::open(directory.database()).await.unwrap());
    present(&fresh, &stored_field).await.unwrap();

    leave_room(&store, None).await;
    store.create_user(NewUser::named("bob")).await.unwrap();
    let revoked = TokenIssuer::new(store.clone())
        .revoke(
            empress_auth_core::Actor::assert_local_operator(),
            &[remembered.id()],
        )
        .await;
    revoked.unwrap();
    assert!(present(&layer, &remembered_field).await.is_err());
    assert!(store.token(remembered.id()).await.unwrap().is_none());
}
