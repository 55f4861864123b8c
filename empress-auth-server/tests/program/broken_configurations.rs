//! OP-7: a hundred and more configurations that cannot be, each refused at the start with its key named, and before
//! anything was made.

use std::collections::BTreeSet;

use crate::support::Place;

/// Settings as a variable; the flag and the key of the file follow from it.
const VALUES: [(&str, &str, &[&str]); 38] = [
    (
        "DATABASE_URL",
        "--database",
        &[
            "",
            "auth.db",
            "sqlite:auth.db",
            "sqlite://",
            "sqlite://:memory:",
            "sqlite://a.db?mode=ro",
            "mysql://h/db",
            "postgres://h/db",
        ],
    ),
    ("MASTER_KEY_FILE", "--master-key-file", &["", "keys/"]),
    (
        "PASSWORD_MIN_LENGTH",
        "--password-min-length",
        &["", "7", "0", "-8", "65", "fifteen", "8.0", "+8"],
    ),
    (
        "LISTEN",
        "--listen",
        &[
            "",
            "8000",
            ":8000",
            "127.0.0.1",
            "127.0.0.1:",
            "127.0.0.1:65536",
            "example.com:80",
            "http://127.0.0.1:80",
        ],
    ),
    (
        "PUBLIC_URL",
        "--public-url",
        &[
            "",
            "auth.example",
            "ftp://auth.example",
            "https://a@b",
            "https://a/?b",
            "https://a/#b",
            "https://",
        ],
    ),
    (
        "TRUSTED_PROXIES",
        "--trusted-proxy",
        &[
            "10.0.0.1/8",
            "0.0.0.0/0",
            "*",
            "proxy.example",
            "10.0.0.0/33",
            "10.0.0.1;10.0.0.2",
        ],
    ),
    (
        "ADMIN_PASSWORD_FILE",
        "--admin-password-file",
        &["", "secrets/"],
    ),
    (
        "ACCESS_LOG",
        "--access-log",
        &["", "yes", "ALL", "errors,all"],
    ),
    ("LOG_FORMAT", "--log-format", &["", "xml", "JSON"]),
    (
        "LOG_LEVEL",
        "--log-level",
        &["", "loud", "empress_auth=loud"],
    ),
    (
        "REMEMBERED_CREDENTIALS",
        "--remembered-credentials",
        &["999", "1e6", "all"],
    ),
    (
        "MAX_CONNECTIONS",
        "--max-connections",
        &["", "0", "-1", "many", "1000001", "99999999999999999999"],
    ),
    (
        "MAX_CONNECTIONS_PER_ADDRESS",
        "--max-connections-per-address",
        &["0", "1e3"],
    ),
    (
        "HEAD_TIMEOUT",
        "--head-timeout",
        &["", "10", "0s", "1h", "soon", "-1s", "1.5s"],
    ),
    ("BODY_TIMEOUT", "--body-timeout", &["10", "0s", "16s"]),
    ("IDLE_TIMEOUT", "--idle-timeout", &["60", "0s", "2h"]),
    ("WRITE_TIMEOUT", "--write-timeout", &["30", "500ms", "11m"]),
    ("DRAIN_TIMEOUT", "--drain-timeout", &["20", "11m", "never"]),
    (
        "FRAPPE_GET_GENERATE_KEYS",
        "--frappe-get-generate-keys",
        &["", "on", "1", "True"],
    ),
    (
        "FRAPPE_SELF_SERVICE_KEYS",
        "--frappe-self-service-keys",
        &["no", "0"],
    ),
    (
        "FRAPPE_KEY_OVERLAP",
        "--frappe-key-overlap",
        &["1", "25h", "2d", "99999999999999999999h"],
    ),
    (
        "LOGIN_FAILURES_PER_ACCOUNT",
        "--login-failures-per-account",
        &["", "0", "1001", "-1", "ten"],
    ),
    (
        "LOGIN_FAILURES_PER_NETWORK",
        "--login-failures-per-network",
        &["0", "100001", "1e2"],
    ),
    (
        "LOGIN_IPV6_PREFIX",
        "--login-ipv6-prefix",
        &["", "64", "/65", "/32"],
    ),
    (
        "SESSION_LIFETIME",
        "--session-lifetime",
        &["", "7", "9m", "401d"],
    ),
    (
        "SESSION_IDLE_TIMEOUT",
        "--session-idle-timeout",
        &["0s", "9m", "never"],
    ),
    (
        "FRAPPE_DANGER_ADMINISTER_WITH_ACCESS_TOKEN",
        "--frappe-danger-administer-with-access-token",
        &["yes", "TRUE"],
    ),
    ("FRAPPE_EXC_MEMBER", "--frappe-exc-member", &["1", "off"]),
    (
        "FRAPPE_OPEN_INTROSPECTION",
        "--frappe-open-introspection",
        &["0", "closed"],
    ),
    (
        "FRAPPE_ID_TOKEN_USERINFO",
        "--frappe-id-token-userinfo",
        &["1", "False"],
    ),
    (
        "OAUTH_CODE_LIFETIME",
        "--oauth-code-lifetime",
        &["", "60", "9s", "11m"],
    ),
    (
        "OAUTH_ACCESS_TOKEN_LIFETIME",
        "--oauth-access-token-lifetime",
        &["3600", "59s", "25h"],
    ),
    (
        "OAUTH_ID_TOKEN_LIFETIME",
        "--oauth-id-token-lifetime",
        &["59s", "2d"],
    ),
    (
        "OAUTH_REFRESH_TOKEN_LIFETIME",
        "--oauth-refresh-token-lifetime",
        &["9m", "366d", "for ever"],
    ),
    (
        "OAUTH_GRANT_LIFETIME",
        "--oauth-grant-lifetime",
        &["9m", "1826d"],
    ),
    (
        "OAUTH_ID_TOKEN_ALG",
        "--oauth-id-token-alg",
        &["", "none", "HS256", "rs256"],
    ),
    (
        "OAUTH_ACCESS_TOKEN_ALG",
        "--oauth-access-token-alg",
        &["none", "HS256", "PS256"],
    ),
    (
        "OAUTH_RESOURCES",
        "--oauth-resource",
        &["a.example", "https://a.example/#b"],
    ),
];

/// Every setting that there is has its line above.
#[test]
fn no_setting_is_left_out() {
    let documented = include_str!("../../../docs/configuration.md");
    let rows = documented.lines().filter(|line| line.starts_with("| `"));
    let settings: BTreeSet<&str> = rows
        .filter_map(|row| {
            row.split('`')
                .find_map(|word| word.strip_prefix("EMPRESS_"))
        })
        .collect();
    let tried: BTreeSet<&str> = VALUES.iter().map(|(name, ..)| *name).collect();
    assert_eq!(tried, settings);
}

const FILES: [(&str, &str); 30] = [
    ("listne = \"127.0.0.1:8000\"", "listne"),
    ("Listen = \"127.0.0.1:8000\"", "Listen"),
    ("listen = 8000", "listen"),
    ("listen = [\"127.0.0.1:8000\"]", "listen"),
    (
        "listen = \"127.0.0.1:8000\"\nlisten = \"127.0.0.1:8001\"",
        "line 2",
    ),
    ("listen = ", "line 1"),
    ("listen", "line 1"),
    ("= 1", "line 1"),
    ("\n\n[frappe", "line 3"),
    ("[frape]\nexc_member = true", "frape.exc_member"),
    ("[frape]", "frape"),
    ("[frappe]\nexc = true", "frappe.exc"),
    ("[frappe]\nexc_member = \"true\"", "frappe.exc_member"),
    ("[frappe]\nexc_member = 1", "frappe.exc_member"),
    ("[frappe]\nkey_overlap = 3600", "frappe.key_overlap"),
    ("[frappe]\nkey_overlap = \"25h\"", "frappe.key_overlap"),
    ("frappe = true", "frappe"),
    ("frappe_exc_member = true", "frappe_exc_member"),
    ("max_connections = \"100\"", "max_connections"),
    ("max_connections = 100.0", "max_connections"),
    ("max_connections = -1", "max_connections"),
    ("idle_timeout = 60", "idle_timeout"),
    ("trusted_proxies = \"10.0.0.0/8\"", "trusted_proxies"),
    ("trusted_proxies = [10]", "trusted_proxies"),
    (
        "[oauth]\nresources = \"https://a.example/\"",
        "oauth.resources",
    ),
    ("[oauth]\nresources = [\"a.example\"]", "oauth.resources"),
    (
        "[oauth]\nresources = [\"https://a.example/#b\"]",
        "oauth.resources",
    ),
    ("trusted_proxies = [\"0.0.0.0/1\"]", "trusted_proxies"),
    (
        "master_key = \"0000000000000000000000000000000000000000000000000000000000000000\"",
        "master_key",
    ),
    ("[listen]\naddress = \"127.0.0.1\"", "listen.address"),
];

#[test]
fn each_is_refused_at_the_start_with_its_key_named() {
    let place = Place::new();
    let mut tried = 0;
    let mut expect = |arguments: &[&str], variables: &[(&str, &str)], named: &str| {
        tried += 1;
        let ran = place.run_with(arguments, variables);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (Some(2), ""),
            "{arguments:?} {variables:?}: {ran:?}"
        );
        let first = ran.stderr.lines().next().unwrap();
        assert!(
            first.contains(named),
            "{arguments:?} {variables:?}: {first}"
        );
        assert_eq!(place.names(), ["auth.toml"], "{arguments:?} {variables:?}");
    };
    place.write("auth.toml", "");
    for (name, flag, values) in VALUES {
        let variable = format!("EMPRESS_{name}");
        for value in values {
            expect(&["serve"], &[(&variable, value)], &variable);
            expect(&["serve", &format!("{flag}={value}")], &[], flag);
        }
    }
    for (text, named) in FILES {
        place.write("auth.toml", text);
        expect(&["serve", "--config", "auth.toml"], &[], named);
    }
    place.write("auth.toml", "");
    expect(&["serve", "--config", "nowhere.toml"], &[], "nowhere.toml");
    expect(&["serve", "--config", "."], &[], ".");
    expect(
        &["serve"],
        &[("EMPRESS_CONFIG", "nowhere.toml")],
        "nowhere.toml",
    );
    let key = ("EMPRESS_MASTER_KEY", "00");
    expect(
        &["serve", "--master-key-file", "key"],
        &[key],
        "EMPRESS_MASTER_KEY",
    );
    assert!(tried >= 100, "{tried}");
}

#[test]
fn a_file_that_is_no_text_is_refused() {
    let place = Place::new();
    std::fs::write(place.file("auth.toml"), b"listen = \"\xff\"").unwrap();
    let line = place.run(&["serve", "--config", "auth.toml"]).misused();
    assert!(line.contains("auth.toml"), "{line}");
}

#[test]
fn a_variable_that_is_no_text_is_refused() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let place = Place::new();
    let mut command = place.command(&["serve"]);
    let output = command
        .env("EMPRESS_LISTEN", OsStr::from_bytes(b"\xff"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        output.stderr.starts_with(b"error: EMPRESS_LISTEN: "),
        "{output:?}"
    );
}
