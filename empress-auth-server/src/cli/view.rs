//! How are users and tokens shown? The members have the names of the REST answers.

use std::time::SystemTime;

use empress_auth_core::{ApiToken, User};
use jiff::Timestamp;
use serde::Serialize;

/// A user, for programs.
#[derive(Debug, Serialize)]
pub(super) struct UserView {
    id: Box<str>,
    username: Box<str>,
    email: Option<Box<str>>,
    full_name: Option<Box<str>>,
    enabled: bool,
    roles: Vec<Box<str>>,
    created_at: String,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            username: user.username,
            email: user.email,
            full_name: user.full_name,
            enabled: user.enabled,
            roles: user.roles,
            created_at: moment(user.created_at),
        }
    }
}

impl UserView {
    /// The titles of [`row`](Self::row).
    pub(super) const TITLES: [&'static str; 5] = ["NAME", "STATE", "E-MAIL", "ROLES", "MADE"];

    pub(super) fn row(&self) -> [String; 5] {
        [
            self.username.to_string(),
            self.state().to_owned(),
            text(self.email.as_deref()),
            self.roles.join(", "),
            self.created_at.clone(),
        ]
    }

    /// A line a member, for people.
    pub(super) fn lines(&self) -> String {
        lines(&[
            ("name", self.username.to_string()),
            ("id", self.id.to_string()),
            ("state", self.state().to_owned()),
            ("e-mail", text(self.email.as_deref())),
            ("full name", text(self.full_name.as_deref())),
            ("roles", self.roles.join(", ")),
            ("made", self.created_at.clone()),
        ])
    }

    pub(super) const fn state(&self) -> &'static str {
        if self.enabled { "enabled" } else { "disabled" }
    }
}

/// A token without its secret, for programs.
#[derive(Debug, Serialize)]
pub(super) struct TokenView {
    pub(super) id: String,
    user: Box<str>,
    kind: &'static str,
    name: Box<str>,
    scopes: Option<Vec<Box<str>>>,
    last4: Box<str>,
    created_at: String,
    created_by: Option<Box<str>>,
    pub(super) expires_at: Option<String>,
    idle_timeout_secs: Option<u64>,
    allowed_networks: Vec<String>,
    last_used_at: Option<String>,
}

impl From<ApiToken> for TokenView {
    fn from(token: ApiToken) -> Self {
        Self {
            id: token.id.to_string(),
            user: token.username,
            kind: token.form.as_str(),
            name: token.name,
            scopes: token.scopes.as_list().map(<[_]>::to_vec),
            last4: token.last4,
            created_at: moment(token.created_at),
            created_by: token.created_by,
            expires_at: token.expires_at.map(moment),
            idle_timeout_secs: token.idle_timeout.map(|timeout| timeout.as_secs()),
            allowed_networks: token.networks.iter().map(ToString::to_string).collect(),
            last_used_at: token.last_used_at.map(moment),
        }
    }
}

impl TokenView {
    /// The titles of [`row`](Self::row).
    pub(super) const TITLES: [&'static str; 8] = [
        "ID",
        "USER",
        "KIND",
        "NAME",
        "ENDS WITH",
        "SCOPES",
        "EXPIRES",
        "LAST USED",
    ];

    pub(super) fn row(&self) -> [String; 8] {
        [
            self.id.clone(),
            self.user.to_string(),
            self.kind.to_owned(),
            self.name.to_string(),
            self.last4.to_string(),
            self.scope_words(),
            self.expires_at
                .clone()
                .unwrap_or_else(|| "never".to_owned()),
            self.last_used_at
                .clone()
                .unwrap_or_else(|| "never".to_owned()),
        ]
    }

    fn scope_words(&self) -> String {
        match self.scopes.as_deref() {
            None => "all".to_owned(),
            Some([]) => "none".to_owned(),
            Some(scopes) => scopes.join(" "),
        }
    }
}

/// A moment as RFC 3339 text, in UTC and to the second.
pub(super) fn moment(moment: SystemTime) -> String {
    let moment = Timestamp::try_from(moment).unwrap_or(Timestamp::MAX);
    Timestamp::from_second(moment.as_second())
        .unwrap_or(moment)
        .to_string()
}

/// Names and values below each other.
pub(super) fn lines(members: &[(&str, String)]) -> String {
    let width = members
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let lines: Vec<String> = members
        .iter()
        .map(|(name, value)| {
            let value = if value.is_empty() { "–" } else { value };
            format!("{name:width$}  {}", crate::failure::one_line(value))
        })
        .collect();
    lines.join("\n")
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
