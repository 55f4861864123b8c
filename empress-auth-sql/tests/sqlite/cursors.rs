//! Where a list goes on is a value, whatever it says. K-18.

use std::collections::BTreeSet;

use empress_auth_core::{AuditStore, NewUser, SessionStore, TokenId, TokenStore, UserStore};

use crate::support::{Directory, grounds, token};

const HOSTILE: [&str; 12] = [
    "' OR 1=1 --",
    "'; DROP TABLE users; --",
    "\" UNION SELECT * FROM settings --",
    "%",
    "_",
    "\\",
    "\0",
    "a\0b",
    "?1",
    ":name",
    "\u{feff}",
    "😀' --",
];

#[tokio::test]
async fn a_cursor_of_any_text_asks_for_what_follows_it() {
    let directory = Directory::new();
    let store = directory.store().await;
    let mut names = BTreeSet::from(["ada".to_owned(), "bob".to_owned(), "ж".to_owned()]);
    names.extend(
        HOSTILE
            .iter()
            .filter(|name| !name.contains('\0'))
            .map(|name| (*name).to_owned()),
    );
    for name in &names {
        store.create_user(NewUser::named(name)).await.unwrap();
    }
    for after in HOSTILE
        .into_iter()
        .chain(["", "ada", "b", "z", "\u{10ffff}"])
    {
        let page = store.users(Some(after), 100).await.unwrap();
        let page: Vec<_> = page.iter().map(|user| &*user.username).collect();
        let expected: Vec<_> = names
            .iter()
            .map(String::as_str)
            .filter(|name| *name > after)
            .collect();
        assert_eq!(page, expected, "after {after:?}");
    }
    for name in HOSTILE {
        let is_there = names.contains(name);
        assert_eq!(store.user(name).await.unwrap().is_some(), is_there);
        assert_eq!(store.tokens(Some(name), None, 10).await.unwrap(), []);
        assert_eq!(store.sessions(name).await.unwrap(), []);
        assert_eq!(store.setting(name).await.unwrap(), None);
    }
    for name in &names {
        store.delete_user(name, &grounds()).await.unwrap();
    }
}

#[tokio::test]
async fn the_ends_of_every_range_are_no_special_case() {
    let directory = Directory::new();
    let store = directory.store().await;
    store.create_user(NewUser::named("ada")).await.unwrap();
    let (made, _) = token(&store, "ada").await;
    let number = made.id().number();
    for (after, is_listed) in [
        (0, true),
        (number - 1, true),
        (number, false),
        (u64::MAX, false),
    ] {
        for username in [Some("ada"), None] {
            let page = store.tokens(username, Some(TokenId::from_number(after)), usize::MAX);
            assert_eq!(page.await.unwrap().len(), usize::from(is_listed), "{after}");
        }
    }
    assert_eq!(store.tokens(None, None, 0).await.unwrap(), []);
    assert_eq!(store.audit(0, usize::MAX).await.unwrap().len(), 2);
    assert_eq!(store.audit(u64::MAX, usize::MAX).await.unwrap(), []);
}
