//! Where settings come from, and which place comes first.

use crate::support::{Place, Serving};

const PASSWORD: &str = "purple ladder seventeen";
const VARIABLE: (&str, &str) = ("EMPRESS_DATABASE_URL", "sqlite://variable.db");

/// Which database a run made.
fn made(place: &Place) -> Vec<String> {
    place
        .names()
        .into_iter()
        .filter(|name| name.ends_with(".db"))
        .collect()
}

#[test]
fn a_flag_comes_before_a_variable_before_the_file_before_the_default() {
    let makes = |line: &str, variable: Option<(&str, &str)>, database: &str| {
        let place = Place::new();
        place.write("auth.toml", "database_url = \"sqlite://file.db\"");
        let arguments: Vec<&str> = line.split(' ').collect();
        place.run_with(&arguments, variable.as_slice()).done();
        assert_eq!(made(&place), [database], "{line}");
    };
    let flag = "--database sqlite://flag.db";
    makes("migrate", None, "empress-auth.db");
    makes("migrate --config auth.toml", None, "file.db");
    makes("migrate", Some(("EMPRESS_CONFIG", "auth.toml")), "file.db");
    makes("migrate --config auth.toml", Some(VARIABLE), "variable.db");
    makes(
        &format!("migrate --config auth.toml {flag}"),
        Some(VARIABLE),
        "flag.db",
    );
    makes(&format!("{flag} migrate"), Some(VARIABLE), "flag.db");
}

#[test]
fn the_flag_that_names_the_file_comes_before_the_variable() {
    let place = Place::new();
    place.write("a.toml", "database_url = \"sqlite://a.db\"");
    place.write("b.toml", "database_url = \"sqlite://b.db\"");
    place
        .run_with(
            &["migrate", "--config", "a.toml"],
            &[("EMPRESS_CONFIG", "b.toml")],
        )
        .done();
    assert_eq!(made(&place), ["a.db"]);
}

#[test]
fn every_key_of_the_reference_is_one_of_the_file() {
    let place = Place::new();
    let file = r#"
        database_url = "sqlite://whole.db"
        master_key_file = "master.key"
        password_min_length = 12
        listen = "127.0.0.1:0"
        public_url = "https://example.com/auth"
        trusted_proxies = ["10.0.0.0/8", "::1"]
        admin_password_file = "admin.password"
        access_log = "all"
        log_format = "json"
        log_level = "warn,empress_auth=debug"
        remembered_credentials = 1000
        max_connections = 100
        max_connections_per_address = 10
        head_timeout = "5s"
        body_timeout = "5s"
        idle_timeout = "1m30s"
        write_timeout = "5s"
        drain_timeout = "0s"
        login_failures_per_account = 3
        login_failures_per_network = 30
        login_ipv6_prefix = "/56"
        session_lifetime = "1d"
        session_idle_timeout = "1h"

        [frappe]
        get_generate_keys = false
        self_service_keys = true
        danger_administer_with_access_token = true
        exc_member = false
        key_overlap = "1h"
        open_introspection = false
        id_token_userinfo = true

        [oauth]
        code_lifetime = "30s"
        access_token_lifetime = "10m"
        id_token_lifetime = "10m"
        refresh_token_lifetime = "7d"
        grant_lifetime = "30d"
        id_token_alg = "ES256"
        access_token_alg = "EdDSA"
        resources = ["https://api.example/", "urn:example:stock"]
    "#;
    place.write("auth.toml", file);
    place.run(&["migrate", "--config", "auth.toml"]).done();
    let page = place.run(&["help-settings"]).done().stdout;
    let rows = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let keys: Vec<&str> = rows
        .filter(|key| !key.starts_with("EMPRESS_") && !key.starts_with("--"))
        .collect();
    assert!(keys.len() > 15, "{keys:?}");
    for key in keys {
        let name = key.rsplit('.').next().unwrap();
        assert!(
            file.contains(&format!("{name} = ")),
            "{key} is not tried here"
        );
    }
}

#[test]
fn a_broken_place_is_noticed_though_a_stronger_one_overrides_it() {
    let place = Place::new();
    place.write("auth.toml", "listen = \"nowhere\"");
    let arguments = ["migrate", "--config", "auth.toml"];
    let line = place
        .run_with(&arguments, &[("EMPRESS_LISTEN", "127.0.0.1:1")])
        .misused();
    assert!(line.contains("listen in auth.toml"), "{line}");
}

#[test]
fn completions_and_help_work_with_a_broken_configuration() {
    let place = Place::new();
    let broken = [("EMPRESS_LISTEN", "nowhere")];
    place.run_with(&["completions", "bash"], &broken).done();
    place.run_with(&["--help"], &broken).done();
    place.run_with(&["user", "list"], &broken).misused();
}

#[test]
fn no_password_is_taken_from_the_command_line_or_repeated() {
    let place = Place::new();
    for url in [
        "postgres://ada:hunter2@host/db",
        "postgresql://host/db?password=hunter2",
        "mysql://ada:hunter2@host/db",
    ] {
        for arguments in [
            &["user", "list", "--database", url][..],
            &["--database", url, "serve"],
        ] {
            let line = place.run(arguments).misused();
            assert!(line.contains("--database"), "{line}");
            assert!(line.contains("EMPRESS_DATABASE_URL"), "{line}");
            assert!(!line.contains("hunter2"), "{line}");
        }
    }
    // Where it may be, it is not repeated either.
    let variable = [("EMPRESS_DATABASE_URL", "postgres://ada:hunter2@host/db")];
    let line = place.run_with(&["user", "list"], &variable).misused();
    assert!(line.contains("PostgreSQL is not supported"), "{line}");
    assert!(!line.contains("hunter2"), "{line}");
}

#[test]
fn the_limits_of_logins_and_sessions_are_obeyed() {
    let place = Place::with_users(&["ada"]);
    let set = ["user", "set-password", "ada", "--password-stdin"];
    place.run_with_input(&set, PASSWORD.as_bytes()).done();
    place.write(
        "auth.toml",
        "listen = \"127.0.0.1:0\"\nlogin_failures_per_account = 2",
    );
    let serving = Serving::start(&mut place.command(&["serve", "--config", "auth.toml"])).unwrap();
    let login = |password: &str| {
        let body = format!("{{\"usr\":\"ada\",\"pwd\":\"{password}\"}}");
        let head = "POST /api/method/login HTTP/1.1\r\nContent-Type: application/json";
        serving.request(head, &body).0
    };
    assert_eq!(["guessed"; 3].map(login), [401, 401, 429]);
}
