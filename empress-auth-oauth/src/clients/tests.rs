use empress_auth_core::{MasterKey, MemoryStore};

use super::*;
use crate::client::GrantType;

fn clients() -> Clients {
    let master_key = MasterKey::generate(&Entropy::system()).unwrap();
    let secret_keys = ClientSecretKeys::new(&master_key);
    Clients::from_arc(Arc::new(MemoryStore::new()), secret_keys)
}

async fn create(new: NewClient) -> Result<MadeClient, IssueError> {
    clients().create(Actor::assert_local_operator(), new).await
}

#[tokio::test]
async fn a_confidential_client_gets_an_id_and_a_secret_of_which_only_the_digest_is_kept() {
    let made = create(NewClient::confidential("Shop")).await.unwrap();
    let client = made.client();
    let is_digit = |b: u8| b.is_ascii_digit() || b.is_ascii_lowercase();
    assert!(client.id.len() == 20 && client.id.bytes().all(is_digit));
    assert!(client.id.starts_with(|c: char| c.is_ascii_lowercase()));
    assert_eq!(client.auth_methods.len(), 2);
    assert_eq!(client.grants.len(), 3);
    let secret = made.secret().unwrap().expose_secret();
    let stored = client.secret.as_ref().unwrap();
    assert!(stored.digest.is_of(secret.as_bytes()));
    assert!(!format!("{made:?}").contains(secret));
}

#[tokio::test]
async fn a_public_client_has_no_secret_and_no_grant_that_needs_one() {
    let made = create(NewClient::public("App")).await.unwrap();
    assert!(made.secret().is_none() && made.client().secret.is_none());
    assert!(made.client().is_public());
    assert!(!made.client().grants.contains(&GrantType::ClientCredentials));
}

// O-25: among others that no public client skips consent
#[tokio::test]
async fn what_breaks_a_rule_is_refused_with_the_rule() {
    let public = || NewClient::public("App");
    let confidential = || NewClient::confidential("Shop");
    let with = |mut new: NewClient, set: fn(&mut NewClient)| {
        set(&mut new);
        new
    };
    for (new, rule) in [
        (NewClient::public(""), "1 to 140 characters"),
        (NewClient::public(" App"), "1 to 140 characters"),
        (NewClient::public("A\npp"), "1 to 140 characters"),
        (
            public().with_redirect_uri("http://a.example/"),
            "http is for",
        ),
        (
            public().with_redirect_uri("https://a.example/#x"),
            "fragment",
        ),
        (
            public().with_post_logout_redirect_uri("javascript:x"),
            "the scheme",
        ),
        (
            public()
                .with_redirect_uri("https://a.example/")
                .with_redirect_uri("https://a.example/"),
            "twice",
        ),
        (public().with_scopes::<&str>([]), "at least one scope"),
        (public().with_scopes(["a b"]), "visible ASCII"),
        (public().with_scopes(["a", "b", "a"]), "twice"),
        (public().with_grants([]), "at least one grant"),
        (
            confidential().with_grants([GrantType::RefreshToken]),
            "comes with",
        ),
        (
            public().with_grants([GrantType::ClientCredentials]),
            "client_credentials",
        ),
        (
            with(public(), |new| new.options.skip_consent = true),
            "consent",
        ),
        (
            with(public(), |new| new.options.introspect_any = true),
            "introspect",
        ),
        (
            with(public(), |new| {
                new.options.id_token_alg = Some(SigningAlg::Hs256);
            }),
            "HS256",
        ),
        (
            with(confidential(), |new| {
                new.options.danger_allow_missing_pkce = true;
            }),
            "PKCE",
        ),
    ] {
        let refused = create(new).await.unwrap_err();
        assert_eq!(refused.kind(), IssueErrorKind::Invalid, "{rule}");
        assert!(refused.to_string().contains(rule), "{refused}: {rule}");
    }
}

#[tokio::test]
async fn a_rotated_secret_takes_the_place_of_the_old_one() {
    let clients = clients();
    let operator = Actor::assert_local_operator;
    let made = clients
        .create(operator(), NewClient::confidential("Shop"))
        .await
        .unwrap();
    let id = &made.client().id;
    let rotated = clients.rotate_secret(operator(), id).await.unwrap();
    let stored = clients.show(operator(), id).await.unwrap().secret.unwrap();
    let shown = |made: &MadeClient| made.secret().unwrap().expose_secret().to_owned();
    assert!(stored.digest.is_of(shown(&rotated).as_bytes()));
    assert!(!stored.digest.is_of(shown(&made).as_bytes()));

    let public = clients
        .create(operator(), NewClient::public("App"))
        .await
        .unwrap();
    let refused = clients.rotate_secret(operator(), &public.client().id).await;
    assert_eq!(refused.unwrap_err().kind(), IssueErrorKind::Invalid);
    let unknown = clients.rotate_secret(operator(), "nobody").await;
    assert_eq!(unknown.unwrap_err().kind(), IssueErrorKind::NotFound);
}

#[tokio::test]
async fn clients_are_listed_by_id_and_deleted() {
    let clients = clients();
    let operator = Actor::assert_local_operator;
    for name in ["A", "B", "C"] {
        clients
            .create(operator(), NewClient::public(name))
            .await
            .unwrap();
    }
    let all = clients.list(operator(), None, 10).await.unwrap();
    assert!(all.len() == 3 && all.is_sorted_by_key(|client| client.id.clone()));
    let after = clients.list(operator(), Some(&all[0].id), 1).await.unwrap();
    assert_eq!(after[0].id, all[1].id);
    clients.delete(operator(), &all[0].id).await.unwrap();
    let gone = clients.show(operator(), &all[0].id).await.unwrap_err();
    assert_eq!(gone.kind(), IssueErrorKind::NotFound);
}

/// CO-1: what of two rotations at once the second would have overwritten.
#[tokio::test(flavor = "multi_thread")]
async fn of_rotations_at_once_every_secret_that_was_shown_is_in_force_or_was_replaced_knowingly() {
    let clients = clients();
    let operator = Actor::assert_local_operator;
    let shop = NewClient::confidential("Shop");
    let made = clients.create(operator(), shop).await.unwrap();
    let id = made.client().id.clone();
    for _ in 0..50 {
        let rotating = [(); 4].map(|()| {
            let (clients, id) = (clients.clone(), id.clone());
            tokio::spawn(async move { clients.rotate_secret(operator(), &id).await })
        });
        let mut shown = Vec::new();
        for rotating in rotating {
            match rotating.await.unwrap() {
                Ok(made) => shown.push(made),
                Err(error) => assert_eq!(error.kind(), IssueErrorKind::Conflict, "{error}"),
            }
        }
        // Those that came one after the other; the last of them is in force.
        let kept = clients.show(operator(), &id).await.unwrap().secret.unwrap();
        let in_force = |made: &&MadeClient| {
            let secret = made.secret().unwrap().expose_secret();
            kept.digest.is_of(secret.as_bytes())
        };
        assert_eq!(shown.iter().filter(in_force).count(), 1);
    }
}

#[tokio::test]
async fn a_change_adds_and_removes_and_leaves_the_rest_alone() {
    let (clients, operator) = (clients(), Actor::assert_local_operator());
    let new = NewClient::confidential("Shop")
        .with_redirect_uri("https://old.example/cb")
        .with_redirect_uri("https://kept.example/cb")
        .with_scopes(["openid", "email"]);
    let made = clients.create(operator.clone(), new).await.unwrap();
    let id = &made.client().id;
    let change = ClientChange::default()
        .with_redirect_uri("https://new.example/cb")
        .with_redirect_uri("https://kept.example/cb")
        .without_redirect_uri("https://old.example/cb")
        .with_post_logout_redirect_uri("https://new.example/")
        .with_scope("offline_access")
        .without_scope("email");
    let changed = clients.change(operator.clone(), id, change).await.unwrap();
    let shown = clients.show(operator.clone(), id).await.unwrap();
    for client in [&changed, &shown] {
        let text = |list: &[Box<str>]| list.join(" ");
        assert_eq!(
            text(&client.redirect_uris),
            "https://kept.example/cb https://new.example/cb"
        );
        assert_eq!(
            text(&client.post_logout_redirect_uris),
            "https://new.example/"
        );
        assert_eq!(text(&client.scopes), "openid offline_access");
        assert_eq!(client.grants, made.client().grants);
        assert_eq!(client.options, made.client().options);
        let secret = made.secret().unwrap().expose_secret();
        let stored = client.secret.as_ref().unwrap();
        assert!(stored.digest.is_of(secret.as_bytes()));
    }
}

#[tokio::test]
async fn a_change_that_breaks_a_rule_changes_nothing() {
    let (clients, operator) = (clients(), Actor::assert_local_operator());
    let new = NewClient::public("App").with_redirect_uri("https://a.example/cb");
    let made = clients.create(operator.clone(), new).await.unwrap();
    let id = &made.client().id;
    let change = || ClientChange::default().without_redirect_uri("https://a.example/cb");
    let without_scopes = ["all", "openid", "profile", "email"]
        .into_iter()
        .fold(change(), ClientChange::without_scope);
    for (change, rule) in [
        (
            change().with_redirect_uri("http://a.example/"),
            "http is for",
        ),
        (
            change().with_post_logout_redirect_uri("javascript:x"),
            "the scheme",
        ),
        (change().with_scope("a b"), "scopes are visible ASCII"),
        (without_scopes, "at least one scope"),
        (
            change().without_redirect_uri("https://b.example/cb"),
            "does not have it",
        ),
        (change().without_scope("openidd"), "does not have it"),
    ] {
        let refused = clients.change(operator.clone(), id, change).await;
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), IssueErrorKind::Invalid);
        assert!(error.to_string().contains(rule), "{error}");
        let kept = clients.show(operator.clone(), id).await.unwrap();
        assert_eq!(kept.redirect_uris, made.client().redirect_uris);
        assert_eq!(kept.scopes, made.client().scopes);
    }
    let nobody = "a".repeat(20);
    let change = ClientChange::default();
    let missing = clients.change(operator, &nobody, change).await.unwrap_err();
    assert_eq!(missing.kind(), IssueErrorKind::NotFound);
}
