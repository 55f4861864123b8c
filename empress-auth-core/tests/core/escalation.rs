//! A credential makes no credential that may do more or lives longer than itself, and makes itself no wider (K-9).

use std::time::Duration;

use empress_auth_core::{
    Actor, Authenticator, Clock, Identity, IssueErrorKind, KeyIssuer, MasterKey, MemoryStore,
    NewToken, NewUser, SYSTEM_MANAGER, Scopes, SecretDigest, TokenChange, TokenIssuer,
};

use crate::support::{accepted, operator, pair, start, store_and_clock, token_of, user};

async fn identity(store: &MemoryStore, clock: &Clock, name: &str, new: NewToken) -> Identity {
    let made = token_of(store, name, clock, new).await;
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    accepted(&layer, &format!("Bearer {}", made.expose_secret())).await
}

fn scopes(list: &[&str]) -> Scopes {
    Scopes::only(list)
}

// K-9: the secret that was replaced may be the one that leaked
#[tokio::test]
async fn what_a_replaced_secret_makes_ends_with_it() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    let keys = KeyIssuer::new(store.clone())
        .with_clock(clock.clone())
        .with_overlap(Duration::from_secs(3_600));
    let generated = async || keys.generate_keys(&operator(), "ada").await.unwrap();
    let old = format!("token {}", pair(&generated().await));
    let new = format!("token {}", pair(&generated().await));
    let issuer = TokenIssuer::new(store.clone()).with_clock(clock.clone());
    let master_key = MasterKey::from_bytes([7; 32]);
    let end = start() + Duration::from_secs(3_600);
    for (field, expires_at) in [(&old, Some(end)), (&new, None)] {
        let actor = Actor::from(&accepted(&layer, field).await);
        let made = issuer.create(&actor, "ada", NewToken::named("x")).await;
        let token = issuer.show(&operator(), made.unwrap().id()).await.unwrap();
        assert_eq!(token.expires_at, expires_at);
        let lasting = issuer.drf_token(&actor, "ada", &master_key).await;
        assert_eq!(
            lasting.is_ok(),
            expires_at.is_none(),
            "one that never expires"
        );
    }
    let actor = Actor::from(&accepted(&layer, &old).await);
    let withdrawn = keys.clone().with_self_service().revoke(&actor, "ada").await;
    let kind = IssueErrorKind::NotPermitted;
    assert_eq!(withdrawn.unwrap_err().kind(), kind, "its successor");
    accepted(&layer, &new).await;
}

#[tokio::test]
async fn a_replaced_secret_of_an_administrator_leaves_its_successor_alone() {
    let (store, clock) = store_and_clock();
    let boss = NewUser::named("boss").with_roles([SYSTEM_MANAGER]);
    store.create_user(boss).await.unwrap();
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    let keys = KeyIssuer::new(store)
        .with_clock(clock)
        .with_overlap(Duration::from_secs(3_600));
    let generated = async || keys.generate_keys(&operator(), "boss").await.unwrap();
    let old = format!("token {}", pair(&generated().await));
    let new = generated().await;
    let actor = Actor::from(&accepted(&layer, &old).await);
    let digest = SecretDigest::sha256_of(b"a secret of the thief's");
    let api_key = new.api_key().clone();
    for outcome in [
        keys.revoke(&actor, "boss").await.map(|_| ()),
        keys.generate_keys(&actor, "boss").await.map(|_| ()),
        keys.import(&actor, "boss", api_key, digest).await,
    ] {
        assert_eq!(outcome.unwrap_err().kind(), IssueErrorKind::NotPermitted);
    }
    accepted(&layer, &format!("token {}", pair(&new))).await;
}

#[tokio::test]
async fn who_acts_for_everybody_acts_for_herself_too() {
    let (store, clock) = store_and_clock();
    let boss = NewUser::named("boss").with_roles([SYSTEM_MANAGER]);
    store.create_user(boss).await.unwrap();
    user(&store, "ada").await;
    let new = NewToken::named("parent").with_scopes(scopes(&["admin"]));
    let actor = Actor::from(&identity(&store, &clock, "boss", new).await);
    let issuer = TokenIssuer::new(store).with_clock(clock);
    for name in ["ada", "boss"] {
        let made = issuer.create(&actor, name, NewToken::named("child")).await;
        let token = issuer.show(&actor, made.unwrap().id()).await.unwrap();
        assert_eq!(token.scopes, scopes(&["admin"]), "{name}");
    }
}

#[tokio::test]
async fn a_child_may_do_no_more_and_lives_no_longer_than_its_parent() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let issuer = TokenIssuer::new(store.clone()).with_clock(clock.clone());
    let end = start() + Duration::from_secs(3_600);
    let sets = [
        Scopes::all(),
        scopes(&["tokens:write"]),
        scopes(&["tokens:write", "a"]),
        scopes(&["tokens:write", "a", "b"]),
        scopes(&["a"]),
        scopes(&[]),
    ];
    let ends = [
        None,
        Some(end - Duration::from_millis(1)),
        Some(end),
        Some(end + Duration::from_millis(1)),
    ];
    for parent_scopes in &sets {
        for parent_end in [None, Some(end)] {
            let mut new = NewToken::named("parent").with_scopes(parent_scopes.clone());
            if let Some(end) = parent_end {
                new = new.with_expires_at(end);
            }
            let parent = identity(&store, &clock, "ada", new).await;
            let actor = Actor::from(&parent);
            for child_scopes in &sets {
                for child_end in ends {
                    let mut new = NewToken::named("child").with_scopes(child_scopes.clone());
                    if let Some(end) = child_end {
                        new = new.with_expires_at(end);
                    }
                    let made = issuer.create(&actor, "ada", new).await;
                    let allowed = parent_scopes.contains("tokens:write")
                        && child_scopes.is_subset_of(parent_scopes)
                        && match (child_end, parent_end) {
                            (Some(child), Some(parent)) => child <= parent,
                            _ => true,
                        };
                    assert_eq!(made.is_ok(), allowed, "{parent_scopes:?} {child_scopes:?}");
                    let Ok(made) = made else { continue };
                    let child = issuer.show(&operator(), made.id()).await;
                    let child = child.unwrap();
                    assert_eq!(child.scopes, *child_scopes);
                    assert_eq!(child.expires_at, child_end.or(parent_end));
                    assert_eq!(child.created_by.as_deref(), Some("ada"));
                }
            }
            // What is not said is what the parent has.
            if let Ok(made) = issuer.create(&actor, "ada", NewToken::named("child")).await {
                let child = issuer.show(&operator(), made.id()).await;
                let child = child.unwrap();
                assert_eq!(child.scopes, *parent_scopes);
                assert_eq!(child.expires_at, parent_end);
            }
        }
    }
}

#[tokio::test]
async fn a_child_is_left_alone_for_no_longer_than_its_parent() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let issuer = TokenIssuer::new(store.clone()).with_clock(clock.clone());
    let minutes = |count: u64| Duration::from_secs(count * 60);
    for (parent_timeout, asked, expected) in [
        (None, None, Ok(None)),
        (None, Some(30), Ok(Some(30))),
        (Some(30), None, Ok(Some(30))),
        (Some(30), Some(10), Ok(Some(10))),
        (Some(30), Some(30), Ok(Some(30))),
        (Some(30), Some(31), Err(())),
        (Some(30), Some(9), Err(())),
        (None, Some(9), Err(())),
    ] {
        let new = |timeout: Option<u64>| match timeout {
            Some(timeout) => NewToken::named("x").with_idle_timeout(minutes(timeout)),
            None => NewToken::named("x"),
        };
        let parent = identity(&store, &clock, "ada", new(parent_timeout)).await;
        let actor = Actor::from(&parent);
        let made = issuer.create(&actor, "ada", new(asked)).await;
        let case = format!("{parent_timeout:?} {asked:?}");
        match (made, expected) {
            (Ok(made), Ok(expected)) => {
                let child = issuer.show(&actor, made.id()).await.unwrap();
                assert_eq!(child.idle_timeout, expected.map(minutes), "{case}");
            }
            (Err(error), Err(())) => assert_eq!(error.kind(), IssueErrorKind::Invalid, "{case}"),
            (made, expected) => panic!("{case}: {made:?}, not {expected:?}"),
        }
        // What is derived for the user is never left alone for too long.
        let key = MasterKey::from_bytes([7; 32]);
        let derived = issuer.drf_token(&actor, "ada", &key).await;
        assert_eq!(derived.is_ok(), parent_timeout.is_none(), "{case}");
    }
}

#[tokio::test]
async fn a_token_cannot_make_itself_or_a_sibling_wider() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let issuer = TokenIssuer::new(store.clone()).with_clock(clock.clone());
    let wide = token_of(&store, "ada", &clock, NewToken::named("wide")).await;
    let end = start() + Duration::from_secs(3_600);
    let new = NewToken::named("narrow")
        .with_scopes(scopes(&["tokens:write", "a"]))
        .with_expires_at(end);
    let narrow = identity(&store, &clock, "ada", new).await;
    let actor = Actor::from(&narrow);
    let own = empress_auth_core::TokenId::parse(narrow.credential_id()).unwrap();

    let change = |scopes: Option<Scopes>, end| {
        let mut change = TokenChange::default();
        change.scopes = scopes;
        change.expires_at = end;
        change
    };
    for (id, change) in [
        (own, change(Some(Scopes::all()), None)),
        (own, change(Some(scopes(&["a", "b"])), None)),
        (own, change(None, Some(end + Duration::from_secs(1)))),
        (wide.id(), change(Some(scopes(&["b"])), None)),
    ] {
        let changed = issuer.update(&actor, id, change).await;
        assert_eq!(changed.unwrap_err().kind(), IssueErrorKind::Invalid);
    }
    let narrower = change(Some(scopes(&["tokens:write"])), None);
    issuer.update(&actor, own, narrower).await.unwrap();
}

#[tokio::test]
async fn others_tokens_are_for_managers_with_the_scope() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let manager = NewUser::named("boss").with_roles([SYSTEM_MANAGER]);
    store.create_user(manager).await.unwrap();
    let issuer = TokenIssuer::new(store.clone()).with_clock(clock.clone());
    let of_ada = token_of(&store, "ada", &clock, NewToken::named("x")).await;
    for (name, held, allowed) in [
        ("ada", Scopes::all(), false),
        ("boss", Scopes::all(), true),
        ("boss", scopes(&["admin", "tokens:write"]), true),
        ("boss", scopes(&["tokens:write"]), false),
    ] {
        let new = NewToken::named("actor").with_scopes(held.clone());
        let actor = Actor::from(&identity(&store, &clock, name, new).await);
        let listed = issuer.list(&actor, None, None, 10).await;
        assert_eq!(listed.is_ok(), allowed, "{name} {held:?}");
        if name == "boss" {
            let new = NewToken::named("x").with_scopes(scopes(&["tokens:write"]));
            let made = issuer.create(&actor, "ada", new).await;
            assert_eq!(made.is_ok(), allowed, "{name} {held:?}");
            let shown = issuer.show(&actor, of_ada.id()).await;
            match shown {
                Ok(_) => assert!(allowed),
                Err(error) => {
                    assert!(!allowed);
                    assert_eq!(
                        error.kind(),
                        IssueErrorKind::NotFound,
                        "not even that it is there"
                    );
                }
            }
        }
    }
}
