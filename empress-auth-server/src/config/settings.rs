//! Which settings are there? One table, of which flags, variables, keys of the file and the reference are made.

use super::Config;
use super::field::Field;

/// A setting: one value of [`Config`], with its three names.
pub(crate) struct Setting {
    /// Its key in the file; `frappe.key_overlap` is the key `key_overlap` of the table `frappe`.
    pub(crate) key: &'static str,
    /// Its flag, without `--`.
    pub(crate) flag: &'static str,
    /// Which commands have the flag; variable and key work for all.
    pub(crate) place: Place,
    /// The value, and what it can be.
    pub(crate) field: Field,
    /// What it does, in one sentence.
    pub(crate) help: &'static str,
}

/// Which commands a flag belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Everywhere,
    Serve,
}

impl Setting {
    /// Its environment variable.
    pub(crate) fn variable(&self) -> String {
        format!("EMPRESS_{}", self.key.replace('.', "_").to_uppercase())
    }

    /// What holds unless told; empty for nothing.
    pub(crate) fn default_text(&self) -> String {
        self.field.show(&mut Config::default())
    }
}

/// In the order of the reference.
pub(crate) const SETTINGS: &[Setting] = &[
    Setting {
        key: "database_url",
        flag: "database",
        place: Place::Everywhere,
        field: Field::Database(|config| &mut config.database),
        help: "The database; after two slashes a path from here, after three an absolute one",
    },
    Setting {
        key: "master_key_file",
        flag: "master-key-file",
        place: Place::Everywhere,
        field: Field::Path(|config| &mut config.master_key_file),
        help: "Where the master key lies, if not beside the database; made at the first start",
    },
    Setting {
        key: "password_min_length",
        flag: "password-min-length",
        place: Place::Everywhere,
        field: Field::Count(|config| &mut config.password_min_length, 8..=64),
        help: "How many characters a new password must have",
    },
    Setting {
        key: "listen",
        flag: "listen",
        place: Place::Serve,
        field: Field::Address(|config| &mut config.serve.listen),
        help: "Where to accept connections; there is no TLS, a proxy in front terminates it",
    },
    Setting {
        key: "public_url",
        flag: "public-url",
        place: Place::Serve,
        field: Field::Url(|config| &mut config.serve.public_url),
        help: "The URL that people use; its path comes before all paths, https makes cookies secure",
    },
    Setting {
        key: "trusted_proxies",
        flag: "trusted-proxy",
        place: Place::Serve,
        field: Field::Proxies(|config| &mut config.serve.trusted_proxies),
        help: "A proxy whose X-Forwarded-For and X-Request-Id are believed",
    },
    Setting {
        key: "admin_password_file",
        flag: "admin-password-file",
        place: Place::Serve,
        field: Field::Path(|config| &mut config.admin_password_file),
        help: "Holds the password that the Administrator gets at the first start",
    },
    Setting {
        key: "access_log",
        flag: "access-log",
        place: Place::Serve,
        field: Field::AccessLog(|config| &mut config.serve.access_log),
        help: "Which requests get a line in the log",
    },
    Setting {
        key: "log_format",
        flag: "log-format",
        place: Place::Serve,
        field: Field::LogFormat(|config| &mut config.log_format),
        help: "How the log on standard error is written; auto is text on a terminal and JSON elsewhere",
    },
    Setting {
        key: "log_level",
        flag: "log-level",
        place: Place::Serve,
        field: Field::LogLevels(|config| &mut config.log_levels),
        help: "How much is logged",
    },
    Setting {
        key: "remembered_credentials",
        flag: "remembered-credentials",
        place: Place::Serve,
        field: Field::Count(
            |config| &mut config.remembered_credentials,
            1_000..=100_000_000,
        ),
        help: "How many verified credentials are remembered, at about 300 bytes each",
    },
    Setting {
        key: "max_connections",
        flag: "max-connections",
        place: Place::Serve,
        field: Field::Count(|config| &mut config.serve.max_connections, 1..=1_000_000),
        help: "How many connections may be open; a quarter of them from one /24 of IPv4 or /48 of IPv6",
    },
    Setting {
        key: "max_connections_per_address",
        flag: "max-connections-per-address",
        place: Place::Serve,
        field: Field::Count(
            |config| &mut config.serve.max_connections_per_address,
            1..=1_000_000,
        ),
        help: "How many of them from one address, or one /64 of IPv6; proxies and this machine are not counted",
    },
    Setting {
        key: "head_timeout",
        flag: "head-timeout",
        place: Place::Serve,
        field: Field::Time(|config| &mut config.serve.timeouts.head, 1..=600),
        help: "How long the head of a request may take",
    },
    Setting {
        key: "body_timeout",
        flag: "body-timeout",
        place: Place::Serve,
        field: Field::Time(|config| &mut config.serve.timeouts.body, 1..=15),
        // The endpoints wait no longer, whoever calls them.
        help: "How long the body of a request may take",
    },
    Setting {
        key: "idle_timeout",
        flag: "idle-timeout",
        place: Place::Serve,
        field: Field::Time(|config| &mut config.serve.timeouts.idle, 1..=3_600),
        help: "How long a connection may wait for its next request",
    },
    Setting {
        key: "write_timeout",
        flag: "write-timeout",
        place: Place::Serve,
        field: Field::Time(|config| &mut config.serve.timeouts.write, 1..=600),
        help: "How long a client may take to read an answer",
    },
    Setting {
        key: "drain_timeout",
        flag: "drain-timeout",
        place: Place::Serve,
        field: Field::Time(|config| &mut config.serve.timeouts.drain, 0..=600),
        help: "How long requests under way may take when the program is told to stop",
    },
    Setting {
        key: "login_failures_per_account",
        flag: "login-failures-per-account",
        place: Place::Serve,
        field: Field::Count(
            |config| &mut config.serve.logins.failures_per_account,
            1..=1_000,
        ),
        help: "How often a minute an account may fail to log in from networks that are not its usual ones",
    },
    Setting {
        key: "login_failures_per_network",
        flag: "login-failures-per-network",
        place: Place::Serve,
        field: Field::Count(
            |config| &mut config.serve.logins.failures_per_network,
            1..=100_000,
        ),
        help: "How often a minute a network may fail to log in, over all accounts",
    },
    Setting {
        key: "login_ipv6_prefix",
        flag: "login-ipv6-prefix",
        place: Place::Serve,
        field: Field::Ipv6Prefix(|config| &mut config.serve.logins.ipv6_prefix),
        help: "How much of an IPv6 address is one network where failed logins are counted",
    },
    Setting {
        key: "session_lifetime",
        flag: "session-lifetime",
        place: Place::Serve,
        field: Field::Time(
            |config| &mut config.serve.logins.session_lifetime,
            600..=34_560_000,
        ),
        help: "How long a browser session lives, however much it is used",
    },
    Setting {
        key: "session_idle_timeout",
        flag: "session-idle-timeout",
        place: Place::Serve,
        field: Field::Time(
            |config| &mut config.serve.logins.session_idle_timeout,
            600..=34_560_000,
        ),
        help: "How long a browser session may be left alone",
    },
    Setting {
        key: "frappe.get_generate_keys",
        flag: "frappe-get-generate-keys",
        place: Place::Serve,
        field: Field::Switch(|config| &mut config.serve.switches.get_generate_keys),
        help: "Whether generate_keys answers GET, too, as Frappe's guides show it",
    },
    Setting {
        key: "frappe.self_service_keys",
        flag: "frappe-self-service-keys",
        place: Place::Serve,
        field: Field::Switch(|config| &mut config.serve.switches.self_service_keys),
        help: "Whether users may generate keys for themselves, not only System Managers for everybody",
    },
    Setting {
        key: "frappe.danger_administer_with_access_token",
        flag: "frappe-danger-administer-with-access-token",
        place: Place::Serve,
        field: Field::Switch(|config| {
            &mut config.serve.switches.danger_administer_with_access_token
        }),
        help: "Whether an application that a System Manager let in administers, too, as with Frappe",
    },
    Setting {
        key: "frappe.exc_member",
        flag: "frappe-exc-member",
        place: Place::Serve,
        field: Field::Switch(|config| &mut config.serve.switches.exc_member),
        help: "Whether errors in Frappe's shape have the member exc, by which its Python client finds them",
    },
    Setting {
        key: "frappe.key_overlap",
        flag: "frappe-key-overlap",
        place: Place::Serve,
        field: Field::Time(|config| &mut config.serve.switches.key_overlap, 0..=86_400),
        help: "How long an API secret that was replaced is good beside the new one",
    },
    Setting {
        key: "frappe.open_introspection",
        flag: "frappe-open-introspection",
        place: Place::Serve,
        field: Field::Switch(|config| &mut config.serve.provider.switches.open_introspection),
        help: "Whether introspect_token answers who does not authenticate, too, as Frappe's guide shows it",
    },
    Setting {
        key: "frappe.id_token_userinfo",
        flag: "frappe-id-token-userinfo",
        place: Place::Serve,
        field: Field::Switch(|config| &mut config.serve.provider.switches.id_token_userinfo),
        help: "Whether ID tokens carry what userinfo answers, too, as Frappe's do",
    },
    Setting {
        key: "oauth.code_lifetime",
        flag: "oauth-code-lifetime",
        place: Place::Serve,
        field: Field::Time(|config| &mut config.serve.provider.lifetimes.code, 10..=600),
        help: "How long an authorization code may take to be exchanged",
    },
    Setting {
        key: "oauth.access_token_lifetime",
        flag: "oauth-access-token-lifetime",
        place: Place::Serve,
        field: Field::Time(
            |config| &mut config.serve.provider.lifetimes.access_token,
            60..=86_400,
        ),
        help: "How long an access token is good",
    },
    Setting {
        key: "oauth.id_token_lifetime",
        flag: "oauth-id-token-lifetime",
        place: Place::Serve,
        field: Field::Time(
            |config| &mut config.serve.provider.lifetimes.id_token,
            60..=86_400,
        ),
        help: "How long an ID token is good",
    },
    Setting {
        key: "oauth.refresh_token_lifetime",
        flag: "oauth-refresh-token-lifetime",
        place: Place::Serve,
        field: Field::Time(
            |config| &mut config.serve.provider.lifetimes.refresh_token,
            600..=31_536_000,
        ),
        help: "How long a refresh token is good that nobody uses",
    },
    Setting {
        key: "oauth.grant_lifetime",
        flag: "oauth-grant-lifetime",
        place: Place::Serve,
        field: Field::Time(
            |config| &mut config.serve.provider.lifetimes.grant,
            600..=157_680_000,
        ),
        help: "How long a client may renew its tokens before the user is asked again",
    },
    Setting {
        key: "oauth.id_token_alg",
        flag: "oauth-id-token-alg",
        place: Place::Serve,
        field: Field::SigningAlg(|config| &mut config.serve.provider.signing_algs.id_token),
        help: "What ID tokens are signed with, unless a client asks for another",
    },
    Setting {
        key: "oauth.access_token_alg",
        flag: "oauth-access-token-alg",
        place: Place::Serve,
        field: Field::SigningAlg(|config| &mut config.serve.provider.signing_algs.access_token),
        help: "What access tokens that are JWTs are signed with",
    },
    Setting {
        key: "oauth.resources",
        flag: "oauth-resource",
        place: Place::Serve,
        field: Field::Resources(|config| &mut config.serve.provider.resources),
        help: "What clients may name as resource (RFC 8707), this server included; anything unless set",
    },
];
