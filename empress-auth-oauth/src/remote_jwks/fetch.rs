//! One GET to an issuer, held to limits.
//!
//! 1. No redirect is followed, no proxy of the environment is asked, nothing is sent but the path and the host.
//! 2. Connecting, TLS and reading take two seconds together.
//! 3. Only 200 is an answer, of 256 KiB at most.
//! 4. `http` must lead to this machine, whatever the resolver says of `localhost`.
//!
//! A connection serves one request: minutes lie between two.

use std::fmt::Display;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, USER_AGENT};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::{Body as _, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{HttpConnector, HttpInfo};
use hyper_util::rt::TokioExecutor;

use super::address::Address;
use super::error::{RemoteJwksError, RemoteJwksErrorKind};
use super::max_age::max_age;
use super::roots::Roots;
use crate::error::all_causes;

/// Asks issuers.
#[derive(Debug, Clone)]
pub(super) struct Fetcher {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    has_roots: bool,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) body: Bytes,
    pub(super) max_age: Option<Duration>,
}

/// Found, or not there.
#[derive(Debug)]
pub(super) enum Answer {
    Found(Document),
    /// With a status between 400 and 499.
    Missing(StatusCode),
}

impl Answer {
    pub(super) fn into_document(self, address: &Address) -> Result<Document, RemoteJwksError> {
        match self {
            Self::Found(document) => Ok(document),
            Self::Missing(status) => Err(refused(address, status)),
        }
    }
}

/// The largest key sets in the field are below 32 KiB.
const BODY_LIMIT_BYTES: usize = 256 * 1024;
const HEAD_LIMIT_BYTES: usize = 64 * 1024;

impl Fetcher {
    pub(super) fn new(roots: &Roots) -> Result<Self, RemoteJwksError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        let tls = roots.tls_config()?;
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls.config)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .retry_canceled_requests(false)
            .http1_max_buf_size(HEAD_LIMIT_BYTES)
            .build(https);
        Ok(Self {
            client,
            has_roots: tls.has_roots,
        })
    }

    /// What lies at `address`.
    pub(super) async fn get(
        &self,
        address: &Address,
        timeout: Duration,
    ) -> Result<Answer, RemoteJwksError> {
        if address.is_https() && !self.has_roots {
            let why = "this system has none; install its CA certificates or give your own";
            return Err(RemoteJwksError::new(RemoteJwksErrorKind::Roots, why));
        }
        tokio::time::timeout(timeout, self.exchange(address))
            .await
            .unwrap_or_else(|_| {
                let why = format!("{} did not answer in {timeout:?}", address.as_str());
                Err(RemoteJwksError::new(RemoteJwksErrorKind::Unreachable, why))
            })
    }

    async fn exchange(&self, address: &Address) -> Result<Answer, RemoteJwksError> {
        let request = Request::get(address.uri().clone())
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, "empress-auth")
            .body(Empty::new())
            .map_err(|error| RemoteJwksError::new(RemoteJwksErrorKind::Url, error.to_string()))?;
        let response = self
            .client
            .request(request)
            .await
            .map_err(|error| unreachable(address, error))?;
        if !address.is_https() && !came_from_this_machine(&response) {
            return Err(refused(address, "http led to another machine"));
        }
        match response.status() {
            StatusCode::OK => {}
            status if status.is_client_error() => return Ok(Answer::Missing(status)),
            status if status.is_redirection() => {
                return Err(refused(
                    address,
                    format_args!("{status}, which is not followed"),
                ));
            }
            status => return Err(refused(address, status)),
        }
        let max_age = max_age(response.headers());
        let body = response.into_body();
        let too_large = || refused(address, "more than 256 KiB");
        let limit = u64::try_from(BODY_LIMIT_BYTES).unwrap_or(u64::MAX);
        if body.size_hint().lower() > limit {
            return Err(too_large());
        }
        let body = Limited::new(body, BODY_LIMIT_BYTES)
            .collect()
            .await
            .map_err(|error| {
                if error.is::<http_body_util::LengthLimitError>() {
                    too_large()
                } else {
                    refused(address, "it broke off")
                }
            })?
            .to_bytes();
        Ok(Answer::Found(Document { body, max_age }))
    }
}

fn refused(address: &Address, why: impl Display) -> RemoteJwksError {
    let detail = format!("{}: {why}", address.as_str());
    RemoteJwksError::new(RemoteJwksErrorKind::Answer, detail)
}

fn came_from_this_machine(response: &Response<Incoming>) -> bool {
    response
        .extensions()
        .get::<HttpInfo>()
        .is_some_and(|info| info.remote_addr().ip().is_loopback())
}

/// The client's own text says only that connecting failed; why, say its sources.
fn unreachable(address: &Address, error: hyper_util::client::legacy::Error) -> RemoteJwksError {
    let detail = format!("{}: {}", address.as_str(), all_causes(&error));
    RemoteJwksError::new(RemoteJwksErrorKind::Unreachable, detail).with_source(error)
}
