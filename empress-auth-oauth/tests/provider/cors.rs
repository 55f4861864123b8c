//! What scripts of other origins may call.

use http::header::{AUTHORIZATION, ORIGIN};
use http::{Method, Request};

use crate::world::{INTROSPECT, REVOKE, TOKEN, USERINFO, World, frappe};

// AS-9700-17, AS-7009-11, AS-8414-10, RS-9110-9
#[tokio::test]
async fn every_endpoint_of_clients_answers_scripts_of_any_origin() {
    let world = World::new();
    let names = [
        "get_token",
        "revoke_token",
        "introspect_token",
        "openid_profile",
    ]
    .map(frappe);
    let metadata = "/.well-known/openid-configuration".to_owned();
    let standard = [
        TOKEN,
        REVOKE,
        INTROSPECT,
        USERINFO,
        "/.well-known/jwks.json",
    ];
    let standard = standard.map(str::to_owned);
    for path in standard.iter().chain(&names).chain([&metadata]) {
        let preflight = Request::builder()
            .method(Method::OPTIONS)
            .uri(path)
            .header(ORIGIN, "https://spa.example")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization");
        let answer = world.send(preflight.body(String::new()).unwrap()).await;
        assert_eq!(answer.status, 204, "{path}");
        assert_eq!(answer.headers["access-control-allow-origin"], "*");
        assert!(
            !answer
                .headers
                .contains_key("access-control-allow-credentials")
        );
        let allowed = answer.headers["access-control-allow-headers"]
            .to_str()
            .unwrap();
        assert!(allowed.contains("Authorization"), "{path}");
    }
    let refused = world.post(TOKEN, &[]).await;
    assert_eq!(refused.headers["access-control-allow-origin"], "*");
    let refused = world.get(USERINFO, &[(AUTHORIZATION, "Bearer x")]).await;
    assert_eq!(refused.headers["access-control-allow-origin"], "*");
    let exposed = refused.headers["access-control-expose-headers"]
        .to_str()
        .unwrap();
    assert!(exposed.contains("WWW-Authenticate"));
}
