//! What a browser keeps of an answer.

use crate::client::{Answer, Request};

/// A `Set-Cookie` line (RFC 6265 §4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: String,
    /// Its value, as it is sent back.
    pub value: String,
    /// What follows the first semicolon, sorted.
    pub attributes: Vec<String>,
}

impl Cookie {
    /// Every cookie that the answer sets or clears.
    #[must_use]
    pub fn all(answer: &Answer) -> Vec<Self> {
        answer.all("set-cookie").into_iter().map(parse).collect()
    }

    /// The cookie of this name.
    #[must_use]
    pub fn named(name: &str, answer: &Answer) -> Self {
        let mut found = Self::all(answer)
            .into_iter()
            .filter(|cookie| cookie.name == name);
        let cookie = found.next();
        assert!(found.next().is_none(), "{name} is set twice");
        cookie.unwrap_or_else(|| panic!("no {name} in {answer:?}"))
    }

    /// Whether the answer takes it away.
    #[must_use]
    pub fn is_cleared(&self) -> bool {
        self.value.is_empty() && self.has("Max-Age=0")
    }

    /// Whether it has this attribute.
    #[must_use]
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|found| found == attribute)
    }

    /// The request with all cookies that the answer sets, as a client with a jar sends them.
    #[must_use]
    pub fn send_back(answer: &Answer, request: Request) -> Request {
        let kept: Vec<String> = Self::all(answer)
            .into_iter()
            .filter(|cookie| !cookie.is_cleared())
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        request.header("Cookie", kept.join("; "))
    }
}

fn parse(line: &str) -> Cookie {
    let mut parts = line.split("; ");
    let pair = parts.next().unwrap_or_default();
    let (name, value) = pair.split_once('=').expect("a cookie");
    let mut attributes: Vec<String> = parts.map(str::to_owned).collect();
    attributes.sort_unstable();
    Cookie {
        name: name.to_owned(),
        value: value.to_owned(),
        attributes,
    }
}
