//! What the checks are made of: users, clients, codes, grants, tokens, racers.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use empress_auth_core::testing::{present, unstored_token};
use empress_auth_core::{
    Actor, AuditEvent, Authenticator, Clock, Entropy, Grounds, Identity, NewUser, RejectionKind,
    SecretDigest, Session, SessionRow, StoreError, StoreErrorKind, TokenId, TokenKind, User,
    UserChange,
};
use tokio::sync::Barrier;

use super::Store;
use crate::client::{AuthMethod, Client, ClientSecretRow, GrantType};
use crate::grant::{AccessTokenRow, CodeRow, Grant, Granted, IssuedTokens, RefreshTokenRow};
use crate::store::{Redeemed, Rotated};

/// A session of this user that is not stored, which begins now.
pub(super) fn new_session<S: Store>(store: &S, username: &str) -> SessionRow {
    let (id, digest, _) = token(store, TokenKind::Session);
    let at = now();
    let session = Session::new(id, username, at, at + 24 * HOUR, 12 * HOUR);
    SessionRow::new(session, digest)
}

/// Now, as the machine has it, in whole milliseconds: a store may sweep by its own clock.
pub(super) fn now() -> SystemTime {
    let since = Clock::system().now().duration_since(UNIX_EPOCH);
    let since = since.unwrap_or_default();
    UNIX_EPOCH + Duration::new(since.as_secs(), since.subsec_millis() * 1_000_000)
}

pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(3_600);
pub(super) const MONTH: Duration = Duration::from_secs(30 * 24 * 3_600);

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

/// What is there, or the end of the check.
#[track_caller]
pub(super) fn there<T, E: Display>(result: Result<Option<T>, E>, what: &str) -> T {
    #[expect(clippy::panic, reason = "a broken promise")]
    must(result, what).unwrap_or_else(|| panic!("{what}: it is not there"))
}

/// That the store refused, with this kind.
#[track_caller]
pub(super) fn refused<T>(result: Result<T, StoreError>, kind: StoreErrorKind, what: &str) {
    let found = result.map(|_| ()).map_err(|error| error.kind());
    assert_eq!(found, Err(kind), "{what}");
}

pub(super) async fn user<S: Store>(store: &S, name: &str) -> User {
    let made = store.insert_user(NewUser::named(name), &operator()).await;
    must(made, "a user cannot be made")
}

/// A confidential client that is not stored.
pub(super) fn new_client(name: &str) -> Client {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut client = Client::new(&format!("contract{number:012}"), name, now());
    client.auth_methods = [AuthMethod::ClientSecretBasic].into();
    client.secret = Some(ClientSecretRow::new(
        SecretDigest::sha256_of(CLIENT_SECRET),
        now(),
    ));
    client.grants = GrantType::ALL.iter().copied().collect();
    client.redirect_uris = vec![REDIRECT_URI.into()];
    client.scopes = scopes(&["all", "openid", "invoices:read"]);
    client
}

pub(super) const CLIENT_SECRET: &[u8] = b"the client's secret";

pub(super) const REDIRECT_URI: &str = "https://client.example/callback?x=1";

pub(super) async fn client<S: Store>(store: &S, name: &str) -> Client {
    let client = new_client(name);
    let put = store.insert_client(client.clone(), &operator()).await;
    must(put, "a client cannot be put");
    client
}

pub(super) fn scopes(names: &[&str]) -> Vec<Box<str>> {
    names.iter().map(|name| (*name).into()).collect()
}

/// What `user` allows `client` in these checks.
pub(super) fn granted(user: &User, client: &Client) -> Granted {
    let scopes = scopes(&["openid", "invoices:read"]);
    Granted::new(&client.id, Some(&user.id), &scopes)
}

/// A new token of this kind, made now; its text and its row's id and digest.
fn token<S: Store>(store: &S, kind: TokenKind) -> (TokenId, SecretDigest, String) {
    // Up to five hours ago: of many ids made in one millisecond two may be the same.
    let mut random = [0; 3];
    must(Entropy::system().fill(&mut random), "no random bytes");
    let [a, b, c] = random;
    let before = Duration::from_millis(u64::from(u32::from_be_bytes([0, a, b, c])));
    let (id, text) = unstored_token(kind, store.store_key(), now() - before);
    (id, SecretDigest::sha256_of(text.as_bytes()), text)
}

/// A code that is good for a minute and not stored.
pub(super) fn new_code<S: Store>(store: &S, granted: Granted) -> CodeRow {
    let (id, digest, _) = token(store, TokenKind::Code);
    let at = now();
    CodeRow::new(id, digest, granted, REDIRECT_URI, (at, at + MINUTE))
}

pub(super) async fn code<S: Store>(store: &S, granted: Granted) -> CodeRow {
    let code = new_code(store, granted);
    let put = store.insert_code(code.clone(), &operator()).await;
    must(put, "a code cannot be put");
    code
}

/// A grant that is made now and not stored.
pub(super) fn new_grant<S: Store>(store: &S, granted: Granted) -> Grant {
    let (id, _, _) = token(store, TokenKind::Refresh);
    let at = now();
    Grant::new(id, granted, at, at + 3 * MONTH)
}

/// Tokens of a grant, and the field that shows the access token.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) tokens: IssuedTokens,
    pub(super) access: TokenId,
    pub(super) refresh: TokenId,
    pub(super) field: String,
}

/// An access token with the grant's scopes and a refresh token of this generation, made now and not stored.
pub(super) fn new_tokens<S: Store>(store: &S, grant: &Grant, generation: u32) -> Made {
    let at = now();
    let (access, digest, text) = token(store, TokenKind::Access);
    let scopes = &grant.granted.scopes;
    let access_row = AccessTokenRow::new(access, digest, grant.id, scopes, (at, at + HOUR));
    let (refresh, digest, _) = token(store, TokenKind::Refresh);
    let times = (at, at + MONTH);
    let refresh_row = RefreshTokenRow::new(refresh, digest, grant.id, generation, times);
    Made {
        tokens: IssuedTokens::new(access_row, Some(refresh_row)),
        access,
        refresh,
        field: format!("Bearer {text}"),
    }
}

/// A grant that was made from a code, with the tokens that it gave.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) code: TokenId,
    pub(super) grant: Grant,
    pub(super) made: Made,
}

/// A code of `user` for `client`, redeemed.
pub(super) async fn redeemed<S: Store>(store: &S, user: &User, client: &Client) -> Live {
    redeemed_for(store, granted(user, client)).await
}

pub(super) async fn redeemed_for<S: Store>(store: &S, granted: Granted) -> Live {
    let code = code(store, granted.clone()).await.id;
    let grant = new_grant(store, granted);
    let made = new_tokens(store, &grant, 1);
    let outcome = store
        .redeem_code(code, grant.clone(), made.tokens.clone())
        .await;
    assert_eq!(must(outcome, "redeem_code"), Redeemed::First);
    Live { code, grant, made }
}

/// What `client` has for itself: a grant with an access token, stored.
pub(super) async fn own<S: Store>(store: &S, client: &Client) -> Live {
    let granted = Granted::new(&client.id, None, &scopes(&["invoices:read"]));
    let grant = new_grant(store, granted);
    let mut made = new_tokens(store, &grant, 1);
    made.tokens.refresh = None;
    let put = store
        .insert_client_grant(grant.clone(), made.tokens.clone())
        .await;
    must(put, "insert_client_grant");
    Live {
        code: made.refresh,
        grant,
        made,
    }
}

/// Shows the refresh token of this id; answers what became of it, and what it gave if that was stored.
pub(super) async fn rotate<S: Store>(
    store: &S,
    grant: &Grant,
    id: TokenId,
    generation: u32,
) -> (Rotated, Made) {
    let made = new_tokens(store, grant, generation);
    let outcome = store.rotate(id, made.tokens.clone()).await;
    (must(outcome, "rotate"), made)
}

/// That the grant and what was made with it is there.
pub(super) async fn lives<S: Store>(store: &S, live: &Live, what: &str) {
    let access = there(store.access_token(live.made.access).await, what);
    assert_eq!(access.grant, live.grant, "{what}");
    if let Some(row) = &live.made.tokens.refresh {
        let refresh = there(store.refresh_token(row.id).await, what);
        assert_eq!(refresh.grant, live.grant, "{what}");
    }
}

/// That the grant and what was made with it has ended.
pub(super) async fn ended<S: Store>(store: &S, live: &Live, what: &str) {
    let access = must(store.access_token(live.made.access).await, what);
    assert!(access.is_none(), "{what}: the access token is there");
    let refresh = must(store.refresh_token(live.made.refresh).await, what);
    assert!(refresh.is_none(), "{what}: the refresh token is there");
    let (outcome, made) = rotate(store, &live.grant, live.made.refresh, 2).await;
    assert_eq!(outcome, Rotated::Gone, "{what}: the refresh token");
    let access = must(store.access_token(made.access).await, what);
    assert!(access.is_none(), "{what}: an ended grant gave a token");
    let again = store.end_grant(live.grant.id, now()).await;
    assert!(!must(again, what), "{what}: the grant is there");
}

/// A change that sets a password.
pub(super) fn password_set() -> UserChange {
    use empress_auth_core::password::PasswordHash;
    let mut change = UserChange::default();
    change.password = Some(PasswordHash::from_stored(
        "pbkdf2_sha256$1$seasalt$YBwsf/yKxw1EIJHvxwy1lo6XfNIRudoL9Z7iITL3fGg=",
    ));
    change
}

/// A change that enables or disables.
pub(super) fn enabled(enabled: bool) -> UserChange {
    let mut change = UserChange::default();
    change.enabled = Some(enabled);
    change
}

/// The identity that `layer` finds behind the field.
pub(super) async fn identity(layer: &Authenticator, field: &str, what: &str) -> Identity {
    there(present(layer, field).await, what)
}

/// That `layer` refuses the field, and not because of an outage.
pub(super) async fn turned_away(layer: &Authenticator, field: &str, what: &str) {
    let decision = present(layer, field).await;
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
