//! A token that a client has for itself.

use std::time::Duration;

use empress_auth_core::Actor;
use empress_auth_oauth::NewClient;
use empress_auth_oauth::client::{ClientOptions, GrantType};
use empress_auth_oauth::store::ClientStore as _;
use http::header::AUTHORIZATION;

use crate::world::{INTROSPECT, TOKEN, USERINFO, World, basic};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

// AS-6749-36, RS-6750-1
#[tokio::test]
async fn a_client_gets_a_token_for_itself_and_nothing_else() {
    let world = World::new();
    let client = world.confidential().await;
    let answer = world
        .post_with(TOKEN, &[GRANT], &[(AUTHORIZATION, &client.basic())])
        .await;
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let json = answer.json();
    let members: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        members,
        ["access_token", "expires_in", "scope", "token_type"]
    );
    assert_eq!(json["scope"], "all");
    let token = answer.text("access_token");
    let bearer = format!("Bearer {token}");
    let me = world.get("/api/v1/me", &[(AUTHORIZATION, &bearer)]).await;
    // A name that no user can have (RFC 9700 §4.15).
    assert_eq!(me.json()["username"], format!("client:{}", client.id()));
    assert_eq!(me.json()["roles"], serde_json::json!([]));
    world.pass(Duration::from_secs(3_600));
    assert!(!world.opens(&token).await);
}

// AS-6749-36, O-24
#[tokio::test]
async fn only_a_confidential_client_with_the_grant_gets_one() {
    let world = World::new();
    let public = world.public().await;
    let form = [GRANT, ("client_id", public.id())];
    world
        .post(TOKEN, &form)
        .await
        .expect_error(400, "unauthorized_client");
    let new = NewClient::confidential("Shop").with_grants([GrantType::AuthorizationCode]);
    let client = world.client(new).await;
    let answer = world
        .post_with(TOKEN, &[GRANT], &[(AUTHORIZATION, &client.basic())])
        .await;
    answer.expect_error(400, "unauthorized_client");
}

// AS-6749-10, O-18
#[tokio::test]
async fn its_scopes_are_the_clients_and_none_of_a_user() {
    let world = World::new();
    let new = NewClient::confidential("Job").with_scopes(["a:read", "a:write", "openid", "email"]);
    let client = world.client(new).await;
    let authorization = client.basic();
    for (asked, expected) in [
        (None, Some("a:read a:write")),
        (Some("a:write"), Some("a:write")),
        (Some("a:write openid"), Some("a:write")),
        (Some("all"), None),
        (Some("a:write b"), None),
    ] {
        let mut form = vec![GRANT];
        form.extend(asked.map(|scope| ("scope", scope)));
        let answer = world
            .post_with(TOKEN, &form, &[(AUTHORIZATION, &authorization)])
            .await;
        match expected {
            Some(expected) => assert_eq!(answer.text("scope"), expected),
            None => answer.expect_error(400, "invalid_scope"),
        }
    }
}

// OP-CORE-33
#[tokio::test]
async fn it_has_no_user_to_tell_of() {
    let world = World::new();
    let client = world.confidential().await;
    let answer = world
        .post_with(TOKEN, &[GRANT], &[(AUTHORIZATION, &client.basic())])
        .await;
    let bearer = format!("Bearer {}", answer.text("access_token"));
    let refused = world.get(USERINFO, &[(AUTHORIZATION, &bearer)]).await;
    assert_eq!(refused.status, 403);
}

// AS-9068-1, AS-9068-2, AS-9068-4
#[tokio::test]
async fn it_can_be_a_jwt_that_introspection_knows() {
    let world = World::new();
    let mut options = ClientOptions::default();
    options.jwt_access_tokens = true;
    let new = NewClient::confidential("Job")
        .with_scopes(["a:read"])
        .with_options(options);
    let client = world.client(new).await;
    let authorization = client.basic();
    let form = [GRANT, ("resource", "https://api.example/")];
    let answer = world
        .post_with(TOKEN, &form, &[(AUTHORIZATION, &authorization)])
        .await;
    let token = answer.text("access_token");
    assert_eq!(token.split('.').count(), 3);
    let form = [("token", token.as_str())];
    let known = world
        .post_with(INTROSPECT, &form, &[(AUTHORIZATION, &authorization)])
        .await;
    let json = known.json();
    assert_eq!(json["active"], true, "{json}");
    assert_eq!(json["aud"], "https://api.example/");
    assert_eq!(json["sub"], client.id());
    let tampered = format!("{token}x");
    let form = [("token", tampered.as_str())];
    let unknown = world
        .post_with(INTROSPECT, &form, &[(AUTHORIZATION, &authorization)])
        .await;
    assert_eq!(unknown.body, r#"{"active":false}"#);
}

// AS-9068-4, AS-9700-16: `sub` is the client's id, so that no user's may be the same (RFC 9700 §4.15)
#[tokio::test]
async fn no_client_is_taken_for_a_user() {
    let world = World::new();
    let ada = world.user("ada").await;
    let model = world.confidential().await;
    // Ada's id, that of a user of a day to come, and names of hers.
    for (id, expected) in [
        (&*ada.id, 400),
        ("4711", 400),
        ("00000000000000000007", 400),
        ("ada", 200),
        ("k4711", 200),
    ] {
        let mut client = model.client.clone();
        client.id = id.into();
        let grounds = Actor::assert_local_operator().grounds(world.clock.now());
        world.store.insert_client(client, &grounds).await.unwrap();
        let authorization = basic(id, model.secret());
        let answer = world
            .post_with(TOKEN, &[GRANT], &[(AUTHORIZATION, &authorization)])
            .await;
        assert_eq!(answer.status, expected, "{id}: {:?}", answer.body);
        if expected == 400 {
            answer.expect_error(400, "unauthorized_client");
            continue;
        }
        let token = answer.text("access_token");
        let bearer = format!("Bearer {token}");
        let me = world.get("/api/v1/me", &[(AUTHORIZATION, &bearer)]).await;
        assert_eq!(me.json()["user"], format!("client:{id}"), "{id}");
        let asked = [("token", &*token)];
        let shown = world
            .post_with(INTROSPECT, &asked, &[(AUTHORIZATION, &authorization)])
            .await;
        let shown = shown.json();
        assert_eq!(
            (&shown["sub"], &shown["client_id"]),
            (&id.into(), &id.into())
        );
        assert_eq!(shown.get("username"), None, "{id}");
        let refused = world.get(USERINFO, &[(AUTHORIZATION, &bearer)]).await;
        assert_eq!(refused.status, 403, "{id}");
    }
}
