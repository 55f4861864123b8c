//! No secret is in a log line, in `Debug` or in an error, whatever happens to it (K-14).

use empress_auth_core::{Actor, TokenKind};
use empress_auth_oauth::client::ClientOptions;
use empress_auth_oauth::store::{ClientStore as _, GrantStore as _};
use empress_auth_oauth::{NewClient, OAuthError};
use http::header::AUTHORIZATION;

use crate::log::Log;
use crate::world::{
    CALLBACK, INTROSPECT, MASTER_KEY, REVOKE, TOKEN, USERINFO, VERIFIER, World, basic, exchange,
    frappe,
};

/// What somebody tried, and is perhaps the secret of something else.
const WRONG: &str = "canary-hunter2-that-nobody-may-read-again-0123456789";

// K-14
#[tokio::test]
async fn no_secret_is_logged_nor_in_debug_output() {
    let log = Log::listen();
    let world = World::new();
    let mut options = ClientOptions::default();
    options.jwt_access_tokens = true;
    let new = NewClient::confidential("Shop").with_redirect_uri(CALLBACK);
    let operator = Actor::assert_local_operator();
    let made = world.provider.clients().create(operator, new.clone()).await;
    let made = made.unwrap();
    let jwt_client = world.client(new.with_options(options)).await;
    let (client, ada) = (world.confidential().await, world.user("ada").await);

    let code = world.code(&client, &ada).await;
    let as_client = client.basic();
    let as_client = [(AUTHORIZATION, &*as_client)];
    let tokens = world.post_with(TOKEN, &exchange(&code), &as_client).await;
    let (tokens, id_token) = (tokens.tokens(), tokens.text("id_token"));
    let jwt = world
        .post_with(
            TOKEN,
            &[("grant_type", "client_credentials")],
            &[(AUTHORIZATION, &*jwt_client.basic())],
        )
        .await
        .text("access_token");
    let rotated = world.refresh(&client, &tokens.refresh).await.tokens();
    let mint = world.mint();
    let code_row = world
        .store
        .code(mint.id_of(TokenKind::Code, &code).unwrap())
        .await;
    let access = mint.id_of(TokenKind::Access, &rotated.access).unwrap();
    let access_row = world.store.access_token(access).await;
    let refresh = mint.id_of(TokenKind::Refresh, &rotated.refresh).unwrap();
    let refresh_row = world.store.refresh_token(refresh).await;
    let client_row = world.store.client(client.id()).await.unwrap().unwrap();
    let mut shown = format!(
        "{made:?} {:?} {:?} {:?} {client_row:?} {code_row:?} {access_row:?} {refresh_row:?} {:?}",
        world.provider,
        world.provider.clients(),
        world.provider.keys(),
        world.store,
    );

    // Right ones in wrong places, and wrong ones in all of them.
    let bearer = format!("Bearer {}", rotated.access);
    let wrong_bearer = format!("Bearer {WRONG}");
    for token in [
        &*code,
        &tokens.refresh,
        &rotated.access,
        &id_token,
        &jwt,
        WRONG,
    ] {
        for path in [INTROSPECT, REVOKE, &frappe("introspect_token")] {
            world.post_with(path, &[("token", token)], &as_client).await;
        }
        let with_code = world.post_with(TOKEN, &exchange(token), &as_client).await;
        shown += &with_code.bytes();
        shown += &world.refresh(&client, token).await.bytes();
        shown += &world
            .post(USERINFO, &[("access_token", token)])
            .await
            .bytes();
    }
    for value in [
        &bearer,
        &wrong_bearer,
        &basic(client.id(), WRONG),
        &basic(WRONG, WRONG),
    ] {
        let fields = [(AUTHORIZATION, &**value)];
        shown += &world.get(&frappe("openid_profile"), &fields).await.bytes();
        shown += &world
            .post_with(TOKEN, &exchange(WRONG), &fields)
            .await
            .bytes();
    }
    let twice = [("code", WRONG), ("code", WRONG), ("client_secret", WRONG)];
    shown += &world.post(TOKEN, &twice).await.bytes();
    let error = OAuthError::invalid_grant();
    shown += &format!("{error} {error:?} {}", log.take().join("\n"));

    let digest = &client_row.secret.as_ref().unwrap().digest;
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let signature = |jwt: &str| jwt.rsplit('.').next().unwrap().to_owned();
    for secret in [
        made.secret().unwrap().expose_secret().to_owned(),
        client.secret().to_owned(),
        jwt_client.secret().to_owned(),
        code[20..].to_owned(),
        tokens.access[20..].to_owned(),
        tokens.refresh[20..].to_owned(),
        rotated.access[20..].to_owned(),
        rotated.refresh[20..].to_owned(),
        signature(&id_token),
        signature(&jwt),
        VERIFIER.to_owned(),
        WRONG.to_owned(),
        basic(WRONG, WRONG)[6..].to_owned(),
        hex(digest.as_bytes()),
        format!("{:?}", digest.as_bytes()),
        hex(&MASTER_KEY),
        format!("{MASTER_KEY:?}"),
    ] {
        assert!(!shown.contains(&secret), "{secret} is in {shown}");
    }
    assert!(
        shown.contains("oauth.error"),
        "refusals are told to the log"
    );
}
