//! Where clients and operators put secrets, rightly or by mistake.

use empress_auth_core::endpoint::Endpoints;
use empress_auth_core::{MasterKey, MemoryStore};
use empress_auth_oauth::Provider;
use empress_auth_tests::{Connection, Cookie, PlainPages, Request, basic};
use serde_json::{Value, json};

use super::provider;
use super::watched::Watched;

/// Commands whose answer shows a secret; in JSON alone it is known which part of it that is.
const MAKING: [&str; 4] = [
    "keys generate eve --json",
    "token create eve --json",
    "token create eve --drf --json",
    "execute frappe.core.doctype.user.user.generate_keys --args eve",
];

/// Commands that tell something of what there is, or withdraw it.
const TELLING: [&str; 18] = [
    "user list",
    "user show eve",
    "user change eve --full-name Eve",
    "user disable eve",
    "user enable eve",
    "user add-role eve Manager",
    "user remove-role eve Manager",
    "keys show eve",
    "keys revoke eve",
    "token list",
    "token list eve",
    "token revoke-all eve",
    "user delete eve",
    "migrate",
    "backup copy.db",
    "doctor",
    "completions bash",
    "help-settings",
];

/// Runs every command, with secrets where they belong and where they do not.
pub(super) fn commands(watched: &mut Watched) {
    let first = watched.place.read("empress-auth.db.initial-password");
    watched.secrets.add("the first password", first.trim());
    assert!(watched.serving.logs_in("Administrator", first.trim()));

    let password = watched.canary("a password on standard input");
    let create = ["user", "create", "eve", "--password-stdin", "--json"];
    watched.run(&create, &password).done();
    let set_password = ["user", "set-password", "eve", "--password-stdin"];
    let password = watched.canary("a changed password");
    watched.run(&set_password, &password).done();
    for password in [
        watched.canary("a short password")[..10].to_owned(),
        watched.canary("a password of two lines") + "\nand more\n",
        watched.canary("a long password").repeat(200),
    ] {
        watched.run(&set_password, &password);
    }
    for line in MAKING {
        watched.run(&words(line), "").done();
    }
    let made = watched.run(&["token", "create", "eve", "--json"], "");
    // Half of its users take it for the id.
    let token = member(&made.json(), "token");
    watched.run(&["token", "revoke", &token], "").misused();
    for line in TELLING {
        watched.run(&words(line), "");
        watched.run(&[&words(line)[..], &["--json"]].concat(), "");
    }
    misconfigured(watched);
}

/// Starts it with secrets in settings that cannot be.
fn misconfigured(watched: &mut Watched) {
    let url = format!(
        "postgres://ada:{}@host/db",
        watched.canary("a URL's password")
    );
    let weak = &watched.canary("a first password")[..10].to_owned();
    watched.place.write("weak.txt", weak);
    watched
        .place
        .write("unfinished.toml", &format!("database_url = \"{url}\n"));
    let key = watched.canary("a master key");
    watched
        .place
        .write("unknown.toml", &format!("master_key = \"{key}\"\n"));
    let other_key = "0123456789abcdef".repeat(4);
    let list = ["user", "list"];
    let serve = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--database",
        "sqlite://other.db",
    ];
    let derive = ["token", "create", "Administrator", "--drf", "--json"];
    for (arguments, variable, value) in [
        (&["user", "list", "--database", &url][..], "LANG", "C"),
        (&list, "EMPRESS_DATABASE_URL", &*url),
        (&list, "EMPRESS_DATABASE_URL", &key),
        (&list, "EMPRESS_CONFIG", "unfinished.toml"),
        (&list, "EMPRESS_CONFIG", "unknown.toml"),
        (&derive, "EMPRESS_MASTER_KEY", &key),
        (&derive, "EMPRESS_MASTER_KEY", &other_key),
        (&["serve"], "EMPRESS_LISTEN", &key),
        (&serve, "EMPRESS_MASTER_KEY", &key),
        (&serve, "EMPRESS_ADMIN_PASSWORD_FILE", "weak.txt"),
    ] {
        let ran = watched.place.run_with(arguments, &[(variable, value)]);
        assert_ne!(ran.code, Some(0), "{arguments:?} {variable}");
        watched.note(&format!("{arguments:?} with {variable}"), &ran);
    }
}

/// What is shown to every endpoint.
pub(super) struct Shown {
    /// In the field `Authorization`.
    authorization: String,
    /// Everywhere else.
    secret: String,
}

/// Has every kind of credential made by every endpoint that makes one, and uses each of them.
pub(super) fn endpoints_that_make(watched: &mut Watched) -> Vec<Shown> {
    let operator = watched.run(&["token", "create", "Administrator", "--json"], "");
    let operator = format!("Bearer {}", member(&operator.json(), "token"));
    let first = watched.canary("a password over HTTP");
    let password = watched.canary("a password changed over HTTP");
    let grace = json!({ "name": "grace", "password": first, "roles": ["System Manager"] });
    for (request, body) in [
        (Request::post("/api/v1/users"), grace),
        (
            Request::new("PATCH", "/api/v1/users/grace"),
            json!({ "password": password }),
        ),
    ] {
        let request = with_json(request.authorization(&operator), &body);
        assert!(watched.send(&request).status < 300);
    }
    let mut shown = Vec::new();

    let login = json!({ "usr": "grace", "pwd": password });
    let form = format!("cmd=login&usr=grace&pwd={password}");
    let mut session = String::new();
    for request in [
        with_json(Request::post("/api/method/login"), &login),
        with_json(Request::post("/api/v2/method/login"), &login),
        Request::post("/").body("application/x-www-form-urlencoded", form),
    ] {
        let answer = watched.send(&request);
        assert_eq!(answer.status, 200, "{answer:?}");
        session = Cookie::named("sid", &answer).value;
    }
    shown.push(Shown::of(format!("Bearer {session}"), &session));

    let obtain = json!({ "username": "grace", "password": password });
    let obtain = with_json(Request::post("/api-token-auth/"), &obtain);
    let token = watched.send(&obtain).member("token");
    shown.push(Shown::of(format!("Token {token}"), &token));

    let create = with_json(
        Request::post("/api/v1/tokens"),
        &json!({ "name": "laptop" }),
    );
    for request in [
        create.clone().header("Cookie", format!("sid={session}")),
        create.authorization(format!("Token {token}")),
    ] {
        let made = watched.send(&request).member("token");
        shown.push(Shown::of(format!("Bearer {made}"), &made));
    }

    let rpc = "frappe.core.doctype.user.user.generate_keys?user=grace";
    for request in [
        Request::get(&format!("/api/method/{rpc}")),
        Request::post(&format!("/api/method/{rpc}")),
        Request::post(&format!("/api/v2/method/{rpc}")),
        Request::post("/api/v1/users/grace/keys"),
    ] {
        let made = watched.send(&request.authorization(&operator)).json();
        let made = ["message", "data"]
            .iter()
            .find_map(|name| made.get(name))
            .unwrap_or(&made);
        let (key, secret) = (member(made, "api_key"), member(made, "api_secret"));
        for authorization in [
            format!("token {key}:{secret}"),
            basic(format!("{key}:{secret}")),
        ] {
            shown.push(Shown::of(authorization, &secret));
        }
    }
    let secret = watched.canary("a wrong secret");
    for authorization in [
        format!("Token {secret}"),
        format!("Bearer emp_pat_{secret}"),
        format!("token 0123456789abcde:{secret}"),
        basic(format!("grace:{secret}")),
        basic(&secret),
        format!("Digest username=grace, response={secret}"),
        secret.clone(),
        format!("Bearer {secret}, Bearer {secret}"),
    ] {
        shown.push(Shown::of(authorization, &secret));
    }
    shown.extend(provider::tour(watched, "grace", &password));
    shown.push(Shown::of(operator.clone(), &operator["Bearer ".len()..]));
    shown.push(Shown::of(basic(format!("grace:{password}")), &password));
    shown
}

impl Shown {
    pub(super) fn of(authorization: String, secret: &str) -> Self {
        Self {
            authorization,
            secret: secret.to_owned(),
        }
    }
}

/// Puts all of them wherever a request has a place, and sends that to every route.
pub(super) fn every_endpoint(watched: &mut Watched, shown: &[Shown]) {
    let endpoints = Endpoints::new(MemoryStore::new());
    let master_key = MasterKey::from_bytes([7; 32]);
    let url = "http://auth.example".parse().unwrap();
    let provider = Provider::new(MemoryStore::new(), url, master_key);
    let routes = [
        endpoints.all(),
        endpoints.frappe_root(),
        provider.routes(),
        provider.browser_routes(PlainPages),
    ]
    .concat();
    // Of an OAuth method, one of the six places where Frappe has it.
    let is_another = |path: &str| path.contains(".oauth2.") && !is_first_place(path);
    let mut targets: Vec<(String, String)> = routes
        .iter()
        .filter(|route| !is_another(route.path()))
        .map(|route| (route.method().to_string(), route.path().to_owned()))
        .collect();
    for path in ["/", "/healthz", "/readyz", "/metrics", "/nowhere/{id}"] {
        targets.push(("GET".to_owned(), path.to_owned()));
    }
    // Last, because it ends what is shown.
    targets.sort_by_key(|(_, path)| path.contains("logout"));
    for (method, path) in &targets {
        for shown in shown {
            for request in requests(method, path, shown) {
                watched.send(&request);
            }
        }
    }
    for Shown { secret, .. } in shown {
        for request in [
            format!("GET /{secret}\0 HTTP/1.1\r\nHost: {secret}\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nHost: {secret}\r\nHost: {secret}\r\n\r\n"),
            format!("{secret}\r\n\r\n"),
        ] {
            let mut connection = Connection::open(watched.serving.address);
            connection.write(request.as_bytes());
            let told = connection.until_closed();
            watched.told("a malformed request", told);
        }
    }
    for Shown { authorization, .. } in shown {
        let metrics = Request::get("/metrics").authorization(authorization);
        watched.send(&metrics);
    }
}

fn is_first_place(path: &str) -> bool {
    path.starts_with("/api/method/") && !path.ends_with('/')
}

fn requests(method: &str, path: &str, shown: &Shown) -> [Request; 4] {
    let Shown {
        authorization,
        secret,
    } = shown;
    let path = path.replace("{name}", secret).replace("{id}", secret);
    // Not `user`: Frappe tells the name of a user who is not there, and a name is no secret.
    let fields = [
        "token",
        "access_token",
        "sid",
        "password",
        "pwd",
        "usr",
        "username",
        "after",
        "code",
        "client_id",
        "client_secret",
        "code_verifier",
        "refresh_token",
        "request",
        "csrf_token",
    ];
    let form = fields.map(|field| format!("{field}={secret}")).join("&");
    let members = fields.map(|field| (field.to_owned(), Value::from(secret.as_str())));
    let json = Value::Object(members.into_iter().collect());
    [
        with_json(
            Request::new(method, &path).authorization(authorization),
            &json,
        ),
        Request::new(method, &format!("{path}?{form}"))
            .body("application/x-www-form-urlencoded", &form),
        Request::new(method, &path)
            .header("Cookie", format!("sid={secret}; other={secret}"))
            .header("X-Api-Key", secret)
            .header("X-Request-Id", secret)
            .header("X-Forwarded-For", secret)
            .header("Referer", format!("http://app.example/?token={secret}"))
            .header("User-Agent", secret)
            .body("text/plain", secret),
        Request::new(method, &path)
            .authorization(authorization)
            .body("application/json", format!("{{\"{secret}\": \"{secret}")),
    ]
}

fn with_json(request: Request, body: &Value) -> Request {
    request.body("application/json", body.to_string())
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn member(made: &Value, name: &str) -> String {
    made[name].as_str().unwrap().to_owned()
}
