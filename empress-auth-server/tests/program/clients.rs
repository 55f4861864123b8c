//! `empress-auth client`.

use serde_json::{Value, json};

use crate::support::Place;

const CALLBACK: &str = "https://app.example/callback";

fn id(made: &Value) -> &str {
    made["client_id"].as_str().unwrap()
}

#[test]
fn a_made_client_is_answered_with_its_secret_and_shown_without() {
    let place = Place::new();
    let arguments = [
        "client",
        "create",
        "Invoices",
        "--redirect-uri",
        CALLBACK,
        "--redirect-uri",
        "http://127.0.0.1/callback",
        "--post-logout-redirect-uri",
        "https://app.example/",
        "--scope",
        "openid email",
        "--scope",
        "invoices:read",
        "--allowed-role",
        "Accountant",
        "--skip-consent",
        "--introspect-any",
        "--jwt-access-tokens",
        "--id-token-alg",
        "ES256",
    ];
    // The first command of all makes the database.
    let mut made = place.json(&arguments);
    let secret = made["client_secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("emp_cs_"), "{secret}");
    assert_eq!(id(&made).len(), 20);
    for (member, value) in [
        ("client_name", json!("Invoices")),
        ("public", json!(false)),
        (
            "redirect_uris",
            json!([CALLBACK, "http://127.0.0.1/callback"]),
        ),
        ("post_logout_redirect_uris", json!(["https://app.example/"])),
        ("scopes", json!(["openid", "email", "invoices:read"])),
        ("allowed_roles", json!(["Accountant"])),
        (
            "grant_types",
            json!(["authorization_code", "refresh_token", "client_credentials"]),
        ),
        (
            "token_endpoint_auth_methods",
            json!(["client_secret_basic", "client_secret_post"]),
        ),
        ("skip_consent", json!(true)),
        ("introspect_any", json!(true)),
        ("jwt_access_tokens", json!(true)),
        ("id_token_signed_response_alg", json!("ES256")),
        ("danger_allow_missing_pkce", json!(false)),
    ] {
        assert_eq!(made[member], value, "{member}");
    }
    made.as_object_mut().unwrap().remove("client_secret");
    assert_eq!(place.json(&["client", "list"]), json!([made]));
    assert_eq!(place.json(&["client", "show", id(&made)]), made);
    let shown = place.run(&["client", "show", id(&made)]).done().stdout;
    assert!(
        shown.contains("Invoices") && shown.contains(CALLBACK),
        "{shown}"
    );
    let list = place.run(&["client", "list"]).done().stdout;
    assert!(
        list.contains(id(&made)) && list.contains("confidential"),
        "{list}"
    );
    assert!(!shown.contains(&secret) && !list.contains(&secret));
}

#[test]
fn a_public_client_has_no_secret_and_no_tokens_of_its_own() {
    let place = Place::new();
    let made = place.json(&[
        "client",
        "create",
        "App",
        "--public",
        "--redirect-uri",
        CALLBACK,
        "--danger-allow-missing-pkce",
        "--danger-allow-plain-pkce",
        "--danger-allow-short-verifier",
    ]);
    assert_eq!(made.get("client_secret"), None);
    assert_eq!(made["public"], true);
    assert_eq!(made["token_endpoint_auth_methods"], json!([]));
    assert_eq!(
        made["grant_types"],
        json!(["authorization_code", "refresh_token"])
    );
    assert_eq!(made["danger_allow_missing_pkce"], true);
    assert_eq!(made["danger_allow_plain_pkce"], true);
    assert_eq!(made["danger_allow_short_verifier"], true);
    let text = place.run(&["client", "rotate-secret", id(&made)]).refused();
    assert!(text.contains("public"), "{text}");
    let text = place
        .run(&[
            "client",
            "create",
            "App",
            "--public",
            "--redirect-uri",
            CALLBACK,
        ])
        .done();
    assert!(text.stdout.contains("public client"), "{text:?}");
}

#[test]
fn the_secret_is_shown_to_people_once() {
    let place = Place::new();
    let arguments = ["client", "create", "Shop", "--redirect-uri", CALLBACK];
    let said = place.run(&arguments).done().stdout;
    assert_eq!(said.matches("emp_cs_").count(), 1, "{said}");
    assert!(said.contains("shown this once"), "{said}");
}

#[test]
fn who_forgets_the_redirect_uri_is_told_before_the_first_user_is() {
    let place = Place::new();
    let create = ["client", "create", "Shop"];
    for (more, is_told) in [
        (&[][..], true),
        (&["--public"], true),
        (&["--redirect-uri", CALLBACK], false),
        (&["--public", "--redirect-uri", CALLBACK], false),
        (&["--grant", "client_credentials"], false),
    ] {
        let said = place.run(&[&create[..], more].concat()).done().stdout;
        assert_eq!(
            said.contains("no redirect URI"),
            is_told,
            "{more:?}: {said}"
        );
    }
}

#[test]
fn a_client_is_changed_and_keeps_its_secret() {
    let place = Place::new();
    let made = place.json(&["client", "create", "Shop", "--redirect-uri", CALLBACK]);
    let id = id(&made);
    let changed = place.json(&[
        "client",
        "change",
        id,
        "--add-redirect-uri",
        "https://new.example/callback",
        "--remove-redirect-uri",
        CALLBACK,
        "--add-post-logout-redirect-uri",
        "https://new.example/",
        "--remove-scope",
        "all profile",
        "--add-scope",
        "offline_access",
    ]);
    let mut expected = made.clone();
    expected.as_object_mut().unwrap().remove("client_secret");
    expected["redirect_uris"] = json!(["https://new.example/callback"]);
    expected["post_logout_redirect_uris"] = json!(["https://new.example/"]);
    expected["scopes"] = json!(["openid", "email", "offline_access"]);
    assert_eq!(changed, expected);
    assert_eq!(place.json(&["client", "show", id]), expected);

    // Nothing to change is a slip, and so is what is not there.
    place.run(&["client", "change", id]).unparsed();
    let gone = ["client", "change", id, "--remove-redirect-uri", CALLBACK];
    let line = place.run(&gone).refused();
    assert!(
        line.contains(CALLBACK) && line.contains("does not have it"),
        "{line}"
    );
    let nobody = ["client", "change", "nobody", "--add-scope", "openid"];
    let line = place.run(&nobody).refused();
    assert!(line.contains("empress-auth client list"), "{line}");
}

#[test]
fn a_secret_is_replaced_and_a_client_deleted() {
    let place = Place::new();
    let made = place.json(&["client", "create", "Shop", "--redirect-uri", CALLBACK]);
    let rotated = place.json(&["client", "rotate-secret", id(&made)]);
    assert_eq!(id(&rotated), id(&made));
    assert_ne!(rotated["client_secret"], made["client_secret"]);
    let deleted = place.json(&["client", "delete", id(&made)]);
    assert_eq!(deleted, json!({ "client_id": id(&made), "deleted": true }));
    assert_eq!(place.json(&["client", "list"]), json!([]));
    for command in ["show", "rotate-secret", "delete"] {
        let line = place.run(&["client", command, id(&made)]).refused();
        assert!(line.contains("empress-auth client list"), "{line}");
    }
    let empty = place.run(&["client", "list"]).done().stdout;
    assert!(empty.contains("empress-auth client create"), "{empty}");
}

#[test]
fn one_grant_and_one_way_to_show_the_secret_can_be_chosen() {
    let place = Place::new();
    let made = place.json(&[
        "client",
        "create",
        "Robot",
        "--grant",
        "client_credentials",
        "--auth-method",
        "client_secret_post",
        "--scope",
        "invoices:read",
    ]);
    assert_eq!(made["grant_types"], json!(["client_credentials"]));
    assert_eq!(
        made["token_endpoint_auth_methods"],
        json!(["client_secret_post"])
    );
}

// O-24, O-25, P-18
#[test]
fn what_cannot_be_is_refused() {
    let place = Place::with_users(&["ada"]);
    for (arguments, why) in [
        (&["", "--redirect-uri", CALLBACK][..], "name"),
        (
            &["App", "--redirect-uri", "javascript:alert(1)"],
            "javascript",
        ),
        (&["App", "--redirect-uri", "data:text/html,x"], "data:"),
        (&["App", "--redirect-uri", "https://app.example/#a"], "#a"),
        (&["App", "--redirect-uri", "app.example"], "app.example"),
        (&["App", "--scope", "a\"b"], "scope"),
        (
            &[
                "App",
                "--public",
                "--skip-consent",
                "--redirect-uri",
                CALLBACK,
            ],
            "public",
        ),
        (
            &["App", "--public", "--grant", "client_credentials"],
            "public",
        ),
    ] {
        let line = place
            .run(&[&["client", "create"], arguments].concat())
            .refused();
        assert!(line.contains(why), "{arguments:?}: {line}");
    }
    for arguments in [
        &["App", "--grant", "password"][..],
        &["App", "--grant", "implicit"],
        &["App", "--auth-method", "none"],
        &["App", "--public", "--auth-method", "client_secret_basic"],
        &["App", "--id-token-alg", "none"],
        &[],
    ] {
        place
            .run(&[&["client", "create"], arguments].concat())
            .unparsed();
    }
    assert_eq!(place.json(&["client", "list"]), json!([]));
}

#[test]
fn a_running_server_knows_what_the_command_line_does() {
    let place = Place::new();
    let serving = place.serve();
    let made = place.json(&["client", "create", "Robot", "--scope", "invoices:read"]);
    let secret = made["client_secret"].as_str().unwrap();
    let body = |secret: &str| {
        format!(
            "grant_type=client_credentials&client_id={}&client_secret={secret}",
            id(&made)
        )
    };
    let head = "POST /oauth/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded";
    let ask = |secret: &str| serving.request(head, &body(secret));
    let (status, answer) = ask(secret);
    assert_eq!(status, 200, "{answer}");
    let rotated = place.json(&["client", "rotate-secret", id(&made)]);
    // What a command withdraws is refused within 100 ms.
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(ask(secret).0, 401);
    assert_eq!(ask(rotated["client_secret"].as_str().unwrap()).0, 200);
    let scopes = ["--add-scope=invoices:write", "--remove-scope=invoices:read"];
    let change = [&["client", "change", id(&made)], &scopes[..]].concat();
    place.run(&change).done();
    std::thread::sleep(std::time::Duration::from_millis(300));
    let (_, answer) = ask(rotated["client_secret"].as_str().unwrap());
    assert!(answer.contains(r#""scope":"invoices:write""#), "{answer}");
    place.run(&["client", "delete", id(&made)]).done();
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert_eq!(ask(rotated["client_secret"].as_str().unwrap()).0, 401);
}
