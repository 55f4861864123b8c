//! OAuth 2 and OpenID Connect, as clients that people have do it: from discovery through the real pages to revocation.

use empress_auth_tests::{run_node, run_python};
use serde_json::Value;

use crate::support::{Place, Serving};

pub(crate) const PASSWORD: &str = "correct horse battery staple";
const CALLBACK: &str = "http://127.0.0.1:9/callback";

/// A program that serves, and its user `ada`.
pub(crate) struct World {
    place: Place,
    serving: Serving,
}

impl World {
    pub(crate) fn new() -> Self {
        let place = Place::new();
        let serving = place.serve();
        let ada = [
            "user",
            "create",
            "ada",
            "--email",
            "ada@example.com",
            "--full-name",
            "Ada Lovelace",
            "--password-stdin",
        ];
        place.run_with_input(&ada, PASSWORD.as_bytes()).done();
        Self { place, serving }
    }

    pub(crate) fn issuer(&self) -> String {
        format!("http://{}", self.serving.address)
    }

    /// A client's id and, unless it is public, its secret.
    fn client(&self, options: &[&str]) -> (String, String) {
        self.client_at(CALLBACK, "Invoices", options)
    }

    pub(crate) fn client_at(
        &self,
        callback: &str,
        name: &str,
        options: &[&str],
    ) -> (String, String) {
        // A name may begin as an option does.
        let create = ["--json", "client", "create", "--redirect-uri", callback];
        let arguments = [&create, options, &["--", name]].concat();
        let made = self.place.run(&arguments).json();
        let text = |member: &Value| member.as_str().unwrap_or_default().to_owned();
        (text(&made["client_id"]), text(&made["client_secret"]))
    }
}

/// How a client shows who it is, and what its creation is told.
const METHODS: [(&str, &[&str]); 3] = [
    ("client_secret_basic", &[]),
    (
        "client_secret_post",
        &["--auth-method", "client_secret_post"],
    ),
    ("none", &["--public"]),
];

/// Runs a script of the client `package`, once for each way to authenticate.
fn each_method(package: &str, run: fn(&str, &str, &[&str]), pages: &str, script: &str) {
    let world = World::new();
    let script = [pages, script].join("\n");
    for (method, options) in METHODS {
        // What knows no PKCE is nothing for a public client.
        if package == "simple-oauth2" && method == "none" {
            continue;
        }
        let (id, secret) = world.client(options);
        let arguments = [&*world.issuer(), PASSWORD, CALLBACK, &id, &secret, method];
        run(&script, package, &arguments);
    }
}

/// A script behind the browser of Python's scripts.
fn in_python(package: &str, script: &str) {
    each_method(
        package,
        run_python,
        include_str!("oauth_flows/pages.py"),
        script,
    );
}

/// A script behind the browser of Node's scripts.
fn in_node(package: &str, script: &str) {
    each_method(
        package,
        run_node,
        include_str!("oauth_flows/pages.mjs"),
        script,
    );
}

#[test]
fn authlib_goes_from_discovery_to_revocation() {
    in_python("authlib", include_str!("oauth_flows/authlib_flow.py"));
}

#[test]
fn requests_oauthlib_logs_in_and_renews() {
    in_python(
        "requests_oauthlib",
        include_str!("oauth_flows/requests_oauthlib_flow.py"),
    );
}

#[test]
fn oauth4webapi_goes_from_discovery_to_revocation() {
    in_node(
        "oauth4webapi",
        include_str!("oauth_flows/oauth4webapi_flow.mjs"),
    );
}

#[test]
fn openid_client_goes_from_discovery_to_revocation() {
    in_node(
        "openid-client",
        include_str!("oauth_flows/openid_client_flow.mjs"),
    );
}

#[test]
fn simple_oauth2_logs_in_renews_and_revokes() {
    in_node(
        "simple-oauth2",
        include_str!("oauth_flows/simple_oauth2_flow.mjs"),
    );
}
