//! What the checks are made of: rows, requests, racers.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::Request;
use http::header::COOKIE;
use tokio::sync::Barrier;

use super::Store;
use crate::actor::{Actor, Grounds};
use crate::api_token::{ApiToken, TokenForm, TokenRow};
use crate::audit::AuditEvent;
use crate::authenticator::{Authenticator, Decision};
use crate::clock::{Clock, from_unix_millis};
use crate::digest::SecretDigest;
use crate::entropy::Entropy;
use crate::identity::Identity;
use crate::issuing::NewApiSecret;
use crate::network::Network;
use crate::password::PasswordHash;
use crate::rejection::RejectionKind;
use crate::scopes::Scopes;
use crate::secret::{ApiKey, ApiSecret};
use crate::session::{Session, SessionRow};
use crate::store::{StoreError, StoreErrorKind};
use crate::token_text::{StoreKey, TokenId, TokenKind};
use crate::user::{NewUser, User, UserChange};

/// Now, as the machine has it: a store may sweep by its own clock.
pub(super) fn now() -> SystemTime {
    Clock::system().now()
}

/// A moment that is so many milliseconds away from `at`.
pub(super) fn shifted(at: SystemTime, millis: i64) -> SystemTime {
    from_unix_millis(crate::clock::unix_millis(at).saturating_add_signed(millis))
}

pub(super) fn operator() -> Grounds {
    operator_at(now())
}

pub(super) fn operator_at(at: SystemTime) -> Grounds {
    Actor::assert_local_operator().grounds(at)
}

/// The value, or the end of the check.
#[track_caller]
pub(super) fn must<T, E: Display>(result: Result<T, E>, what: &str) -> T {
    #[expect(clippy::panic, reason = "a broken promise")]
    result.unwrap_or_else(|error| panic!("{what}: {error}"))
}

/// That the store refused, with this kind.
#[track_caller]
pub(super) fn refused<T>(result: Result<T, StoreError>, kind: StoreErrorKind, what: &str) {
    match result {
        Ok(_) => assert!(
            result.is_err(),
            "{what}: expected {kind:?}, but it was done"
        ),
        Err(error) => assert_eq!(error.kind(), kind, "{what}: another error: {error}"),
    }
}

pub(super) async fn user<S: Store>(store: &S, name: &str) -> User {
    let made = store.insert_user(NewUser::named(name), &operator()).await;
    must(made, "a user cannot be made")
}

/// A user that may act for others.
pub(super) async fn manager<S: Store>(store: &S, name: &str) -> User {
    let new = NewUser::named(name).with_roles([crate::SYSTEM_MANAGER]);
    must(
        store.insert_user(new, &operator()).await,
        "a user cannot be made",
    )
}

/// A new secret for `username`; the value of the field that shows it.
pub(super) async fn key_pair<S: Store>(store: &S, username: &str, at: SystemTime) -> String {
    let (new, secret) = new_secret();
    let put = store.put_api_secret(username, new, &operator_at(at)).await;
    let key = must(put, "a secret cannot be put");
    format!("token {key}:{}", secret.expose_secret())
}

pub(super) fn new_secret() -> (NewApiSecret, ApiSecret) {
    let entropy = Entropy::system();
    let key = must(ApiKey::generate(&entropy), "no random bytes");
    let secret = must(ApiSecret::generate(&entropy), "no random bytes");
    let digest = SecretDigest::sha256_of(secret.expose_secret().as_bytes());
    (NewApiSecret::new(key, digest), secret)
}

/// A row of a token of ours, made now, and the token.
pub(super) fn pat(username: &str, store_key: &StoreKey) -> (TokenRow, String) {
    let at = now();
    let (id, text) =
        crate::testing::unstored_token(TokenKind::Api, store_key, some_time_before(at));
    let last4 = text.get(text.len() - 4..).unwrap_or_default();
    let row = TokenRow {
        token: token(id, username, TokenForm::Pat, last4, at),
        digest: SecretDigest::sha256_of(text.as_bytes()),
    };
    (row, text)
}

/// A row of the token that DRF's endpoint answers.
pub(super) fn drf(username: &str, store_key: &StoreKey, text: &str) -> TokenRow {
    without_id(TokenForm::Drf, username, store_key, text)
}

/// A row of a token that was made elsewhere.
pub(super) fn imported(username: &str, store_key: &StoreKey, text: &str) -> TokenRow {
    without_id(TokenForm::Imported, username, store_key, text)
}

fn without_id(form: TokenForm, username: &str, store_key: &StoreKey, text: &str) -> TokenRow {
    let at = now();
    let (id, _) = crate::testing::unstored_token(TokenKind::Api, store_key, some_time_before(at));
    let last4 = text.get(text.len() - 4..).unwrap_or_default();
    TokenRow {
        token: token(id, username, form, last4, at),
        digest: SecretDigest::sha256_of(text.as_bytes()),
    }
}

/// Up to five hours before `at`: of many ids made in one millisecond two may be the same.
fn some_time_before(at: SystemTime) -> SystemTime {
    let mut random = [0; 3];
    must(Entropy::system().fill(&mut random), "no random bytes");
    let [a, b, c] = random;
    shifted(at, -i64::from(u32::from_be_bytes([0, a, b, c])))
}

fn token(id: TokenId, username: &str, form: TokenForm, last4: &str, at: SystemTime) -> ApiToken {
    ApiToken {
        id,
        username: username.into(),
        form,
        name: "contract".into(),
        scopes: Scopes::all(),
        last4: last4.into(),
        created_at: at,
        created_by: None,
        expires_at: None,
        idle_timeout: None,
        networks: Arc::default(),
        last_used_at: None,
    }
}

pub(super) async fn put<S: Store>(store: &S, row: TokenRow) -> ApiToken {
    let put = store.insert_token(row, usize::MAX >> 1, &operator()).await;
    must(put, "a token cannot be put")
}

/// A token of `username` that is stored: the value of the field that shows it, and its id.
pub(super) async fn stored_pat<S: Store>(store: &S, username: &str) -> (String, TokenId) {
    let (row, text) = pat(username, store.store_key());
    let id = put(store, row).await.id;
    (format!("Bearer {text}"), id)
}

/// The row of a session that is made now for a week and may be left alone for half a day, and the value of its cookie.
pub(super) fn session(username: &str, store_key: &StoreKey) -> (SessionRow, String) {
    let at = now();
    let (id, text) =
        crate::testing::unstored_token(TokenKind::Session, store_key, some_time_before(at));
    let session = Session::new(id, username, at, shifted(at, WEEK), HALF_A_DAY);
    let digest = SecretDigest::sha256_of(text.as_bytes());
    (SessionRow::new(session, digest), text)
}

const WEEK: i64 = 7 * 24 * 60 * 60 * 1_000;
const HALF_A_DAY: Duration = Duration::from_secs(12 * 60 * 60);

pub(super) async fn put_session<S: Store>(store: &S, row: SessionRow) -> Session {
    let put = store
        .insert_session(row, None, usize::MAX >> 1, &operator())
        .await;
    must(put, "a session cannot be put")
}

/// A session of `username` that is stored: the value of its cookie, and its id.
pub(super) async fn stored_session<S: Store>(store: &S, username: &str) -> (String, TokenId) {
    let (row, text) = session(username, store.store_key());
    let id = put_session(store, row).await.id;
    (text, id)
}

/// The ids of a user's sessions.
pub(super) async fn session_ids<S: Store>(store: &S, username: &str) -> Vec<TokenId> {
    let sessions = must(store.sessions(username).await, "sessions cannot be listed");
    sessions.iter().map(|session| session.id).collect()
}

/// What a layer that reads sessions decides on a request with this cookie.
pub(super) async fn show_cookie(layer: &Authenticator, value: &str) -> Decision {
    let layer = layer.clone().session_cookie("sid");
    let request = Request::get("/").header(COOKIE, format!("sid={value}"));
    crate::testing::decide(&layer, &must(request.body(()), "a request")).await
}

/// The identity that `layer` finds behind the cookie.
pub(super) async fn logged_in(layer: &Authenticator, value: &str, what: &str) -> Identity {
    let found = must(show_cookie(layer, value).await, what);
    #[expect(clippy::panic, reason = "a broken promise")]
    found.unwrap_or_else(|| panic!("{what}: nobody was found"))
}

/// That `layer` refuses the cookie as it does one that was never made.
pub(super) async fn logged_out(layer: &Authenticator, value: &str, what: &str) {
    let decision = show_cookie(layer, value).await;
    let kind = decision.err().map(|rejection| rejection.kind());
    assert_eq!(kind, Some(RejectionKind::SessionEnded), "{what}");
}

/// A change that sets a password.
pub(super) fn password_set() -> UserChange {
    UserChange {
        password: Some(password_hash()),
        ..UserChange::default()
    }
}

/// A change that enables or disables.
pub(super) fn enabled(enabled: bool) -> UserChange {
    UserChange {
        enabled: Some(enabled),
        ..UserChange::default()
    }
}

pub(super) fn networks(texts: &[&str]) -> Arc<[Network]> {
    texts
        .iter()
        .map(|text| must(text.parse(), "a network"))
        .collect()
}

/// The password `correct horse battery staple` in one round of Django's hash: quick, because speed is not what is tested.
pub(super) fn password_hash() -> PasswordHash {
    PasswordHash::from_stored(
        "pbkdf2_sha256$1$seasalt$YBwsf/yKxw1EIJHvxwy1lo6XfNIRudoL9Z7iITL3fGg=",
    )
}

/// The field that shows that password, as Basic.
pub(super) fn basic_password(username: &str) -> String {
    use base64::Engine as _;
    let pair = format!("{username}:correct horse battery staple");
    let text = base64::engine::general_purpose::STANDARD.encode(pair);
    format!("Basic {text}")
}

/// The identity that `layer` finds behind the field.
pub(super) async fn identity(layer: &Authenticator, field: &str, what: &str) -> Identity {
    let found = must(crate::testing::present(layer, field).await, what);
    #[expect(clippy::panic, reason = "a broken promise")]
    found.unwrap_or_else(|| panic!("{what}: nobody was found"))
}

/// That `layer` refuses the field, and not because of an outage.
pub(super) async fn turned_away(layer: &Authenticator, field: &str, what: &str) {
    let decision = crate::testing::present(layer, field).await;
    let kind = decision.err().map(|rejection| rejection.kind());
    assert!(
        matches!(kind, Some(RejectionKind::Invalid | RejectionKind::Inactive)),
        "{what}: expected a refusal, not {kind:?}"
    );
}

pub(super) async fn events<S: Store>(store: &S) -> Vec<AuditEvent> {
    must(
        store.audit(0, 1_000_000).await,
        "the audit log cannot be read",
    )
}

/// All that can be seen of a store, to show that nothing was written.
pub(super) async fn snapshot<S: Store>(store: &S) -> impl PartialEq + std::fmt::Debug {
    let users = must(store.users(None, 100_000).await, "users cannot be listed");
    let tokens = must(
        store.tokens(None, None, 100_000).await,
        "tokens cannot be listed",
    );
    let (mut keys, mut sessions) = (Vec::new(), Vec::new());
    for user in &users {
        let key = store.api_key(&user.username).await;
        keys.push(must(key, "a key cannot be shown"));
        let of_user = store.sessions(&user.username).await;
        sessions.push(must(of_user, "sessions cannot be listed"));
    }
    (users, tokens, keys, sessions, events(store).await)
}

/// Runs `racer` so many times at once, and gives the answers by number.
pub(super) async fn race<T, F>(racers: usize, racer: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(racers));
    let running: Vec<_> = (0..racers)
        .map(|number| {
            let (start, racer) = (Arc::clone(&start), racer(number));
            tokio::spawn(async move {
                start.wait().await;
                racer.await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for racer in running {
        answers.push(must(racer.await, "a racer ended early"));
    }
    answers
}
