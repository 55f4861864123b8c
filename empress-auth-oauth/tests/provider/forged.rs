//! Whoever knows the public id of a code or token, from a list or a log, and makes up its secret, ends nothing (O-8).

use std::time::Duration;

use empress_auth_core::{SecretDigest, TokenKind, token_checksum};
use empress_auth_oauth::grant::{AccessTokenRow, IssuedTokens, RefreshTokenRow};
use empress_auth_oauth::store::{GrantStore as _, Rotated};
use http::header::AUTHORIZATION;

use crate::world::{INTROSPECT, REVOKE, TOKEN, World, exchange};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// What stands before the id, such as `emp_rt_`; then come 11 digits of the id, 27 of the secret, and 6 of the checksum.
const PREFIX: usize = 7;
const SECRET: usize = PREFIX + 11;
const CHECKED: usize = SECRET + 27;

/// The token with another secret, and the checksum that is right for it.
fn forged(token: &str, number: u64) -> String {
    let mut bytes = token.as_bytes()[..CHECKED].to_vec();
    let mut state = number;
    for digit in &mut bytes[SECRET..] {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        *digit = BASE62[usize::try_from((state >> 33) % 62).unwrap()];
    }
    let checksum = token_checksum(&bytes[PREFIX..]);
    bytes.extend_from_slice(&checksum);
    String::from_utf8(bytes).unwrap()
}

const FORGED: u64 = 10_000;

// O-8: else whoever saw an id could log its user out, as often as he likes
#[tokio::test]
async fn ten_thousand_forged_codes_and_tokens_end_nothing() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let basic = client.basic();
    let fields = [(AUTHORIZATION, &*basic)];
    // A used code, a used refresh token whose successor was used, too, the last used one, and the next: shown with their
    // secrets, the first two would end all.
    let code = world.code(&client, &ada).await;
    let first = world.post_with(TOKEN, &exchange(&code), &fields).await;
    let first = first.tokens();
    let second = world.refresh(&client, &first.refresh).await.tokens();
    let third = world.refresh(&client, &second.refresh).await.tokens();
    let unused = world.code(&client, &ada).await;
    for number in 0..FORGED / 5 {
        for real in [&code, &unused] {
            let forged = forged(real, number);
            let answer = world.post_with(TOKEN, &exchange(&forged), &fields).await;
            answer.expect_error(400, "invalid_grant");
        }
        for real in [&first.refresh, &second.refresh, &third.refresh] {
            let forged = forged(real, number);
            let answer = world.refresh(&client, &forged).await;
            answer.expect_error(400, "invalid_grant");
        }
        for real in [&third.access, &third.refresh] {
            let forged = forged(real, number);
            let form = [("token", &*forged)];
            let answer = world.post_with(REVOKE, &form, &fields).await;
            assert_eq!(answer.status, 200);
            let answer = world.post_with(INTROSPECT, &form, &fields).await;
            assert_eq!(answer.body, r#"{"active":false}"#);
        }
    }
    assert!(world.opens(&third.access).await);
    assert_eq!(world.refresh(&client, &third.refresh).await.status, 200);
    let answer = world.post_with(TOKEN, &exchange(&unused), &fields).await;
    assert_eq!(answer.status, 200);
}

// O-8: the secret of one forged token in eight million fits the keyed tag of its id, so that the store is asked
#[tokio::test]
async fn a_lucky_forger_ends_nothing_either() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let basic = client.basic();
    let fields = [(AUTHORIZATION, &*basic)];
    let first = world.tokens(&client, &ada).await;
    let (mint, now) = (world.mint(), world.clock.now());
    let id = mint.id_of(TokenKind::Refresh, &first.refresh).unwrap();
    let grant = world.store.refresh_token(id).await.unwrap().unwrap().grant;
    // What is made here is the forger's: in the store is the digest of something else under its id.
    let [access, refresh] =
        [TokenKind::Access, TokenKind::Refresh].map(|kind| mint.make(kind, now).unwrap());
    let real = |what: &[u8]| SecretDigest::sha256_of(what);
    let times = (now, now + Duration::from_secs(3_600));
    let scopes = ["openid".into()];
    let rows = IssuedTokens::new(
        AccessTokenRow::new(access.id, real(b"access"), grant.id, &scopes, times),
        Some(RefreshTokenRow::new(
            refresh.id,
            real(b"refresh"),
            grant.id,
            2,
            times,
        )),
    );
    assert_eq!(world.store.rotate(id, rows).await.unwrap(), Rotated::Done);
    let (access, refresh) = (access.expose_secret(), refresh.expose_secret());
    let shown_everywhere = async || {
        let answer = world.refresh(&client, refresh).await;
        answer.expect_error(400, "invalid_grant");
        for token in [access, refresh] {
            let form = [("token", token)];
            let answer = world.post_with(REVOKE, &form, &fields).await;
            assert_eq!(answer.status, 200);
            let answer = world.post_with(INTROSPECT, &form, &fields).await;
            assert_eq!(answer.body, r#"{"active":false}"#);
        }
        assert!(!world.opens(access).await);
    };
    // As the next token of its family, as a sibling of the used one, and as one of long ago.
    shown_everywhere().await;
    let second = world.refresh(&client, &first.refresh).await.tokens();
    let third = world.refresh(&client, &second.refresh).await.tokens();
    shown_everywhere().await;
    let fourth = world.refresh(&client, &third.refresh).await.tokens();
    shown_everywhere().await;
    assert!(world.opens(&fourth.access).await);
    assert_eq!(world.refresh(&client, &fourth.refresh).await.status, 200);
}
