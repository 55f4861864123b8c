//! What all connections share.

use std::sync::Arc;
use std::time::Duration;

use empress_auth_core::client_address::ClientAddress;
use empress_auth_core::endpoint::{Endpoints, Route};
use empress_auth_core::jwt::JwtVerifier;
use empress_auth_core::password::PasswordPool;
use empress_auth_core::{Authenticator, MasterKey, PublicUrl, SessionIssuer};
use empress_auth_oauth::Provider;

use super::connections::Connections;
use super::error::ServeError;
use super::health::Health;
use super::log_budget::LogBudget;
use super::metrics::Metrics;
use super::options::{AccessLog, ProviderOptions, ServeOptions};
use super::request_id::RequestIds;
use super::router::Router;
use super::store::Store;
use super::{open_files, operations};
use crate::pages::{self, HtmlPages};

/// The program, as far as a request sees it.
#[derive(Debug)]
pub(super) struct App {
    pub(super) router: Router,
    pub(super) metrics: Arc<Metrics>,
    pub(super) health: Arc<Health>,
    pub(super) connections: Connections,
    pub(super) request_ids: RequestIds,
    pub(super) client_address: ClientAddress,
    pub(super) access_log: AccessLog,
    pub(super) log_budget: LogBudget,
    pub(super) body_timeout: Duration,
}

impl App {
    /// Answers with these routes, and those of [`operations`].
    pub(super) fn new<S: Store>(
        options: &ServeOptions,
        public_url: &PublicUrl,
        store: &S,
        routes: Vec<Route>,
        verifier: JwtVerifier,
    ) -> Result<Self, ServeError> {
        let client_address = ClientAddress::behind(options.trusted_proxies.iter().copied())?;
        let health = Arc::new(Health::new(Arc::new(store.clone())));
        let connections = connections(options);
        let metrics_text = operations::MetricsText::default();
        let operations = operations::routes(&health, &metrics_text, public_url);
        let authenticator = Authenticator::new(store.clone())
            .accept(verifier)
            .client_address(client_address.clone())
            .sessions(public_url);
        let router = Router::new([routes, operations].concat(), &authenticator)?;
        let mut metrics = Metrics::new(router.templates());
        metrics.watch(connections.clone(), Arc::clone(&health), store.memory());
        let metrics = Arc::new(metrics);
        metrics_text.of(&metrics);
        Ok(Self {
            router,
            metrics,
            health,
            connections,
            request_ids: RequestIds::new(options.trusted_proxies.clone())?,
            client_address,
            access_log: options.access_log,
            log_budget: LogBudget::new(),
            body_timeout: options.timeouts.body,
        })
    }
}

/// The provider; its issuer is the public URL.
pub(super) fn provider<S: Store>(
    options: &ServeOptions,
    public_url: &PublicUrl,
    store: &S,
    master_key: &Arc<MasterKey>,
) -> Provider {
    let ProviderOptions {
        lifetimes,
        switches,
        signing_algs,
        resources,
    } = options.provider.clone();
    Provider::new(store.clone(), public_url.clone(), Arc::clone(master_key))
        .with_lifetimes(lifetimes)
        .with_switches(switches)
        .with_signing_algs(signing_algs)
        .with_resources(resources)
}

/// The routes of core, of the provider and of the pages, under the path of the public URL; but for the provider's metadata
/// that have to be found at the root of the host.
pub(super) fn endpoints<S: Store>(
    options: &ServeOptions,
    public_url: &PublicUrl,
    store: &S,
    master_key: &Arc<MasterKey>,
    provider: &Provider,
) -> Vec<Route> {
    if options.switches.danger_administer_with_access_token {
        tracing::warn!("applications administer that a System Manager lets in");
    }
    // One of each, so that whoever guesses is counted together, wherever he guesses.
    let logins = &options.logins;
    let (limiter, passwords) = (logins.limiter(), PasswordPool::new());
    let endpoints = Endpoints::new(store.clone())
        .with_login_limiter(limiter.clone())
        .with_password_pool(passwords.clone())
        .with_master_key(Arc::clone(master_key))
        .with_session_lifetime(logins.session_lifetime)
        .with_session_idle_timeout(logins.session_idle_timeout)
        .with_password_policy(options.password_policy.clone())
        .with_switches(options.switches);
    let sessions = SessionIssuer::new(store.clone())
        .with_login_limiter(limiter)
        .with_password_pool(passwords)
        .with_lifetime(logins.session_lifetime)
        .with_idle_timeout(logins.session_idle_timeout);
    let routes = [
        endpoints.all(),
        endpoints.frappe_root(),
        provider.routes(),
        provider.browser_routes(HtmlPages::new(public_url)),
    ]
    .concat();
    let prefix = public_url.path_prefix();
    let under_prefix = |route: &Route| route.at(&format!("{prefix}{}", route.path()));
    let mut routes: Vec<Route> = routes.iter().map(under_prefix).collect();
    routes.extend(pages::routes(public_url, sessions, provider));
    routes.extend(provider.host_routes());
    routes
}

fn connections(options: &ServeOptions) -> Connections {
    let loopback = ["127.0.0.0/8", "::1"]
        .iter()
        .filter_map(|network| network.parse().ok());
    let uncounted = loopback
        .chain(options.trusted_proxies.iter().copied())
        .collect();
    Connections::new(
        open_files::connections(options.max_connections),
        options.max_connections_per_address,
        uncounted,
    )
}
