//! Lists go from key to key: what is made or revoked meanwhile neither hides nor repeats anything.

use std::collections::BTreeSet;

use super::Store;
use super::fixture::{must, operator, pat, put, user};
use crate::api_token::ApiToken;
use crate::token_text::TokenId;

const PAGE: usize = 7;
const ROWS: usize = 40;

/// Users come in the order of the bytes of their names.
pub async fn users_are_listed_by_name_without_gaps<S: Store>(store: S) {
    let mut names: Vec<String> = (0..ROWS)
        .map(|n| format!("user{}", n * 37 % ROWS))
        .collect();
    names.extend(["Zoe".into(), "\u{e9}va".into(), "_x".into()]);
    for name in &names {
        user(&store, name).await;
    }
    names.sort_unstable();
    let mut listed: Vec<String> = Vec::new();
    loop {
        let page = store.users(listed.last().map(String::as_str), PAGE).await;
        let page = must(page, "users");
        assert!(page.len() <= PAGE, "a page of more than was asked for");
        listed.extend(page.iter().map(|user| user.username.to_string()));
        if page.len() < PAGE {
            break;
        }
    }
    assert_eq!(listed, names, "users are listed by the bytes of the name");
    let none = store.users(None, 0).await;
    assert!(must(none, "users").is_empty(), "a page of none");
}

/// Tokens come in the order of their ids, one user's or all.
pub async fn tokens_are_listed_by_id_without_gaps<S: Store>(store: S) {
    let (mut all, mut adas) = (BTreeSet::new(), BTreeSet::new());
    for name in ["ada", "bob"] {
        user(&store, name).await;
    }
    for number in 0..ROWS {
        let name = if number % 3 == 0 { "bob" } else { "ada" };
        let (row, _) = pat(name, store.store_key());
        let id = put(&store, row).await.id;
        all.insert(id);
        if name == "ada" {
            adas.insert(id);
        }
    }
    assert_eq!(pages(&store, None).await, Vec::from_iter(all));
    assert_eq!(pages(&store, Some("ada")).await, Vec::from_iter(adas));
    assert_eq!(pages(&store, Some("carol")).await, []);
}

/// Who lists while others are made sees all that was there before, each once and in order.
pub async fn what_is_made_meanwhile_hides_nothing<S: Store>(store: S) {
    user(&store, "ada").await;
    let mut before = BTreeSet::new();
    for _ in 0..ROWS {
        let (row, _) = pat("ada", store.store_key());
        before.insert(put(&store, row).await.id);
    }
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for _ in 0..ROWS * 3 {
                let (row, _) = pat("ada", store.store_key());
                put(&store, row).await;
            }
        }
    });
    while !writer.is_finished() {
        let listed = pages(&store, Some("ada")).await;
        assert!(
            listed
                .windows(2)
                .all(|pair| matches!(pair, [a, b] if a < b)),
            "a list that grows meanwhile is still in order, each once"
        );
        let listed = BTreeSet::from_iter(listed);
        assert!(
            before.is_subset(&listed),
            "what was there before the list began is missing in it"
        );
        tokio::task::yield_now().await;
    }
    must(writer.await, "the writer");
}

/// A page is short at the end only: who lists while others are revoked does not stop too early.
pub async fn what_is_revoked_meanwhile_ends_no_list_early<S: Store>(store: S) {
    user(&store, "ada").await;
    let (mut stay, mut go) = (BTreeSet::new(), Vec::new());
    for number in 0..ROWS * 3 {
        let (row, _) = pat("ada", store.store_key());
        let id = put(&store, row).await.id;
        if number % 4 == 0 {
            stay.insert(id);
        } else {
            go.push(id);
        }
    }
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for id in go {
                let revoked = store.revoke_tokens(None, &[id], &operator()).await;
                must(revoked, "revoke_tokens");
                tokio::task::yield_now().await;
            }
        }
    });
    while !writer.is_finished() {
        for owner in [Some("ada"), None] {
            let listed = BTreeSet::from_iter(pages(&store, owner).await);
            assert!(
                stay.is_subset(&listed),
                "a short page came before the end of the list"
            );
        }
    }
    must(writer.await, "the writer");
}

/// All pages up to the first short one.
async fn pages<S: Store>(store: &S, owner: Option<&str>) -> Vec<TokenId> {
    let mut listed: Vec<TokenId> = Vec::new();
    loop {
        let page = store.tokens(owner, listed.last().copied(), PAGE).await;
        let page: Vec<ApiToken> = must(page, "tokens");
        assert!(page.len() <= PAGE, "a page of more than was asked for");
        let owned = |token: &ApiToken| owner.is_none_or(|owner| *token.username == *owner);
        assert!(page.iter().all(owned), "a token of somebody else");
        listed.extend(page.iter().map(|token| token.id));
        if page.len() < PAGE {
            return listed;
        }
    }
}
