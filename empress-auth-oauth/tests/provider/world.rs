//! A provider on a store in memory, and what tests do with it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use empress_auth_core::endpoint::{Dispatcher, Endpoints};
use empress_auth_core::{
    Actor, Authenticator, Clock, Entropy, KeyIssuer, MasterKey, MemoryStore, NewUser, PeerAddress,
    TokenKind, TokenMint, TokenStore as _, User, UserChange, UserStore as _,
};
use empress_auth_oauth::client::Client;
use empress_auth_oauth::grant::{CodeChallenge, CodeRow, Granted};
use empress_auth_oauth::store::{ClientStore as _, GrantStore as _};
use empress_auth_oauth::{NewClient, Provider};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName};
use http::{Method, Request, StatusCode};
use serde_json::Value;

pub(crate) const TOKEN: &str = "/oauth/token";
pub(crate) const REVOKE: &str = "/oauth/revoke";
pub(crate) const INTROSPECT: &str = "/oauth/introspect";
pub(crate) const USERINFO: &str = "/oauth/userinfo";
pub(crate) const CALLBACK: &str = "https://app.example/callback";

pub(crate) const MASTER_KEY: [u8; 32] = [7; 32];

/// The pair of RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) fn frappe(name: &str) -> String {
    format!("/api/method/frappe.integrations.oauth2.{name}")
}

/// Fields of a form.
pub(crate) type Form<'a> = [(&'a str, &'a str)];

pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) clock: Clock,
    pub(crate) provider: Provider,
    dispatchers: Vec<(Box<str>, Dispatcher)>,
}

/// A client with its secret, if it has one.
pub(crate) struct Registered {
    pub(crate) client: Client,
    pub(crate) secret: Option<String>,
}

impl Registered {
    pub(crate) fn id(&self) -> &str {
        &self.client.id
    }

    pub(crate) fn secret(&self) -> &str {
        self.secret.as_deref().unwrap_or_default()
    }

    pub(crate) fn basic(&self) -> String {
        basic(self.id(), self.secret())
    }
}

pub(crate) fn basic(user_id: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user_id}:{password}")))
}

/// The 21st of November 2026.
pub(crate) fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_280_000)
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|provider| provider)
    }

    /// With a provider that is set up in another way.
    pub(crate) fn with(set_up: impl FnOnce(Provider) -> Provider) -> Self {
        let clock = Clock::manual(start());
        let store = MemoryStore::with(clock.clone(), 1_000);
        let master_key = MasterKey::from_bytes(MASTER_KEY);
        let provider = Provider::new(
            store.clone(),
            "https://auth.example".parse().unwrap(),
            master_key,
        );
        let provider = set_up(provider.with_clock(clock.clone()));
        Self::serving(store, clock, provider)
    }

    pub(crate) fn serving(store: MemoryStore, clock: Clock, provider: Provider) -> Self {
        let endpoints = Endpoints::new(store.clone()).with_clock(clock.clone());
        Self::beside(&endpoints, store, clock, provider)
    }

    /// The same provider, beside other endpoints.
    pub(crate) fn beside(
        endpoints: &Endpoints,
        store: MemoryStore,
        clock: Clock,
        provider: Provider,
    ) -> Self {
        let authenticator = Authenticator::new(store.clone())
            .clock(clock.clone())
            .accept(provider.verifier());
        let mut routes = provider.routes();
        routes.extend(endpoints.all());
        Self {
            dispatchers: Dispatcher::group(routes, &authenticator),
            store,
            clock,
            provider,
        }
    }

    pub(crate) async fn client(&self, new: NewClient) -> Registered {
        let made = self
            .provider
            .clients()
            .create(Actor::assert_local_operator(), new)
            .await
            .unwrap();
        let secret = made
            .secret()
            .map(|secret| secret.expose_secret().to_owned());
        Registered {
            client: made.client().clone(),
            secret,
        }
    }

    pub(crate) async fn confidential(&self) -> Registered {
        self.client(NewClient::confidential("Shop").with_redirect_uri(CALLBACK))
            .await
    }

    pub(crate) async fn public(&self) -> Registered {
        self.client(NewClient::public("App").with_redirect_uri(CALLBACK))
            .await
    }

    pub(crate) async fn user(&self, name: &str) -> User {
        let new = NewUser::named(name)
            .with_full_name("Ada Lovelace")
            .with_email("ada@example.com")
            .with_roles(["Manager"]);
        self.store.create_user(new).await.unwrap()
    }

    /// `Authorization` of a System Manager.
    pub(crate) async fn system_manager(&self) -> String {
        self.caller("root", &["System Manager"]).await
    }

    /// `Authorization` of a user with these roles.
    pub(crate) async fn caller(&self, name: &str, roles: &[&str]) -> String {
        let new = NewUser::named(name).with_roles(roles.iter().copied());
        self.store.create_user(new).await.unwrap();
        let keys = KeyIssuer::new(self.store.clone())
            .generate_keys(Actor::assert_local_operator(), name)
            .await
            .unwrap();
        let secret = keys.api_secret().expose_secret();
        format!("token {}:{secret}", keys.api_key().as_str())
    }

    pub(crate) fn mint(&self) -> TokenMint {
        TokenMint::new(self.store.store_key().clone(), Entropy::system())
    }

    /// A code that the user granted, with PKCE, as the authorization endpoint stores it.
    pub(crate) async fn code(&self, client: &Registered, user: &User) -> String {
        self.code_with(client, user, |_| {}).await
    }

    pub(crate) async fn code_with(
        &self,
        client: &Registered,
        user: &User,
        change: impl FnOnce(&mut CodeRow),
    ) -> String {
        let now = self.clock.now();
        let minted = self.mint().make(TokenKind::Code, now).unwrap();
        let scopes = ["openid", "all"].map(Into::into);
        let granted = Granted::new(client.id(), Some(&user.id), &scopes);
        let times = (now, now + Duration::from_secs(60));
        let mut row = CodeRow::new(minted.id, minted.digest.clone(), granted, CALLBACK, times);
        row.challenge = Some(CodeChallenge::S256(CHALLENGE.into()));
        change(&mut row);
        let grounds = Actor::assert_local_operator().grounds(now);
        self.store.insert_code(row, &grounds).await.unwrap();
        minted.expose_secret().to_owned()
    }

    /// The tokens of a code that the user granted to a public client.
    pub(crate) async fn tokens(&self, client: &Registered, user: &User) -> Tokens {
        let code = self.code(client, user).await;
        let mut form = exchange(&code).to_vec();
        form.push(("client_id", client.id()));
        if let Some(secret) = &client.secret {
            form.push(("client_secret", secret));
        }
        self.post(TOKEN, &form).await.tokens()
    }

    /// A refresh with all that a client needs to show.
    pub(crate) async fn refresh(&self, client: &Registered, refresh_token: &str) -> Answer {
        let mut form = vec![
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
            ("client_id", client.id()),
        ];
        if let Some(secret) = &client.secret {
            form.push(("client_secret", secret));
        }
        self.post(TOKEN, &form).await
    }

    /// Whether the store still finds an access token.
    pub(crate) async fn opens(&self, access_token: &str) -> bool {
        let value = format!("Bearer {access_token}");
        let answer = self.get("/api/v1/me", &[(AUTHORIZATION, &value)]).await;
        match answer.status.as_u16() {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }

    pub(crate) async fn post(&self, path: &str, form: &Form<'_>) -> Answer {
        self.post_with(path, form, &[]).await
    }

    pub(crate) async fn post_with(
        &self,
        path: &str,
        form: &Form<'_>,
        fields: &[(HeaderName, &str)],
    ) -> Answer {
        let encoded = encode(form);
        let mut request =
            Request::post(path).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in fields {
            request = request.header(name, *value);
        }
        self.send(request.body(encoded).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, fields: &[(HeaderName, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in fields {
            request = request.header(name, *value);
        }
        self.send(request.body(String::new()).unwrap()).await
    }

    pub(crate) async fn send(&self, mut request: Request<String>) -> Answer {
        if request.extensions().get::<PeerAddress>().is_none() {
            let peer = PeerAddress([127, 0, 0, 1].into());
            request.extensions_mut().insert(peer);
        }
        self.send_from_nowhere(request).await
    }

    /// As it comes through a socket that has no addresses.
    pub(crate) async fn send_from_nowhere(&self, request: Request<String>) -> Answer {
        let (parts, body) = request.into_parts();
        let head = Request::from_parts(parts, ());
        let path = head.uri().path().to_owned();
        let is_it = |template: &str| {
            let same = |(known, asked): (&str, &str)| known == asked || known.starts_with('{');
            template.split('/').count() == path.split('/').count()
                && template.split('/').zip(path.split('/')).all(same)
        };
        let found = self.dispatchers.iter().find(|(known, _)| is_it(known));
        let (_, dispatcher) = found.unwrap_or_else(|| panic!("no route at {path}"));
        let response = dispatcher
            .respond(head, async |_limit| Ok(Bytes::from(body)))
            .await;
        let (parts, body) = response.into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// A client as an operator leaves it.
    pub(crate) async fn change_client(
        &self,
        client: &Registered,
        change: impl FnOnce(&mut Client),
    ) {
        let mut changed = client.client.clone();
        change(&mut changed);
        let grounds = Actor::assert_local_operator().grounds(self.clock.now());
        let done = self.store.update_client(changed, &grounds);
        done.await.unwrap();
    }

    /// A user as it is now disabled.
    pub(crate) async fn disable(&self, user: &User) {
        let mut change = UserChange::default();
        change.enabled = Some(false);
        self.change(user, change).await;
    }

    /// A user as it is without roles.
    pub(crate) async fn take_roles(&self, user: &User) {
        let mut change = UserChange::default();
        change.roles = Some(Vec::new());
        self.change(user, change).await;
    }

    async fn change(&self, user: &User, change: UserChange) {
        let grounds = Actor::assert_local_operator().grounds(self.clock.now());
        let changed = self.store.update_user(&user.username, change, &grounds);
        changed.await.unwrap();
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }
}

pub(crate) fn encode(form: &Form<'_>) -> String {
    let mut encoded = String::new();
    for (name, value) in form {
        let text = value.bytes().map(|byte| format!("%{byte:02X}"));
        encoded += &format!("&{name}={}", text.collect::<String>());
    }
    encoded
}

/// The parameters that exchange a code, but for those of the client.
pub(crate) fn exchange(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ]
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {:?}", self.body))
    }

    pub(crate) fn text(&self, member: &str) -> String {
        let json = self.json();
        let text = json[member].as_str();
        text.unwrap_or_else(|| panic!("no {member} in {json}"))
            .to_owned()
    }

    pub(crate) fn tokens(&self) -> Tokens {
        assert_eq!(self.status, 200, "{:?}", self.body);
        Tokens {
            access: self.text("access_token"),
            refresh: self.text("refresh_token"),
        }
    }

    /// The status and the error code; that the body is one of RFC 6749 §5.2 and no cache keeps it.
    pub(crate) fn error(&self) -> (u16, String) {
        let json = self.json();
        let members = json.as_object().unwrap();
        let names: Vec<&str> = members.keys().map(String::as_str).collect();
        assert_eq!(names, ["error", "error_description"], "{json}");
        let description = self.text("error_description");
        let allowed = |byte: u8| (0x20..=0x7e).contains(&byte) && !b"\"\\".contains(&byte);
        assert!(description.bytes().all(allowed), "{description}");
        assert_eq!(self.headers["cache-control"], "no-store");
        assert_eq!(self.headers["content-type"], "application/json");
        (self.status.as_u16(), self.text("error"))
    }

    #[track_caller]
    pub(crate) fn expect_error(&self, status: u16, error: &str) {
        assert_eq!(self.error(), (status, error.to_owned()));
    }

    /// Everything that a client sees.
    pub(crate) fn bytes(&self) -> String {
        format!("{} {:?} {:?}", self.status, self.headers, self.body)
    }
}

/// A request of another method.
pub(crate) fn request(method: Method, path: &str, body: &str) -> Request<String> {
    Request::builder()
        .method(method)
        .uri(path)
        .body(body.to_owned())
        .unwrap()
}
