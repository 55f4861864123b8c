//! Who makes clients, and by which rules?

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use empress_auth_core::{
    Actor, Clock, Entropy, IssueError, IssueErrorKind, MasterKey, StoreErrorKind,
};

use crate::client::{Client, ClientSecretRow, SigningAlg};
use crate::client_secret::ClientSecret;
use crate::keys::ClientSecretKeys;
use crate::store::ClientStore;

mod change;
mod new_client;
mod rewrap;
mod rules;

pub use self::change::ClientChange;
pub use self::new_client::NewClient;

/// Makes, lists and deletes clients, for who [administers](empress_auth_core::administers) and for the local operator.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use empress_auth_core::{Actor, Entropy, MasterKey, MemoryStore};
/// use empress_auth_oauth::{NewClient, Provider};
///
/// let master_key = MasterKey::generate(&Entropy::system())?;
/// let provider = Provider::new(MemoryStore::new(), "https://auth.example".parse()?, master_key);
/// let shop = NewClient::confidential("Shop").with_redirect_uri("https://shop.example/callback");
/// let made = provider.clients().create(Actor::assert_local_operator(), shop).await?;
/// assert!(made.secret().is_some_and(|secret| secret.expose_secret().starts_with("emp_cs_")));
///
/// let open = NewClient::public("App").with_redirect_uri("http://app.example/callback");
/// assert!(provider.clients().create(Actor::assert_local_operator(), open).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Clients {
    store: Arc<dyn ClientStore>,
    secret_keys: ClientSecretKeys,
    clock: Clock,
    entropy: Entropy,
}

/// A client that was just made, or whose secret was: the only copy of it.
#[derive(Debug)]
pub struct MadeClient {
    client: Client,
    secret: Option<ClientSecret>,
}

impl MadeClient {
    /// The client, as it is stored.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The secret; `None` for a public client.
    #[must_use]
    pub const fn secret(&self) -> Option<&ClientSecret> {
        self.secret.as_ref()
    }
}

impl Clients {
    /// Those of `store`, for a program that manages clients and is no provider;
    /// [`Provider::clients`](crate::Provider::clients) has a provider's.
    pub fn new(store: impl ClientStore, master_key: &MasterKey) -> Self {
        Self::from_arc(Arc::new(store), ClientSecretKeys::new(master_key))
    }

    pub(crate) fn from_arc(store: Arc<dyn ClientStore>, secret_keys: ClientSecretKeys) -> Self {
        Self {
            store,
            secret_keys,
            clock: Clock::system(),
            entropy: Entropy::system(),
        }
    }

    pub(crate) fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    pub(crate) fn with_entropy(mut self, entropy: Entropy) -> Self {
        self.entropy = entropy;
        self
    }

    /// Makes a client, with an id of its own and, unless it is public, a secret.
    ///
    /// # Errors
    ///
    /// `Invalid` for a rule that it breaks (see [`NewClient`]); `NotPermitted` unless the actor administers;
    /// `ActorWithdrawn`, `Unavailable`.
    pub async fn create(
        &self,
        actor: impl Into<Actor>,
        new: NewClient,
    ) -> Result<MadeClient, IssueError> {
        let actor = &actor.into();
        actor.check_administers()?;
        rules::check(&new)?;
        let now = self.clock.now();
        let grounds = actor.grounds(now);
        for _ in 0..ATTEMPTS {
            let mut client = new.clone().into_client(&self.generate_id()?, now);
            let secret = self.give_secret(&mut client, now)?;
            match self.store.insert_client(client.clone(), &grounds).await {
                Ok(()) => {
                    warn_of_danger(&client);
                    return Ok(MadeClient { client, secret });
                }
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(no_free_id())
    }

    /// Changes where a client's users may be sent and what it may ask for. A request that comes later goes by it; what was
    /// granted stays, but for scopes that are gone.
    ///
    /// Of two who do it at once, the later one decides.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Invalid` if something is removed that is not there, or for a rule that the client would break; else as
    /// [`create`](Self::create).
    pub async fn change(
        &self,
        actor: impl Into<Actor>,
        id: &str,
        change: ClientChange,
    ) -> Result<Client, IssueError> {
        let actor = &actor.into();
        let mut client = self.show(actor, id).await?;
        change.apply(&mut client)?;
        rules::check_lists(&client)?;
        let grounds = actor.grounds(self.clock.now());
        self.store.update_client(client.clone(), &grounds).await?;
        Ok(client)
    }

    /// Replaces the secret of a client; the old one ends at once, its grants go on.
    ///
    /// Of two who do it at once one succeeds: the other is told, in place of a secret that is none.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Invalid` for a public client; `Conflict` if the secret was replaced at this moment; else as [`create`](Self::create).
    pub async fn rotate_secret(
        &self,
        actor: impl Into<Actor>,
        id: &str,
    ) -> Result<MadeClient, IssueError> {
        let actor = &actor.into();
        let mut client = self.show(actor, id).await?;
        let Some(previous) = client.secret.take() else {
            return Err(IssueError::invalid("a public client has no secret"));
        };
        let now = self.clock.now();
        let secret = self.give_secret(&mut client, now)?;
        let Some(row) = client.secret.clone() else {
            return Err(IssueError::invalid("a public client has no secret"));
        };
        let is_replaced = self
            .store
            .replace_client_secret(&client.id, &previous.digest, row, &actor.grounds(now))
            .await?;
        if !is_replaced {
            return Err(IssueError::new(
                IssueErrorKind::Conflict,
                "the secret was replaced by somebody else at this moment",
            ));
        }
        Ok(MadeClient { client, secret })
    }

    /// One client.
    ///
    /// # Errors
    ///
    /// `NotFound`, `NotPermitted`, `Unavailable`.
    pub async fn show(&self, actor: impl Into<Actor>, id: &str) -> Result<Client, IssueError> {
        actor.into().check_administers()?;
        let found = self.store.client(id).await?;
        let client = found.ok_or_else(|| IssueError::not_found("client"))?;
        Ok((*client).clone())
    }

    /// At most `limit` clients whose ids follow `after`, ordered by id.
    ///
    /// # Errors
    ///
    /// `NotPermitted`, `Unavailable`.
    pub async fn list(
        &self,
        actor: impl Into<Actor>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<Client>>, IssueError> {
        actor.into().check_administers()?;
        Ok(self.store.clients(after, limit).await?)
    }

    /// Deletes a client with everything that it was granted.
    ///
    /// # Errors
    ///
    /// `NotFound`; else as [`create`](Self::create).
    pub async fn delete(&self, actor: impl Into<Actor>, id: &str) -> Result<(), IssueError> {
        let actor = &actor.into();
        actor.check_administers()?;
        let grounds = actor.grounds(self.clock.now());
        Ok(self.store.delete_client(id, &grounds).await?)
    }

    /// Says in the log which clients are forgiven something, for the start of a program.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    pub async fn warn_of_dangers(&self) -> Result<(), IssueError> {
        let mut after: Option<Box<str>> = None;
        loop {
            let page = self.store.clients(after.as_deref(), PAGE).await?;
            page.iter().for_each(|client| warn_of_danger(client));
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.id.clone()),
                _ => return Ok(()),
            }
        }
    }

    /// 20 digits and small letters, more than 100 random bits.
    ///
    /// A letter comes first: it is no number, as the ids of our stores' users are (RFC 9700 §4.15).
    fn generate_id(&self) -> Result<String, IssueError> {
        for _ in 0..ATTEMPTS {
            let mut digits = [0; 20];
            self.entropy.fill_base36(&mut digits)?;
            if let Some(letter) = digits.iter().position(u8::is_ascii_lowercase) {
                digits.rotate_left(letter);
                return Ok(digits.map(char::from).into_iter().collect());
            }
        }
        Err(no_free_id())
    }

    /// Puts a new secret in place, unless the client is public.
    fn give_secret(
        &self,
        client: &mut Client,
        now: SystemTime,
    ) -> Result<Option<ClientSecret>, IssueError> {
        if client.is_public() {
            return Ok(None);
        }
        let secret = ClientSecret::generate(&self.entropy)?;
        let mut row = ClientSecretRow::new(secret.digest(), now);
        if client.options.id_token_alg == Some(SigningAlg::Hs256) {
            row.wrapped = Some(self.wrap(&client.id, &secret)?);
        }
        client.secret = Some(row);
        Ok(Some(secret))
    }
}

impl Clients {
    /// The secret, encrypted: it signs, which its digest could not.
    fn wrap(&self, id: &str, secret: &ClientSecret) -> Result<Vec<u8>, IssueError> {
        let wrapped = self
            .secret_keys
            .wrap(id, secret.expose_secret(), &self.entropy);
        wrapped.map_err(|error| IssueError::new(IssueErrorKind::Unavailable, &error.to_string()))
    }
}

const ATTEMPTS: usize = 8;

fn no_free_id() -> IssueError {
    IssueError::new(IssueErrorKind::Unavailable, "no free client id was found")
}

/// How many clients are looked at at a time.
const PAGE: usize = 500;

/// Says in the log what a client is forgiven (off by default, and warned of).
fn warn_of_danger(client: &Client) {
    let options = client.options;
    for (is_on, what) in [
        (options.danger_allow_missing_pkce, "PKCE may be left out"),
        (options.danger_allow_plain_pkce, "PKCE may be plain"),
        (
            options.danger_allow_short_verifier,
            "code verifiers may be short",
        ),
    ] {
        if is_on {
            tracing::warn!(client.id = %client.id, "a client is forgiven: {what}");
        }
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
