//! What one writes by hand with rusqlite: the same rows of the same file, into a struct of one's own.

use std::rc::Rc;
use std::sync::mpsc;

use empress_auth_core::TokenId;
use rusqlite::{Connection, params};
use tokio::sync::oneshot;
use tokio::task::LocalSet;

use crate::catalog::Variant;
use crate::sqlite_file::{SqliteFile, connect};

/// Where the task is: the least that it can cost, and every other request waits meanwhile.
pub const INLINE: &str = "rusqlite, prepared, called where the task is";
/// What async code needs: another thread, and an answer through a channel.
pub const ON_A_THREAD: &str = "rusqlite on a thread, answers through oneshots";
/// One change, one transaction.
pub const INSERT: &str = "rusqlite, a token and its event in a transaction";
/// One last use, one transaction.
pub const UPDATE: &str = "rusqlite, last use, a transaction each";

/// How many ask at once.
pub const TASKS: usize = 64;

/// What a handler wants to know.
pub struct Found {
    /// The row of the user.
    pub user_id: i64,
    /// Who it is.
    pub username: String,
    /// Whether it may.
    pub enabled: bool,
    /// As JSON.
    pub roles: Option<String>,
    /// Of the whole token.
    pub digest: [u8; 32],
    /// In milliseconds.
    pub expires_at: Option<i64>,
    /// As JSON.
    pub scopes: Option<String>,
}

fn find(connection: &Connection, id: TokenId) -> Option<Found> {
    let mut statement = connection
        .prepare_cached(
            "SELECT u.id, u.username, u.enabled, u.roles, t.digest, t.expires_at, t.scopes
             FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.id = ?1",
        )
        .expect("a statement");
    let mut rows = statement
        .query([(id.number() ^ (1 << 63)) as i64])
        .expect("rows");
    let row = rows.next().expect("a row")?;
    Some(Found {
        user_id: row.get(0).expect("a number"),
        username: row.get(1).expect("text"),
        enabled: row.get(2).expect("a boolean"),
        roles: row.get(3).expect("text"),
        digest: row.get(4).expect("bytes"),
        expires_at: row.get(5).expect("a number"),
        scopes: row.get(6).expect("text"),
    })
}

/// Look-ups of each id in turn.
#[must_use]
pub fn finding_inline(file: &SqliteFile, ids: Ids) -> Variant {
    let connection = Rc::new(connect(&file.path()));
    let ids = Rc::new(ids);
    let mut first = 0;
    on_tasks(move |task, count| {
        first += 1;
        let (connection, ids) = (Rc::clone(&connection), Rc::clone(&ids));
        async move {
            for number in 0..count {
                let found = find(&connection, ids.at(first * TASKS + task, number));
                assert!(found.is_some_and(|found| found.enabled));
                tokio::task::yield_now().await;
            }
        }
    })
}

type Question = (TokenId, oneshot::Sender<Option<Found>>);

/// The same, asked of another thread.
#[must_use]
pub fn finding_on_a_thread(file: &SqliteFile, ids: Ids) -> Variant {
    let (ask, questions) = mpsc::channel::<Question>();
    let connection = connect(&file.path());
    std::thread::spawn(move || {
        for (id, answer) in questions {
            let _ = answer.send(find(&connection, id));
        }
    });
    let ids = Rc::new(ids);
    let mut first = 0;
    on_tasks(move |task, count| {
        first += 1;
        let (ask, ids) = (ask.clone(), Rc::clone(&ids));
        async move {
            for number in 0..count {
                let (answer, found) = oneshot::channel();
                let id = ids.at(first * TASKS + task, number);
                ask.send((id, answer)).expect("a thread");
                assert!(
                    found
                        .await
                        .expect("an answer")
                        .is_some_and(|found| found.enabled)
                );
            }
        }
    })
}

/// Tokens of user 1 with an event each, one by one.
#[must_use]
pub fn inserting(file: &SqliteFile) -> Variant {
    let mut connection = connect(&file.path());
    let mut number = 0_i64;
    Variant::new(move |count| {
        for _ in 0..count {
            number += 1;
            let inserting = connection.transaction().expect("a transaction");
            inserting
                .prepare_cached(
                    "INSERT INTO tokens (id, user_id, form, algorithm, digest, last4, name, created_at)
                     VALUES (?1, 1, 'pat', 's256', zeroblob(32), 'x4Yz', 'x', 0)",
                )
                .and_then(|mut insert| insert.execute([(1 << 62) + number]))
                .expect("a row");
            inserting
                .prepare_cached("INSERT INTO audit (at, action, user_id, credential_id) VALUES (0, 'token.created', '1', ?1)")
                .and_then(|mut insert| insert.execute([number.to_string()]))
                .expect("a row");
            inserting.commit().expect("a commit");
        }
    })
}

/// Last uses of tokens, one by one.
#[must_use]
pub fn updating(file: &SqliteFile, ids: Ids) -> Variant {
    let connection = connect(&file.path());
    let mut number = 0;
    Variant::new(move |count| {
        for _ in 0..count {
            number += 1;
            let id = (ids.at(0, number).number() ^ (1 << 63)) as i64;
            connection
                .prepare_cached("UPDATE tokens SET last_used_at = ?2 WHERE id = ?1")
                .and_then(|mut update| update.execute(params![id, number as i64]))
                .expect("a row");
        }
    })
}

/// Ids in an order that no cache of pages foresees.
#[derive(Clone)]
pub struct Ids(Rc<[TokenId]>);

impl Ids {
    /// All of a file.
    #[must_use]
    pub fn of(file: &SqliteFile) -> Self {
        Self(file.ids.as_slice().into())
    }

    /// The `number`th for this asker.
    #[must_use]
    pub fn at(&self, asker: usize, number: usize) -> TokenId {
        let far = crate::data::mix((asker << 24) | number);
        self.0[far as usize % self.0.len()]
    }
}

/// A variant of [`TASKS`] tasks on one thread, which share the calls.
pub fn on_tasks<F>(mut task: impl FnMut(usize, usize) -> F + 'static) -> Variant
where
    F: Future<Output = ()> + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let runtime = runtime.expect("a runtime");
    Variant::new(move |calls| {
        let calls = calls as usize;
        let tasks = LocalSet::new();
        for number in 0..TASKS {
            let share = calls / TASKS + usize::from(number < calls % TASKS);
            tasks.spawn_local(task(number, share));
        }
        runtime.block_on(tasks);
    })
}
