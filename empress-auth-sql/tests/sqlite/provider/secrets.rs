//! What does a thief of the file get of a provider? K-5.

use empress_auth_core::Authenticator;
use empress_auth_core::testing::present;
use empress_auth_oauth::store::{GrantStore, Redeemed};

use super::support::{CLIENT_SECRET, Provider};
use crate::secrets::Secrets;
use crate::support::{Directory, grounds};

// K-5
#[tokio::test]
async fn neither_the_file_nor_its_log_holds_a_code_or_a_token() {
    let directory = Directory::new();
    let provider = Provider::new(directory.store().await).await;
    let layer = Authenticator::new(provider.store.clone());
    let mut secrets = Secrets::default();
    secrets.add("the client's secret", CLIENT_SECRET);
    let mut codes = Vec::new();
    for what in [
        "a code",
        "a code that was redeemed",
        "a code that was spent",
    ] {
        let (code, text) = provider.new_code();
        codes.push(code.id);
        provider.store.insert_code(code, &grounds()).await.unwrap();
        // Behind the prefix and the id, which are no secret.
        secrets.add(what, &text[18..45]);
    }
    provider.store.spend_code(codes[2]).await.unwrap();
    let first = provider.new_grant();
    assert_eq!(provider.redeem(codes[1], &first).await, Redeemed::First);
    let second = provider.new_tokens(&first.grant, 2);
    let rotating = provider
        .store
        .rotate(first.refresh_id(), second.tokens.clone());
    rotating.await.unwrap();
    for made in [&first, &second, &provider.own().await] {
        present(&layer, &made.field()).await.unwrap();
        secrets.add("an access token", &made.access_token[18..45]);
        secrets.add("a refresh token", &made.refresh_token[18..45]);
    }
    assert_eq!(secrets.assert_not_in_files(&directory), 3);
    drop(layer);
    provider.store.close().await;
    assert_eq!(secrets.assert_not_in_files(&directory), 1);
}
