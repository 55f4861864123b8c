//! Changes of every kind, several at once, each noted before it is asked for and after it was answered.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use empress_auth_core::testing::unstored_token;
use empress_auth_core::{
    Actor, ApiKey, ApiToken, Clock, Grounds, KeyStore, NewApiSecret, NewUser, SecretDigest,
    Session, SessionRow, SessionStore, TokenForm, TokenId, TokenKind, TokenRow, TokenStore,
};
use empress_auth_sql::SqliteStore;

use crate::dice::Dice;
use crate::families::Families;

/// How many change things at once.
const WORKERS: usize = 4;

/// How often the store is closed and opened again meanwhile.
const TERMS: usize = 3;

/// Makes about so many changes of a store in `directory`.
pub(crate) fn run(directory: &Path, changes: usize) {
    let store = directory.join("store");
    std::fs::create_dir_all(&store).unwrap();
    let notes = Arc::new(Notes {
        file: File::create(directory.join("notes")).unwrap(),
        last: Mutex::new(0),
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for term in 0..TERMS {
        runtime.block_on(async {
            let store = SqliteStore::open(store.join("empress-auth.db"))
                .await
                .unwrap();
            let mut working = Vec::new();
            for number in 0..WORKERS {
                let worker = Worker::new(store.clone(), Arc::clone(&notes), term, number);
                working.push(tokio::spawn(worker.work(changes / WORKERS / TERMS + 1)));
            }
            for worker in working {
                worker.await.unwrap();
            }
            store.close().await;
        });
    }
}

pub(crate) struct Notes {
    file: File,
    last: Mutex<u32>,
}

impl Notes {
    /// Notes what will be true once `change` was made, and then that it is.
    pub(crate) async fn change<T>(&self, what: &str, change: impl Future<Output = T>) -> T {
        let number = {
            let mut last = self.last.lock().unwrap();
            *last += 1;
            *last
        };
        self.line(&format!("try\t{number}\t{what}\n"));
        let made = change.await;
        self.line(&format!("done\t{number}\t{what}\n"));
        made
    }

    /// One call to the kernel.
    fn line(&self, line: &str) {
        let written = (&self.file).write(line.as_bytes()).unwrap();
        assert_eq!(written, line.len());
    }
}

struct Worker {
    store: SqliteStore,
    notes: Arc<Notes>,
    username: String,
    dice: Dice,
    tokens: Vec<(TokenId, String)>,
    sessions: Vec<(TokenId, String)>,
    pair: Option<String>,
    families: Families,
}

impl Worker {
    fn new(store: SqliteStore, notes: Arc<Notes>, term: usize, number: usize) -> Self {
        let families = Families::new(store.clone(), Arc::clone(&notes));
        Self {
            store,
            notes,
            username: format!("user{term}-{number}"),
            dice: Dice::new(u64::try_from(1 + term * WORKERS + number).unwrap()),
            tokens: Vec::new(),
            sessions: Vec::new(),
            pair: None,
            families,
        }
    }

    async fn work(mut self, changes: usize) {
        let made = self.store.create_user(NewUser::named(&self.username));
        let user = self.notes.change("user", made).await.unwrap();
        self.families.register(&user).await;
        for _ in 0..changes {
            match self.dice.roll(13) {
                0 if !self.tokens.is_empty() => self.revoke_token().await,
                1 if !self.sessions.is_empty() => self.end_session().await,
                0..4 => self.make_token().await,
                4..6 => self.make_session().await,
                8..10 if !self.families.are_many() => self.families.redeem().await,
                10..12 => self.families.rotate(&mut self.dice).await,
                8..10 | 12 => self.families.end(&mut self.dice).await,
                _ => self.replace_secret().await,
            }
        }
    }

    async fn make_token(&mut self) {
        let now = Clock::system().now();
        let (id, text) = unstored_token(TokenKind::Api, self.store.store_key(), now);
        let token = ApiToken::new(id, &self.username, TokenForm::Pat, now);
        let row = TokenRow::new(token, SecretDigest::sha256_of(text.as_bytes()));
        let shown = format!("Bearer {text}");
        let grounds = grounds();
        let put = self.store.insert_token(row, 10_000, &grounds);
        self.notes
            .change(&format!("made\t{shown}"), put)
            .await
            .unwrap();
        self.tokens.push((id, shown));
    }

    async fn revoke_token(&mut self) {
        let at = self.dice.roll(self.tokens.len());
        let (id, shown) = self.tokens.swap_remove(at);
        let grounds = grounds();
        let ids = [id];
        let revoked = self.store.revoke_tokens(None, &ids, &grounds);
        let revoked = self.notes.change(&format!("ended\t{shown}"), revoked).await;
        assert_eq!(revoked.unwrap(), [id]);
    }

    async fn make_session(&mut self) {
        let now = Clock::system().now();
        let (id, text) = unstored_token(TokenKind::Session, self.store.store_key(), now);
        let week = Duration::from_secs(7 * 24 * 60 * 60);
        let session = Session::new(id, &self.username, now, now + week, week);
        let row = SessionRow::new(session, SecretDigest::sha256_of(text.as_bytes()));
        let shown = format!("sid={text}");
        let grounds = grounds();
        let put = self.store.insert_session(row, None, 10_000, &grounds);
        self.notes
            .change(&format!("made\t{shown}"), put)
            .await
            .unwrap();
        self.sessions.push((id, shown));
    }

    async fn end_session(&mut self) {
        let at = self.dice.roll(self.sessions.len());
        let (id, shown) = self.sessions.swap_remove(at);
        let grounds = grounds();
        let ended = self.store.end_session(None, id, &grounds);
        let ended = self.notes.change(&format!("ended\t{shown}"), ended).await;
        assert!(ended.unwrap());
    }

    async fn replace_secret(&mut self) {
        let key = format!(
            "{:015x}",
            self.username
                .bytes()
                .fold(7, |sum, byte| sum * 31 + u64::from(byte))
        );
        let secret = format!("{:027}", self.dice.roll(usize::MAX));
        let digest = SecretDigest::sha256_of(secret.as_bytes());
        let new = NewApiSecret::new(ApiKey::parse(&key).unwrap(), digest);
        let shown = format!("token {key}:{secret}");
        let what = match &self.pair {
            None => format!("made\t{shown}"),
            Some(old) => format!("replaced\t{old}\t{shown}"),
        };
        let grounds = grounds();
        let put = self.store.put_api_secret(&self.username, new, &grounds);
        let made = self.notes.change(&what, put).await.unwrap();
        assert_eq!(made.as_str(), key);
        self.pair = Some(shown);
    }
}

pub(crate) fn grounds() -> Grounds {
    Actor::assert_local_operator().grounds(Clock::system().now())
}
