//! What every provider's store must do, this one does: in one process and in two on one file.

use empress_auth_oauth::testing::store_contract;
use empress_auth_sql::SqliteStore;
use parking_lot::Mutex;

use crate::support::Directory;

/// How often each race between two processes is run.
const ROUNDS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn the_store_on_sqlite_keeps_the_contract_of_a_provider() {
    let directories = Mutex::new(Vec::new());
    store_contract::check(async || -> SqliteStore {
        let directory = Directory::new();
        let store = directory.store().await;
        directories.lock().push(directory);
        store
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_file_keep_it_together() {
    let directories = Mutex::new(Vec::new());
    let two = async || -> (SqliteStore, SqliteStore) {
        let directory = Directory::new();
        let stores = (directory.store().await, directory.store().await);
        directories.lock().push(directory);
        stores
    };
    store_contract::nodes::check(two, ROUNDS).await;
}
