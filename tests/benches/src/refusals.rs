//! What does a refusal cost beside a handler that answers the same bytes?
//!
//! The handler is made from a real refusal: whatever a middleware answers is recorded once and served by a route of
//! its own, without any middleware.

use actix_web::{
    App, HttpResponse,
    body::{MessageBody, to_bytes},
    dev::Service as _,
    http::StatusCode as ActixStatus,
    rt::Runtime,
    test::init_service,
    web::{self, Data},
};
use axum::{
    Router,
    body::Body,
    http::{Response, StatusCode, Uri},
    routing::get,
};
use bytes::Bytes;
use tower::ServiceExt;

use crate::{
    actix_drive, actix_peers,
    actix_peers::Factory,
    axum_drive, axum_peers,
    catalog::{Entry, Group, Variant},
    data::{self, PATH, TOKENS},
};

/// A hand-written check that finds no header.
pub const HAND_NO_HEADER: &str = "from_fn: no header";
/// A hand-written check that does not know the token.
pub const HAND_UNKNOWN: &str = "from_fn: unknown token";

/// The peers' refusals, and the bare frameworks to set them beside.
#[must_use]
pub fn entries() -> Vec<Entry> {
    vec![
        Entry::new(Group::AxumRefusal, axum_peers::BARE, || {
            axum_drive::variant(
                axum_peers::bare(),
                axum_drive::Proof::none(),
                StatusCode::OK,
            )
        }),
        Entry::new(Group::AxumRefusal, HAND_NO_HEADER, || {
            axum_by_hand(axum_drive::Proof::none())
        }),
        Entry::new(Group::AxumRefusal, HAND_UNKNOWN, || {
            axum_by_hand(axum_drive::Proof::bearer(&data::token(TOKENS)))
        }),
        Entry::new(Group::ActixRefusal, actix_peers::BARE, || {
            actix_drive::variant(
                actix_peers::bare(),
                actix_drive::Proof::none(),
                ActixStatus::OK,
            )
        }),
        Entry::new(Group::ActixRefusal, HAND_NO_HEADER, || {
            actix_by_hand(actix_drive::Proof::none())
        }),
        Entry::new(Group::ActixRefusal, HAND_UNKNOWN, || {
            actix_by_hand(actix_drive::Proof::bearer(&data::token(TOKENS)))
        }),
    ]
}

/// A route that answers what `router` answers to `proof`.
pub fn axum_twin(router: Router, proof: &axum_drive::Proof) -> Router {
    let request = proof.request(&Uri::from_static(PATH));
    let (head, body) = axum_drive::runtime().block_on(async {
        let Ok(response) = router.oneshot(request).await;
        let (head, body) = response.into_parts();
        (
            head,
            axum::body::to_bytes(body, usize::MAX)
                .await
                .expect("a body in memory"),
        )
    });
    let answer = move || {
        let mut response = Response::new(Body::from(body.clone()));
        *response.status_mut() = head.status;
        response.headers_mut().clone_from(&head.headers);
        std::future::ready(response)
    };
    Router::new().route(PATH, get(answer))
}

/// A route that answers what `app` answers to `proof`.
pub fn actix_twin<T, B>(
    app: App<T>,
    proof: &actix_drive::Proof,
) -> App<impl Factory<actix_web::body::BoxBody>>
where
    T: Factory<B>,
    B: MessageBody + 'static,
{
    let request = proof.request(&actix_web::http::Uri::from_static(PATH));
    let recorded = Runtime::new().expect("a runtime").block_on(async {
        let service = init_service(app).await;
        let response = service
            .call(request)
            .await
            .expect("a response")
            .into_parts()
            .1;
        let (head, body) = response.into_parts();
        let headers: Vec<_> = head
            .headers()
            .iter()
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        let body = to_bytes(body).await.unwrap_or_else(|_| Bytes::new());
        Data::new((head.status(), headers, body))
    });
    App::new()
        .app_data(recorded)
        .route(PATH, web::get().to(answer))
}

type Recorded = (
    ActixStatus,
    Vec<(
        actix_web::http::header::HeaderName,
        actix_web::http::header::HeaderValue,
    )>,
    Bytes,
);

async fn answer(recorded: Data<Recorded>) -> HttpResponse {
    let (status, headers, body) = recorded.get_ref();
    let mut response = HttpResponse::with_body(*status, body.clone()).map_into_boxed_body();
    for (name, value) in headers {
        response.headers_mut().append(name.clone(), value.clone());
    }
    response
}

fn axum_by_hand(proof: axum_drive::Proof) -> Variant {
    let router = axum_peers::by_hand(data::by_digest(TOKENS));
    axum_drive::variant(router, proof, StatusCode::UNAUTHORIZED)
}

fn actix_by_hand(proof: actix_drive::Proof) -> Variant {
    let app = actix_peers::by_hand(Data::from(data::by_digest(TOKENS)));
    actix_drive::variant(app, proof, ActixStatus::UNAUTHORIZED)
}
