//! Tokens of our own issuer, which the store must hold.

use std::collections::HashMap;

use empress_auth_core::{CredentialMemory, Scopes, SecretDigest, StoredUser, Subject, TokenId};
use parking_lot::Mutex;

use super::*;

/// What a provider keeps of the tokens that it signed.
#[derive(Clone)]
struct Provider {
    rows: Arc<Mutex<HashMap<TokenId, StoredCredential>>>,
    memory: Arc<CredentialMemory>,
    issuer: Arc<TestIssuer>,
}

impl Provider {
    fn new() -> Self {
        Self {
            rows: Arc::default(),
            memory: Arc::new(CredentialMemory::new(1_000, None)),
            issuer: Arc::new(issuer()),
        }
    }

    fn issue(&self, number: u64, row_id: &str) -> String {
        let id = TokenId::from_number(number);
        let token = self.issuer.access_token(with("jti", json!(id.to_string())));
        self.put(id, &token, row_id, true);
        token
    }

    fn put(&self, id: TokenId, token: &str, row_id: &str, is_enabled: bool) {
        let user = StoredUser::new("7", "ada")
            .with_roles(["Manager"])
            .with_enabled(is_enabled);
        let row = StoredCredential::new(row_id, SecretDigest::sha256_of(token.as_bytes()), user)
            .with_scopes(Scopes::only(["invoices:read"]))
            .with_client_id("web");
        self.rows.lock().insert(id, row);
    }

    fn layer(&self) -> Authenticator {
        Authenticator::new(self.clone())
            .clock(Clock::manual(start()))
            .accept(self.issuer.verifier(AUDIENCE).stored())
    }
}

impl CredentialStore for Provider {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let Lookup::Token(id) = what else {
            return Ok(None);
        };
        Ok(self.rows.lock().get(&id).cloned())
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        Some(Arc::clone(&self.memory))
    }
}

#[tokio::test]
async fn the_store_says_who_the_caller_is_and_what_it_may() {
    let provider = Provider::new();
    let id = TokenId::from_number(5).to_string();
    let who = accepted(&provider.layer(), &bearer(&provider.issue(5, &id))).await;
    assert_eq!((who.user_id(), who.username()), ("7", "ada"));
    assert_eq!(who.credential_id(), id);
    assert_eq!(who.client_id(), Some("web"));
    assert!(who.has_role("Manager"));
    assert_eq!(who.scopes(), &Scopes::only(["invoices:read"]));
    // The token's own end, with the leeway for clocks of ours.
    assert_eq!(who.expires_at(), Some(start() + Duration::from_secs(305)));
}

#[tokio::test]
async fn a_token_that_the_store_does_not_hold_is_refused() {
    let provider = Provider::new();
    let layer = provider.layer();
    let id = |number| TokenId::from_number(number).to_string();
    let signed = |claims: Value| provider.issuer.access_token(claims);
    let held = provider.issue(5, &id(5));
    for not_held in [
        signed(claims()),
        signed(with("jti", json!(5))),
        signed(with("jti", json!("x"))),
        signed(with("jti", json!(id(6)))),
        // The id of another token.
        signed(with("jti", json!(id(5)))),
    ] {
        assert_eq!(
            refused(&layer, &bearer(&not_held)).await,
            RejectionKind::Invalid
        );
    }
    accepted(&layer, &bearer(&held)).await;
    // A digest in the store makes no token of what was not signed.
    let forged = issuer().access_token(with("jti", json!(id(9))));
    provider.put(TokenId::from_number(9), &forged, &id(9), true);
    assert_eq!(
        refused(&layer, &bearer(&forged)).await,
        RejectionKind::Invalid
    );
    // Without a store nothing is held.
    let alone = Authenticator::new(provider.issuer.verifier(AUDIENCE).stored());
    assert_eq!(
        refused(&alone.clock(Clock::manual(start())), &bearer(&held)).await,
        RejectionKind::Invalid
    );
}

// J-27
#[tokio::test(start_paused = true)]
async fn revoking_disabling_and_deleting_hold_for_the_next_request_and_for_streams() {
    for row_id in [TokenId::from_number(5).to_string(), "another".to_owned()] {
        for ending in ["revoke", "disable"] {
            let provider = Provider::new();
            let layer = provider.layer();
            let token = provider.issue(5, &row_id);
            let who = accepted(&layer, &bearer(&token)).await;
            let patience = Duration::from_secs(100);
            assert!(
                tokio::time::timeout(patience, who.revoked()).await.is_err(),
                "{row_id}"
            );
            let expected = if ending == "revoke" {
                provider.rows.lock().clear();
                RejectionKind::Invalid
            } else {
                provider.put(TokenId::from_number(5), &token, &row_id, false);
                RejectionKind::Inactive
            };
            provider.memory.withdraw(Subject::User("7"));
            assert_eq!(refused(&layer, &bearer(&token)).await, expected);
            assert!(
                tokio::time::timeout(patience, who.revoked()).await.is_ok(),
                "{ending}"
            );
        }
    }
}
