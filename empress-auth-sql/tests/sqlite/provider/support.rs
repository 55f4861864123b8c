//! Clients, codes and tokens to be stored, with their secrets.

use std::time::{Duration, SystemTime};

use empress_auth_core::testing::unstored_token;
use empress_auth_core::{Clock, NewUser, SecretDigest, TokenId, TokenKind, TokenStore};
use empress_auth_oauth::client::{AuthMethod, Client, ClientSecretRow, GrantType};
use empress_auth_oauth::grant::{
    AccessTokenRow, CodeRow, Grant, Granted, IssuedTokens, RefreshTokenRow,
};
use empress_auth_oauth::store::{ClientStore, GrantStore, Redeemed};
use empress_auth_sql::SqliteStore;

use super::super::support::grounds;

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(crate) const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A store with a user and a client, who allows that one what is asked for.
pub(crate) struct Provider {
    pub(crate) store: SqliteStore,
    pub(crate) user_id: Box<str>,
    pub(crate) client_id: Box<str>,
}

/// What the token endpoint would answer.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) grant: Grant,
    pub(crate) tokens: IssuedTokens,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

impl Made {
    /// The field that shows the access token.
    pub(crate) fn field(&self) -> String {
        format!("Bearer {}", self.access_token)
    }

    pub(crate) fn refresh_id(&self) -> TokenId {
        self.tokens.refresh.as_ref().unwrap().id
    }
}

impl Provider {
    pub(crate) async fn new(store: SqliteStore) -> Self {
        let user = store.create_user(NewUser::named("ada")).await.unwrap();
        let client = client("a-client");
        let client_id = client.id.clone();
        store.insert_client(client, &grounds()).await.unwrap();
        Self {
            store,
            user_id: user.id,
            client_id,
        }
    }

    pub(crate) fn granted(&self) -> Granted {
        let scopes = ["invoices:read".into()];
        Granted::new(&self.client_id, Some(&self.user_id), &scopes)
    }

    /// A code that is good for a minute and not stored, and its text.
    pub(crate) fn new_code(&self) -> (CodeRow, String) {
        let at = now();
        let (id, digest, text) = self.token(TokenKind::Code);
        let times = (at, at + Duration::from_secs(60));
        let uri = "https://client.example/callback";
        (CodeRow::new(id, digest, self.granted(), uri, times), text)
    }

    pub(crate) async fn code(&self) -> TokenId {
        let (code, _) = self.new_code();
        let id = code.id;
        self.store.insert_code(code, &grounds()).await.unwrap();
        id
    }

    /// What a code would give, not stored.
    pub(crate) fn new_grant(&self) -> Made {
        self.new_grant_of(self.granted())
    }

    pub(crate) fn new_grant_of(&self, granted: Granted) -> Made {
        let at = now();
        let (id, _, _) = self.token(TokenKind::Refresh);
        let grant = Grant::new(id, granted, at, at + 3 * MONTH);
        self.new_tokens(&grant, 1)
    }

    /// What a refresh token of the generation before would give, not stored.
    pub(crate) fn new_tokens(&self, grant: &Grant, generation: u32) -> Made {
        let at = now();
        let (access, digest, access_token) = self.token(TokenKind::Access);
        let scopes = &grant.granted.scopes;
        let access = AccessTokenRow::new(access, digest, grant.id, scopes, (at, at + HOUR));
        let (refresh, digest, refresh_token) = self.token(TokenKind::Refresh);
        let times = (at, at + MONTH);
        let refresh = RefreshTokenRow::new(refresh, digest, grant.id, generation, times);
        Made {
            grant: grant.clone(),
            tokens: IssuedTokens::new(access, Some(refresh)),
            access_token,
            refresh_token,
        }
    }

    /// A code, redeemed.
    pub(crate) async fn redeemed(&self) -> Made {
        let (code, made) = (self.code().await, self.new_grant());
        assert_eq!(self.redeem(code, &made).await, Redeemed::First);
        made
    }

    pub(crate) async fn redeem(&self, code: TokenId, made: &Made) -> Redeemed {
        let (grant, tokens) = (made.grant.clone(), made.tokens.clone());
        self.store.redeem_code(code, grant, tokens).await.unwrap()
    }

    /// What the client has for itself, stored.
    pub(crate) async fn own(&self) -> Made {
        let mut made = self.new_grant_of(Granted::new(&self.client_id, None, &["x".into()]));
        made.tokens.refresh = None;
        let (grant, tokens) = (made.grant.clone(), made.tokens.clone());
        let put = self.store.insert_client_grant(grant, tokens).await;
        put.unwrap();
        made
    }

    fn token(&self, kind: TokenKind) -> (TokenId, SecretDigest, String) {
        let (id, text) = unstored_token(kind, self.store.store_key(), now());
        (id, SecretDigest::sha256_of(text.as_bytes()), text)
    }
}

pub(crate) const CLIENT_SECRET: &str = "a client's secret of many letters";

/// A confidential client that is not stored.
pub(crate) fn client(id: &str) -> Client {
    let mut client = Client::new(id, "A client", now());
    client.auth_methods = [AuthMethod::ClientSecretBasic].into();
    let digest = SecretDigest::sha256_of(CLIENT_SECRET.as_bytes());
    client.secret = Some(ClientSecretRow::new(digest, now()));
    client.grants = GrantType::ALL.iter().copied().collect();
    client.redirect_uris = vec!["https://client.example/callback".into()];
    client
}

pub(crate) fn now() -> SystemTime {
    Clock::system().now()
}
