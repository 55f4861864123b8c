//! What every store must do, this one does.

use empress_auth_core::testing::store_contract;
use empress_auth_sql::SqliteStore;
use parking_lot::Mutex;

use crate::support::Directory;

#[tokio::test(flavor = "multi_thread")]
async fn the_store_on_sqlite_keeps_the_contract() {
    let directories = Mutex::new(Vec::new());
    store_contract::check(async || -> SqliteStore {
        let directory = Directory::new();
        let store = directory.store().await;
        directories.lock().push(directory);
        store
    })
    .await;
}
