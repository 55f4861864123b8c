//! Every write that goes by grounds, as a list: what holds for all of them is checked for all of them.

use empress_auth_core::{AuditAction, Grounds, SecretDigest, StoreError, User};

use super::Store;
use super::fixture::{CLIENT_SECRET, new_client, scopes};
use super::signing_keys::key;
use crate::client::{Client, ClientSecretRow};
use crate::grant::{Consent, client_subject};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Write {
    InsertClient,
    UpdateClient,
    ReplaceClientSecret,
    AddConsent,
    WithdrawConsent,
    ReplaceSigningKeys,
    DeleteClient,
}

impl Write {
    /// In an order in which each finds what it needs.
    pub(super) const ALL: [Self; 7] = [
        Self::InsertClient,
        Self::UpdateClient,
        Self::ReplaceClientSecret,
        Self::AddConsent,
        Self::WithdrawConsent,
        Self::ReplaceSigningKeys,
        Self::DeleteClient,
    ];

    pub(super) const fn action(self) -> AuditAction {
        match self {
            Self::InsertClient => AuditAction::ClientCreated,
            Self::UpdateClient | Self::ReplaceClientSecret => AuditAction::ClientUpdated,
            Self::AddConsent => AuditAction::ConsentGiven,
            Self::WithdrawConsent => AuditAction::ConsentWithdrawn,
            Self::ReplaceSigningKeys => AuditAction::SigningKeysChanged,
            Self::DeleteClient => AuditAction::ClientDeleted,
        }
    }

    /// Does it to `user` and `client`; answers the user id and the credential id of the event.
    pub(super) async fn perform<S: Store>(
        self,
        store: &S,
        (user, client): (&User, &Client),
        grounds: &Grounds,
    ) -> Result<(String, Option<String>), StoreError> {
        let of_client = (client_subject(&client.id), None);
        let of_user = (user.id.to_string(), Some(client_subject(&client.id)));
        match self {
            Self::InsertClient => {
                let made = new_client("made by write");
                let subject = client_subject(&made.id);
                let put = store.insert_client(made, grounds).await;
                put.map(|()| (subject, None))
            }
            Self::UpdateClient => {
                let mut client = client.clone();
                client.name = "changed".into();
                let put = store.update_client(client, grounds).await;
                put.map(|()| of_client)
            }
            Self::ReplaceClientSecret => {
                let [old, new] = [CLIENT_SECRET, b"replaced"].map(SecretDigest::sha256_of);
                let new = ClientSecretRow::new(new, grounds.at);
                let put = store.replace_client_secret(&client.id, &old, new, grounds);
                put.await.map(|_| of_client)
            }
            Self::AddConsent => {
                let scopes = scopes(&["openid"]);
                let consent = Consent::new(&user.id, &client.id, &scopes, grounds.at);
                store.add_consent(consent, grounds).await.map(|()| of_user)
            }
            Self::WithdrawConsent => {
                let withdrawn = store.withdraw_consent(&user.id, &client.id, grounds).await;
                withdrawn.map(|_| of_user)
            }
            Self::ReplaceSigningKeys => {
                let seen = store.signing_keys().await?.version;
                let rows = vec![key("replaced", 0)];
                let done = store.replace_signing_keys(seen, rows, grounds).await;
                done.map(|_| (String::new(), None))
            }
            Self::DeleteClient => {
                let deleted = store.delete_client(&client.id, grounds).await;
                deleted.map(|()| of_client)
            }
        }
    }
}
