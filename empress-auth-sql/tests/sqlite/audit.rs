//! Every effect has its event and every event its effect, whatever is done at once. K-17, DU-5, CO-7.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use empress_auth_core::password::PasswordHash;
use empress_auth_core::testing::unstored_token;
use empress_auth_core::{
    ApiKey, ApiToken, AuditAction, AuditEvent, AuditStore, Clock, KeyStore, NewApiSecret, NewUser,
    SecretDigest, Session, SessionRow, SessionStore, StoreError, TokenChange, TokenForm, TokenId,
    TokenKind, TokenRow, TokenStore, UserChange, UserStore,
};
use empress_auth_sql::SqliteStore;
use parking_lot::Mutex;
use tokio::task::JoinSet;

use crate::support::{Directory, grounds};

const OPERATIONS: usize = 10_000;
const WORKERS: usize = 16;

/// Events by what they tell of.
type Tally = HashMap<AuditAction, usize>;

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_operations_leave_one_event_for_each_effect() {
    let directory = Directory::new();
    let store = directory.store().await;
    let expected = operate(&store, OPERATIONS, None).await;
    let events = store.audit(0, usize::MAX).await.unwrap();
    let mut logged = Tally::new();
    for event in &events {
        *logged.entry(event.action).or_default() += 1;
    }
    // A login may end others: these are held against the tables instead.
    logged.remove(&AuditAction::SessionEnded);
    assert_eq!(logged, expected);
    assert!(expected.values().all(|count| *count > 0), "{expected:?}");
    assert_tables_follow(&events, &store).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_who_go_away_leave_no_effect_without_its_event() {
    let directory = Directory::new();
    let store = directory.store().await;
    operate(&store, OPERATIONS / 10, Some(Duration::from_millis(2))).await;
    // What was begun is done.
    store.create_user(NewUser::named("last")).await.unwrap();
    let events = store.audit(0, usize::MAX).await.unwrap();
    assert!(events.len() > 50, "{} events", events.len());
    assert_tables_follow(&events, &store).await;
}

/// Does so many things at once, and answers what was done; no caller waits longer than `patience`.
async fn operate(store: &SqliteStore, count: usize, patience: Option<Duration>) -> Tally {
    let made = Arc::new(Made::default());
    let mut workers = JoinSet::new();
    for number in 0..WORKERS {
        let (store, made) = (store.clone(), Arc::clone(&made));
        let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ u64::try_from(number).unwrap());
        workers.spawn(async move {
            let mut tally = Tally::new();
            for _ in 0..count / WORKERS {
                let operation = one(&store, &made, &mut dice);
                let done = match patience {
                    None => operation.await,
                    Some(patience) => match tokio::time::timeout(patience, operation).await {
                        Ok(done) => done,
                        Err(_) => continue,
                    },
                };
                if let Ok((action, count)) = done
                    && count > 0
                {
                    *tally.entry(action).or_default() += count;
                }
            }
            tally
        });
    }
    let mut sum = Tally::new();
    for (action, count) in workers.join_all().await.into_iter().flatten() {
        *sum.entry(action).or_default() += count;
    }
    sum
}

/// What there may be to revoke and end.
#[derive(Default)]
struct Made {
    tokens: Mutex<Vec<TokenId>>,
    sessions: Mutex<Vec<TokenId>>,
}

/// Does one thing by chance: how often it was done, if it was.
async fn one(
    store: &SqliteStore,
    made: &Made,
    dice: &mut Dice,
) -> Result<(AuditAction, usize), StoreError> {
    use AuditAction as Action;
    let grounds = &grounds();
    let name = &format!("user{}", dice.roll(8));
    Ok(match dice.roll(60) {
        0..5 => {
            let new = NewUser::named(name).with_password_hash(password(1));
            store.insert_user(new, grounds).await?;
            (Action::UserCreated, 1)
        }
        5 => {
            store.delete_user(name, grounds).await?;
            (Action::UserDeleted, 1)
        }
        6..10 => {
            let mut change = UserChange::default();
            // Not disabled, which ends sessions under this event: then nobody could tell which.
            change.full_name = Some(Some("Ada".into()));
            store.update_user(name, change, grounds).await?;
            (Action::UserUpdated, 1)
        }
        10 => {
            let mut change = UserChange::default();
            change.password = Some(password(1));
            store.update_user(name, change, grounds).await?;
            (Action::PasswordSet, 1)
        }
        11..14 => {
            store
                .replace_password_hash(name, &password(1), password(2))
                .await?;
            (Action::PasswordSet, 0)
        }
        14..20 => {
            let secret = format!("{:015x}", dice.roll(u64::MAX));
            let key = ApiKey::parse(&secret).unwrap();
            let new = NewApiSecret::new(key, SecretDigest::sha256_of(secret.as_bytes()));
            store.put_api_secret(name, new, grounds).await?;
            (Action::KeysGenerated, 1)
        }
        20..23 => {
            let was_there = store.delete_api_secret(name, grounds).await?;
            (Action::KeysRevoked, usize::from(was_there))
        }
        23..33 => {
            let row = token_row(store, name, TokenForm::Pat, None);
            let token = store.insert_token(row, 20, grounds).await?;
            made.tokens.lock().push(token.id);
            (Action::TokenCreated, 1)
        }
        33..36 => {
            let epoch = store.user(name).await?.map_or(0, |user| user.token_epoch);
            let row = token_row(store, name, TokenForm::Drf, Some(epoch));
            let id = row.token.id;
            let kept = store.put_drf_token(row, epoch, grounds).await?;
            made.tokens.lock().push(kept);
            (Action::TokenCreated, usize::from(kept == id))
        }
        36..40 => {
            let ids = [dice.pick(&made.tokens), dice.pick(&made.tokens)];
            let owner = (dice.roll(2) > 0).then_some(&**name);
            let revoked = store.revoke_tokens(owner, &ids, grounds).await?;
            (Action::TokenRevoked, revoked.len())
        }
        40..42 => {
            let count = store.revoke_all_tokens(name, grounds).await?;
            (Action::TokenRevoked, count)
        }
        42..46 => {
            let mut change = TokenChange::default();
            change.name = Some("renamed".into());
            let id = dice.pick(&made.tokens);
            store.update_token(name, id, change, grounds).await?;
            (Action::TokenUpdated, 1)
        }
        46..51 => {
            let id = dice.pick(&made.sessions);
            if dice.roll(2) > 0 {
                store.end_session(None, id, grounds).await?;
            } else {
                store.end_sessions(name, Some(id), grounds).await?;
            }
            (Action::SessionEnded, 0)
        }
        _ => {
            let row = session_row(store, name);
            let replaces = Some(dice.pick(&made.sessions));
            let session = store.insert_session(row, replaces, 3, grounds).await?;
            made.sessions.lock().push(session.id);
            (Action::SessionCreated, 1)
        }
    })
}

/// What the tables hold is what the events tell, and nothing else.
async fn assert_tables_follow(events: &[AuditEvent], store: &SqliteStore) {
    let (mut tokens, mut sessions) = (HashMap::new(), HashMap::new());
    let mut users = HashSet::new();
    let id = |event: &AuditEvent| event.credential_id.clone().unwrap();
    for event in events {
        let user = event.user_id.clone();
        match event.action {
            AuditAction::UserCreated => assert!(users.insert(user), "{event:?}"),
            AuditAction::UserDeleted => {
                assert!(users.remove(&user), "{event:?}");
                tokens.retain(|_, owner| *owner != user);
                sessions.retain(|_, owner| *owner != user);
            }
            AuditAction::PasswordSet => sessions.retain(|_, owner| *owner != user),
            AuditAction::TokenCreated => assert_eq!(tokens.insert(id(event), user), None),
            AuditAction::TokenRevoked => assert_eq!(tokens.remove(&id(event)), Some(user)),
            AuditAction::SessionCreated => assert_eq!(sessions.insert(id(event), user), None),
            AuditAction::SessionEnded => assert_eq!(sessions.remove(&id(event)), Some(user)),
            AuditAction::UserUpdated
            | AuditAction::KeysGenerated
            | AuditAction::KeysRevoked
            | AuditAction::TokenUpdated
            | _ => assert!(users.contains(&user), "{event:?}"),
        }
    }
    let there = store.users(None, usize::MAX).await.unwrap();
    let ids: HashSet<_> = there.iter().map(|user| user.id.clone()).collect();
    assert_eq!(ids, users);
    let ids_by_name: HashMap<_, _> = there
        .iter()
        .map(|user| (&user.username, &user.id))
        .collect();
    let listed = store.tokens(None, None, usize::MAX).await.unwrap();
    let listed: HashMap<Box<str>, Box<str>> = listed
        .iter()
        .map(|token| {
            (
                token.id.to_string().into(),
                ids_by_name[&token.username].clone(),
            )
        })
        .collect();
    assert_eq!(listed, tokens);
    for user in &there {
        for session in store.sessions(&user.username).await.unwrap() {
            let owner = sessions.remove(&*session.id.to_string());
            assert_eq!(
                owner.as_ref(),
                Some(&user.id),
                "a session without its event"
            );
        }
    }
    assert_eq!(sessions, HashMap::new(), "sessions ended without an event");
}

fn token_row(store: &SqliteStore, name: &str, form: TokenForm, epoch: Option<u64>) -> TokenRow {
    let now = Clock::system().now();
    let (id, text) = unstored_token(TokenKind::Api, store.store_key(), now);
    let text = epoch.map_or(text, |epoch| format!("{name} {epoch}"));
    let digest = SecretDigest::sha256_of(text.as_bytes());
    TokenRow::new(ApiToken::new(id, name, form, now), digest)
}

fn session_row(store: &SqliteStore, name: &str) -> SessionRow {
    let now = Clock::system().now();
    let (id, text) = unstored_token(TokenKind::Session, store.store_key(), now);
    let hour = Duration::from_secs(60 * 60);
    let session = Session::new(id, name, now, now + hour, hour);
    SessionRow::new(session, SecretDigest::sha256_of(text.as_bytes()))
}

fn password(number: u8) -> PasswordHash {
    PasswordHash::from_stored(format!("pbkdf2_sha256$1$salt{number}$x"))
}

/// The same throws in every run.
struct Dice(u64);

impl Dice {
    /// Below `sides`.
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) % sides
    }

    /// One of the last few, which may be gone by now.
    fn pick(&mut self, ids: &Mutex<Vec<TokenId>>) -> TokenId {
        let ids = ids.lock();
        let back = usize::try_from(self.roll(16)).unwrap();
        let recent = ids.len().checked_sub(back + 1);
        recent.map_or(TokenId::from_number(0), |at| ids[at])
    }
}
