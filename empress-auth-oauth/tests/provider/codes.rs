//! A code for tokens.

use std::time::Duration;

use empress_auth_core::{
    Actor, SecretDigest, SessionStore as _, TokenId, TokenKind, TokenStore as _, testing,
};
use empress_auth_oauth::NewClient;
use empress_auth_oauth::client::{Client, ClientOptions, GrantType};
use empress_auth_oauth::grant::{CodeChallenge, CodeUse};
use empress_auth_oauth::store::GrantStore as _;
use http::header::AUTHORIZATION;
use serde_json::json;

use crate::world::{CALLBACK, Registered, TOKEN, VERIFIER, World, exchange, frappe, start};

/// The form of an exchange of a public client.
fn of<'a>(client: &'a Registered, code: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut form = exchange(code).to_vec();
    form.push(("client_id", client.id()));
    form
}

fn without<'a>(form: &[(&'a str, &'a str)], name: &str) -> Vec<(&'a str, &'a str)> {
    form.iter()
        .copied()
        .filter(|(known, _)| *known != name)
        .collect()
}

fn with<'a>(form: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut form = without(form, name);
    form.push((name, value));
    form
}

// AS-6749-22, AS-6749-23, AS-6749-40, AS-9700-11, SEED-F-6, T1, S13
#[tokio::test]
async fn a_code_gives_tokens_that_no_cache_keeps() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    for path in [TOKEN, &frappe("get_token"), &(frappe("get_token") + "/")] {
        let code = world.code_with(&client, &ada, |code| {
            code.granted.scopes = vec!["all".into()]
        });
        let answer = world.post(path, &of(&client, &code.await)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["pragma"], "no-cache");
        let json = answer.json();
        assert_eq!(json["token_type"], "Bearer");
        assert_eq!(json["expires_in"], json!(3600));
        assert_eq!(json["scope"], "all");
        let tokens = answer.tokens();
        assert!(tokens.access.starts_with("emp_at_") && tokens.refresh.starts_with("emp_rt_"));
        assert!(world.opens(&tokens.access).await);
    }
}

#[tokio::test]
async fn a_confidential_client_shows_its_secret_and_needs_no_pkce() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let code = world
        .code_with(&client, &ada, |code| code.challenge = None)
        .await;
    let form = without(&exchange(&code), "code_verifier");
    let answer = world
        .post_with(TOKEN, &form, &[(AUTHORIZATION, &client.basic())])
        .await;
    assert!(world.opens(&answer.tokens().access).await);
}

// AS-6749-33, O-7, FR-3, T4
#[tokio::test]
async fn a_code_shown_again_with_all_else_right_ends_its_grant() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let code = world.code(&client, &ada).await;
    let tokens = world.post(TOKEN, &of(&client, &code)).await.tokens();
    let refreshed = world.refresh(&client, &tokens.refresh).await.tokens();
    // Long after the code itself expired.
    world.pass(Duration::from_secs(600));
    world
        .post(TOKEN, &of(&client, &code))
        .await
        .expect_error(400, "invalid_grant");
    for access in [&tokens.access, &refreshed.access] {
        assert!(!world.opens(access).await);
    }
    world
        .refresh(&client, &refreshed.refresh)
        .await
        .expect_error(400, "invalid_grant");
}

// O-8: else whoever saw an old code in a log or a history could log users out.
#[tokio::test]
async fn a_code_shown_again_with_something_wrong_ends_nothing() {
    let world = World::new();
    let (client, other) = (world.public().await, world.public().await);
    let ada = world.user("ada").await;
    let code = world.code(&client, &ada).await;
    let right = of(&client, &code);
    let tokens = world.post(TOKEN, &right).await.tokens();
    let (_, forged) =
        testing::unstored_token(TokenKind::Code, world.store.store_key(), world.clock.now());
    let bent = if code.ends_with('0') { '1' } else { '0' };
    let tampered = format!("{}{bent}", &code[..code.len() - 1]);
    for wrong in [
        with(&right, "client_id", other.id()),
        with(&right, "redirect_uri", "https://app.example/other"),
        with(&right, "code_verifier", &VERIFIER.replace('d', "e")),
        without(&right, "code_verifier"),
        with(&right, "code", &forged),
        with(&right, "code", &tampered),
    ] {
        world
            .post(TOKEN, &wrong)
            .await
            .expect_error(400, "invalid_grant");
    }
    assert!(world.opens(&tokens.access).await);
    assert_eq!(world.refresh(&client, &tokens.refresh).await.status, 200);
}

// O-8: the id is that of a code, the secret is not its.
#[tokio::test]
async fn a_forged_code_does_not_use_up_the_real_one() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let mut id = None;
    let forged = world.code_with(&client, &ada, |code| {
        id = Some(code.id);
        code.digest = SecretDigest::sha256_of(b"the real one");
    });
    let forged = forged.await;
    for verifier in [VERIFIER, &VERIFIER.replace('d', "e")] {
        let form = of(&client, &forged);
        let form = with(&form, "code_verifier", verifier);
        world
            .post(TOKEN, &form)
            .await
            .expect_error(400, "invalid_grant");
    }
    let code = world.store.code(id.unwrap()).await.unwrap().unwrap();
    assert_eq!(code.used, CodeUse::Unused);
}

// O-10, AS-6749-12
#[tokio::test]
async fn a_code_lives_for_a_minute_to_the_millisecond() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let (early, late) = (
        world.code(&client, &ada).await,
        world.code(&client, &ada).await,
    );
    world.pass(Duration::from_millis(59_999));
    assert_eq!(world.post(TOKEN, &of(&client, &early)).await.status, 200);
    world.pass(Duration::from_millis(1));
    world
        .post(TOKEN, &of(&client, &late))
        .await
        .expect_error(400, "invalid_grant");
}

// O-6, O-5, FR-1, AS-6749-32, AS-6749-34: of the 32 combinations only the one where all is right passes.
#[tokio::test]
async fn only_the_right_client_with_everything_right_gets_tokens() {
    let world = World::with(|provider| {
        let mut limits = empress_auth_oauth::Limits::default();
        limits.client_failures_per_minute = 1_000.try_into().unwrap();
        provider.with_limits(limits)
    });
    let ada = world.user("ada").await;
    let (client, other) = (world.confidential().await, world.confidential().await);
    for wrong in 0..32_u32 {
        let is_wrong = |bit: u32| wrong & (1 << bit) != 0;
        let code = world.code(&client, &ada).await;
        let others = world.code(&other, &ada).await;
        let verifier = VERIFIER.replace('d', "e");
        let code = if is_wrong(0) { &others } else { &code };
        let id = if is_wrong(1) { other.id() } else { client.id() };
        let secret = if is_wrong(2) {
            other.secret()
        } else {
            client.secret()
        };
        let redirect_uri = if is_wrong(3) {
            "https://app.example/"
        } else {
            CALLBACK
        };
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", id),
            ("client_secret", secret),
            ("redirect_uri", redirect_uri),
            (
                "code_verifier",
                if is_wrong(4) { &verifier } else { VERIFIER },
            ),
        ];
        // All of the other client's is right, too: its code, its id, its secret.
        let passes = matches!(wrong, 0b00000 | 0b00111);
        let answer = world.post(TOKEN, &form).await;
        assert_eq!(
            answer.status == 200,
            passes,
            "{wrong:05b} {:?}",
            answer.body
        );
        if !passes {
            let expected = if is_wrong(1) == is_wrong(2) {
                "invalid_grant"
            } else {
                "invalid_client"
            };
            assert_eq!(answer.text("error"), expected, "{wrong:05b}");
        }
    }
}

// S6, AS-7636-4: whoever holds a stolen code has one guess.
#[tokio::test]
async fn a_wrong_verifier_of_the_right_client_makes_the_code_worthless() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    for wrong in [Some(VERIFIER.replace('d', "e")), None] {
        let code = world.code(&client, &ada).await;
        let right = of(&client, &code);
        let guess = match &wrong {
            Some(verifier) => with(&right, "code_verifier", verifier),
            None => without(&right, "code_verifier"),
        };
        world
            .post(TOKEN, &guess)
            .await
            .expect_error(400, "invalid_grant");
        world
            .post(TOKEN, &right)
            .await
            .expect_error(400, "invalid_grant");
    }
}

// S6, O-6: what somebody else does wrong with a code does not use it up.
#[tokio::test]
async fn another_client_cannot_use_up_a_code() {
    let world = World::new();
    let (client, other) = (world.confidential().await, world.public().await);
    let ada = world.user("ada").await;
    let code = world.code(&client, &ada).await;
    let mut wrong = of(&other, &code);
    wrong.retain(|(name, _)| *name != "code_verifier");
    world
        .post(TOKEN, &wrong)
        .await
        .expect_error(400, "invalid_grant");
    let without_secret = without(&of(&client, &code), "code_verifier");
    world
        .post(TOKEN, &without_secret)
        .await
        .expect_error(401, "invalid_client");
    let right = world
        .post_with(TOKEN, &exchange(&code), &[(AUTHORIZATION, &client.basic())])
        .await;
    assert_eq!(right.status, 200);
}

// O-11, AS-7636-5, AS-7636-6
#[tokio::test]
async fn a_verifier_and_a_challenge_come_together() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    for (challenge, verifier, passes) in [
        (None, None, true),
        (None, Some(VERIFIER), false),
        (
            Some(CodeChallenge::Plain(VERIFIER.into())),
            Some(VERIFIER),
            true,
        ),
        (Some(CodeChallenge::Plain(VERIFIER.into())), None, false),
        (
            Some(CodeChallenge::S256(VERIFIER.into())),
            Some(VERIFIER),
            false,
        ),
    ] {
        let code = world.code_with(&client, &ada, |code| code.challenge.clone_from(&challenge));
        let code = code.await;
        let mut form = without(&exchange(&code), "code_verifier");
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        let answer = world
            .post_with(TOKEN, &form, &[(AUTHORIZATION, &client.basic())])
            .await;
        assert_eq!(answer.status == 200, passes, "{challenge:?} {verifier:?}");
        if !passes {
            answer.expect_error(400, "invalid_grant");
        }
    }
}

// AS-7636-7, S7: Frappe's own test shows the verifier "420".
#[tokio::test]
async fn a_short_verifier_is_forgiven_to_a_client_that_is_made_for_it() {
    let world = World::new();
    let ada = world.user("ada").await;
    let mut options = ClientOptions::default();
    for forgiven in [false, true] {
        options.danger_allow_short_verifier = forgiven;
        let new = NewClient::public("Old").with_redirect_uri(CALLBACK);
        let client = world.client(new.with_options(options)).await;
        let code = world.code_with(&client, &ada, |code| {
            code.challenge = Some(CodeChallenge::Plain("420".into()));
        });
        let code = code.await;
        let form = with(&of(&client, &code), "code_verifier", "420");
        assert_eq!(world.post(TOKEN, &form).await.status == 200, forgiven);
    }
}

// AS-6749-32
#[tokio::test]
async fn the_redirect_uri_may_be_left_out_where_pkce_binds_the_code() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let authorization = client.basic();
    for (has_challenge, was_sent, shown, passes) in [
        (true, true, None, true),
        (true, true, Some(CALLBACK), true),
        (true, true, Some("https://app.example/"), false),
        (false, true, None, false),
        (false, true, Some(CALLBACK), true),
        (false, false, None, true),
        (false, false, Some(CALLBACK), true),
        (false, false, Some("https://app.example/"), false),
    ] {
        let code = world.code_with(&client, &ada, |code| {
            code.challenge = code.challenge.take().filter(|_| has_challenge);
            code.redirect_uri_was_sent = was_sent;
        });
        let code = code.await;
        let mut form = without(&exchange(&code), "redirect_uri");
        form.extend(shown.map(|uri| ("redirect_uri", uri)));
        if !has_challenge {
            form = without(&form, "code_verifier");
        }
        let answer = world
            .post_with(TOKEN, &form, &[(AUTHORIZATION, &authorization)])
            .await;
        assert_eq!(
            answer.status == 200,
            passes,
            "{has_challenge} {was_sent} {shown:?}"
        );
    }
}

// AS-6749-39, CO-1: the contract's races have many more.
#[tokio::test(flavor = "multi_thread")]
async fn of_sixteen_who_show_a_code_at_most_one_gets_tokens() {
    let world = std::sync::Arc::new(World::new());
    let (client, ada) = (world.public().await, world.user("ada").await);
    for _ in 0..20 {
        let code = world.code(&client, &ada).await;
        let racers = (0..16).map(|_| {
            let (world, code, id) = (world.clone(), code.clone(), client.id().to_owned());
            tokio::spawn(async move {
                let mut form = exchange(&code).to_vec();
                form.push(("client_id", &id));
                world.post(TOKEN, &form).await.status == 200
            })
        });
        let racers: Vec<_> = racers.collect();
        let mut winners = 0;
        for racer in racers {
            winners += u32::from(racer.await.unwrap());
        }
        assert_eq!(winners, 1);
    }
}

// O-22: whoever is disabled between consent and exchange
#[tokio::test]
async fn a_disabled_users_code_is_worth_nothing() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let code = world.code(&client, &ada).await;
    world.disable(&ada).await;
    world
        .post(TOKEN, &of(&client, &code))
        .await
        .expect_error(400, "invalid_grant");
}

// O-22: the role is taken from the user, or another is asked for, between consent and exchange
#[tokio::test]
async fn a_code_of_a_user_who_may_not_use_the_client_any_more_is_worth_nothing() {
    let world = World::new();
    let ada = world.user("ada").await;
    let new = NewClient::public("Managers").with_redirect_uri(CALLBACK);
    let client = world.client(new.with_allowed_roles(["Manager"])).await;
    let code = world.code(&client, &ada).await;
    let change = |client: &mut Client| client.allowed_roles = vec!["Auditor".into()];
    world.change_client(&client, change).await;
    let answer = world.post(TOKEN, &of(&client, &code)).await;
    answer.expect_error(400, "invalid_grant");
    world.change_client(&client, |_| {}).await;
    world.post(TOKEN, &of(&client, &code)).await.tokens();

    let code = world.code(&client, &ada).await;
    world.take_roles(&ada).await;
    let answer = world.post(TOKEN, &of(&client, &code)).await;
    answer.expect_error(400, "invalid_grant");
}

// AS-8707-3, AS-8707-4, AS-8707-5, MCP-AS-7
#[tokio::test]
async fn a_token_is_for_the_resources_that_were_granted_or_fewer() {
    let world = World::new();
    let (client, ada) = (world.public().await, world.user("ada").await);
    let (one, two) = ("https://one.example/mcp", "https://two.example/");
    for (granted, asked, passes) in [
        (&[][..], &[][..], true),
        (&[], &[one], false),
        (&[], &["https://auth.example/mcp"], true),
        (&[one], &[], true),
        (&[one], &[one], true),
        (&[one, two], &[two], true),
        (&[one, two], &[two, one], true),
        (&[one], &[two], false),
        (&[one], &[one, two], false),
        (&[one], &["not a uri"], false),
        (&[one], &["https://one.example/mcp#x"], false),
    ] {
        let code = world.code_with(&client, &ada, |code| {
            code.granted.resources = granted.iter().map(|uri| (*uri).into()).collect();
        });
        let code = code.await;
        let mut form = of(&client, &code);
        form.extend(asked.iter().map(|uri| ("resource", *uri)));
        let answer = world.post(TOKEN, &form).await;
        if passes {
            let tokens = answer.tokens();
            // What is for others opens nothing here.
            let is_own = granted.is_empty();
            assert_eq!(
                world.opens(&tokens.access).await,
                is_own,
                "{granted:?} {asked:?}"
            );
        } else {
            answer.expect_error(400, "invalid_target");
        }
    }
}

// O-7, S-6: what was used is known as long as there is something to end.
#[tokio::test]
async fn a_used_code_is_forgotten_with_the_last_of_what_it_gave() {
    let world = World::new();
    let new = NewClient::confidential("Old").with_redirect_uri(CALLBACK);
    let (client, ada) = (world.client(new).await, world.user("ada").await);
    world
        .change_client(&client, |client| {
            client.grants.remove(&GrantType::RefreshToken);
        })
        .await;
    // Without PKCE.
    let code = world
        .code_with(&client, &ada, |code| code.challenge = None)
        .await;
    let basic = client.basic();
    let fields = [(AUTHORIZATION, &*basic)];
    let form = &exchange(&code)[..3];
    let answer = world.post_with(TOKEN, form, &fields).await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let grants = world.store.grants(&ada.id).await.unwrap();
    assert_eq!(grants[0].expires_at, start() + Duration::from_secs(3_600));

    world.pass(Duration::from_secs(3_601));
    // Whatever is written sweeps a little.
    for _ in 0..4 {
        world.code(&client, &ada).await;
    }
    assert_eq!(world.store.grants(&ada.id).await.unwrap(), []);
    let id = world.mint().id_of(TokenKind::Code, &code).unwrap();
    assert!(world.store.code(id).await.unwrap().is_none());
    let answer = world.post_with(TOKEN, form, &fields).await;
    answer.expect_error(400, "invalid_grant");
}

// O-18, O-22: between the code and its tokens an operator takes a scope from the client.
#[tokio::test]
async fn a_grant_has_no_scope_that_was_taken_before_the_code_was_redeemed() {
    let world = World::new();
    let ada = world.user("ada").await;
    let session = TokenId::from_number(1);
    let scopes = |words: &[&str]| words.iter().map(|word| (*word).into()).collect();
    for is_taken in [false, true] {
        let client = world.public().await;
        let code = world.code_with(&client, &ada, |code| {
            code.granted.scopes = scopes(&["openid", "offline_access"]);
            code.granted.session_id = Some(session);
        });
        let code = code.await;
        let left: &[&str] = if is_taken {
            &["openid"]
        } else {
            &["openid", "offline_access"]
        };
        let change = world.change_client(&client, |client| client.scopes = scopes(left));
        change.await;
        let tokens = world.post(TOKEN, &of(&client, &code)).await.tokens();
        // Given back later, it was not granted.
        let change = world.change_client(&client, |client| {
            client.scopes = scopes(&["openid", "offline_access"]);
        });
        change.await;
        let answer = world.refresh(&client, &tokens.refresh).await;
        assert_eq!(answer.text("scope"), left.join(" "));

        let grounds = Actor::assert_local_operator().grounds(world.clock.now());
        let ended = world.store.end_sessions("ada", None, &grounds).await;
        ended.unwrap();
        let refreshed = world.refresh(&client, &answer.tokens().refresh).await;
        let outlasts = refreshed.status == 200;
        assert_eq!(outlasts, !is_taken, "{left:?} outlasts the logout");
    }
}
