//! One GET request on an initialised actix application, without a socket.

use actix_http::Request;
use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse},
    http::{
        StatusCode, Uri,
        header::{ACCEPT, AUTHORIZATION, HOST, HeaderValue, USER_AGENT},
    },
    rt::Runtime,
    test::init_service,
};

use crate::{catalog::Variant, data::PATH};

/// The `Authorization` field by which the caller proves itself, if any.
#[derive(Clone)]
pub struct Proof(Option<HeaderValue>);

impl Proof {
    /// No such header.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// `Authorization: Bearer <token>`.
    #[must_use]
    pub fn bearer(token: &str) -> Self {
        let value = format!("Bearer {token}");
        Self(Some(HeaderValue::from_str(&value).expect("a header value")))
    }

    /// The whole request, its head from actix's pool as on a connection.
    #[must_use]
    pub fn request(&self, uri: &Uri) -> Request {
        let mut request = Request::new();
        request.head_mut().uri.clone_from(uri);
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_static("127.0.0.1:3000"));
        headers.insert(USER_AGENT, HeaderValue::from_static("bench/1"));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        if let Some(value) = &self.0 {
            headers.insert(AUTHORIZATION, value.clone());
        }
        request
    }
}

/// Sends `proof` to `app` over and over; every answer must have this status.
#[must_use]
pub fn variant<T, B>(app: App<T>, proof: Proof, status: StatusCode) -> Variant
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
    let runtime = Runtime::new().expect("a runtime");
    let service = runtime.block_on(init_service(app));
    Variant::new(move |n| {
        runtime.block_on(async {
            for _ in 0..n {
                // An error becomes a response, as it would before it is written to a connection.
                let answered = match service.call(proof.request(&uri)).await {
                    Ok(response) => response.status(),
                    Err(error) => error.error_response().status(),
                };
                assert_eq!(answered, status);
            }
        });
    })
}
