//! The library under test. Everything that knows its API is in this file.

use std::{hint::black_box, net::IpAddr, pin::Pin, sync::Arc};

use actix_web::{App, HttpServer, body::BoxBody, http::StatusCode as ActixStatus, web};
use axum::{
    Router,
    http::{Request, StatusCode, Uri},
    routing::get,
};
use empress_auth_actix as actix;
use empress_auth_core::{
    Actor, Authenticator, Clock, Field, Head, MemoryStore, NewToken, NewUser, Scopes, Start,
    StoredUser, TokenIssuer,
};
use empress_auth_tower as tower_auth;

use crate::{
    actix_drive, actix_peers,
    actix_peers::Factory,
    axum_drive,
    axum_peers::{self, Named},
    catalog::{Entry, Group, Variant},
    contended::Contended,
    core_peers::{Fields, MANY},
    data::{HELLO, PATH, TOKENS},
    refusals,
};

/// `Authenticator::start` on a cached token: one token over and over.
pub const START_HOT: &str = "ours: start(), one token";
/// The same, the field looked up among four headers.
const START_REQUEST: &str = "ours: start(), one token, from a request's headers";
/// A different token each time.
pub const START_SMALL: &str = "ours: start(), each of 10,000";
/// The same among a million.
pub const START_LARGE: &str = "ours: start(), each of 1,000,000";
/// The layer, and a handler that does not look.
pub const LAYER: &str = "ours: .layer(TokenAuth)";
/// The layer, and a handler that takes `Authenticated`.
pub const EXTRACTOR: &str = "ours: .layer(TokenAuth), handler takes Authenticated";
/// actix: the wrap, and a handler that does not look.
pub const WRAP: &str = "ours: .wrap(TokenAuth)";
/// actix: the wrap, and a handler that takes `Authenticated`.
pub const WRAP_EXTRACTOR: &str = "ours: .wrap(TokenAuth), handler takes Authenticated";
/// No header sent.
pub const NO_HEADER: &str = "ours: no header";
/// A handler that answers the bytes of [`NO_HEADER`].
pub const NO_HEADER_TWIN: &str = "handler answering the bytes of: no header";
/// A token sent that nobody has.
pub const UNKNOWN: &str = "ours: unknown token";
/// A handler that answers the bytes of [`UNKNOWN`].
pub const UNKNOWN_TWIN: &str = "handler answering the bytes of: unknown token";

/// Our lines of the catalog.
#[must_use]
pub fn entries() -> Vec<Entry> {
    vec![
        Entry::new(Group::Core, START_HOT, || {
            let (store, token) = one_of(TOKENS);
            starting_hot(&Authenticator::new(store), &token)
        }),
        Entry::new(Group::Core, START_REQUEST, || {
            let (store, token) = one_of(TOKENS);
            starting_with_request(&Authenticator::new(store), &token)
        }),
        Entry::timed_only(Group::Core, START_SMALL, || starting_each(TOKENS)),
        Entry::timed_only(Group::Core, START_LARGE, || starting_each(MANY)),
        Entry::new(Group::Axum, LAYER, || {
            let (store, token) = one_of(TOKENS);
            on_axum(
                axum_peers::bare().layer(tower_auth::TokenAuth::new(store)),
                &token,
            )
        }),
        Entry::new(Group::Axum, EXTRACTOR, || {
            let (store, token) = one_of(TOKENS);
            on_axum(axum_looking(store), &token)
        }),
        Entry::new(Group::Actix, WRAP, || {
            let (store, token) = one_of(TOKENS);
            on_actix(actix_not_looking(&actix::TokenAuth::new(store)), &token)
        }),
        Entry::new(Group::Actix, WRAP_EXTRACTOR, || {
            let (store, token) = one_of(TOKENS);
            on_actix(actix_looking(&actix::TokenAuth::new(store)), &token)
        }),
        Entry::new(Group::AxumRefusal, NO_HEADER, || {
            axum_refusing(axum_refuser(), axum_drive::Proof::none())
        }),
        Entry::new(Group::AxumRefusal, NO_HEADER_TWIN, || {
            let proof = axum_drive::Proof::none();
            axum_refusing(refusals::axum_twin(axum_refuser(), &proof), proof)
        }),
        Entry::new(Group::AxumRefusal, UNKNOWN, || {
            axum_refusing(axum_refuser(), axum_drive::Proof::bearer(&unknown()))
        }),
        Entry::new(Group::AxumRefusal, UNKNOWN_TWIN, || {
            let proof = axum_drive::Proof::bearer(&unknown());
            axum_refusing(refusals::axum_twin(axum_refuser(), &proof), proof)
        }),
        Entry::new(Group::ActixRefusal, NO_HEADER, || {
            actix_refusing(actix_refuser(), actix_drive::Proof::none())
        }),
        Entry::new(Group::ActixRefusal, NO_HEADER_TWIN, || {
            let proof = actix_drive::Proof::none();
            actix_refusing(refusals::actix_twin(actix_refuser(), &proof), proof)
        }),
        Entry::new(Group::ActixRefusal, UNKNOWN, || {
            actix_refusing(actix_refuser(), actix_drive::Proof::bearer(&unknown()))
        }),
        Entry::new(Group::ActixRefusal, UNKNOWN_TWIN, || {
            let proof = actix_drive::Proof::bearer(&unknown());
            actix_refusing(refusals::actix_twin(actix_refuser(), &proof), proof)
        }),
    ]
}

/// Two threads, one token: `start` alone, and through the axum layer.
#[must_use]
pub fn contended() -> Vec<Contended> {
    let (store, token) = one_of(TOKENS);
    let shared = Authenticator::new(store.clone());
    let router = axum_peers::bare().layer(tower_auth::TokenAuth::new(store));
    let same = token.clone();
    vec![
        Contended::new(START_HOT, move || starting_hot(&shared, &same)),
        Contended::new("axum, ours", move || on_axum(router.clone(), &token)),
    ]
}

/// Bytes in use, as the counting allocator knows them.
pub struct Memory {
    /// A token in `MemoryStore`, of a million, with its user's share: 1,000 tokens a user.
    pub per_token: f64,
    /// What a verified token adds.
    pub per_cached_token_in_all: f64,
    /// The same less the identity's own user data.
    pub per_cached_token: f64,
}

/// Builds the store while asking `in_use` how much is in use.
#[must_use]
pub fn memory(in_use: &dyn Fn() -> usize) -> Option<Memory> {
    let mut tokens = Vec::with_capacity(MANY);
    // A first store, so that lazy statics and the runtime are not counted.
    let _ = one_of(1);
    let empty = in_use();
    let store = issued(MANY, |token| tokens.push(token.to_owned()));
    let texts: usize = tokens.iter().map(String::capacity).sum();
    let filled = in_use() - texts;
    remember(&Authenticator::new(store.clone()), &tokens);
    let remembered = in_use() - texts;
    drop(store);
    let per = |bytes: usize| bytes as f64 / MANY as f64;
    let in_all = per(remembered - filled);
    Some(Memory {
        per_token: per(filled - empty),
        per_cached_token_in_all: in_all,
        per_cached_token: in_all - size_of::<UserData>() as f64,
    })
}

/// What an identity tells of its user and credential, and any cache would have to hold: the user by reference, the
/// scopes, the time of issue, the credential's id in place, and a pointer to what few credentials have.
type UserData = (Arc<StoredUser>, Scopes, u64, [u8; 24], Option<Box<u8>>);

/// A server that never ends, and the token that it lets in.
pub struct Serving {
    /// What goes behind `Bearer`.
    pub token: String,
    /// To be awaited.
    pub server: Pin<Box<dyn Future<Output = std::io::Result<()>>>>,
}

/// The servers of the wire bench: `axum`, `axum-json`, `actix`, `actix-json`.
pub async fn serve(variant: &str, listener: std::net::TcpListener) -> Option<Serving> {
    // A thread of its own, because it runs a runtime of its own.
    let (store, token) = std::thread::spawn(|| one_of(TOKENS)).join().ok()?;
    let server: Pin<Box<dyn Future<Output = std::io::Result<()>>>> = match variant {
        "axum" => Box::pin(serve_axum(
            axum_peers::bare().layer(tower_auth::TokenAuth::new(store)),
            listener,
        )),
        "axum-json" => Box::pin(serve_axum(axum_json(store), listener)),
        "actix" => {
            let auth = actix::TokenAuth::new(store);
            Box::pin(async move {
                HttpServer::new(move || actix_not_looking(&auth))
                    .workers(1)
                    .listen(listener)?
                    .run()
                    .await
            })
        }
        "actix-json" => {
            let auth = actix::TokenAuth::new(store);
            Box::pin(async move {
                HttpServer::new(move || actix_json(&auth))
                    .workers(1)
                    .listen(listener)?
                    .run()
                    .await
            })
        }
        _ => return None,
    };
    Some(Serving { token, server })
}

/// Serves until the process ends.
///
/// # Errors
///
/// When the socket cannot be used.
pub async fn serve_axum(router: Router, listener: std::net::TcpListener) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    axum::serve(tokio::net::TcpListener::from_std(listener)?, router).await
}

/// Tokens that a user may have unless told, and has here.
const TOKENS_PER_USER: usize = 1_000;

/// A store with `n` tokens; `made` sees each.
fn issued(n: usize, mut made: impl FnMut(&str)) -> MemoryStore {
    // Room for half as many more, so that no shard of the cache is full by chance.
    let store = MemoryStore::with(Clock::system(), n + n / 2 + 2_048);
    axum_drive::runtime().block_on(async {
        let issuer = TokenIssuer::new(store.clone());
        let operator = Actor::assert_local_operator();
        for first in (0..n).step_by(TOKENS_PER_USER) {
            let user = format!("user-{}", first / TOKENS_PER_USER);
            store
                .create_user(NewUser::named(&user))
                .await
                .expect("a new user");
            for _ in first..n.min(first + TOKENS_PER_USER) {
                let token = issuer
                    .create(&operator, &user, NewToken::named("laptop"))
                    .await
                    .expect("a new token");
                made(token.expose_secret());
            }
        }
    });
    store
}

/// Shows each token once, so that the store's memory knows it.
fn remember(authenticator: &Authenticator, tokens: &[String]) {
    axum_drive::runtime().block_on(async {
        for token in tokens {
            let field = format!("Bearer {token}");
            if let Start::Pending(pending) = authenticator.start(&OnlyField(field.as_bytes())) {
                let decision = authenticator.finish(pending).await;
                assert!(matches!(decision, Ok(Some(_))), "a token that was issued");
            }
        }
    });
}

/// A store of `n` tokens, and one of them that was shown before.
fn one_of(n: usize) -> (MemoryStore, String) {
    let mut tokens = Vec::new();
    let store = issued(n, |token| tokens.push(token.to_owned()));
    let token = tokens.swap_remove(n / 2);
    remember(
        &Authenticator::new(store.clone()),
        std::slice::from_ref(&token),
    );
    (store, token)
}

/// A well-formed token of another store.
fn unknown() -> String {
    one_of(1).1
}

fn starting_hot(authenticator: &Authenticator, token: &str) -> Variant {
    let authenticator = authenticator.clone();
    let field = format!("Bearer {token}").into_bytes();
    assert_remembered(&authenticator, token);
    Variant::new(move |n| {
        for _ in 0..n {
            black_box(authenticator.start(&OnlyField(black_box(&field))));
        }
    })
}

/// Shows the token to this very layer: what one verified that is gone since is asked for again.
fn assert_remembered(authenticator: &Authenticator, token: &str) {
    remember(authenticator, &[token.to_owned()]);
    let start = authenticator.start(&OnlyField(format!("Bearer {token}").as_bytes()));
    assert!(matches!(start, Start::Ready(Ok(Some(_)))), "{start:?}");
}

fn starting_with_request(authenticator: &Authenticator, token: &str) -> Variant {
    let authenticator = authenticator.clone();
    let request: Request<()> = axum_drive::Proof::bearer(token)
        .request(&Uri::from_static(PATH))
        .map(drop);
    assert_remembered(&authenticator, token);
    Variant::new(move |n| {
        for _ in 0..n {
            black_box(authenticator.start(black_box(&request)));
        }
    })
}

fn starting_each(n: usize) -> Variant {
    let mut tokens = Vec::with_capacity(n);
    let store = issued(n, |token| tokens.push(token.to_owned()));
    let authenticator = Authenticator::new(store);
    remember(&authenticator, &tokens);
    let mut fields = Fields::new(tokens);
    Variant::new(move |n| {
        for _ in 0..n {
            let start = authenticator.start(&OnlyField(black_box(fields.next_field())));
            assert!(matches!(black_box(start), Start::Ready(Ok(Some(_)))));
        }
    })
}

/// A request of which nothing but the `Authorization` field is known.
pub(crate) struct OnlyField<'a>(pub(crate) &'a [u8]);

impl Head for OnlyField<'_> {
    fn authorization(&self) -> Field<'_> {
        Field::Single(self.0)
    }

    fn each_line<'a>(&'a self, _name: &str, _each: &mut dyn FnMut(&'a [u8])) {}

    fn method(&self) -> &str {
        "GET"
    }

    fn peer(&self) -> Option<IpAddr> {
        None
    }
}

fn on_axum(router: Router, token: &str) -> Variant {
    axum_drive::variant(router, axum_drive::Proof::bearer(token), StatusCode::OK)
}

fn on_actix<T: Factory<BoxBody>>(app: App<T>, token: &str) -> Variant {
    actix_drive::variant(app, actix_drive::Proof::bearer(token), ActixStatus::OK)
}

fn axum_looking(store: MemoryStore) -> Router {
    let handler = async |who: tower_auth::Authenticated| {
        black_box(&who);
        HELLO
    };
    Router::new()
        .route(PATH, get(handler))
        .layer(tower_auth::TokenAuth::new(store))
}

fn axum_json(store: MemoryStore) -> Router {
    let handler = async |tower_auth::Authenticated(who): tower_auth::Authenticated| {
        axum::Json(Named {
            username: who.username().to_owned(),
        })
    };
    Router::new()
        .route(PATH, get(handler))
        .layer(tower_auth::TokenAuth::new(store))
}

fn actix_not_looking(auth: &actix::TokenAuth) -> App<impl Factory<BoxBody> + use<>> {
    actix_peers::bare().wrap(auth.clone())
}

fn actix_looking(auth: &actix::TokenAuth) -> App<impl Factory<BoxBody> + use<>> {
    let handler = async |who: actix::Authenticated| {
        black_box(&who);
        HELLO
    };
    App::new()
        .route(PATH, web::get().to(handler))
        .wrap(auth.clone())
}

fn actix_json(auth: &actix::TokenAuth) -> App<impl Factory<BoxBody> + use<>> {
    let handler = async |actix::Authenticated(who): actix::Authenticated| {
        web::Json(Named {
            username: who.username().to_owned(),
        })
    };
    App::new()
        .route(PATH, web::get().to(handler))
        .wrap(auth.clone())
}

fn axum_refuser() -> Router {
    axum_peers::bare().layer(tower_auth::TokenAuth::new(MemoryStore::new()))
}

fn axum_refusing(router: Router, proof: axum_drive::Proof) -> Variant {
    axum_drive::variant(router, proof, StatusCode::UNAUTHORIZED)
}

fn actix_refuser() -> App<impl Factory<BoxBody>> {
    actix_not_looking(&actix::TokenAuth::new(MemoryStore::new()))
}

fn actix_refusing<T: Factory<BoxBody>>(app: App<T>, proof: actix_drive::Proof) -> Variant {
    actix_drive::variant(app, proof, ActixStatus::UNAUTHORIZED)
}
