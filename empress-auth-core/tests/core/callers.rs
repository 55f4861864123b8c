//! The callers that `acting_as` makes are real ones.

use empress_auth_core::testing::{acting_as, decide};
use empress_auth_core::{Authenticator, MemoryStore, RejectionKind, scope};
use http::Request;

use crate::support::{accepted, refused, revoke};

#[tokio::test]
async fn a_caller_has_what_was_asked_for_and_can_be_revoked() {
    let ada = acting_as("ada")
        .with_roles(["Manager"])
        .with_scopes(["invoices:read"])
        .build()
        .await;
    let layer = Authenticator::new(ada.store());
    let mut request = Request::new(());
    ada.decorate(request.headers_mut());
    let who = decide(&layer, &request).await.unwrap().unwrap();
    assert_eq!(who.username(), "ada");
    assert!(who.has_role("Manager") && who.scopes().contains("invoices:read"));
    assert!(!who.scopes().contains("invoices:write"));

    let writes = layer.clone().require(scope("invoices:write"));
    let kind = refused(&writes, ada.authorization()).await;
    assert_eq!(kind, RejectionKind::Forbidden);
    revoke(&ada.store(), ada.token()).await;
    let kind = refused(&layer, ada.authorization()).await;
    assert_eq!(kind, RejectionKind::Invalid);
}

#[tokio::test]
async fn callers_of_one_store_are_different_users_or_tokens() {
    let store = MemoryStore::new();
    let layer = Authenticator::new(store.clone());
    let ada = acting_as("ada").in_store(store.clone()).build().await;
    let bob = acting_as("bob").in_store(store.clone()).build().await;
    let again = acting_as("ada").in_store(store).build().await;
    let ids = [&ada, &bob, &again].map(|caller| caller.token().id());
    assert!(ids[0] != ids[1] && ids[0] != ids[2]);
    let ada = accepted(&layer, ada.authorization()).await;
    let again = accepted(&layer, again.authorization()).await;
    assert_eq!(ada.user_id(), again.user_id());
    let bob = accepted(&layer, bob.authorization()).await;
    assert_ne!(ada.user_id(), bob.user_id());
}
