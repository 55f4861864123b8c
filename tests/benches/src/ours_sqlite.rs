//! The store on SQLite, under the load of its peers.

use std::rc::Rc;
use std::time::{Duration, Instant};

use axum::http::Request;
use empress_auth_core::{
    Actor, Authenticator, CredentialStore, Lookup, NewToken, Start, TokenIssuer, TokenStore,
    UserStore,
};
use empress_auth_sql::SqliteStore;
use tokio::runtime::Runtime;

use crate::catalog::Variant;
use crate::data::mix;
use crate::sqlite_file::{SqliteFile, username};
use crate::sqlite_peers::{Ids, TASKS, on_tasks};

/// The store alone.
pub const FIND: &str = "ours: SqliteStore::find";
/// All of a request with a token that is not remembered.
pub const COLD: &str = "ours: start() and finish(), not remembered";
/// Changes that wait for one another.
pub const CREATE: &str = "ours: TokenIssuer::create, one after another";
/// Changes that share a commit.
pub const CREATE_AT_ONCE: &str = "ours: TokenIssuer::create, 64 tasks";

/// Look-ups by id, each from the file.
#[must_use]
pub fn finding(store: &SqliteStore, ids: Ids) -> Variant {
    let store = store.clone();
    let ids = Rc::new(ids);
    let mut first = 0;
    on_tasks(move |task, count| {
        first += 1;
        let (store, ids) = (store.clone(), Rc::clone(&ids));
        async move {
            for number in 0..count {
                let id = ids.at(first * TASKS + task, number);
                let found = store.find(Lookup::Token(id)).await.expect("an answer");
                assert!(found.is_some());
            }
        }
    })
}

/// Requests with tokens of which hardly one is remembered.
#[must_use]
pub fn starting_cold(layer: &Authenticator, requests: Rc<[Request<()>]>) -> Variant {
    let layer = layer.clone();
    let mut first = 0;
    on_tasks(move |task, count| {
        first += 1;
        let (layer, requests) = (layer.clone(), Rc::clone(&requests));
        async move {
            for number in 0..count {
                let far = mix(((first * TASKS + task) << 24) | number) as usize;
                accept(&layer, &requests[far % requests.len()]).await;
            }
        }
    })
}

/// Tokens, one after another, of one user after another.
#[must_use]
pub fn creating(store: &SqliteStore) -> Variant {
    let issuer = issuer(store);
    let runtime = runtime();
    let mut first = 0;
    Variant::new(move |calls| {
        first += 1;
        runtime.block_on(async {
            for number in 0..calls {
                create(&issuer, first + number as usize).await;
            }
        });
    })
}

/// The same, asked for by many.
#[must_use]
pub fn creating_at_once(store: &SqliteStore) -> Variant {
    let issuer = Rc::new(issuer(store));
    let mut first = 0;
    on_tasks(move |task, count| {
        first += 1;
        let (issuer, first) = (Rc::clone(&issuer), first + task);
        async move {
            for number in 0..count {
                create(&issuer, first + TASKS * number).await;
            }
        }
    })
}

/// Requests with so many new tokens.
pub async fn requests(store: &SqliteStore, count: usize) -> Rc<[Request<()>]> {
    let issuer = issuer(store);
    let mut requests = Vec::with_capacity(count);
    while requests.len() < count {
        let mut making = tokio::task::JoinSet::new();
        for number in 0..TASKS {
            let (issuer, number) = (issuer.clone(), requests.len() + number);
            making.spawn(async move { create(&issuer, number).await });
        }
        requests.extend(making.join_all().await);
    }
    requests.into()
}

/// A request with a new token of one of the users.
async fn create(issuer: &TokenIssuer, number: usize) -> Request<()> {
    let username = username(number);
    let making = issuer.create(
        Actor::assert_local_operator(),
        &username,
        NewToken::named("bench"),
    );
    let made = making.await.expect("a token");
    let field = format!("Bearer {}", made.expose_secret());
    let request = Request::builder().header("authorization", field).body(());
    request.expect("a request")
}

fn issuer(store: &SqliteStore) -> TokenIssuer {
    TokenIssuer::new(store.clone()).with_limit_per_user(usize::MAX)
}

/// Lets a request in, as must be.
async fn accept(layer: &Authenticator, request: &Request<()>) {
    let decision = match layer.start(request) {
        Start::Ready(decision) => decision,
        Start::Pending(pending) => layer.finish(pending).await,
    };
    assert!(decision.is_ok_and(|identity| identity.is_some()));
}

/// What requests with so many tokens do to the file, and how long writing their last uses takes when the store is closed.
pub async fn use_and_close(file: &SqliteFile, requests: &[Request<()>]) -> (i64, Duration) {
    let store = file.open().await;
    let layer = Authenticator::new(store.clone());
    let watch = file.watch();
    let before = watch();
    for _ in 0..10 {
        for request in requests {
            accept(&layer, request).await;
        }
    }
    let writes = watch() - before;
    drop(layer);
    let began = Instant::now();
    store.close().await;
    (writes, began.elapsed())
}

/// How long it takes until a store has answered for the first time.
pub async fn open(file: &SqliteFile, ids: &Ids) -> Duration {
    let began = Instant::now();
    let store = file.open().await;
    let found = store.find(Lookup::Token(ids.at(0, 0))).await;
    let took = began.elapsed();
    assert!(found.is_ok_and(|found| found.is_some()));
    store.close().await;
    took
}

/// How long pages of a hundred take: of all tokens, of a user's, of users.
pub async fn pages(store: &SqliteStore, ids: &Ids, count: usize) -> [(&'static str, Vec<f64>); 3] {
    let (mut all, mut of_user, mut users) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..count {
        let after = ids.at(1, number);
        let name = username(mix(number) as usize);
        let began = Instant::now();
        store.tokens(None, Some(after), 100).await.expect("a page");
        all.push(millis(began));
        let began = Instant::now();
        store.tokens(Some(&name), None, 100).await.expect("a page");
        of_user.push(millis(began));
        let began = Instant::now();
        store.users(Some(&name), 100).await.expect("a page");
        users.push(millis(began));
    }
    [
        ("tokens, of all", all),
        ("tokens, of a user", of_user),
        ("users", users),
    ]
}

/// As every program needs one.
#[must_use]
pub fn runtime() -> Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    runtime.expect("a runtime")
}

fn millis(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1_000.0
}
