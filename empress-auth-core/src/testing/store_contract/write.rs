//! Every write of a store, as a list: what holds for all of them is checked for all of them.

use super::Store;
use super::fixture::{drf, new_secret, password_set, pat, session, session_ids};
use crate::actor::Grounds;
use crate::api_token::TokenChange;
use crate::audit::AuditAction;
use crate::store::StoreError;
use crate::token_text::TokenId;
use crate::user::{NewUser, UserChange};

#[derive(Debug, Clone, Copy)]
pub(super) enum Write {
    InsertUser,
    UpdateUser,
    SetPassword,
    PutSecret,
    InsertToken,
    UpdateToken,
    RevokeTokens,
    PutDrfToken,
    RevokeAllTokens,
    DeleteSecret,
    InsertSession,
    EndSession,
    EndSessions,
    DeleteUser,
}

/// Whom it is done to.
pub(super) struct Victim {
    pub(super) username: &'static str,
    pub(super) token: TokenId,
    pub(super) session: TokenId,
}

impl Write {
    /// In an order in which each finds what it needs.
    pub(super) const ALL: [Self; 14] = [
        Self::InsertUser,
        Self::UpdateUser,
        Self::InsertSession,
        Self::EndSession,
        Self::EndSessions,
        Self::SetPassword,
        Self::PutSecret,
        Self::InsertToken,
        Self::UpdateToken,
        Self::RevokeTokens,
        Self::PutDrfToken,
        Self::RevokeAllTokens,
        Self::DeleteSecret,
        Self::DeleteUser,
    ];

    pub(super) const fn action(self) -> AuditAction {
        match self {
            Self::InsertUser => AuditAction::UserCreated,
            Self::UpdateUser => AuditAction::UserUpdated,
            Self::SetPassword => AuditAction::PasswordSet,
            Self::PutSecret => AuditAction::KeysGenerated,
            Self::InsertToken | Self::PutDrfToken => AuditAction::TokenCreated,
            Self::UpdateToken => AuditAction::TokenUpdated,
            Self::RevokeTokens | Self::RevokeAllTokens => AuditAction::TokenRevoked,
            Self::DeleteSecret => AuditAction::KeysRevoked,
            Self::InsertSession => AuditAction::SessionCreated,
            Self::EndSession | Self::EndSessions => AuditAction::SessionEnded,
            Self::DeleteUser => AuditAction::UserDeleted,
        }
    }

    /// Does it; answers the ids of the credentials it was done to, of which each has an event, or one `None`.
    pub(super) async fn perform<S: Store>(
        self,
        store: &S,
        victim: &Victim,
        grounds: &Grounds,
    ) -> Result<Vec<Option<String>>, StoreError> {
        let name = victim.username;
        let id = |id: TokenId| Some(id.to_string());
        match self {
            Self::InsertUser => {
                let new = NewUser::named("made-by-write");
                store.insert_user(new, grounds).await.map(|_| vec![None])
            }
            Self::UpdateUser => {
                let change = UserChange {
                    full_name: Some(Some("changed".into())),
                    ..UserChange::default()
                };
                let changed = store.update_user(name, change, grounds).await;
                changed.map(|_| vec![None])
            }
            Self::SetPassword => {
                let changed = store.update_user(name, password_set(), grounds).await;
                changed.map(|_| vec![None])
            }
            Self::PutSecret => {
                let key = store.put_api_secret(name, new_secret().0, grounds).await;
                key.map(|key| vec![Some(key.to_string())])
            }
            Self::InsertToken => {
                let (row, _) = pat(name, store.store_key());
                let token = store.insert_token(row, 1_000, grounds).await;
                token.map(|token| vec![id(token.id)])
            }
            Self::UpdateToken => {
                let change = TokenChange {
                    name: Some("changed".into()),
                    ..TokenChange::default()
                };
                let token = store
                    .update_token(name, victim.token, change, grounds)
                    .await;
                token.map(|token| vec![id(token.id)])
            }
            Self::RevokeTokens => {
                let revoked = store.revoke_tokens(None, &[victim.token], grounds).await;
                revoked.map(|revoked| revoked.into_iter().map(id).collect())
            }
            Self::PutDrfToken => {
                let epoch = store.user(name).await?.map_or(0, |user| user.token_epoch);
                let row = drf(name, store.store_key(), "token-put-by-write");
                let put = store.put_drf_token(row, epoch, grounds).await;
                put.map(|put| vec![id(put)])
            }
            Self::RevokeAllTokens => {
                let present = store.tokens(Some(name), None, 1_000).await?;
                let count = store.revoke_all_tokens(name, grounds).await?;
                Ok(present
                    .iter()
                    .take(count)
                    .map(|token| id(token.id))
                    .collect())
            }
            Self::DeleteSecret => {
                let key = store.api_key(name).await?;
                let deleted = store.delete_api_secret(name, grounds).await;
                deleted.map(|_| vec![key.map(|key| key.api_key.to_string())])
            }
            Self::InsertSession => {
                let (row, _) = session(name, store.store_key());
                let session = store.insert_session(row, None, 1_000, grounds).await;
                session.map(|session| vec![id(session.id)])
            }
            Self::EndSession => {
                let ended = store.end_session(None, victim.session, grounds).await;
                ended.map(|was_there| was_there.then(|| id(victim.session)).into_iter().collect())
            }
            Self::EndSessions => {
                let present = session_ids(store, name).await;
                let count = store.end_sessions(name, None, grounds).await?;
                Ok(present.into_iter().take(count).map(id).collect())
            }
            Self::DeleteUser => store.delete_user(name, grounds).await.map(|()| vec![None]),
        }
    }
}
