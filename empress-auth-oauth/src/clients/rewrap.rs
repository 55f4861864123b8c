//! The secrets that sign, under another master key (KY-5).

use empress_auth_core::{Actor, IssueError, IssueErrorKind, MasterKey};

use super::{Clients, PAGE};
use crate::client::{Client, ClientSecretRow};
use crate::keys::ClientSecretKeys;

impl Clients {
    /// Encrypts the secrets that sign under the master key of these clients where they still are under `previous`; answers
    /// how many were. [`KeyRing::rewrap`](crate::keys::KeyRing::rewrap) does so with the signing keys.
    ///
    /// Whoever is killed in between begins anew, and does the rest. A secret that is rotated meanwhile is under the new key
    /// already.
    ///
    /// # Errors
    ///
    /// `NotPermitted` unless the actor administers; `Invalid` for a secret that is under neither key: those before it are
    /// done; `ActorWithdrawn`, `Unavailable`.
    pub async fn rewrap(
        &self,
        actor: impl Into<Actor>,
        previous: &MasterKey,
    ) -> Result<usize, IssueError> {
        let actor = &actor.into();
        actor.check_administers()?;
        let previous = ClientSecretKeys::new(previous);
        let (mut count, mut after) = (0, None::<Box<str>>);
        loop {
            let page = self.store.clients(after.as_deref(), PAGE).await?;
            for client in &page {
                if let Some(secret) = self.rewrapped(client, &previous)? {
                    let grounds = actor.grounds(self.clock.now());
                    let digest = secret.digest.clone();
                    let putting = self
                        .store
                        .replace_client_secret(&client.id, &digest, secret, &grounds);
                    count += usize::from(putting.await?);
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.id.clone()),
                _ => return Ok(count),
            }
        }
    }

    /// `None` if there is nothing to do.
    fn rewrapped(
        &self,
        client: &Client,
        previous: &ClientSecretKeys,
    ) -> Result<Option<ClientSecretRow>, IssueError> {
        let Some(secret) = &client.secret else {
            return Ok(None);
        };
        let Some(wrapped) = &secret.wrapped else {
            return Ok(None);
        };
        let wrapped = self
            .secret_keys
            .rewrap(previous, &client.id, wrapped, &self.entropy)
            .map_err(|error| IssueError::new(IssueErrorKind::Invalid, &error.to_string()))?;
        Ok(wrapped.map(|wrapped| ClientSecretRow {
            wrapped: Some(wrapped),
            ..secret.clone()
        }))
    }
}

#[cfg(test)]
mod tests {
    use empress_auth_core::{Clock, MemoryStore};

    use super::*;
    use crate::NewClient;
    use crate::client::{ClientOptions, SigningAlg};
    use crate::store::ClientStore as _;

    fn under(store: &MemoryStore, byte: u8) -> Clients {
        Clients::new(store.clone(), &MasterKey::from_bytes([byte; 32]))
    }

    fn operator() -> Actor {
        Actor::assert_local_operator()
    }

    async fn client(clients: &Clients, alg: Option<SigningAlg>) -> Client {
        let options = ClientOptions {
            id_token_alg: alg,
            ..ClientOptions::default()
        };
        let new = NewClient::confidential("Shop")
            .with_redirect_uri("https://shop.example/callback")
            .with_options(options);
        clients
            .create(operator(), new)
            .await
            .unwrap()
            .client()
            .clone()
    }

    // KY-5: resumed wherever it was killed
    #[tokio::test]
    async fn secrets_that_sign_are_encrypted_anew_and_nothing_else_changes() {
        let store = MemoryStore::new();
        let (old, new) = (under(&store, 1), under(&store, 2));
        let plain = client(&old, None).await;
        let mut signing = Vec::new();
        for _ in 0..3 {
            signing.push(client(&old, Some(SigningAlg::Hs256)).await);
        }
        // One was done before the program was killed.
        let previous = MasterKey::from_bytes([1; 32]);
        let done = new.rewrapped(&signing[0], &ClientSecretKeys::new(&previous));
        let grounds = operator().grounds(Clock::system().now());
        let done = done.unwrap().unwrap();
        let digest = done.digest.clone();
        let putting = store.replace_client_secret(&signing[0].id, &digest, done, &grounds);
        assert!(putting.await.unwrap());
        assert_eq!(new.rewrap(operator(), &previous).await.unwrap(), 2);
        assert_eq!(new.rewrap(operator(), &previous).await.unwrap(), 0);
        for before in signing {
            let now = store.client(&before.id).await.unwrap().unwrap();
            let [was, is] = [&before, &*now].map(|client| client.secret.clone().unwrap());
            let wrapped = is.wrapped.as_deref().unwrap();
            new.secret_keys.unwrap(&before.id, wrapped).unwrap();
            assert!(old.secret_keys.unwrap(&before.id, wrapped).is_err());
            assert_eq!(format!("{:?}", was.digest), format!("{:?}", is.digest));
        }
        let now = store.client(&plain.id).await.unwrap().unwrap();
        assert_eq!(format!("{plain:?}"), format!("{now:?}"));
    }

    // KY-5
    #[tokio::test]
    async fn what_is_under_neither_key_is_told_and_left_alone() {
        let store = MemoryStore::new();
        let before = client(&under(&store, 1), Some(SigningAlg::Hs256)).await;
        let wrong = MasterKey::from_bytes([3; 32]);
        let error = under(&store, 2)
            .rewrap(operator(), &wrong)
            .await
            .unwrap_err();
        assert!(error.to_string().contains("another master key"), "{error}");
        let now = store.client(&before.id).await.unwrap().unwrap();
        assert_eq!(format!("{before:?}"), format!("{now:?}"));
    }
}
