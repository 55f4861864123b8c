//! One GET on an initialised actix application.

use std::hint::black_box;

use actix_http::Request;
use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Uri};
use actix_web::rt::Runtime;
use actix_web::test::init_service;
use actix_web::{App, Error, web};
use empress_auth_actix::{Authenticated, TokenAuth};

use crate::Run;
use crate::store::{FIELDS, PATH, with_hot_tokens};

pub(crate) fn bare() -> Run {
    let app = App::new().route(PATH, web::get().to(async || HELLO));
    drive(app, &with_hot_tokens().1)
}

pub(crate) fn wrap() -> Run {
    let (store, tokens) = with_hot_tokens();
    let app = App::new().route(PATH, web::get().to(async || HELLO));
    drive(app.wrap(TokenAuth::new(store)), &tokens)
}

pub(crate) fn extractor() -> Run {
    let (store, tokens) = with_hot_tokens();
    let handler = async |who: Authenticated| {
        black_box(&who);
        HELLO
    };
    let app = App::new().route(PATH, web::get().to(handler));
    drive(app.wrap(TokenAuth::new(store)), &tokens)
}

const HELLO: &str = "Hello, World!";

/// Shows the tokens in turn.
fn drive<T, B>(app: App<T>, tokens: &[String]) -> Run
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let uri = Uri::from_static(PATH);
    let bearer = |token| HeaderValue::from_str(&format!("Bearer {token}")).expect("a field value");
    let shown: Vec<_> = tokens.iter().map(bearer).collect();
    let runtime = Runtime::new().expect("a runtime");
    let service = runtime.block_on(init_service(app));
    Box::new(move |n| {
        runtime.block_on(async {
            for (bearer, _) in shown.iter().cycle().zip(0..n) {
                let mut request = Request::new();
                request.head_mut().uri.clone_from(&uri);
                let headers = request.headers_mut();
                for (name, value) in FIELDS {
                    headers.insert(
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    );
                }
                headers.insert(AUTHORIZATION, bearer.clone());
                let status = service
                    .call(request)
                    .await
                    .map(|response| response.status());
                assert_eq!(status.ok(), Some(StatusCode::OK));
            }
        });
    })
}
