//! An actix request as core reads it.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header;
use empress_auth_core::{Field, Head};

/// The head of a request.
///
/// The peer is the socket's: never `realip_remote_addr`, which is whatever the client wrote into a header.
pub(crate) struct RequestHead<'a>(pub(crate) &'a HttpRequest);

impl Head for RequestHead<'_> {
    #[inline]
    fn authorization(&self) -> Field<'_> {
        let headers = self.0.headers();
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Field::Absent;
        };
        // A second line can only be there if some name stands twice; that is one comparison.
        if headers.len() != headers.len_keys() && stands_twice(self.0) {
            return Field::Several;
        }
        Field::Single(value.as_bytes())
    }

    fn each_line<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        for value in self.0.headers().get_all(name) {
            each(value.as_bytes());
        }
    }

    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn peer(&self) -> Option<IpAddr> {
        self.0.peer_addr().map(|peer| peer.ip())
    }
}

#[cold]
fn stands_twice(request: &HttpRequest) -> bool {
    request
        .headers()
        .get_all(header::AUTHORIZATION)
        .nth(1)
        .is_some()
}
