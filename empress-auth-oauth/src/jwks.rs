//! The published keys: `/.well-known/jwks.json`.
//!
//! The document is made when the keys change, and answered from memory.

use std::sync::Arc;

use empress_auth_core::endpoint::{Call, Endpoint, Route};
use empress_auth_core::{Rejection, RejectionKind};
use http::Method;

use crate::keys::KeyRing;
use crate::paths;
use crate::routes::open;

/// The routes that publish the keys of this ring.
pub(crate) fn routes(keys: &KeyRing) -> Vec<Route> {
    let keys = keys.clone();
    let jwks = move |call: Call| {
        let keys = keys.clone();
        async move {
            match keys.jwks().await {
                Ok(document) => document.answer(call.headers()),
                Err(error) => {
                    tracing::error!(error = %error, "the signing keys cannot be published");
                    call.refuse(&Rejection::new(RejectionKind::Unavailable))
                }
            }
        }
    };
    let jwks: Arc<dyn Endpoint> = Arc::new(jwks);
    open(paths::JWKS, "jwks", &[Method::GET], &jwks)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use empress_auth_core::endpoint::Dispatcher;
    use empress_auth_core::{Authenticator, MemoryStore};
    use http::Request;

    use super::*;
    use crate::client::SigningAlg;
    use crate::keys::testing::ring;

    // OP-DISC-5, OP-DISC-6, OP-DISC-9, KY-6
    #[tokio::test]
    async fn the_keys_are_published_and_may_be_kept() {
        let keys = ring().await;
        let authenticator = Authenticator::new(MemoryStore::new());
        let dispatchers = Dispatcher::group(routes(&keys), &authenticator);
        let (path, dispatcher) = &dispatchers[0];
        assert_eq!(&**path, "/.well-known/jwks.json");
        let ask = async |head: http::request::Builder| {
            dispatcher
                .respond(head.body(()).unwrap(), async |_| Ok(Bytes::new()))
                .await
        };
        let answer = ask(Request::get(&**path)).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(
            answer.headers()["cache-control"],
            "public, max-age=300, stale-if-error=86400"
        );
        assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        let kid = keys.signer(SigningAlg::Rs256).await.unwrap();
        let body = String::from_utf8_lossy(answer.body()).into_owned();
        assert!(body.starts_with("{\"keys\":[") && body.contains(kid.kid().unwrap()));

        let published: serde_json::Value = serde_json::from_str(&body).unwrap();
        for key in published["keys"].as_array().unwrap() {
            for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
                assert!(key.get(private).is_none(), "{private}");
            }
        }

        let known = Request::get(&**path).header("if-none-match", &answer.headers()["etag"]);
        let again = ask(known).await;
        assert_eq!((again.status().as_u16(), again.body().len()), (304, 0));
        let head = ask(Request::head(&**path)).await;
        assert_eq!((head.status().as_u16(), head.body().len()), (200, 0));
        assert_eq!(head.headers()["etag"], answer.headers()["etag"]);
    }
}
