//! Two stores on one file are two processes: what one withdraws the other refuses.

use std::time::Duration;

use empress_auth_core::testing::present;
use empress_auth_core::{
    Actor, Authenticator, KeyIssuer, MadeToken, NewToken, NewUser, TokenIssuer, UserChange,
    UserStore,
};
use empress_auth_sql::SqliteStore;

use crate::support::{Directory, grounds};

/// Ten times what is promised: the machine may be busy.
const SOON: Duration = Duration::from_secs(1);

async fn token(store: &SqliteStore) -> MadeToken {
    TokenIssuer::new(store.clone())
        .create(Actor::assert_local_operator(), "ada", NewToken::named("x"))
        .await
        .unwrap()
}

async fn becomes(layer: &Authenticator, field: &str, is_accepted: bool) -> bool {
    let waiting = async {
        while present(layer, field).await.is_ok() != is_accepted {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, waiting).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_withdraws_is_refused_soon() {
    let directory = Directory::new();
    let (serving, command_line) = (directory.store().await, directory.store().await);
    let layer = Authenticator::new(serving.clone());
    let operator = Actor::assert_local_operator;
    command_line
        .create_user(NewUser::named("ada"))
        .await
        .unwrap();
    let made = token(&command_line).await;
    let field = format!("Bearer {}", made.expose_secret());
    let keys = KeyIssuer::new(command_line.clone());
    let pair = keys.generate_keys(operator(), "ada").await.unwrap();
    let pair = format!(
        "token {}:{}",
        pair.api_key(),
        pair.api_secret().expose_secret()
    );
    for field in [&field, &pair] {
        assert!(present(&layer, field).await.is_ok());
        assert!(present(&layer, field).await.is_ok());
    }
    keys.revoke(operator(), "ada").await.unwrap();
    assert!(becomes(&layer, &pair, false).await, "a withdrawn key");
    let change = UserChange::default();
    let mut disable = change.clone();
    disable.enabled = Some(false);
    command_line
        .update_user("ada", disable, &grounds())
        .await
        .unwrap();
    assert!(becomes(&layer, &field, false).await, "a disabled user");
    let mut enable = change;
    enable.enabled = Some(true);
    command_line
        .update_user("ada", enable, &grounds())
        .await
        .unwrap();
    assert!(becomes(&layer, &field, true).await, "an enabled user");
    TokenIssuer::new(command_line)
        .revoke(operator(), &[made.id()])
        .await
        .unwrap();
    assert!(becomes(&layer, &field, false).await, "a revoked token");
}
