//! Whatever a user holds ends with the user, at once; a replaced secret ends to the millisecond (K-11, K-13).

use std::time::Duration;

use empress_auth_core::password::{Password, PasswordPool};
use empress_auth_core::{
    Accounts, Authenticator, KeyIssuer, MasterKey, MemoryStore, NewUser, RejectionKind, TokenIssuer,
};

use crate::support::{
    accepted, basic, enabled, keys, operator, pair, refused, start, store_and_clock, token, user,
};

const PASSWORD: &str = "correct horse battery staple";

#[tokio::test]
async fn disabling_and_deleting_a_user_end_every_kind_of_credential_at_once() {
    for ending in ["disable", "delete"] {
        let (store, clock) = store_and_clock();
        let pool = PasswordPool::new();
        let hash = pool.hash(Password::new(PASSWORD).unwrap()).await.unwrap();
        let new = NewUser::named("ada").with_password_hash(hash);
        store.create_user(new).await.unwrap();
        let made = token(&store, "ada", &clock).await;
        let pair = pair(&keys(&store, "ada", &clock).await);
        let drf = TokenIssuer::new(store.clone())
            .drf_token(&operator(), "ada", &MasterKey::from_bytes([7; 32]))
            .await
            .unwrap();
        let layer = Authenticator::new(store.clone())
            .clock(clock.clone())
            .password_pool(pool);
        let by_password = layer.clone().passwords();
        let shown = [
            (&layer, format!("Bearer {}", made.expose_secret())),
            (&layer, format!("Token {}", made.expose_secret())),
            (&layer, format!("token {pair}")),
            (&layer, basic(&pair)),
            (&layer, format!("Token {}", drf.expose_secret())),
            (&layer, format!("Bearer {}", drf.expose_secret())),
            (&by_password, basic(&format!("ada:{PASSWORD}"))),
        ];
        for (layer, field) in &shown {
            accepted(layer, field).await;
        }
        let accounts = Accounts::new(store.clone());
        let expected = if ending == "disable" {
            let change = enabled(false);
            accounts.update(&operator(), "ada", change).await.unwrap();
            RejectionKind::Inactive
        } else {
            accounts.delete(&operator(), "ada").await.unwrap();
            RejectionKind::Invalid
        };
        for (layer, field) in &shown {
            let kind = refused(layer, field).await;
            if kind != RejectionKind::WrongPassword {
                assert_eq!(kind, expected, "{ending}: {field}");
            }
        }
        if ending == "disable" {
            let change = enabled(true);
            accounts.update(&operator(), "ada", change).await.unwrap();
            for (layer, field) in &shown {
                accepted(layer, field).await;
            }
        }
    }
}

#[tokio::test]
async fn a_new_password_ends_the_old_one() {
    let store = MemoryStore::new();
    user(&store, "ada").await;
    let accounts = Accounts::new(store.clone());
    let layer = Authenticator::new(store).passwords();
    let new = "another horse, another staple";
    for (set, shown, works) in [
        (PASSWORD, PASSWORD, true),
        (new, PASSWORD, false),
        (new, new, true),
    ] {
        let set = Password::new(set).unwrap();
        let set = accounts.set_password(&operator(), "ada", set).await;
        set.unwrap();
        let field = basic(&format!("ada:{shown}"));
        if works {
            accepted(&layer, &field).await;
        } else {
            let kind = refused(&layer, &field).await;
            assert_eq!(kind, RejectionKind::WrongPassword);
        }
    }
}

#[tokio::test]
async fn a_replaced_secret_holds_until_the_end_of_the_overlap_and_not_at_it() {
    let day = Duration::from_secs(24 * 60 * 60);
    for (asked, overlap) in [
        (Duration::ZERO, Duration::ZERO),
        (Duration::from_secs(3_600), Duration::from_secs(3_600)),
        (2 * day, day),
    ] {
        let (store, clock) = store_and_clock();
        user(&store, "ada").await;
        let layer = Authenticator::new(store.clone()).clock(clock.clone());
        let issuer = KeyIssuer::new(store)
            .with_clock(clock.clone())
            .with_overlap(asked);
        let first = issuer.generate_keys(&operator(), "ada").await.unwrap();
        let second = issuer.generate_keys(&operator(), "ada").await.unwrap();
        assert_eq!(first.api_key(), second.api_key());
        let first = format!("token {}", pair(&first));
        let second = format!("token {}", pair(&second));
        accepted(&layer, &second).await;
        let end = start() + overlap;
        if !overlap.is_zero() {
            accepted(&layer, &first).await;
            clock.set(end - Duration::from_millis(1));
            let who = accepted(&layer, &first).await;
            assert_eq!(who.expires_at(), Some(end));
        }
        clock.set(end);
        assert_eq!(refused(&layer, &first).await, RejectionKind::Invalid);
        accepted(&layer, &second).await;
    }
}
