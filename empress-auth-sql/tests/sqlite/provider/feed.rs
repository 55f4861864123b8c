//! What one process on the file changes the others notice soon, and what they remember is not older than that.

use std::time::Duration;

use empress_auth_core::testing::present;
use empress_auth_core::{Authenticator, Clock, StoreErrorKind};
use empress_auth_oauth::client::SigningAlg;
use empress_auth_oauth::signing_key::SigningKeyRow;
use empress_auth_oauth::store::{ClientStore, GrantStore, SigningKeyStore};
use empress_auth_sql::SqliteStore;
use rusqlite::Connection;

use super::support::{HOUR, Provider, client, now};
use crate::support::{Directory, grounds, token};

/// Ten times what is promised: the machine may be busy.
const SOON: Duration = Duration::from_secs(1);

async fn soon(is_so: impl AsyncFn() -> bool) -> bool {
    let waiting = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.is_ok()
}

/// Changes a client's name in a way that no store hears of.
fn rename_unheard(directory: &Directory, name: &str) {
    let connection = Connection::open(directory.database()).unwrap();
    connection
        .execute("UPDATE clients SET name = ?1", [name])
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_read_once_and_again_when_any_process_has_changed_it() {
    let directory = Directory::new();
    let [serving, command_line] = [directory.store().await, directory.store().await];
    let provider = Provider::new(serving.clone()).await;
    let id = &*provider.client_id;
    let name = async || serving.client(id).await.unwrap().unwrap().name.clone();
    assert_eq!(&*name().await, "A client");
    rename_unheard(&directory, "unheard");
    tokio::time::sleep(SOON / 4).await;
    assert_eq!(&*name().await, "A client", "it is remembered");
    let mut changed = client(id);
    for new_name in ["by the command line", "and once more"] {
        changed.name = new_name.into();
        let grounds = grounds();
        let changing = command_line.update_client(changed.clone(), &grounds);
        changing.await.unwrap();
        assert!(soon(async || &*name().await == new_name).await);
    }
    changed.name = "by itself".into();
    let changing = serving.update_client(changed, &grounds()).await;
    changing.unwrap();
    assert_eq!(&*name().await, "by itself", "at once");
    command_line.delete_client(id, &grounds()).await.unwrap();
    assert!(soon(async || serving.client(id).await.unwrap().is_none()).await);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_not_believed_for_long_when_the_file_was_taken_away() {
    let directory = Directory::new();
    let clock = Clock::manual(Clock::system().now());
    let options = SqliteStore::options(directory.database()).clock(clock.clone());
    let provider = Provider::new(options.open().await.unwrap()).await;
    let ask = async || provider.store.client(&provider.client_id).await;
    ask().await.unwrap().unwrap();
    std::fs::rename(directory.database(), directory.path().join("elsewhere.db")).unwrap();
    assert!(soon(async || provider.store.check().await.is_err()).await);
    ask().await.unwrap().unwrap();
    clock.advance(HOUR);
    let refused = ask().await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_has_for_itself_is_refused_soon_after_another_process_ended_it() {
    let directory = Directory::new();
    let [serving, command_line] = [directory.store().await, directory.store().await];
    let layer = Authenticator::new(serving.clone());
    let provider = Provider::new(serving).await;
    let (ended, withdrawn, kept) = (
        provider.own().await,
        provider.own().await,
        provider.own().await,
    );
    for made in [&ended, &withdrawn, &kept] {
        present(&layer, &made.field()).await.unwrap();
    }
    let ending = command_line.end_grant(ended.grant.id, now()).await;
    assert!(ending.unwrap());
    let id = withdrawn.tokens.access.id;
    assert!(command_line.withdraw_access_token(id).await.unwrap());
    for made in [&ended, &withdrawn] {
        let field = made.field();
        assert!(soon(async || present(&layer, &field).await.is_err()).await);
    }
    present(&layer, &kept.field()).await.unwrap();
}

// KY-3
#[tokio::test(flavor = "multi_thread")]
async fn other_signing_keys_end_everything_that_is_remembered() {
    let directory = Directory::new();
    let [serving, command_line] = [directory.store().await, directory.store().await];
    let layer = Authenticator::new(serving.clone());
    Provider::new(serving.clone()).await;
    let (_, field) = token(&serving, "ada").await;
    present(&layer, &field).await.unwrap();
    let connection = Connection::open(directory.database()).unwrap();
    connection
        .execute("UPDATE users SET enabled = 0", [])
        .unwrap();
    tokio::time::sleep(SOON / 4).await;
    present(&layer, &field).await.unwrap();
    let times = (now(), now());
    let key = SigningKeyRow::new("kid", SigningAlg::Es256, "{}", vec![1], times);
    let grounds = grounds();
    let replacing = command_line.replace_signing_keys(0, vec![key], &grounds);
    assert!(replacing.await.unwrap());
    assert!(soon(async || present(&layer, &field).await.is_err()).await);
}
