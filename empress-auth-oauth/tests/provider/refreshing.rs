//! New tokens for a refresh token.

use std::time::Duration;

use empress_auth_core::{Actor, TokenKind, TokenStore as _, testing};
use empress_auth_oauth::client::{ClientOptions, GrantType};
use empress_auth_oauth::grant::{Consent, limits};
use empress_auth_oauth::store::ConsentStore as _;
use empress_auth_oauth::{Lifetimes, NewClient};

use crate::log::Log;
use crate::world::{CALLBACK, TOKEN, Tokens, World, exchange};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

// AS-6749-35, AS-9700-6, S9, T14
#[tokio::test]
async fn each_refresh_gives_another_refresh_token_of_the_same_grant() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let mut tokens = world.tokens(&client, &ada).await;
    for _ in 0..5 {
        let answer = world.refresh(&client, &tokens.refresh).await;
        assert_eq!(answer.text("scope"), "openid all");
        let next = answer.tokens();
        assert_ne!(next.refresh, tokens.refresh);
        assert!(world.opens(&next.access).await);
        tokens = next;
    }
}

// O-20, AS-9700-6: whoever shows an older one proves that two hold the family.
#[tokio::test]
async fn an_older_refresh_token_ends_the_family() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let first = world.tokens(&client, &ada).await;
    let second = world.refresh(&client, &first.refresh).await.tokens();
    let third = world.refresh(&client, &second.refresh).await.tokens();
    world
        .refresh(&client, &first.refresh)
        .await
        .expect_error(400, "invalid_grant");
    for Tokens { access, refresh } in [first, second, third] {
        assert!(!world.opens(&access).await);
        world
            .refresh(&client, &refresh)
            .await
            .expect_error(400, "invalid_grant");
    }
}

// O-21: the answer was lost, the client asks again with what it has.
#[tokio::test]
async fn a_lost_answer_logs_nobody_out() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let mut tokens = world.tokens(&client, &ada).await;
    for _ in 0..100 {
        let lost = world.refresh(&client, &tokens.refresh).await.tokens();
        let next = world.refresh(&client, &tokens.refresh).await.tokens();
        assert_ne!(lost.refresh, next.refresh);
        tokens = next;
    }
    assert!(world.opens(&tokens.access).await);
}

// O-20, O-21: nobody loses so many answers.
#[tokio::test]
async fn whoever_asks_again_and_again_ends_the_family() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let first = world.tokens(&client, &ada).await;
    let of_owner = world.refresh(&client, &first.refresh).await.tokens();
    for _ in 1..limits::SIBLINGS {
        world.refresh(&client, &first.refresh).await.tokens();
    }
    for refresh in [&first.refresh, &of_owner.refresh] {
        let refused = world.refresh(&client, refresh).await;
        refused.expect_error(400, "invalid_grant");
    }
    assert!(!world.opens(&of_owner.access).await);
}

// O-20, O-40: what could prove a theft is not forgotten, so there are no more.
#[tokio::test]
async fn whoever_refreshes_too_often_waits() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let first = world.tokens(&client, &ada).await;
    let mut last = first.refresh.clone();
    for _ in 1..limits::TOKENS {
        last = world.refresh(&client, &last).await.tokens().refresh;
    }
    world.pass(Duration::from_secs(60));
    let refused = world.refresh(&client, &last).await;
    refused.expect_error(429, "slow_down");
    assert_eq!(refused.headers["retry-after"], "86340");
    world.pass(Duration::from_secs(86_340));
    last = world.refresh(&client, &last).await.tokens().refresh;
    world.refresh(&client, &last).await.tokens();
}

// O-21: both of two answers used are two parties.
#[tokio::test]
async fn of_two_answers_to_one_refresh_token_one_may_be_used() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    let one = world.refresh(&client, &tokens.refresh).await.tokens();
    let other = world.refresh(&client, &tokens.refresh).await.tokens();
    let used = world.refresh(&client, &one.refresh).await.tokens();
    world
        .refresh(&client, &other.refresh)
        .await
        .expect_error(400, "invalid_grant");
    world
        .refresh(&client, &used.refresh)
        .await
        .expect_error(400, "invalid_grant");
}

// O-20, O-21: a thief who takes his time finds a token that is worth nothing, or is found out by its owner's next refresh.
#[tokio::test]
async fn a_thief_who_waits_for_a_day_is_found_out() {
    let (world, log) = (World::new(), Log::listen());
    let (client, ada) = (world.public().await, world.user("ada").await);
    let shown_again = || {
        let lines = log.take().into_iter();
        lines.filter(|line| line.contains("shown again")).count()
    };
    for owner_comes_first in [true, false] {
        let stolen = world.tokens(&client, &ada).await;
        let of_owner = world.refresh(&client, &stolen.refresh).await.tokens();
        assert_eq!(shown_again(), 0);
        if owner_comes_first {
            world.refresh(&client, &of_owner.refresh).await.tokens();
        }
        world.pass(DAY);
        let of_thief = world.refresh(&client, &stolen.refresh).await;
        if owner_comes_first {
            of_thief.expect_error(400, "invalid_grant");
            continue;
        }
        // The owner was away: until one of the two comes again it may have been he, who lost what he got.
        assert_eq!(shown_again(), 1);
        let of_thief = of_thief.tokens();
        let again = world.refresh(&client, &of_thief.refresh).await.tokens();
        for token in [&of_owner.refresh, &again.refresh] {
            let refused = world.refresh(&client, token).await;
            refused.expect_error(400, "invalid_grant");
        }
        for access in [&of_thief.access, &again.access] {
            assert!(!world.opens(access).await);
        }
    }
}

// O-18, FR-2, AS-6749-35: and nothing ends by it.
#[tokio::test]
async fn another_clients_refresh_token_is_worth_nothing() {
    let world = World::new();
    let ada = world.user("ada").await;
    let (client, other) = (world.confidential().await, world.confidential().await);
    let public = world.public().await;
    let tokens = world.tokens(&client, &ada).await;
    for thief in [&other, &public] {
        world
            .refresh(thief, &tokens.refresh)
            .await
            .expect_error(400, "invalid_grant");
    }
    assert_eq!(world.refresh(&client, &tokens.refresh).await.status, 200);
}

// O-18, T15: narrower for this access token; the grant keeps what it has.
#[tokio::test]
async fn scopes_may_be_fewer_and_never_more() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    let refresh = |token: String, scope: &'static str| {
        let (world, id) = (&world, client.id());
        async move {
            let form = [
                ("grant_type", "refresh_token"),
                ("refresh_token", &token),
                ("client_id", id),
                ("scope", scope),
            ];
            world.post(TOKEN, &form).await
        }
    };
    for wider in ["openid all email", "admin", "openid email"] {
        let refused = refresh(tokens.refresh.clone(), wider).await;
        refused.expect_error(400, "invalid_scope");
    }
    let narrow = refresh(tokens.refresh, "openid").await;
    assert_eq!(narrow.text("scope"), "openid");
    let again = refresh(narrow.text("refresh_token"), "").await;
    assert_eq!(again.text("scope"), "openid all");
}

// O-8: forged ones end nothing.
#[tokio::test]
async fn what_is_no_refresh_token_of_ours_is_refused_and_ends_nothing() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    let code = world.code(&client, &ada).await;
    let now = world.clock.now();
    let (_, unstored) = testing::unstored_token(TokenKind::Refresh, world.store.store_key(), now);
    let other = if tokens.refresh.ends_with('0') {
        '1'
    } else {
        '0'
    };
    let tampered = format!("{}{other}", &tokens.refresh[..tokens.refresh.len() - 1]);
    for wrong in [
        "x",
        &unstored,
        &tampered,
        &tokens.access,
        &code,
        &"x".repeat(9_000),
        "\0",
    ] {
        world
            .refresh(&client, wrong)
            .await
            .expect_error(400, "invalid_grant");
    }
    assert_eq!(world.refresh(&client, &tokens.refresh).await.status, 200);
}

// O-23, AS-9700-7
#[tokio::test]
async fn a_refresh_token_ends_when_left_alone_and_the_family_at_its_end() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let idle = world.tokens(&client, &ada).await;
    world.pass(30 * DAY);
    world
        .refresh(&client, &idle.refresh)
        .await
        .expect_error(400, "invalid_grant");

    let mut tokens = world.tokens(&client, &ada).await;
    for _ in 0..3 {
        world.pass(29 * DAY);
        tokens = world.refresh(&client, &tokens.refresh).await.tokens();
    }
    // 87 days; the last one ends with its family, not 30 days from now.
    world.pass(3 * DAY - Duration::from_millis(1));
    tokens = world.refresh(&client, &tokens.refresh).await.tokens();
    world.pass(Duration::from_millis(1));
    world
        .refresh(&client, &tokens.refresh)
        .await
        .expect_error(400, "invalid_grant");
}

// O-23: whatever its form, and whether it comes with the grant or later
#[tokio::test]
async fn an_access_token_ends_with_its_grant() {
    for is_jwt in [false, true] {
        let world = World::with(|provider| {
            let mut lifetimes = Lifetimes::default();
            lifetimes.grant = Duration::from_secs(1_800);
            provider.with_lifetimes(lifetimes)
        });
        let mut options = ClientOptions::default();
        options.jwt_access_tokens = is_jwt;
        let new = NewClient::public("App").with_redirect_uri(CALLBACK);
        let (client, ada) = (
            world.client(new.with_options(options)).await,
            world.user("ada").await,
        );
        let code = world.code(&client, &ada).await;
        let mut form = exchange(&code).to_vec();
        form.push(("client_id", client.id()));
        let first = world.post(TOKEN, &form).await;
        assert_eq!(first.json()["expires_in"], 1_800);
        world.pass(Duration::from_secs(1_700));
        let second = world.refresh(&client, &first.tokens().refresh).await;
        assert_eq!(second.json()["expires_in"], 100);
        let (first, second) = (first.tokens().access, second.tokens().access);
        world.pass(Duration::from_secs(99));
        assert!(world.opens(&first).await && world.opens(&second).await);
        // With the leeway that a verifier gives a JWT.
        world.pass(Duration::from_secs(1 + 5));
        assert!(!world.opens(&first).await && !world.opens(&second).await);
    }
}

// O-22
#[tokio::test]
async fn who_is_disabled_or_took_consent_back_or_lost_the_role_gets_no_more() {
    let world = World::new();
    let client = world.public().await;
    let ada = world.user("ada").await;
    let tokens = world.tokens(&client, &ada).await;
    world.disable(&ada).await;
    assert!(!world.opens(&tokens.access).await);
    world
        .refresh(&client, &tokens.refresh)
        .await
        .expect_error(400, "invalid_grant");

    let bob = world.user("bob").await;
    let grounds = Actor::assert_local_operator().grounds(world.clock.now());
    let consent = Consent::new(&bob.id, client.id(), &["openid".into()], world.clock.now());
    world.store.add_consent(consent, &grounds).await.unwrap();
    let tokens = world.tokens(&client, &bob).await;
    let withdrawn = world.store.withdraw_consent(&bob.id, client.id(), &grounds);
    assert!(withdrawn.await.unwrap());
    world
        .refresh(&client, &tokens.refresh)
        .await
        .expect_error(400, "invalid_grant");

    let new = NewClient::public("Managers").with_redirect_uri(CALLBACK);
    let client = world.client(new.with_allowed_roles(["Manager"])).await;
    let tokens = world.tokens(&client, &bob).await;
    let tokens = world.refresh(&client, &tokens.refresh).await.tokens();
    world.take_roles(&bob).await;
    world
        .refresh(&client, &tokens.refresh)
        .await
        .expect_error(400, "invalid_grant");
}

#[tokio::test]
async fn a_client_without_the_grant_gets_no_refresh_token() {
    let world = World::new();
    let ada = world.user("ada").await;
    let new = NewClient::public("Once").with_redirect_uri(CALLBACK);
    let client = world
        .client(new.with_grants([GrantType::AuthorizationCode]))
        .await;
    let code = world.code(&client, &ada).await;
    let mut form = exchange(&code).to_vec();
    form.push(("client_id", client.id()));
    let answer = world.post(TOKEN, &form).await;
    assert!(answer.json().get("refresh_token").is_none());
    world
        .refresh(&client, "x")
        .await
        .expect_error(400, "unauthorized_client");
}

// O-19
#[tokio::test(flavor = "multi_thread")]
async fn of_racers_with_one_refresh_token_one_chain_lives() {
    let world = std::sync::Arc::new(World::new());
    let client = std::sync::Arc::new(world.public().await);
    let ada = world.user("ada").await;
    for _ in 0..10 {
        let tokens = world.tokens(&client, &ada).await;
        let racers = (0..16).map(|_| {
            let (world, client, refresh) = (world.clone(), client.clone(), tokens.refresh.clone());
            tokio::spawn(async move { world.refresh(&client, &refresh).await.tokens() })
        });
        let racers: Vec<_> = racers.collect();
        let mut answers = Vec::new();
        for racer in racers {
            answers.push(racer.await.unwrap());
        }
        let mut live = 0;
        for answer in answers {
            live += u32::from(world.refresh(&client, &answer.refresh).await.status == 200);
        }
        assert_eq!(live, 1);
    }
}

// AS-8707-3, MCP-AS-7, O-18
#[tokio::test]
async fn a_refresh_may_name_a_resource_that_was_granted() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let code = world.code_with(&client, &ada, |code| {
        code.granted.resources = vec!["https://one.example/".into()];
    });
    let code = code.await;
    let mut form = exchange(&code).to_vec();
    form.push(("client_id", client.id()));
    let tokens = world.post(TOKEN, &form).await.tokens();
    for (resource, passes) in [
        ("https://two.example/", false),
        ("https://one.example/", true),
    ] {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &tokens.refresh),
            ("client_id", client.id()),
            ("resource", resource),
        ];
        let answer = world.post(TOKEN, &form).await;
        if passes {
            answer.tokens();
        } else {
            answer.expect_error(400, "invalid_target");
        }
    }
}

// O-18, AS-6749-35: an operator takes scopes from a client, which has no more of what it was granted before.
#[tokio::test]
async fn a_client_gets_no_scope_that_was_taken_from_it() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    world
        .change_client(&client, |client| {
            client.scopes = vec!["openid".into(), "new".into()]
        })
        .await;
    let answer = world.refresh(&client, &tokens.refresh).await;
    assert_eq!(answer.text("scope"), "openid");
    let tokens = answer.tokens();
    for (scope, error) in [("all", "invalid_scope"), ("new", "invalid_scope")] {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &tokens.refresh),
            ("client_id", client.id()),
            ("scope", scope),
        ];
        world.post(TOKEN, &form).await.expect_error(400, error);
    }
    // Nothing is left of it: the user must be asked again.
    world
        .change_client(&client, |client| client.scopes = vec!["new".into()])
        .await;
    let refused = world.refresh(&client, &tokens.refresh).await;
    refused.expect_error(400, "invalid_grant");
    // It was given back: the grant has what it had.
    world
        .change_client(&client, |client| {
            client.scopes = ["openid", "all"].map(Into::into).to_vec();
        })
        .await;
    let answer = world.refresh(&client, &tokens.refresh).await;
    assert_eq!(answer.text("scope"), "openid all");
}

// AS-6749-31, RFC 6749 §5.2
#[tokio::test]
async fn a_client_that_may_not_refresh_any_more_is_told_so() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let tokens = world.tokens(&client, &ada).await;
    world
        .change_client(&client, |client| {
            client.grants.remove(&GrantType::RefreshToken);
        })
        .await;
    let refused = world.refresh(&client, &tokens.refresh).await;
    refused.expect_error(400, "unauthorized_client");
}
