//! Clients are kept as they were put.

use std::collections::BTreeSet;

use empress_auth_core::{SecretDigest, StoreErrorKind};

use super::Store;
use super::fixture::{
    client, lives, must, new_client, now, operator, own, redeemed, refused, scopes, there, user,
};
use crate::client::{AuthMethod, Client, ClientOptions, ClientSecretRow, GrantType, SigningAlg};

/// Every field of a client that has something in each comes back.
pub async fn a_client_comes_back_as_it_was_put<S: Store>(store: S) {
    let mut full = new_client("Invoices & Söhne");
    full.auth_methods = AuthMethod::ALL.iter().copied().collect();
    full.post_logout_redirect_uris = vec!["https://client.example/bye".into()];
    full.redirect_uris
        .push("http://127.0.0.1/callback, with a comma".into());
    full.allowed_roles = vec!["Sales, Manager".into(), "Auditor".into()];
    let mut secret = ClientSecretRow::new(SecretDigest::sha256_of(b"a secret"), now());
    secret.wrapped = Some(vec![0, 1, 2, 0xff]);
    full.secret = Some(secret);
    full.options = ClientOptions {
        skip_consent: true,
        introspect_any: true,
        jwt_access_tokens: true,
        id_token_alg: Some(SigningAlg::Hs256),
        danger_allow_plain_pkce: true,
        ..ClientOptions::default()
    };

    let mut public = Client::new("contract-public-0000", "", now());
    public.grants = BTreeSet::from([GrantType::AuthorizationCode]);
    public.options.danger_allow_missing_pkce = true;
    public.options.danger_allow_short_verifier = true;

    for put in [full, public] {
        let inserted = store.insert_client(put.clone(), &operator()).await;
        must(inserted, "insert_client");
        let kept = there(store.client(&put.id).await, "client");
        assert_same(&kept, &put);
    }
    let nobody = must(store.client("contract-nobody-0000").await, "client");
    assert!(nobody.is_none(), "a client that nobody made");
}

/// That two clients are the same in every field.
fn assert_same(kept: &Client, put: &Client) {
    assert_eq!(kept.is_public(), put.is_public());
    // Neither digests nor secrets can be compared or shown; everything else is shown whole.
    assert_eq!(format!("{kept:?}"), format!("{put:?}"));
    let bytes = |client: &Client| {
        let secret = client.secret.as_ref();
        secret.map(|secret| (secret.digest.as_bytes().to_vec(), secret.wrapped.clone()))
    };
    assert_eq!(bytes(kept), bytes(put), "the secret of the client");
}

/// A second client of an id is refused, and changes nothing.
pub async fn an_id_is_taken_once<S: Store>(store: S) {
    let first = client(&store, "first").await;
    let mut second = first.clone();
    second.name = "second".into();
    let put = store.insert_client(second, &operator()).await;
    refused(put, StoreErrorKind::Conflict, "a second client of one id");
    let kept = there(store.client(&first.id).await, "client");
    assert_same(&kept, &first);
}

/// The change is read by the next request; grants stay. Who is not there cannot be changed or deleted.
pub async fn a_change_is_seen_at_once_and_ends_nothing<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let mut client = client(&store, "before").await;
    there(store.client(&client.id).await, "client");
    let for_ada = redeemed(&store, &ada, &client).await;
    let for_itself = own(&store, &client).await;

    client.name = "after".into();
    client.scopes = scopes(&["openid"]);
    client.options.skip_consent = true;
    let changed = store.update_client(client.clone(), &operator()).await;
    must(changed, "update_client");
    let kept = there(store.client(&client.id).await, "client");
    assert_same(&kept, &client);
    lives(&store, &for_ada, "a change of the client").await;
    lives(&store, &for_itself, "a change of the client").await;

    let kind = StoreErrorKind::NotFound;
    let nobody = new_client("nobody");
    let deleted = store.delete_client(&nobody.id, &operator()).await;
    refused(deleted, kind, "delete_client");
    let changed = store.update_client(nobody.clone(), &operator()).await;
    refused(changed, kind, "update_client");
    let made = must(store.client(&nobody.id).await, "client");
    assert!(made.is_none(), "a change made a client");

    let deleted = store.delete_client(&client.id, &operator()).await;
    must(deleted, "delete_client");
    let kept = must(store.client(&client.id).await, "client");
    assert!(kept.is_none(), "a deleted client");
}

/// Another secret is put in place of the one that is known, and of no other; nothing else changes, and a change that was
/// prepared before brings the old one back no more.
pub async fn a_secret_is_replaced_by_compare_and_set<S: Store>(store: S) {
    let digest = |secret: &str| SecretDigest::sha256_of(secret.as_bytes());
    let mut put = new_client("shop");
    put.auth_methods = AuthMethod::ALL.iter().copied().collect();
    put.secret = Some(ClientSecretRow::new(digest("first"), now()));
    let inserted = store.insert_client(put.clone(), &operator()).await;
    must(inserted, "insert_client");
    there(store.client(&put.id).await, "client");

    let mut second = ClientSecretRow::new(digest("second"), now());
    second.wrapped = Some(vec![7; 60]);
    let replace = async |previous, secret: &ClientSecretRow| {
        let (previous, grounds) = (digest(previous), operator());
        let secret = secret.clone();
        let replacing = store.replace_client_secret(&put.id, &previous, secret, &grounds);
        must(replacing.await, "replace_client_secret")
    };
    let stranger = ClientSecretRow::new(digest("stranger"), now());
    assert!(!replace("never there", &stranger).await);
    assert!(replace("first", &second).await, "the secret in force");
    assert!(!replace("first", &stranger).await, "a secret that is gone");

    let mut expected = put.clone();
    expected.secret = Some(second);
    let kept = there(store.client(&put.id).await, "client");
    assert_same(&kept, &expected);

    put.name = "an edit of before".into();
    expected.name = put.name.clone();
    let changed = store.update_client(put.clone(), &operator()).await;
    must(changed, "update_client");
    let kept = there(store.client(&put.id).await, "client");
    assert_same(&kept, &expected);

    let nobody = new_client("nobody").id;
    let replaced = store
        .replace_client_secret(&nobody, &digest("first"), stranger.clone(), &operator())
        .await;
    refused(replaced, StoreErrorKind::NotFound, "replace_client_secret");
    let mut public = new_client("public");
    public.auth_methods.clear();
    public.secret = None;
    let inserted = store.insert_client(public.clone(), &operator()).await;
    must(inserted, "insert_client");
    let replaced = store
        .replace_client_secret(&public.id, &digest("first"), stranger, &operator())
        .await;
    assert!(!must(replaced, "replace_client_secret"), "there was none");
}

/// Pages follow each other; the last may be short, no other.
pub async fn clients_are_listed_by_id_without_gaps<S: Store>(store: S) {
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(client(&store, &format!("client {number}")).await.id);
    }
    ids.sort_unstable();
    let mut listed: Vec<Box<str>> = Vec::new();
    loop {
        let page = store.clients(listed.last().map(|last| &**last), 3).await;
        let page = must(page, "clients");
        listed.extend(page.iter().map(|client| client.id.clone()));
        assert!(page.len() <= 3, "a page of more than was asked for");
        if page.len() < 3 {
            break;
        }
    }
    assert_eq!(listed, ids);
}
