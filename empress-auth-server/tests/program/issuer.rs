//! Who is the issuer? The public URL, and nobody who asks.

use serde_json::Value;

use crate::support::{Place, Serving};

fn metadata(serving: &Serving, path: &str) -> Value {
    let (status, body) = serving.request(&format!("GET {path} HTTP/1.1"), "");
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

const WELL_KNOWN: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

// S18
#[test]
fn without_a_public_url_it_is_the_address_of_this_machine() {
    let place = Place::new();
    let serving = place.serve();
    for path in WELL_KNOWN {
        // The helper says `Host: test`.
        let issuer = format!("http://{}", serving.address);
        assert_eq!(metadata(&serving, path)["issuer"], *issuer);
    }
}

#[test]
fn an_address_that_others_can_reach_needs_a_public_url() {
    let place = Place::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8000"] {
        let line = place.run(&["serve", "--listen", address]).misused();
        for part in ["public_url: not set", address, "--public-url https://"] {
            assert!(line.contains(part), "{line}");
        }
    }
    assert_eq!(place.names(), [""; 0], "nothing is made before");
    let url = "https://auth.example";
    let arguments = ["serve", "--listen", "0.0.0.0:0", "--public-url", url];
    let mut serving = Serving::start(&mut place.command(&arguments)).unwrap();
    // On whichever address it listens, this machine reaches it here.
    serving.address.set_ip([127, 0, 0, 1].into());
    assert_eq!(metadata(&serving, WELL_KNOWN[0])["issuer"], url);
}

// Where a login leads that came from nowhere.
#[test]
fn who_comes_by_is_told_where_it_is_below_the_path_of_the_public_url_too() {
    let place = Place::new();
    let url = "https://example.com/auth";
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--public-url", url];
    let serving = Serving::start(&mut place.command(&arguments)).unwrap();
    for path in ["/", "/auth", "/auth/"] {
        let (status, body) = serving.request(&format!("GET {path} HTTP/1.1"), "");
        assert_eq!(status, 200, "{path}: {body}");
        assert!(body.contains("GET /auth/api/v1/me."), "{path}: {body}");
    }
}

// AS-8414-1, OP-DISC-1
#[test]
fn an_issuer_with_a_path_is_found_below_it_and_by_the_root_of_its_host() {
    let place = Place::new();
    let issuer = "https://example.com/auth";
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--public-url", issuer];
    let serving = Serving::start(&mut place.command(&arguments)).unwrap();
    let paths = WELL_KNOWN
        .iter()
        .flat_map(|path| [format!("/auth{path}"), format!("{path}/auth")]);
    for path in paths {
        let metadata = metadata(&serving, &path);
        assert_eq!(metadata["issuer"], issuer, "{path}");
        let token = format!("{issuer}/oauth/token");
        assert_eq!(metadata["token_endpoint"], *token, "{path}");
    }
    for (path, status) in [
        ("/auth/login", 200),
        ("/auth/.well-known/jwks.json", 200),
        ("/auth/oauth/authorize", 400),
        ("/login", 404),
        ("/oauth/authorize", 404),
        ("/.well-known/openid-configuration", 404),
        ("/.well-known/jwks.json", 404),
    ] {
        let (answered, _) = serving.request(&format!("GET {path} HTTP/1.1"), "");
        assert_eq!(answered, status, "{path}");
    }
}

#[test]
fn a_client_that_is_forgiven_something_is_named_in_the_log_at_each_start() {
    let place = Place::new();
    let made = place.json(&[
        "client",
        "create",
        "Postman",
        "--public",
        "--danger-allow-missing-pkce",
        "--redirect-uri",
        "https://app.example/callback",
    ]);
    let id = made["client_id"].as_str().unwrap();
    let log = std::fs::File::create(place.file("log")).unwrap();
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    Serving::start_with_stderr(&mut command, log.into())
        .unwrap()
        .stopped();
    let log = place.read("log");
    let line = log.lines().find(|line| line.contains(id)).unwrap();
    assert!(line.contains("\"WARN\"") && line.contains("PKCE"), "{line}");
}

// OP-DISC-10
#[test]
fn an_issuer_without_tls_is_warned_of_and_one_with_it_names_https_alone() {
    for (url, is_warned) in [
        ("http://auth.example", true),
        ("http://localhost:8000", false),
        ("https://auth.example", false),
    ] {
        let place = Place::new();
        let log = std::fs::File::create(place.file("log")).unwrap();
        let arguments = ["serve", "--listen", "127.0.0.1:0", "--public-url", url];
        let mut command = place.command(&arguments);
        let serving = Serving::start_with_stderr(&mut command, log.into()).unwrap();
        let document = metadata(&serving, WELL_KNOWN[0]);
        for (name, value) in document.as_object().unwrap() {
            if name.ends_with("_endpoint") || name == "jwks_uri" {
                assert!(value.as_str().unwrap().starts_with(url), "{name}: {value}");
            }
        }
        serving.stopped();
        let warned = place.read("log").contains("the public URL is not https");
        assert_eq!(warned, is_warned, "{url}");
    }
}
