//! A user with a token of its own, for tests of what lies behind a layer.

use std::fmt;

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};

use crate::actor::Actor;
use crate::api_token::NewToken;
use crate::issuing::UserStore;
use crate::memory_store::MemoryStore;
use crate::scopes::Scopes;
use crate::secret::MadeToken;
use crate::token_issuer::TokenIssuer;
use crate::user::NewUser;

/// A caller with this user name, to be made by [`CallerBuilder::build`].
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use empress_auth_core::Authenticator;
/// use empress_auth_core::testing::{acting_as, present};
///
/// let ada = acting_as("ada").with_roles(["Manager"]).with_scopes(["invoices:read"]).build().await;
/// let layer = Authenticator::new(ada.store());
/// let identity = present(&layer, ada.authorization()).await.unwrap().unwrap();
/// assert!(identity.has_role("Manager"));
///
/// let stranger = acting_as("ada").build().await;
/// assert!(present(&layer, stranger.authorization()).await.is_err());
/// # }
/// ```
#[must_use]
pub fn acting_as(username: &str) -> CallerBuilder {
    CallerBuilder {
        store: None,
        user: NewUser::named(username),
        token: NewToken::named("testing"),
    }
}

/// A caller as it is asked for.
#[derive(Debug)]
pub struct CallerBuilder {
    store: Option<MemoryStore>,
    user: NewUser,
    token: NewToken,
}

impl CallerBuilder {
    /// Makes the caller in this store, where others may be already; in one of its own unless set.
    #[must_use]
    pub fn in_store(mut self, store: MemoryStore) -> Self {
        self.store = Some(store);
        self
    }

    /// Gives the user these roles.
    #[must_use]
    pub fn with_roles<S: AsRef<str>>(mut self, roles: impl IntoIterator<Item = S>) -> Self {
        self.user = self.user.with_roles(roles);
        self
    }

    /// Limits the token to these scopes.
    #[must_use]
    pub fn with_scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.token = self.token.with_scopes(Scopes::only(scopes));
        self
    }

    /// Makes the user, unless it is there already, and the token.
    ///
    /// # Panics
    ///
    /// If what was asked for breaks a rule, such as a scope with a blank.
    pub async fn build(self) -> Caller {
        let store = self.store.unwrap_or_default();
        let username = self.user.username.clone();
        let present = store.user(&username).await;
        if !matches!(present, Ok(Some(_))) {
            let made = store.create_user(self.user).await;
            assert!(made.is_ok(), "the user cannot be made: {made:?}");
        }
        let operator = Actor::assert_local_operator();
        #[expect(
            clippy::expect_used,
            reason = "documented; a test wants to know at once"
        )]
        let token = TokenIssuer::new(store.clone())
            .create(&operator, &username, self.token)
            .await
            .expect("the token cannot be made");
        let authorization = format!("Bearer {}", token.expose_secret());
        Caller {
            store,
            token,
            authorization,
        }
    }
}

/// A user with a real token in a [`MemoryStore`], and the field that shows it.
pub struct Caller {
    store: MemoryStore,
    token: MadeToken,
    authorization: String,
}

impl Caller {
    /// The store that knows the caller: for the layer under test.
    #[must_use]
    pub fn store(&self) -> MemoryStore {
        self.store.clone()
    }

    /// The caller's token, to be revoked under test.
    #[must_use]
    pub fn token(&self) -> &MadeToken {
        &self.token
    }

    /// The value of the `Authorization` field.
    #[must_use]
    pub fn authorization(&self) -> &str {
        &self.authorization
    }

    /// Makes the request with these headers the caller's.
    pub fn decorate(&self, headers: &mut HeaderMap) {
        if let Ok(mut value) = HeaderValue::from_str(&self.authorization) {
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
