//! What a program learns that logs and counts: the kind of a refusal, the caller, a body that is late.

use std::future::{pending, ready};

use bytes::Bytes;
use http::{Method, Request, Response};

use crate::endpoint::{Access, BodyError, Call, CallerSlot, Dispatcher, Route};
use crate::testing::acting_as;
use crate::{Authenticator, CredentialStore, MemoryStore, Rejection, RejectionKind, Requirement};

fn dispatcher(store: impl CredentialStore) -> Dispatcher {
    let refusing = async |call: Call| call.refuse(&Rejection::new(RejectionKind::Forbidden));
    let known = Access::Requires(Requirement::authenticated());
    let open = async |_: Call| Response::default();
    let routes = vec![
        Route::new(Method::GET, "/x", known, refusing),
        Route::new(Method::POST, "/x", Access::Anyone, open),
    ];
    let mut dispatchers = Dispatcher::group(routes, &Authenticator::new(store));
    dispatchers.remove(0).1
}

fn kind(response: &Response<Bytes>) -> Option<RejectionKind> {
    response.extensions().get().copied()
}

#[tokio::test]
async fn a_refusal_carries_its_kind_and_the_caller_is_left_where_asked() {
    let ada = acting_as("ada").build().await;
    let dispatcher = dispatcher(ada.store());
    let slot = CallerSlot::default();
    let ask = async |request: Request<()>| {
        dispatcher
            .respond(request, |_| ready(Ok(Bytes::new())))
            .await
    };
    let get = || Request::get("/x").extension(slot.clone()).body(()).unwrap();

    let stranger = ask(get()).await;
    assert_eq!(
        (stranger.status().as_u16(), kind(&stranger)),
        (401, Some(RejectionKind::Missing))
    );
    assert!(slot.get().is_none());

    let mut known = get();
    ada.decorate(known.headers_mut());
    let refused = ask(known).await;
    assert_eq!(
        (refused.status().as_u16(), kind(&refused)),
        (403, Some(RejectionKind::Forbidden))
    );
    assert_eq!(slot.get().map(|caller| caller.username()), Some("ada"));

    let other = ask(Request::put("/x").body(()).unwrap()).await;
    assert_eq!(
        (other.status().as_u16(), kind(&other)),
        (405, None),
        "not on account of the caller"
    );
}

// L-4
#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_arrive_in_time_is_a_408() {
    let dispatcher = dispatcher(MemoryStore::new());
    let post = || Request::post("/x").body(()).unwrap();
    let never = dispatcher.respond(post(), |_| pending()).await;
    assert_eq!(never.status(), 408);
    let told = dispatcher
        .respond(post(), |_| ready(Err(BodyError::TooSlow)))
        .await;
    assert_eq!(told.status(), 408);
}
