//! The guide on OAuth 2 and OpenID Connect, followed to its end with curl and with Python's `requests` on Frappe's paths:
//! its commands as they are printed, but for [`SLIPS`].
//!
//! | | client | what it adds to the guide |
//! |---|---|---|
//! | a | public, made with `--danger-allow-missing-pkce` | nothing |
//! | b | public | PKCE, by `S256` and by the guide's `s256` |
//! | c | confidential | its secret |

use std::fs::File;
use std::process::{Command, Stdio};

use empress_auth_tests::{
    Answer, CHALLENGE, Callback, Form, VERIFIER, encode, output_of, run_python, unverified_claims,
};
use serde_json::{Value, json};

use crate::support::{Place, Serving};

const PASSWORD: &str = "correct horse: battery staple";

/// Where the guide's client is, which is Postman.
const CALLBACK: &str = "https://app.getpostman.com/oauth2/callback";

/// "Getting an Authorization Code".
const AUTHORIZE: &str = r"curl -X POST https://{your frappe instance}/api/method/frappe.integrations.oauth2.authorize \
     --data-urlencode 'client_id=511cb2ac2d' \
     --data-urlencode 'state=444' \
     --data-urlencode 'response_type=code'
     --data-urlencode 'scope=openid%20all' \
     --data-urlencode 'redirect_uri=https://app.getpostman.com/oauth2/callback'";

/// "Token Exchange for Authorization Code Grant with ID Token".
const GET_TOKEN: &str = r"curl -X POST https://{your frappe instance}/api/method/frappe.integrations.oauth2.get_token \
     -H 'Content-Type: application/x-www-form-urlencoded' \
     -H 'Accept: application/json' \
     -d 'grant_type=authorization_code&amp;code=wa1YuQMff2ZXEAu2ZBHLpJRQXcGZdr
         &amp;redirect_uri=https%3A%2F%2Fapp.getpostman.com%2Foauth2%2Fcallback&amp;client_id=af615c2d3a'";

/// The endpoints that the guide describes without a command.
const DESCRIBED: &str = r"curl -X POST https://{your frappe instance}/api/method/frappe.integrations.oauth2.{method} \
     -H 'Content-Type: application/x-www-form-urlencoded'";

/// What nobody could paste as it is printed.
const SLIPS: [(&str, &str); 4] = [
    // The line breaks off.
    ("'response_type=code'\n", "'response_type=code' \\\n"),
    // --data-urlencode encodes once more.
    ("openid%20all", "openid all"),
    // Markup, and a line break inside the quotes.
    ("\n         &amp;", "&amp;"),
    ("&amp;", "&"),
];

const METHODS: &str = "/api/method/frappe.integrations.oauth2.";

/// What a client has, and what it adds to the guide.
struct Client {
    id: String,
    secret: Option<String>,
    /// Behind the printed arguments of `authorize`.
    challenge: String,
    /// Behind those of `get_token`.
    proof: String,
}

/// A program that serves, its user `ada` and a terminal with cookies.
struct Guide {
    place: Place,
    serving: Serving,
}

impl Guide {
    /// The clients are there when it starts, so that its log has something to say of them.
    fn begin(clients: &[&[&str]]) -> (Self, Vec<Client>) {
        let place = Place::new();
        let ada = [
            "user",
            "create",
            "ada",
            "--email",
            "ada@example.com",
            "--full-name",
            "Ada Lovelace",
            "--role",
            "Accountant",
            "--password-stdin",
        ];
        place.run_with_input(&ada, PASSWORD.as_bytes()).done();
        let clients = clients
            .iter()
            .map(|options| Client::make(&place, options))
            .collect();
        let log = File::create(place.file("log")).unwrap();
        let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
        let serving = Serving::start_with_stderr(&mut command, Stdio::from(log)).unwrap();
        (Self { place, serving }, clients)
    }

    fn url(&self) -> String {
        format!("http://{}", self.serving.address)
    }

    /// What a command of the guide answers, shell and its quoting included.
    fn run(&self, printed: &str, arguments: &str) -> Answer {
        let mut line = printed.to_owned();
        for (slip, mended) in SLIPS {
            line = line.replace(slip, mended);
        }
        let line = line
            .replace("https://{your frappe instance}", &self.url())
            .replace("curl ", "curl -sS -i -b jar -c jar ");
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &format!("{line} {arguments}")])
            .current_dir(self.place.file("."));
        parse(&output_of(&mut shell))
    }

    /// A page that a browser opens.
    fn open(&self, location: &str) -> Answer {
        let path = location.strip_prefix(&self.url()).unwrap_or(location);
        let url = format!("'{}{path}'", self.url());
        self.run("curl -H 'Accept: text/html'", &url)
    }

    /// A form of such a page.
    fn submit(&self, form: &Form, filled: &[(&str, &str)]) -> Answer {
        let form = filled
            .iter()
            .fold(form.clone(), |form, (name, value)| form.with(name, value));
        let fields = form.pairs();
        let arguments = format!("-d '{}' '{}{}'", encode(&fields), self.url(), form.action);
        self.run("curl -H 'Accept: text/html'", &arguments)
    }

    /// `authorize`, by POST as it is printed.
    fn authorize(&self, client: &Client) -> Answer {
        self.authorize_by(AUTHORIZE, client)
    }

    fn authorize_by(&self, printed: &str, client: &Client) -> Answer {
        let printed = printed.replace("511cb2ac2d", &client.id);
        self.run(&printed, &client.challenge)
    }

    /// What a stranger goes through: a login on the page, and back to what was asked.
    fn log_in(&self, client: &Client) -> Answer {
        let sent = self.authorize(client);
        let login = sent.header("location").unwrap();
        assert!(login.contains("/login?redirect-to="), "{sent:?}");
        let page = self.open(login);
        assert!(page.text().contains("Log in"), "{page:?}");
        let filled = [("username", "ada"), ("password", PASSWORD)];
        let back = self.submit(&Form::on(&page), &filled);
        assert_eq!(back.status, 303, "{back:?}");
        self.open(back.header("location").unwrap())
    }

    /// What the client hears after a decision.
    fn decide(&self, page: &Answer, decision: &str) -> Callback {
        assert!(page.text().contains("app.getpostman.com"), "{page:?}");
        let form = Form::on(page);
        assert!(form.action.ends_with("approve"), "{form:?}");
        let answer = self.submit(&form, &[("decision", decision)]);
        Callback::of(&answer)
    }

    /// `get_token` as it is printed, and what else the client adds.
    fn get_token(&self, client: &Client, code: &str, more: &str) -> Answer {
        let printed = GET_TOKEN
            .replace("wa1YuQMff2ZXEAu2ZBHLpJRQXcGZdr", code)
            .replace("af615c2d3a", &client.id);
        self.run(&printed, &format!("{} {more}", client.proof))
    }

    /// An endpoint that is described only.
    fn described(&self, method: &str, arguments: &str) -> Answer {
        self.run(&DESCRIBED.replace("{method}", method), arguments)
    }

    fn get(&self, path: &str, token: &str) -> Answer {
        let arguments = format!("-H 'Authorization: Bearer {token}' {}{path}", self.url());
        self.run("curl ", &arguments)
    }
}

impl Client {
    fn make(place: &Place, options: &[&str]) -> Self {
        let create = [
            "client",
            "create",
            "Postman",
            "--redirect-uri",
            CALLBACK,
            "--redirect-uri",
            "https://app.getpostman.com/other",
        ];
        let made = place.json(&[&create, options].concat());
        let text = |member: &Value| member.as_str().map(ToOwned::to_owned);
        Self {
            id: text(&made["client_id"]).unwrap(),
            secret: text(&made["client_secret"]),
            challenge: String::new(),
            proof: String::new(),
        }
    }

    fn with_pkce(mut self, method: &str) -> Self {
        self.challenge = format!(
            "--data-urlencode 'code_challenge={CHALLENGE}' --data-urlencode 'code_challenge_method={method}'"
        );
        self.proof = format!("-d 'code_verifier={VERIFIER}'");
        self
    }

    /// As the guide's form has the id.
    fn with_secret_in_the_form(mut self) -> Self {
        self.proof = format!("-d 'client_secret={}'", self.secret.as_deref().unwrap());
        self
    }

    fn with_secret_by_basic(mut self) -> Self {
        self.proof = self.basic();
        self
    }

    fn basic(&self) -> String {
        let secret = self.secret.as_deref();
        secret.map_or_else(String::new, |secret| format!("-u '{}:{secret}'", self.id))
    }
}

/// What `curl -i` prints.
fn parse(said: &str) -> Answer {
    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let field = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    Answer {
        status: status.parse().unwrap(),
        headers: lines.map(field).collect(),
        body: body.as_bytes().to_vec(),
    }
}

/// From `authorize` to `revoke_token`.
fn follow(guide: &Guide, client: &Client) {
    // "If the user chooses to deny the request, you will receive an error in the redirected URI."
    let page = match guide.authorize(client) {
        page if page.status == 200 => page,
        _ => guide.log_in(client),
    };
    let denied = guide.decide(&page, "deny");
    assert_eq!(denied.location, CALLBACK);
    assert_eq!(denied.error(), "access_denied");
    assert_eq!(
        (denied.get("state"), denied.get("iss")),
        (Some("444"), Some(&*guide.url()))
    );

    // By GET, as the text has it, and by POST, as the command has it.
    let by_get = AUTHORIZE.replace("curl -X POST", "curl -G");
    let page = guide.authorize_by(&by_get, client);
    let callback = guide.decide(&page, "allow");
    assert_eq!(
        (&*callback.location, callback.get("state")),
        (CALLBACK, Some("444"))
    );
    let by_post = guide.authorize(client);
    // Only who proves who it is is not asked again.
    let second = match client.secret {
        Some(_) => Callback::parse(by_post.header("location").unwrap()),
        None => guide.decide(&by_post, "allow"),
    };
    let first = guide.get_token(client, callback.code(), "").json();
    let tokens = guide.get_token(client, second.code(), "");
    assert_eq!(tokens.status, 200, "{tokens:?}");
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    check_tokens(guide, client, &tokens.json());
    check_endpoints(guide, client, &tokens.json());
    // The other grant goes on.
    let other = first["access_token"].as_str().unwrap();
    assert_eq!(guide.get(LOGGED_USER, other).status, 200);
}

/// "a JSON object containing the access token, token type, expiration time, refresh token, scope, and ID token", which
/// "contains several claims including aud, iss, sub, roles, exp, and iat".
fn check_tokens(guide: &Guide, client: &Client, tokens: &Value) {
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["scope"], "openid all");
    assert!(tokens["refresh_token"].is_string() && tokens["access_token"].is_string());
    let claims = unverified_claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["aud"], json!(client.id));
    assert_eq!(claims["iss"], json!(guide.url()));
    assert_eq!(claims["roles"], json!(["Accountant"]));
    assert!(claims["sub"].is_string() && claims["iat"].is_u64());
    assert_eq!(claims["exp"], json!(claims["iat"].as_u64().unwrap() + 3600));
}

/// The rest of the guide, for one grant.
fn check_endpoints(guide: &Guide, client: &Client, tokens: &Value) {
    let text = |member: &str| tokens[member].as_str().unwrap().to_owned();
    let (access, refresh) = (text("access_token"), text("refresh_token"));
    assert_eq!(
        guide.get(LOGGED_USER, &access).json(),
        json!({ "message": "ada" })
    );

    let profile = guide
        .get(&format!("{METHODS}openid_profile"), &access)
        .json();
    let claims = unverified_claims(&text("id_token"));
    for (member, value) in [
        ("sub", &claims["sub"]),
        ("name", &json!("Ada Lovelace")),
        ("given_name", &json!("Ada")),
        ("family_name", &json!("Lovelace")),
        ("email", &json!("ada@example.com")),
        ("roles", &json!(["Accountant"])),
        ("iss", &json!(guide.url())),
    ] {
        assert_eq!(&profile[member], value, "{member}");
    }

    // "token_type_hint: access_token or refresh_token, defaults to access_token if nothing is provided"
    let shown = |token: &str, more: &str| {
        guide
            .described("introspect_token", &format!("-d 'token={token}' {more}"))
            .json()
    };
    for seen in [
        shown(&access, ""),
        shown(&access, "-d token_type_hint=access_token"),
        shown(&refresh, "-d token_type_hint=refresh_token"),
    ] {
        assert_eq!(seen["active"], true);
        assert_eq!(seen["client_id"], json!(client.id));
        assert_eq!(seen["scope"], "openid all");
        assert!(seen["exp"].is_u64(), "{seen}");
    }

    let revoke = format!("-d 'token={access}'");
    if client.secret.is_some() {
        let refused = guide.described("revoke_token", &revoke);
        assert_eq!(refused.member("error"), "invalid_client");
    }
    let revoked = guide.described("revoke_token", &format!("{revoke} {}", client.basic()));
    assert_eq!((revoked.status, revoked.text()), (200, "{}"), "{revoked:?}");
    assert_eq!(guide.get(LOGGED_USER, &access).status, 401);
    for token in [&access, &refresh] {
        assert_eq!(shown(token, ""), json!({ "active": false }));
    }
}

const LOGGED_USER: &str = "/api/method/frappe.auth.get_logged_user";

// SEED-F-4, SEED-F-5, SEED-F-6, SEED-F-7, SEED-F-8, SEED-F-9; A2, A4, T1, U1, I1, R1
#[test]
fn curl_follows_it_as_printed_for_a_client_that_may_leave_pkce_out() {
    let (guide, clients) = Guide::begin(&[&["--public", "--danger-allow-missing-pkce"]]);
    let client = &clients[0];
    follow(&guide, client);
    let log = guide.place.read("log");
    let warned = log.lines().any(|line| {
        line.contains("WARN") && line.contains("PKCE may be left out") && line.contains(&client.id)
    });
    assert!(warned, "{log}");

    // T5, FR-1: what binds its codes is the redirect URI.
    for wrong in ["", "&redirect_uri=https%3A%2F%2Fapp.getpostman.com%2Fother"] {
        let page = guide.authorize(client);
        let code = guide.decide(&page, "allow").code().to_owned();
        let form = format!(
            "-d 'grant_type=authorization_code&code={code}&client_id={}{wrong}'",
            client.id
        );
        let refused = guide.described("get_token", &form);
        assert_eq!(
            (refused.status, &*refused.member("error")),
            (400, "invalid_grant")
        );
        assert_eq!(guide.get_token(client, &code, "").status, 200);
    }
}

// FR-6, S8
#[test]
fn without_the_switch_a_public_client_must_use_pkce() {
    let (guide, clients) = Guide::begin(&[&["--public"]]);
    assert!(!guide.place.read("log").contains("PKCE"));
    for printed in [
        AUTHORIZE.to_owned(),
        AUTHORIZE.replace("curl -X POST", "curl -G"),
    ] {
        let answer = guide.authorize_by(&printed, &clients[0]);
        let refused = Callback::of(&answer);
        assert_eq!(
            (refused.error(), refused.get("state")),
            ("invalid_request", Some("444"))
        );
        assert_eq!(
            refused.get("error_description"),
            Some("code_challenge required")
        );
    }
}

// A7, S7, T12
#[test]
fn curl_follows_it_with_pkce_written_either_way() {
    let (guide, clients) = Guide::begin(&[&["--public"], &["--public"]]);
    for (client, method) in clients.into_iter().zip(["S256", "s256"]) {
        follow(&guide, &client.with_pkce(method));
    }
}

// S1, T2, T3
#[test]
fn curl_follows_it_with_a_secret_shown_either_way() {
    let (guide, mut clients) = Guide::begin(&[&[], &[]]);
    let second = clients.pop().unwrap().with_secret_by_basic();
    let first = clients.pop().unwrap().with_secret_in_the_form();
    for client in [first, second] {
        follow(&guide, &client);
        let callback = Callback::parse(guide.authorize(&client).header("location").unwrap());
        let code = callback.code();
        let nothing = Client {
            proof: String::new(),
            ..client
        };
        let refused = guide.get_token(&nothing, code, "");
        assert_eq!(
            (refused.status, &*refused.member("error")),
            (401, "invalid_client")
        );
    }
}

#[test]
fn requests_follows_it_for_every_client() {
    let kinds: [&[&str]; 3] = [
        &["--public", "--danger-allow-missing-pkce"],
        &["--public"],
        &[],
    ];
    let (guide, clients) = Guide::begin(&kinds);
    let script = [
        include_str!("oauth_flows/pages.py"),
        include_str!("oauth_guide/guide.py"),
    ];
    let script = script.join("\n");
    for (client, methods) in clients
        .iter()
        .zip([&["none"][..], &["S256", "s256"], &["none"]])
    {
        for method in methods {
            let secret = client.secret.as_deref().unwrap_or_default();
            let arguments = [&*guide.url(), PASSWORD, &client.id, secret, method];
            run_python(&script, "requests", &arguments);
        }
    }
}
