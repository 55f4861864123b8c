//! The provider on a store in memory, behind axum.

use std::{
    io::{Error, Result},
    net::{SocketAddr, TcpListener},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use empress_auth_core::{Actor, Entropy, MasterKey, MemoryStore, PublicUrl};
use empress_auth_oauth::{
    NewClient, Provider,
    client::{ClientOptions, GrantType},
};
use empress_auth_tower::{TokenAuth, mount};

/// A provider with one client.
pub struct Serving {
    /// What the client shows in `Authorization`.
    pub basic: String,
    provider: Provider,
    auth: TokenAuth,
}

impl Serving {
    /// With a client whose access tokens are JWTs, or not: `oauth-jwt` and `oauth-opaque`.
    ///
    /// # Errors
    ///
    /// When there is no randomness.
    pub async fn new(variant: &str, address: SocketAddr) -> Result<Self> {
        let store = MemoryStore::new();
        let public_url: PublicUrl = format!("http://{address}").parse().map_err(Error::other)?;
        let master_key = MasterKey::generate(&Entropy::system()).map_err(Error::other)?;
        let provider = Provider::new(store.clone(), public_url, master_key);
        provider.keys().ensure().await.map_err(Error::other)?;
        let mut options = ClientOptions::default();
        options.jwt_access_tokens = variant == "oauth-jwt";
        let new = NewClient::confidential("bench")
            .with_grants([GrantType::ClientCredentials])
            .with_scopes(["api"])
            .with_options(options);
        let clients = provider.clients();
        let made = clients.create(Actor::assert_local_operator(), new).await;
        let made = made.map_err(Error::other)?;
        let secret = made.secret().map_or("", |secret| secret.expose_secret());
        let pair = STANDARD.encode(format!("{}:{secret}", made.client().id));
        Ok(Self {
            basic: format!("Basic {pair}"),
            provider,
            auth: TokenAuth::new(store),
        })
    }

    /// Serves until the process ends.
    ///
    /// # Errors
    ///
    /// When the socket cannot be used.
    pub async fn run(self, listener: TcpListener) -> Result<()> {
        listener.set_nonblocking(true)?;
        let router = mount(self.provider.routes(), &self.auth);
        // With addresses, by which wrong secrets are counted.
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(tokio::net::TcpListener::from_std(listener)?, service).await
    }
}
