//! What an adapter hands over of a request: header fields as raw bytes, the method, the peer.

use std::fmt;
use std::net::IpAddr;

/// The values of one header field of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "none, one and more is all there is"
)]
pub enum Field<'a> {
    /// The request does not have the field.
    Absent,
    /// The field stands once, with this value.
    Single(&'a [u8]),
    /// The field stands on several lines.
    Several,
}

impl fmt::Debug for Field<'_> {
    /// Without the value, which may be a credential.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Single(_) => "Single(..)",
            Self::Several => "Several",
        })
    }
}

/// The head of a request, as much of it as a decision needs.
///
/// Implemented by the adapters on their framework's own types, so that no header is copied. A type parameter of one
/// method, never a trait object: dynamic dispatch here costs a third of the whole decision.
pub trait Head {
    /// The `Authorization` field, all its lines seen.
    fn authorization(&self) -> Field<'_>;

    /// Calls `each` with the value of every line of the field `name`, which is in lower case, in order.
    fn each_line<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8]));

    /// The method, in upper case.
    fn method(&self) -> &str;

    /// The address at the other end of the connection, where the server knows it.
    fn peer(&self) -> Option<IpAddr>;
}

/// The values of a field whose name is known only at run time.
pub(crate) fn field<'a>(head: &'a impl Head, name: &str) -> Field<'a> {
    let mut found = Field::Absent;
    head.each_line(name, &mut |value| {
        found = match found {
            Field::Absent => Field::Single(value),
            Field::Single(_) | Field::Several => Field::Several,
        };
    });
    found
}

/// Any `http` 1.x request: what tower and axum use, and what an endpoint of ours is called with.
impl<B> Head for http::Request<B> {
    #[inline]
    fn authorization(&self) -> Field<'_> {
        authorization(self.headers())
    }

    fn each_line<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        for value in self.headers().get_all(name) {
            each(value.as_bytes());
        }
    }

    fn method(&self) -> &str {
        self.method().as_str()
    }

    fn peer(&self) -> Option<IpAddr> {
        self.extensions().get::<PeerAddress>().map(|peer| peer.0)
    }
}

/// The head of a request whose body was taken off.
impl Head for http::request::Parts {
    fn authorization(&self) -> Field<'_> {
        authorization(&self.headers)
    }

    fn each_line<'a>(&'a self, name: &str, each: &mut dyn FnMut(&'a [u8])) {
        for value in self.headers.get_all(name) {
            each(value.as_bytes());
        }
    }

    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn peer(&self) -> Option<IpAddr> {
        self.extensions.get::<PeerAddress>().map(|peer| peer.0)
    }
}

/// The address at the other end of the connection, for requests that carry it as an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a value with one part")]
pub struct PeerAddress(pub IpAddr);

#[inline]
fn authorization(headers: &http::HeaderMap) -> Field<'_> {
    let Some(value) = headers.get(http::header::AUTHORIZATION) else {
        return Field::Absent;
    };
    // A second line can only be there if some name stands twice; that is one comparison.
    if headers.len() != headers.keys_len() && stands_twice(headers) {
        return Field::Several;
    }
    Field::Single(value.as_bytes())
}

#[cold]
fn stands_twice(headers: &http::HeaderMap) -> bool {
    headers
        .get_all(http::header::AUTHORIZATION)
        .iter()
        .nth(1)
        .is_some()
}

/// The value of the cookie `name` (RFC 6265 §5.4): none, one, or an answer that cannot be trusted.
///
/// The same name twice is refused: a sibling domain can toss a second one in.
pub(crate) fn cookie<'a>(head: &'a impl Head, name: &str) -> Field<'a> {
    let mut found = Field::Absent;
    head.each_line("cookie", &mut |line| {
        for pair in line.split(|byte| *byte == b';') {
            let pair = pair.trim_ascii();
            let value = pair
                .strip_prefix(name.as_bytes())
                .and_then(|rest| rest.strip_prefix(b"="));
            if let Some(value) = value {
                found = match found {
                    Field::Absent => Field::Single(value),
                    Field::Single(_) | Field::Several => Field::Several,
                };
            }
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(lines: &[(&str, &str)]) -> http::Request<()> {
        let mut request = http::Request::builder();
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn a_field_shows_nobody_its_value() {
        assert_eq!(format!("{:?}", Field::Single(b"Bearer x")), "Single(..)");
    }

    // H-1
    #[test]
    fn a_second_line_is_seen_among_other_repeated_fields() {
        let one = request(&[("accept", "a"), ("accept", "b"), ("authorization", "x")]);
        assert_eq!(one.authorization(), Field::Single(b"x"));
        let two = request(&[
            ("authorization", "x"),
            ("accept", "a"),
            ("authorization", "x"),
        ]);
        assert_eq!(two.authorization(), Field::Several);
        assert_eq!(request(&[]).authorization(), Field::Absent);
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let head = request(&[("cookie", "xsid=1; sid=2; sidx=3"), ("cookie", "other=4")]);
        assert_eq!(cookie(&head, "sid"), Field::Single(b"2"));
        assert_eq!(cookie(&head, "si"), Field::Absent);
        let tossed = request(&[("cookie", "sid=1"), ("cookie", "a=b;sid=2")]);
        assert_eq!(cookie(&tossed, "sid"), Field::Several);
    }
}
