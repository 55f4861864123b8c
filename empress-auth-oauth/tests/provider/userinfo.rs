//! Userinfo.

use empress_auth_core::{Actor, NewToken, NewUser, TokenIssuer};
use http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{Method, Request};
use serde_json::{Value, json};

use crate::world::{TOKEN, USERINFO, World, encode, exchange, frappe};

async fn token(world: &World, scopes: &[&str]) -> String {
    let (client, ada) = (world.public().await, world.user("ada").await);
    let code = world.code_with(&client, &ada, |code| {
        code.granted.scopes = scopes.iter().map(|scope| (*scope).into()).collect();
    });
    let code = code.await;
    let mut form = exchange(&code).to_vec();
    form.push(("client_id", client.id()));
    world.post(TOKEN, &form).await.tokens().access
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

// OP-CORE-30, OP-CORE-31, SEED-F-9, U1, U4, RS-6750-9
#[tokio::test]
async fn get_and_post_answer_what_was_granted() {
    let world = World::new();
    let token = token(&world, &["openid", "all"]).await;
    let authorization = bearer(&token);
    let expected = json!({
        "sub": "1",
        "iss": "https://auth.example",
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "preferred_username": "ada",
        "email": "ada@example.com",
        "email_verified": false,
        "roles": ["Manager"],
    });
    for path in [USERINFO, &frappe("openid_profile")] {
        let by_get = world.get(path, &[(AUTHORIZATION, &authorization)]).await;
        let by_post = world
            .post_with(path, &[], &[(AUTHORIZATION, &authorization)])
            .await;
        let by_form = world.post(path, &[("access_token", &token)]).await;
        for answer in [by_get, by_post, by_form] {
            assert_eq!(answer.json(), expected);
            assert_eq!(answer.headers[CONTENT_TYPE], "application/json");
            assert_eq!(answer.headers["cache-control"], "no-store");
        }
        let head = Request::head(path).header(AUTHORIZATION, &authorization);
        let head = world.send(head.body(String::new()).unwrap()).await;
        assert!(head.status == 200 && head.body.is_empty());
    }
    let json = Request::post(USERINFO)
        .header(AUTHORIZATION, &authorization)
        .header(CONTENT_TYPE, "application/json");
    assert_eq!(
        world.send(json.body("{}".to_owned()).unwrap()).await.status,
        200
    );
}

// O-33
#[tokio::test]
async fn each_scope_has_its_claims() {
    let world = World::new();
    for (name, scopes, expected) in [
        (
            "openid alone",
            &["openid"][..],
            &["iss", "roles", "sub"][..],
        ),
        (
            "email",
            &["openid", "email"],
            &["email", "email_verified", "iss", "roles", "sub"],
        ),
    ] {
        let new = NewUser::named(&name.replace(' ', "-")).with_email("x@example.com");
        let user = world.store.create_user(new).await.unwrap();
        let client = world.public().await;
        let code = world.code_with(&client, &user, |code| {
            code.granted.scopes = scopes.iter().map(|scope| (*scope).into()).collect();
        });
        let code = code.await;
        let mut form = exchange(&code).to_vec();
        form.push(("client_id", client.id()));
        let token = world.post(TOKEN, &form).await.tokens().access;
        let answer = world
            .get(USERINFO, &[(AUTHORIZATION, &bearer(&token))])
            .await;
        let json: Value = answer.json();
        let members: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        assert_eq!(members, expected, "{name}");
    }
}

// OP-CORE-33, S14, RS-6750-6
#[tokio::test]
async fn a_token_without_openid_has_too_little() {
    let world = World::new();
    let token = token(&world, &["all"]).await;
    let refused = world
        .get(USERINFO, &[(AUTHORIZATION, &bearer(&token))])
        .await;
    assert_eq!(refused.status, 403);
    let lines = refused.headers.get_all(WWW_AUTHENTICATE).iter();
    let mut lines = lines.map(|line| line.to_str().unwrap());
    let bearer = lines.find(|line| line.starts_with("Bearer")).unwrap();
    assert!(bearer.contains("error=\"insufficient_scope\""), "{bearer}");
    assert!(bearer.contains("scope=\"openid\""), "{bearer}");
}

// U2, U3, RS-6750-3, RS-6750-4, RS-6750-5, RS-6750-8
#[tokio::test]
async fn only_an_access_token_in_its_place_is_one() {
    let world = World::new();
    let token = token(&world, &["openid"]).await;
    let nobody = world.get(USERINFO, &[]).await;
    assert_eq!(nobody.status, 401);
    let challenges = nobody.headers.get_all(WWW_AUTHENTICATE).iter();
    let challenges: Vec<_> = challenges.map(|line| line.to_str().unwrap()).collect();
    assert!(
        challenges.iter().any(|line| line.starts_with("Bearer")),
        "{challenges:?}"
    );
    assert!(
        challenges.iter().all(|line| !line.contains("error")),
        "{challenges:?}"
    );
    let in_url = world
        .get(&format!("{USERINFO}?access_token={token}"), &[])
        .await;
    assert_eq!(in_url.status, 401);

    let made = TokenIssuer::new(world.store.clone())
        .create(Actor::assert_local_operator(), "ada", NewToken::named("x"))
        .await
        .unwrap();
    let key = world.caller("root", &["System Manager"]).await;
    for authorization in [
        &*key,
        &bearer(made.expose_secret()),
        &bearer("x"),
        &format!("token {token}"),
    ] {
        let refused = world.get(USERINFO, &[(AUTHORIZATION, authorization)]).await;
        assert_eq!(refused.status, 401, "{authorization}");
        assert!(refused.headers.contains_key(WWW_AUTHENTICATE));
    }
    for wrong in [made.expose_secret(), "x", "\0", "é"] {
        assert_eq!(
            world
                .post(USERINFO, &[("access_token", wrong)])
                .await
                .status,
            401
        );
    }
}

// RS-6750-7
#[tokio::test]
async fn a_token_in_two_places_is_refused() {
    let world = World::new();
    let token = token(&world, &["openid"]).await;
    let authorization = bearer(&token);
    let form = [("access_token", token.as_str())];
    let both = world
        .post_with(USERINFO, &form, &[(AUTHORIZATION, &authorization)])
        .await;
    assert_eq!(both.status, 400);
    let twice = [form[0], form[0]];
    world
        .post(USERINFO, &twice)
        .await
        .expect_error(400, "invalid_request");
    // In the body of a GET there is nothing.
    let request = Request::builder().method(Method::GET).uri(USERINFO);
    let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = world.send(request.body(encode(&form)).unwrap()).await;
    assert_eq!(answer.status, 401);
}

// Frappe's clients look for their envelope there.
#[tokio::test]
async fn at_frappes_place_a_refusal_is_frappes() {
    let world = World::new();
    let path = frappe("openid_profile");
    let nobody = world.get(&path, &[]).await;
    assert_eq!(nobody.status, 403);
    assert_eq!(nobody.json()["exc_type"], "PermissionError");
    let wrong = world.get(&path, &[(AUTHORIZATION, "Bearer x")]).await;
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.json()["exc_type"], "AuthenticationError");
}
