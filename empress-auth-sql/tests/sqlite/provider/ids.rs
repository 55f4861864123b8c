//! Ids are values, whatever they say. K-18.

use empress_auth_core::StoreErrorKind;
use empress_auth_oauth::grant::{Consent, Granted};
use empress_auth_oauth::store::{ClientStore, ConsentStore, GrantStore};

use super::support::{Provider, client, now};
use crate::support::{Directory, grounds};

/// None of these is the id of a user, though some are its number in another spelling.
const NOBODY: [&str; 9] = [
    "",
    "+1",
    "01",
    " 1",
    "1 ",
    "1.0",
    "client:a-client",
    "1 OR 1=1",
    "99999999999999999999",
];

#[tokio::test]
async fn what_is_no_users_id_is_nobody_and_never_the_client_itself() {
    let directory = Directory::new();
    let provider = Provider::new(directory.store().await).await;
    let store = &provider.store;
    assert_eq!(&*provider.user_id, "1");
    for id in NOBODY {
        let granted = Granted::new(&provider.client_id, Some(id), &["x".into()]);
        let (mut code, _) = provider.new_code();
        code.granted = granted.clone();
        let refused = store.insert_code(code, &grounds()).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::NotFound, "{id:?}");

        let (code, made) = (provider.code().await, provider.new_grant_of(granted));
        let (grant, tokens) = (made.grant.clone(), made.tokens.clone());
        let refused = store.redeem_code(code, grant.clone(), tokens.clone()).await;
        assert_eq!(
            refused.unwrap_err().kind(),
            StoreErrorKind::NotFound,
            "{id:?}"
        );
        let refused = store.insert_client_grant(grant, tokens).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::NotFound, "{id:?}");
        let access = store.access_token(made.tokens.access.id).await.unwrap();
        assert!(access.is_none(), "{id:?}");

        let consent = Consent::new(id, &provider.client_id, &["x".into()], now());
        let refused = store.add_consent(consent, &grounds()).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::NotFound, "{id:?}");
        assert_eq!(store.grants(id).await.unwrap(), []);
        assert_eq!(store.consents(id).await.unwrap(), []);
    }
}

#[tokio::test]
async fn the_list_of_clients_goes_on_behind_any_text() {
    let directory = Directory::new();
    let store = directory.store().await;
    let mut ids = ["a", "b", "ж", "' OR 1=1 --", "%", "\\", "😀"];
    for id in ids {
        store.insert_client(client(id), &grounds()).await.unwrap();
    }
    ids.sort_unstable();
    for after in ids
        .into_iter()
        .chain(["", "\0", "a\0b", "?1", "\u{10ffff}"])
    {
        let page = store.clients(Some(after), 100).await.unwrap();
        let page: Vec<_> = page.iter().map(|client| &*client.id).collect();
        let expected: Vec<_> = ids.into_iter().filter(|id| *id > after).collect();
        assert_eq!(page, expected, "after {after:?}");
        let is_there = ids.contains(&after);
        assert_eq!(store.client(after).await.unwrap().is_some(), is_there);
    }
    assert_eq!(store.clients(None, 2).await.unwrap().len(), 2);
    assert_eq!(store.clients(None, 0).await.unwrap().len(), 0);
}
