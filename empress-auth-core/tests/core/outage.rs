//! A store that does not answer is no reason to let anybody in, and none to call a credential wrong.

use empress_auth_core::{Authenticator, RejectionKind};
use http::StatusCode;

use crate::probe::Probe;
use crate::support::{accepted, basic, keys, pair, refused, store_and_clock, token, user};

#[tokio::test]
async fn an_outage_is_503_for_every_credential_in_every_mode() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let made = token(&store, "ada", &clock).await;
    let pair = pair(&keys(&store, "ada", &clock).await);
    let fields = [
        format!("Bearer {}", made.expose_secret()),
        format!("Token {}", made.expose_secret()),
        format!("token {pair}"),
        basic(&pair),
        "Token 9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b".to_owned(),
        "Bearer an.opaque.token".to_owned(),
    ];
    for probe in [Probe::new(store.clone()), Probe::forgetful(store)] {
        probe.fail();
        let layer = Authenticator::new(probe.clone()).clock(clock.clone());
        for layer in [
            layer.clone(),
            layer.clone().optional(),
            layer.clone().ignore_invalid(),
            layer.clone().passwords(),
            layer.ignore_invalid().passwords(),
        ] {
            for field in &fields {
                let rejection = empress_auth_core::testing::present(&layer, field).await;
                let rejection = rejection.expect_err(field);
                assert_eq!(rejection.kind(), RejectionKind::Unavailable, "{field}");
                let response = layer.render(&rejection);
                assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
                assert!(response.headers().contains_key("retry-after"));
                assert!(!response.headers().contains_key("www-authenticate"));
            }
        }
    }
}

#[tokio::test]
async fn what_is_remembered_outlives_an_outage_and_nothing_else_does() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let made = token(&store, "ada", &clock).await;
    let field = format!("Bearer {}", made.expose_secret());
    let probe = Probe::new(store);
    let layer = Authenticator::new(probe.clone()).clock(clock);
    accepted(&layer, &field).await;
    probe.fail();
    accepted(&layer, &field).await;
    let other = field.replace("Bearer", "Token");
    assert_eq!(refused(&layer, &other).await, RejectionKind::Unavailable);
}
