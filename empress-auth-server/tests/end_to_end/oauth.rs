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

    /// The path of a file in the program's directory.
    pub(crate) fn file(&self, name: &str) -> String {
        self.place.file(name).to_str().unwrap().to_owned()
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

#[test]
fn authlib_goes_from_discovery_to_revocation() {
    let world = World::new();
    for (method, options) in METHODS {
        let (id, secret) = world.client(options);
        let script = [
            include_str!("oauth_flows/pages.py"),
            include_str!("oauth_flows/authlib_flow.py"),
        ];
        let arguments = [&*world.issuer(), PASSWORD, CALLBACK, &id, &secret, method];
        run_python(&script.join("\n"), "authlib", &arguments);
    }
}

#[test]
fn oauth4webapi_goes_from_discovery_to_revocation() {
    let world = World::new();
    for (method, options) in METHODS {
        let (id, secret) = world.client(options);
        let script = [
            include_str!("oauth_flows/pages.mjs"),
            include_str!("oauth_flows/oauth4webapi_flow.mjs"),
        ];
        let arguments = [&*world.issuer(), PASSWORD, CALLBACK, &id, &secret, method];
        run_node(&script.join("\n"), "oauth4webapi", &arguments);
    }
}
