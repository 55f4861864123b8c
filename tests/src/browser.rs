//! A browser: it keeps cookies, follows redirects as far as it is told to, and fills in forms.

use std::collections::BTreeMap;

use empress_auth_core::form::parse_form;
use serde_json::json;

use crate::client::{Answer, Request};
use crate::cookie::Cookie;
use crate::server::Server;
use crate::world::{PASSWORD, SITE};

/// A browser with a jar of its own.
#[derive(Debug, Clone)]
pub struct Browser<'s> {
    server: &'s Server,
    jar: BTreeMap<String, String>,
}

/// A form on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// Its inputs, in order.
    pub fields: Vec<(String, String)>,
}

/// What came back to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// The URI without what was added to its query.
    pub location: String,
    /// The parameters, decoded, in order.
    pub parameters: Vec<(String, String)>,
}

impl<'s> Browser<'s> {
    /// A browser that has seen nothing yet.
    #[must_use]
    pub const fn of(server: &'s Server) -> Self {
        Self {
            server,
            jar: BTreeMap::new(),
        }
    }

    /// Opens a path of ours, as people do by a link.
    pub fn get(&mut self, target: &str) -> Answer {
        self.send(Request::get(target).header("Sec-Fetch-Site", "none"))
    }

    /// Sends a form from a page of ours.
    pub fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(target).header("Sec-Fetch-Site", "same-origin");
        self.send(request.body(FORM, encode(fields)))
    }

    /// Sends a form from another site's page: the session's cookie, which is Lax, stays behind.
    pub fn post_from_elsewhere(&mut self, target: &str, fields: &[(&str, &str)]) -> Answer {
        let request = Request::post(target)
            .header("Sec-Fetch-Site", "cross-site")
            .header("Origin", "https://app.example")
            .header("Accept", HTML);
        let answer = self.server.send(&request.body(FORM, encode(fields)));
        self.keep(&answer);
        answer
    }

    /// Presses a button of a form.
    pub fn submit(&mut self, form: &Form, button: &str, value: &str) -> Answer {
        let mut fields = form.pairs();
        fields.push((button, value));
        self.post(&form.action, &fields)
    }

    /// Sends any request with the cookies of this browser.
    pub fn send(&mut self, request: Request) -> Answer {
        let cookies: Vec<String> = self
            .jar
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = request.header("Accept", HTML);
        if !cookies.is_empty() {
            request = request.header("Cookie", cookies.join("; "));
        }
        let answer = self.server.send(&request);
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in Cookie::all(answer) {
            if cookie.is_cleared() {
                self.jar.remove(&cookie.name);
            } else {
                self.jar.insert(cookie.name, cookie.value);
            }
        }
    }

    /// Begins a session.
    pub fn log_in(&mut self, username: &str) {
        let body = json!({ "usr": username, "pwd": PASSWORD }).to_string();
        let request = Request::post("/api/method/login").header("Sec-Fetch-Site", "same-origin");
        let answer = self.send(request.body("application/json", body));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Throws the session away without telling anybody.
    pub fn forget(&mut self) {
        self.jar.clear();
    }

    /// The cookies, as a `Cookie` field has them.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.jar.get(name).map(String::as_str)
    }

    /// Goes through an authorization request to its end: logs in as `username` where a login is asked for, and allows what
    /// is asked for.
    pub fn authorize(&mut self, target: &str, username: &str) -> Callback {
        let mut answer = self.get(target);
        for _ in 0..4 {
            if answer.status == 200 {
                answer = self.allow(&answer);
            }
            match Step::of(&answer) {
                Step::LogIn(path) => {
                    self.log_in(username);
                    answer = self.get(&path);
                }
                Step::Go(path) => answer = self.get(&path),
                Step::Back(callback) => return callback,
            }
        }
        panic!("no end of it: {answer:?}");
    }

    /// Presses the button of a consent page that allows.
    pub fn allow(&mut self, page: &Answer) -> Answer {
        self.submit(&Form::on(page), "decision", "allow")
    }

    /// Presses the other one.
    pub fn deny(&mut self, page: &Answer) -> Answer {
        self.submit(&Form::on(page), "decision", "deny")
    }
}

/// Where a redirect leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To the login page, and from there to this path.
    LogIn(String),
    /// To another path of ours.
    Go(String),
    /// Back to the client.
    Back(Callback),
}

impl Step {
    /// The step that an answer asks for.
    #[must_use]
    pub fn of(answer: &Answer) -> Self {
        assert!(
            matches!(answer.status, 302 | 303),
            "no redirect: {} {}",
            answer.status,
            answer.text()
        );
        let location = answer.header("location").expect("a location");
        let path = location.strip_prefix(SITE).unwrap_or(location);
        if let Some(query) = path.strip_prefix("/login?") {
            let fields = parse_form(query.as_bytes()).expect("a query");
            let return_to = fields.single("redirect-to").expect("one").expect("a path");
            let checked = empress_auth_oauth::return_to::return_to(return_to);
            return Self::LogIn(checked.expect("a path of ours").to_owned());
        }
        if path.starts_with('/') {
            return Self::Go(path.to_owned());
        }
        Self::Back(Callback::parse(location))
    }
}

impl Callback {
    /// Where an answer takes the browser, which must be back to the client.
    #[must_use]
    #[track_caller]
    pub fn of(answer: &Answer) -> Self {
        match Step::of(answer) {
            Step::Back(callback) => callback,
            step @ (Step::LogIn(_) | Step::Go(_)) => panic!("not back to the client: {step:?}"),
        }
    }

    /// Takes a location apart.
    #[must_use]
    pub fn parse(location: &str) -> Self {
        assert!(!location.contains('#'), "a fragment in {location}");
        let (uri, query) = location.split_once('?').unwrap_or((location, ""));
        let fields = parse_form(query.as_bytes()).expect("a query");
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            location: uri.to_owned(),
            parameters: fields.iter().map(pair).collect(),
        }
    }

    /// The value of a parameter that stands once.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.parameters.iter().filter(|(known, _)| known == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} stands twice in {self:?}");
        value
    }

    /// The code; there must be one.
    #[must_use]
    pub fn code(&self) -> &str {
        self.get("code")
            .unwrap_or_else(|| panic!("no code: {self:?}"))
    }

    /// The error; there must be one, and no code.
    #[must_use]
    pub fn error(&self) -> &str {
        assert_eq!(self.get("code"), None);
        self.get("error")
            .unwrap_or_else(|| panic!("no error: {self:?}"))
    }
}

impl Form {
    /// The one form of a page.
    #[must_use]
    pub fn on(page: &Answer) -> Self {
        assert_eq!(page.status, 200, "{}", page.text());
        let html = page.text();
        let (_, form) = html.split_once("<form").expect("a form");
        let (form, rest) = form.split_once("</form>").expect("its end");
        assert!(!rest.contains("<form"), "two forms");
        let (head, mut inside) = form.split_once('>').expect("its head");
        let mut fields = Vec::new();
        while let Some((_, input)) = inside.split_once("<input") {
            let (input, rest) = input.split_once('>').expect("an input");
            fields.push((
                attribute(input, "name").expect("a name"),
                attribute(input, "value").unwrap_or_default(),
            ));
            inside = rest;
        }
        Self {
            action: attribute(head, "action").expect("an action"),
            fields,
        }
    }

    /// The value of an input.
    #[must_use]
    pub fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        &found.unwrap_or_else(|| panic!("no {name} in {self:?}")).1
    }

    /// The inputs as they are sent.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&str, &str)> {
        let pairs = self.fields.iter();
        pairs.map(|(name, value)| (&**name, &**value)).collect()
    }

    /// The form with another value in an input, which is added if it is missing.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, value) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = value.split_once('"')?;
    let mut text = value.to_owned();
    for (entity, character) in ENTITIES {
        text = text.replace(entity, character);
    }
    Some(text)
}

const ENTITIES: [(&str, &str); 8] = [
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&#38;", "&"),
    ("&amp;", "&"),
];

/// Writes a form, or a query.
#[must_use]
pub fn encode(fields: &[(&str, &str)]) -> String {
    let pieces: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect();
    pieces.join("&")
}

fn escape(text: &str) -> String {
    empress_auth_core::percent::encode_segment(text)
}

const FORM: &str = "application/x-www-form-urlencoded";
const HTML: &str = "text/html,application/xhtml+xml,*/*;q=0.8";
