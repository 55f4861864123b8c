//! Who there is in these tests, and how they ask.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName};
use http::{HeaderValue, Method, Request, StatusCode};
use serde_json::Value;

use crate::endpoint::template::Template;
use crate::endpoint::{BodyError, Dispatcher, Endpoints, Route};
use crate::password::{Password, PasswordPolicy};
use crate::{
    Accounts, Actor, Authenticator, Clock, KeyIssuer, MemoryStore, NewToken, NewUser, PeerAddress,
    SYSTEM_MANAGER, Scopes, SessionIssuer, TokenIssuer,
};

/// `ada` and `bob`, who administer nothing, and `root`, a System Manager, before all our routes.
pub(in crate::endpoint) struct World {
    pub(in crate::endpoint) store: MemoryStore,
    pub(in crate::endpoint) clock: Clock,
    pub(in crate::endpoint) routes: Vec<Route>,
    authenticator: Authenticator,
    dispatchers: Vec<(Box<str>, Dispatcher)>,
}

impl World {
    pub(in crate::endpoint) async fn new() -> Self {
        Self::with(|endpoints| endpoints).await
    }

    pub(in crate::endpoint) async fn with(change: impl FnOnce(Endpoints) -> Endpoints) -> Self {
        let clock = Clock::manual(UNIX_EPOCH + Duration::from_secs(1_767_323_045));
        let store = MemoryStore::with(clock.clone(), 1_000);
        for user in [
            NewUser::named("ada").with_email("ada@example.com"),
            NewUser::named("bob"),
            NewUser::named("root").with_roles([SYSTEM_MANAGER]),
        ] {
            store.create_user(user).await.unwrap();
        }
        let endpoints = change(Endpoints::new(store.clone()).with_clock(clock.clone()));
        let authenticator = Authenticator::new(store.clone())
            .clock(clock.clone())
            .sessions(&"http://auth.example".parse().unwrap());
        let world = Self {
            store,
            clock,
            routes: Vec::new(),
            authenticator,
            dispatchers: Vec::new(),
        };
        world.serving(endpoints.all())
    }

    /// The same people before other routes.
    pub(in crate::endpoint) fn serving(self, routes: Vec<Route>) -> Self {
        Self {
            dispatchers: Dispatcher::group(routes.clone(), &self.authenticator),
            routes,
            ..self
        }
    }

    /// The same routes behind another layer.
    pub(in crate::endpoint) fn behind(
        self,
        change: impl FnOnce(Authenticator) -> Authenticator,
    ) -> Self {
        let authenticator = change(self.authenticator.clone());
        let routes = self.routes.clone();
        Self {
            authenticator,
            ..self
        }
        .serving(routes)
    }

    /// A token that can do all that its user can.
    pub(in crate::endpoint) async fn token(&self, username: &str) -> String {
        self.make(username, NewToken::named("test")).await
    }

    /// A token that is limited to these scopes.
    pub(in crate::endpoint) async fn scoped(&self, username: &str, scopes: &[&str]) -> String {
        self.make(
            username,
            NewToken::named("test").with_scopes(Scopes::only(scopes)),
        )
        .await
    }

    pub(in crate::endpoint) async fn make(&self, username: &str, new: NewToken) -> String {
        let issuer = TokenIssuer::new(self.store.clone()).with_clock(self.clock.clone());
        let made = issuer
            .create(&Actor::assert_local_operator(), username, new)
            .await
            .unwrap();
        made.expose_secret().to_owned()
    }

    /// `key:secret`.
    pub(in crate::endpoint) async fn keys(&self, username: &str) -> String {
        let issuer = KeyIssuer::new(self.store.clone()).with_clock(self.clock.clone());
        let operator = Actor::assert_local_operator();
        let made = issuer.generate_keys(&operator, username).await.unwrap();
        format!("{}:{}", made.api_key(), made.api_secret().expose_secret())
    }

    pub(in crate::endpoint) async fn set_password(&self, username: &str, password: &str) {
        let policy = PasswordPolicy::new().with_min_code_points(8).unwrap();
        let accounts = Accounts::new(self.store.clone())
            .with_clock(self.clock.clone())
            .with_password_policy(policy);
        let password = Password::new(password).unwrap();
        let operator = Actor::assert_local_operator();
        accounts
            .set_password(&operator, username, password)
            .await
            .unwrap();
    }

    /// The value of a session's cookie, for a user who gets a password for it.
    pub(in crate::endpoint) async fn session(&self, username: &str) -> String {
        const PASSWORD: &str = "correct horse battery staple";
        self.set_password(username, PASSWORD).await;
        let issuer = SessionIssuer::new(self.store.clone()).with_clock(self.clock.clone());
        let password = Password::new(PASSWORD).unwrap();
        let made = issuer.log_in(username, password, None, None).await.unwrap();
        made.expose_secret().to_owned()
    }

    /// Sends a request to the first path that matches, as a framework does.
    pub(in crate::endpoint) async fn ask(&self, ask: Ask) -> Answer {
        self.ask_while(ask, async {}).await
    }

    /// Sends a request whose body is on its way until `meanwhile` has happened.
    pub(in crate::endpoint) async fn ask_while(
        &self,
        ask: Ask,
        meanwhile: impl Future<Output = ()>,
    ) -> Answer {
        let Ask { head, body } = ask;
        let path = head.uri().path().to_owned();
        let matches = |template: &str| Template::new(template).parameters(&path) != Err(ELSEWHERE);
        let Some((_, dispatcher)) = self.dispatchers.iter().find(|(path, _)| matches(path)) else {
            return Answer {
                status: StatusCode::NOT_FOUND,
                headers: HeaderMap::new(),
                body: Bytes::new(),
                was_body_read: false,
            };
        };
        let reads = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&reads);
        let read_body = async move |limit| {
            count.fetch_add(1, Ordering::SeqCst);
            meanwhile.await;
            let body = body?;
            (body.len() <= limit)
                .then_some(body)
                .ok_or(BodyError::TooLarge)
        };
        let (parts, body) = dispatcher.respond(head, read_body).await.into_parts();
        assert!(
            !parts.status.is_server_error() || parts.status == 503,
            "{parts:?}"
        );
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
            was_body_read: reads.load(Ordering::SeqCst) > 0,
        }
    }
}

const ELSEWHERE: crate::endpoint::template::Mismatch =
    crate::endpoint::template::Mismatch::Elsewhere;

/// A request in the making.
pub(in crate::endpoint) struct Ask {
    head: Request<()>,
    body: Result<Bytes, BodyError>,
}

pub(in crate::endpoint) fn ask(method: &str, path: &str) -> Ask {
    let mut head = Request::new(());
    *head.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
    *head.uri_mut() = path.parse().unwrap();
    head.extensions_mut()
        .insert(PeerAddress(IpAddr::from([203, 0, 113, 9])));
    Ask {
        head,
        body: Ok(Bytes::new()),
    }
}

pub(in crate::endpoint) fn get(path: &str) -> Ask {
    ask("GET", path)
}

pub(in crate::endpoint) fn post(path: &str) -> Ask {
    ask("POST", path)
}

pub(in crate::endpoint) fn patch(path: &str) -> Ask {
    ask("PATCH", path)
}

pub(in crate::endpoint) fn delete(path: &str) -> Ask {
    ask("DELETE", path)
}

impl Ask {
    /// Adds a header field, also a second of the same name.
    pub(in crate::endpoint) fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        let value = HeaderValue::from_bytes(value.as_ref()).unwrap();
        self.head.headers_mut().append(name, value);
        self
    }

    pub(in crate::endpoint) fn with(self, token: &str) -> Self {
        self.field(AUTHORIZATION.as_str(), format!("Token {token}"))
    }

    pub(in crate::endpoint) fn body(mut self, content_type: &str, body: impl AsRef<[u8]>) -> Self {
        let body = Bytes::copy_from_slice(body.as_ref());
        self.head
            .headers_mut()
            .insert(CONTENT_LENGTH, body.len().into());
        self.body = Ok(body);
        self.field(CONTENT_TYPE.as_str(), content_type)
    }

    pub(in crate::endpoint) fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    pub(in crate::endpoint) fn form(self, body: &str) -> Self {
        self.body("application/x-www-form-urlencoded", body)
    }

    /// A body that does not say how long it is.
    pub(in crate::endpoint) fn chunked(mut self) -> Self {
        self.head.headers_mut().remove(CONTENT_LENGTH);
        self
    }

    pub(in crate::endpoint) fn broken(mut self) -> Self {
        self.body = Err(BodyError::Broken);
        self
    }

    pub(in crate::endpoint) fn from(mut self, peer: &str) -> Self {
        let peer = PeerAddress(peer.parse().unwrap());
        self.head.extensions_mut().insert(peer);
        self
    }
}

/// What came back.
#[derive(Debug)]
pub(in crate::endpoint) struct Answer {
    pub(in crate::endpoint) status: StatusCode,
    pub(in crate::endpoint) headers: HeaderMap,
    pub(in crate::endpoint) body: Bytes,
    pub(in crate::endpoint) was_body_read: bool,
}

impl Answer {
    pub(in crate::endpoint) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(in crate::endpoint) fn field(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The member `detail` of a problem or of DRF's errors.
    pub(in crate::endpoint) fn detail(&self) -> String {
        self.json()["detail"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}
