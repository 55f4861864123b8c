//! Users: made, changed, deleted.

use super::Store;
use super::fixture::{
    basic_password, identity, imported, key_pair, must, now, operator, operator_at, password_hash,
    put, refused, snapshot, stored_pat, turned_away, user,
};
use crate::authenticator::Authenticator;
use crate::clock::unix_millis;
use crate::password::PasswordHash;
use crate::store::{Lookup, StoreErrorKind};
use crate::stored::StoredCredential;
use crate::user::{NewUser, UserChange};

/// A user comes back as it was made, enabled, with sorted roles.
pub async fn made_users_are_kept<S: Store>(store: S) {
    let at = now();
    let new = NewUser::named("ada")
        .with_email("ada@example.com")
        .with_full_name("Ada Lovelace")
        .with_roles(["Writer", "Manager", "Writer"]);
    let made = must(
        store.insert_user(new, &operator_at(at)).await,
        "insert_user",
    );
    let found = must(store.user("ada").await, "user");
    assert_eq!(
        found.as_ref(),
        Some(&made),
        "a user must come back as insert_user answered it"
    );
    assert_eq!(&*made.username, "ada");
    assert_eq!(made.email.as_deref(), Some("ada@example.com"));
    assert_eq!(made.full_name.as_deref(), Some("Ada Lovelace"));
    assert!(made.enabled, "a new user is enabled");
    assert_eq!(
        made.roles,
        ["Manager".into(), "Writer".into()],
        "roles are kept sorted, each once"
    );
    assert_eq!(made.created_at, at, "the moment comes from the grounds");
    assert_eq!(
        made.token_epoch,
        unix_millis(at),
        "what is derived for a user is nothing that another database derived"
    );
    assert_eq!(
        must(store.user("bob").await, "user"),
        None,
        "nobody of this name was made"
    );
}

/// A name that differs in letter case, width or composition only is taken.
pub async fn a_name_is_taken_in_every_spelling<S: Store>(store: S) {
    user(&store, "ada").await;
    user(&store, "\u{e9}va").await;
    let before = snapshot(&store).await;
    for spelling in ["ada", "Ada", "ADA", "\u{ff41}da", "e\u{301}va", "\u{c9}VA"] {
        let taken = store
            .insert_user(NewUser::named(spelling), &operator())
            .await;
        refused(taken, StoreErrorKind::Conflict, spelling);
    }
    assert!(
        snapshot(&store).await == before,
        "a refused user must leave nothing behind"
    );
}

/// An id means one user for ever, also after the user who was made last is deleted.
pub async fn an_id_is_never_used_again<S: Store>(store: S) {
    let mut ids = vec![user(&store, "ada").await.id];
    for _ in 0..3 {
        let made = user(&store, "bob").await;
        assert!(
            !ids.contains(&made.id),
            "the id {} was another user's",
            made.id
        );
        must(store.delete_user("bob", &operator()).await, "delete_user");
        ids.push(made.id);
    }
}

/// A change touches what it names; names that nobody has are told.
pub async fn a_change_leaves_the_rest<S: Store>(store: S) {
    let new = NewUser::named("ada")
        .with_email("ada@example.com")
        .with_full_name("Ada")
        .with_roles(["Manager"]);
    let made = must(store.insert_user(new, &operator()).await, "insert_user");

    let nothing = store
        .update_user("ada", UserChange::default(), &operator())
        .await;
    assert_eq!(
        must(nothing, "update_user"),
        made,
        "an empty change changes nothing"
    );

    let change = UserChange {
        email: Some(None),
        roles: Some(vec!["Writer".into()]),
        enabled: Some(false),
        ..UserChange::default()
    };
    let changed = store.update_user("ada", change, &operator()).await;
    let changed = must(changed, "update_user");
    assert_eq!(
        must(store.user("ada").await, "user").as_ref(),
        Some(&changed)
    );
    assert_eq!(changed.email, None, "`Some(None)` removes the address");
    assert_eq!(changed.full_name, made.full_name, "`None` leaves the name");
    assert_eq!(changed.roles, ["Writer".into()]);
    assert!(!changed.enabled);
    assert_eq!(changed.id, made.id, "a change keeps the id");

    let unknown = store
        .update_user("bob", UserChange::default(), &operator())
        .await;
    refused(unknown, StoreErrorKind::NotFound, "update_user of nobody");
}

/// Nothing of a deleted user is left, and nobody who gets the name gets any of it.
pub async fn a_deleted_user_takes_everything_along<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let gone = user(&store, "ada").await;
    let pair = key_pair(&store, "ada", now()).await;
    let (bearer, id) = stored_pat(&store, "ada").await;
    let row = imported("ada", store.store_key(), &"a".repeat(40));
    let imported_id = put(&store, row).await.id;
    let fields = [pair, bearer, format!("Token {}", "a".repeat(40))];
    for field in &fields {
        identity(&layer, field, "a credential does not work").await;
    }

    must(store.delete_user("ada", &operator()).await, "delete_user");
    for field in &fields {
        turned_away(&layer, field, "a deleted user's credential").await;
    }
    assert_eq!(must(store.user("ada").await, "user"), None);
    assert_eq!(must(store.api_key("ada").await, "api_key"), None);
    for id in [id, imported_id] {
        assert_eq!(must(store.token(id).await, "token"), None);
    }
    let all = store.tokens(None, None, 10).await;
    assert_eq!(must(all, "tokens"), [], "tokens of a deleted user");
    let again = store.delete_user("ada", &operator()).await;
    refused(again, StoreErrorKind::NotFound, "a second delete_user");

    let namesake = user(&store, "ada").await;
    assert_ne!(namesake.id, gone.id);
    for field in &fields {
        turned_away(&layer, field, "a credential of a former user of the name").await;
    }
    assert_eq!(must(store.api_key("ada").await, "api_key"), None);
}

/// Another hash of the same password ends nothing, and takes the place of the one that it was made for only.
pub async fn a_hash_is_replaced_by_compare_and_set<S: Store>(store: S) {
    let new = NewUser::named("ada").with_password_hash(password_hash());
    must(store.insert_user(new, &operator()).await, "insert_user");
    let before = must(store.find(Lookup::Password("ada")).await, "find");
    let other = PasswordHash::from_stored("!another");
    let stale = store
        .replace_password_hash("ada", &other, other.clone())
        .await;
    assert!(
        !must(stale, "replace_password_hash"),
        "another hash was there"
    );
    let replaced = store
        .replace_password_hash("ada", &password_hash(), other)
        .await;
    assert!(
        must(replaced, "replace_password_hash"),
        "the hash was there"
    );
    let after = must(store.find(Lookup::Password("ada")).await, "find");
    let digest = |row: &StoredCredential| row.digest.as_bytes().to_vec();
    let issued_at = |row: &StoredCredential| row.issued_at;
    assert!(before.is_some(), "the user has a password");
    assert_eq!(
        before.as_ref().map(issued_at),
        after.as_ref().map(issued_at),
        "who logged in stays so"
    );
    assert_eq!(after.as_ref().map(digest), Some(b"!another".to_vec()));
    let nobody = store
        .replace_password_hash("bob", &password_hash(), password_hash())
        .await;
    refused(nobody, StoreErrorKind::NotFound, "a user that is not there");
}

/// The password is found by the name however it is spelled, and nothing is found for a user without one.
pub async fn a_password_is_found_by_the_name_in_any_spelling<S: Store>(store: S) {
    let new = NewUser::named("ada").with_password_hash(password_hash());
    must(store.insert_user(new, &operator()).await, "insert_user");
    user(&store, "bob").await;
    let layer = Authenticator::new(store.clone()).passwords();
    for spelling in ["ada", "ADA", "\u{ff41}da"] {
        let found = identity(&layer, &basic_password(spelling), spelling).await;
        assert_eq!(found.username(), "ada");
    }
    for nobody in ["bob", "carol"] {
        let found = must(store.find(Lookup::Password(nobody)).await, "find");
        assert!(found.is_none(), "{nobody} has no password");
    }
    let change = UserChange {
        password: Some(password_hash()),
        ..UserChange::default()
    };
    must(
        store.update_user("bob", change, &operator()).await,
        "update_user",
    );
    identity(
        &layer,
        &basic_password("bob"),
        "a password that was set later",
    )
    .await;
    let disable = UserChange {
        enabled: Some(false),
        ..UserChange::default()
    };
    must(
        store.update_user("bob", disable, &operator()).await,
        "update_user",
    );
    let decision = crate::testing::present(&layer, &basic_password("bob")).await;
    assert!(decision.is_err(), "a disabled user logged in");
}
