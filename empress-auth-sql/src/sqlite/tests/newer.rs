//! What a newer version wrote, and this one does not know, ends no list.

use empress_auth_core::{AuditStore, NewUser, TokenStore};

use super::support::{Directory, token};

#[tokio::test]
async fn what_is_not_known_is_left_out_of_lists_and_their_pages_stay_full() {
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let mut ids = Vec::new();
    for _ in 0..4 {
        ids.push(token(&store, "ada").await.0.id());
    }
    ids.sort_unstable();
    let first = crate::column::from_token_id(ids.remove(0));
    let writing = store.write_unasked(move |change| {
        change.execute("UPDATE tokens SET form = 'later' WHERE id = ?1", [first])?;
        let sql = "UPDATE audit SET action = 'token.later' WHERE sequence IN (1, 3)";
        change.execute(sql, [])
    });
    writing.await.unwrap();
    for username in [None, Some("ada")] {
        let page = store.tokens(username, None, 2).await.unwrap();
        let listed: Vec<_> = page.iter().map(|token| token.id).collect();
        assert_eq!(listed, ids[..2]);
    }
    let page = store.audit(0, 2).await.unwrap();
    let listed: Vec<_> = page.iter().map(|event| event.sequence).collect();
    assert_eq!(listed, [2, 4]);
}
