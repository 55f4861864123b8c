//! The guides that people follow, step by step: their snippets as they are printed, but for slips of markup.
//!
//! 1. Keys are made by a call and by a command, and shown as `token` and as `Basic`.
//! 2. A password is turned into a token of Django REST framework's kind.
//! 3. The `frappe-client` of `PyPI` does the former by itself.
//!
//! The guide on OAuth is in `oauth_guide`.

use std::collections::BTreeSet;
use std::env;
use std::path::Path;
use std::process::Command;

use empress_auth_tests::{basic, output_of, run_python};
use serde_json::{Value, json};

use crate::support::{Place, Serving};

const PASSWORD: &str = "correct horse: battery staple";

/// A program that serves, its System Manager `boss` and its user `ada`, both with [`PASSWORD`].
struct Guided {
    place: Place,
    _serving: Serving,
    url: String,
}

impl Guided {
    fn new() -> Self {
        let place = Place::new();
        let serving = place.serve();
        // While it serves, as the guides do.
        for arguments in [
            &["user", "create", "boss", "--role", "System Manager"][..],
            &["user", "create", "ada"],
        ] {
            let arguments = [arguments, &["--password-stdin"]].concat();
            place.run_with_input(&arguments, PASSWORD.as_bytes()).done();
        }
        let url = format!("http://{}", serving.address);
        Self {
            place,
            _serving: serving,
            url,
        }
    }

    /// What a line of a guide answers, shell and its quoting included.
    fn shell(&self, line: &str) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_empress-auth"));
        let path = [
            program.parent().unwrap(),
            "/usr/bin".as_ref(),
            "/bin".as_ref(),
        ];
        let mut shell = Command::new("sh");
        shell
            .args(["-c", line])
            .env_clear()
            .env("PATH", env::join_paths(path).unwrap())
            .current_dir(self.place.file("."));
        output_of(&mut shell)
    }

    /// The pair that a line answers, as `bench` answers it: one line of JSON.
    fn execute(&self, line: &str) -> String {
        let said = self.shell(line);
        assert_eq!(said.matches('\n').count(), 1, "{said}");
        pair(&serde_json::from_str(&said).unwrap())
    }

    /// What curl answers, and the status.
    fn curl(&self, path: &str, arguments: &[&str]) -> (Value, u16) {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "-w", " %{http_code}"]).args(arguments);
        let said = output_of(curl.arg(format!("{}{path}", self.url)));
        let (body, status) = said.rsplit_once(' ').unwrap();
        (serde_json::from_str(body).unwrap(), status.parse().unwrap())
    }

    /// Whom curl is, with these arguments.
    fn is(&self, name: &str, arguments: &[&str]) {
        let answer = self.curl(LOGGED_USER, arguments);
        assert_eq!(answer, (json!({ "message": name }), 200), "{arguments:?}");
    }
}

/// `key:secret` of an answer.
fn pair(made: &Value) -> String {
    let text = |member: &str| made[member].as_str().unwrap();
    format!("{}:{}", text("api_key"), text("api_secret"))
}

const LOGGED_USER: &str = "/api/method/frappe.auth.get_logged_user";
const GENERATE_KEYS: &str = "/api/method/frappe.core.doctype.user.user.generate_keys";

#[test]
fn the_printed_command_makes_keys_and_curl_shows_them() {
    let guided = Guided::new();
    let method = "frappe.core.doctype.user.user.generate_keys";
    let mut pairs = Vec::new();
    for line in [
        format!("empress-auth execute {method} --args \"['boss']\""),
        // As printed: the shell takes the quotes.
        format!("empress-auth execute {method} --args ['boss']"),
        // As one guide prints it, without the function.
        "empress-auth execute frappe.core.doctype.user.user --args ['boss']".to_owned(),
    ] {
        pairs.push(guided.execute(&line));
        let pair = pairs.last().unwrap();
        guided.is("boss", &["-H", &format!("Authorization: token {pair}")]);
        guided.is("boss", &["-H", &format!("Authorization: {}", basic(pair))]);
        guided.is("boss", &["-u", pair]);
    }
    let keys: BTreeSet<&str> = pairs.iter().map(|pair| &pair[..15]).collect();
    assert_eq!(keys.len(), 1, "an API key cannot be generated again");
}

#[test]
fn curl_makes_keys_by_rpc() {
    let guided = Guided::new();
    let boss = guided.execute(
        "empress-auth execute frappe.core.doctype.user.user.generate_keys --args \"['boss']\"",
    );
    let boss = format!("Authorization: token {boss}");
    for arguments in [
        // GET as printed; the shell takes the quotes, or curl writes them as a URL may have them.
        &["-G", "-d", "user=ada"][..],
        &["-G", "--data-urlencode", "user=\"ada\""],
        &["-d", "user=ada"],
        &["--json", "{\"user\": \"ada\"}"],
        &["-F", "user=ada"],
    ] {
        let (answer, status) = guided.curl(GENERATE_KEYS, &[&["-H", &boss], arguments].concat());
        assert_eq!(status, 200, "{arguments:?}: {answer}");
        let ada = pair(&answer["message"]);
        guided.is("ada", &["-H", &format!("Authorization: token {ada}")]);
        guided.is("ada", &["-u", &ada]);
        // "Only users with system manager role can generate keys."
        let (_, status) = guided.curl(GENERATE_KEYS, &[&["-u", &ada], arguments].concat());
        assert_eq!(status, 403);
    }
    let (answer, status) = guided.curl(GENERATE_KEYS, &["-d", "user=ada"]);
    assert_eq!(
        (&answer["exc_type"], status),
        (&json!("PermissionError"), 403)
    );
}

#[test]
fn curl_obtains_a_token_for_a_password() {
    let guided = Guided::new();
    let body = json!({ "username": "ada", "password": PASSWORD }).to_string();
    let password = format!("password={PASSWORD}");
    let mut tokens = BTreeSet::new();
    for arguments in [
        &["--json", &body][..],
        &["-d", "username=ada", "--data-urlencode", &password],
        &["-F", "username=ada", "-F", &password],
    ] {
        let (answer, status) = guided.curl("/api-token-auth/", arguments);
        assert_eq!(status, 200, "{arguments:?}: {answer}");
        tokens.insert(answer["token"].as_str().unwrap().to_owned());
    }
    assert_eq!(tokens.len(), 1, "it is the same each time");
    let token = tokens.first().unwrap();
    for scheme in ["Token", "Bearer"] {
        guided.is("ada", &["-H", &format!("Authorization: {scheme} {token}")]);
    }
    let (me, _) = guided.curl(
        "/api/v1/me",
        &["-H", &format!("Authorization: Token {token}")],
    );
    assert_eq!(me["username"], "ada");
}

#[test]
fn requests_follows_the_guide_of_frappe() {
    let guided = Guided::new();
    let keys = guided.place.json(&["keys", "generate", "boss"]);
    let pair = pair(&keys);
    let (key, secret) = pair.split_once(':').unwrap();
    let script = include_str!("frappe_guide.py");
    run_python(script, "requests", &[&guided.url, key, secret]);
}

#[test]
fn requests_follows_the_guide_of_django_rest_framework() {
    let guided = Guided::new();
    let script = include_str!("drf_guide.py");
    run_python(script, "requests", &[&guided.url, PASSWORD]);
}

#[test]
fn the_frappe_client_works_with_a_password_and_with_keys() {
    let guided = Guided::new();
    let script = include_str!("frappe_client.py");
    run_python(script, "frappeclient", &[&guided.url, PASSWORD]);
}
