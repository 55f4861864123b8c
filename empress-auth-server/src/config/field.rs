//! What can a setting be, and where in the configuration does it lie?

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use empress_auth_core::PublicUrl;
use empress_auth_core::client_address::ClientAddress;
use empress_auth_core::limiter::Ipv6Prefix;
use empress_auth_core::network::Network;
use empress_auth_oauth::Resource;
use empress_auth_oauth::client::SigningAlg;
use toml::Value;

use super::{Config, duration};
use crate::database::Database;
use crate::logging::LogFormat;
use crate::serve::AccessLog;

/// The place of a value in the configuration.
type At<T> = fn(&mut Config) -> &mut T;

/// A value: its kind, its place and its limits.
pub(super) enum Field {
    Database(At<Database>),
    Address(At<SocketAddr>),
    Url(At<Option<PublicUrl>>),
    Path(At<Option<PathBuf>>),
    Proxies(At<Vec<Network>>),
    Resources(At<Vec<Resource>>),
    Time(At<Duration>, RangeInclusive<u64>),
    Count(At<usize>, RangeInclusive<usize>),
    Switch(At<bool>),
    Ipv6Prefix(At<Ipv6Prefix>),
    SigningAlg(At<SigningAlg>),
    AccessLog(At<AccessLog>),
    LogFormat(At<LogFormat>),
    LogLevels(At<String>),
}

impl Field {
    /// Reads the value and puts it in its place.
    pub(super) fn set(&self, config: &mut Config, texts: &[String]) -> Result<(), String> {
        match self {
            Self::Database(at) => *at(config) = Database::parse(one(texts)?).map_err(said)?,
            Self::Address(at) => *at(config) = address(one(texts)?)?,
            Self::Url(at) => *at(config) = Some(one(texts)?.parse().map_err(said)?),
            Self::Path(at) => *at(config) = Some(path(one(texts)?)?),
            Self::Proxies(at) => *at(config) = proxies(texts)?,
            Self::Resources(at) => *at(config) = resources(texts)?,
            Self::Time(at, secs) => *at(config) = time(one(texts)?, secs)?,
            Self::Count(at, range) => *at(config) = count(one(texts)?, range)?,
            Self::Switch(at) => *at(config) = choice(one(texts)?, &SWITCH)?,
            Self::Ipv6Prefix(at) => *at(config) = choice(one(texts)?, &IPV6_PREFIX)?,
            Self::SigningAlg(at) => *at(config) = choice(one(texts)?, &SIGNING_ALG)?,
            Self::AccessLog(at) => *at(config) = choice(one(texts)?, &ACCESS_LOG)?,
            Self::LogFormat(at) => *at(config) = choice(one(texts)?, &LOG_FORMAT)?,
            Self::LogLevels(at) => *at(config) = log_levels(one(texts)?)?,
        }
        Ok(())
    }

    /// The value as [`set`](Self::set) reads it; empty for none.
    pub(super) fn show(&self, config: &mut Config) -> String {
        match self {
            Self::Database(at) => at(config).to_string(),
            Self::Address(at) => at(config).to_string(),
            Self::Url(at) => at(config)
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            Self::Path(at) => {
                let path = at(config).as_ref();
                path.map(|path| path.display().to_string())
                    .unwrap_or_default()
            }
            Self::Proxies(at) => {
                let networks: Vec<String> = at(config).iter().map(ToString::to_string).collect();
                networks.join(",")
            }
            Self::Resources(at) => {
                let resources: Vec<&str> = at(config).iter().map(Resource::as_str).collect();
                resources.join(",")
            }
            Self::Time(at, _) => duration::show(*at(config)),
            Self::Count(at, _) => at(config).to_string(),
            Self::Switch(at) => name_of(*at(config), &SWITCH),
            Self::Ipv6Prefix(at) => name_of(*at(config), &IPV6_PREFIX),
            Self::SigningAlg(at) => name_of(*at(config), &SIGNING_ALG),
            Self::AccessLog(at) => name_of(*at(config), &ACCESS_LOG),
            Self::LogFormat(at) => name_of(*at(config), &LOG_FORMAT),
            Self::LogLevels(at) => at(config).clone(),
        }
    }

    /// What a value of the file says, if it is of the type that the setting has.
    pub(super) fn texts_of(&self, value: &Value) -> Result<Vec<String>, String> {
        let text = match (self, value) {
            (Self::Proxies(_) | Self::Resources(_), Value::Array(elements)) => {
                let texts = elements
                    .iter()
                    .map(|element| element.as_str().map(str::to_owned));
                return texts
                    .collect::<Option<_>>()
                    .ok_or_else(|| self.wrong_type());
            }
            (Self::Count(..), Value::Integer(number)) => number.to_string(),
            (Self::Switch(_), Value::Boolean(on)) => on.to_string(),
            (Self::Count(..) | Self::Switch(_) | Self::Proxies(_) | Self::Resources(_), _) => {
                return Err(self.wrong_type());
            }
            (_, Value::String(text)) => text.clone(),
            (_, _) => return Err(self.wrong_type()),
        };
        Ok(vec![text])
    }

    /// What stands for the value in help texts.
    pub(super) const fn value_name(&self) -> &'static str {
        match self {
            Self::Database(_) | Self::Url(_) => "URL",
            Self::Resources(_) => "URI",
            Self::Address(_) => "ADDRESS",
            Self::Path(_) => "FILE",
            Self::Proxies(_) => "NETWORK",
            Self::Time(..) => "TIME",
            Self::Count(..) => "NUMBER",
            Self::Switch(_) => "true|false",
            Self::Ipv6Prefix(_) => "/64|/56|/48",
            Self::SigningAlg(_) => "RS256|ES256|EdDSA",
            Self::AccessLog(_) => "off|errors|all",
            Self::LogFormat(_) => "auto|text|json",
            Self::LogLevels(_) => "LEVEL",
        }
    }

    /// What it can be, in words, for the reference.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Database(_) => "`sqlite://PATH`".to_owned(),
            Self::Address(_) => "address and port".to_owned(),
            Self::Url(_) => "http or https URL".to_owned(),
            Self::Path(_) => "path of a file".to_owned(),
            Self::Proxies(_) => "addresses and networks".to_owned(),
            Self::Resources(_) => "absolute URIs without a fragment".to_owned(),
            Self::Time(_, secs) => {
                let [least, most] = [secs.start(), secs.end()]
                    .map(|secs| duration::show(Duration::from_secs(*secs)));
                format!("{least} to {most}")
            }
            Self::Count(_, range) => format!("{} to {}", range.start(), range.end()),
            Self::Switch(_) => "`true` or `false`".to_owned(),
            Self::Ipv6Prefix(_) => "`/64`, `/56` or `/48`".to_owned(),
            Self::SigningAlg(_) => "`RS256`, `ES256` or `EdDSA`".to_owned(),
            Self::AccessLog(_) => "`off`, `errors` or `all`".to_owned(),
            Self::LogFormat(_) => "`auto`, `text` or `json`".to_owned(),
            Self::LogLevels(_) => {
                "`off`, `error`, `warn`, `info`, `debug` or `trace`; by target: `warn,empress_auth=debug`".to_owned()
            }
        }
    }

    pub(super) const fn is_list(&self) -> bool {
        matches!(self, Self::Proxies(_) | Self::Resources(_))
    }

    pub(super) const fn is_switch(&self) -> bool {
        matches!(self, Self::Switch(_))
    }

    pub(super) const fn may_hold_password(&self) -> bool {
        matches!(self, Self::Database(_))
    }

    fn wrong_type(&self) -> String {
        let wanted = match self {
            Self::Count(..) => "a whole number",
            Self::Switch(_) => "true or false, without quotes",
            Self::Proxies(_) => "a list of texts, such as [\"10.0.0.0/8\"]",
            Self::Resources(_) => "a list of texts, such as [\"https://api.example.com/\"]",
            Self::Time(..) => "a text with a unit, such as \"30s\"",
            Self::Database(_)
            | Self::Address(_)
            | Self::Url(_)
            | Self::Path(_)
            | Self::Ipv6Prefix(_)
            | Self::SigningAlg(_)
            | Self::AccessLog(_)
            | Self::LogFormat(_)
            | Self::LogLevels(_) => "a text in quotes",
        };
        format!("must be {wanted}")
    }
}

/// The only text of a setting that is no list.
fn one(texts: &[String]) -> Result<&str, String> {
    match texts {
        [text] if !text.is_empty() => Ok(text),
        _ => Err("has no value; leave it out to get the default".to_owned()),
    }
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.strip_prefix("localhost:").map_or_else(
        || text.to_owned(),
        // Nothing is looked up: whether the name means ::1, too, is no question at the start of a server.
        |port| format!("127.0.0.1:{port}"),
    );
    text.parse().map_err(|_| {
        "not an address with its port, such as 127.0.0.1:8000 or [::1]:8000".to_owned()
    })
}

fn path(text: &str) -> Result<PathBuf, String> {
    if text.contains('\0') || text.ends_with('/') {
        return Err("not the path of a file".to_owned());
    }
    Ok(PathBuf::from(text))
}

fn proxies(texts: &[String]) -> Result<Vec<Network>, String> {
    let networks = texts.iter().map(|text| Network::from_str(text));
    let networks: Vec<Network> = networks.collect::<Result<_, _>>().map_err(said)?;
    ClientAddress::behind(networks.iter().copied()).map_err(said)?;
    Ok(networks)
}

fn resources(texts: &[String]) -> Result<Vec<Resource>, String> {
    let resources = texts.iter().map(|text| text.parse().map_err(said));
    resources.collect()
}

fn time(text: &str, secs: &RangeInclusive<u64>) -> Result<Duration, String> {
    let time = duration::parse(text)?;
    let [least, most] = [*secs.start(), *secs.end()].map(Duration::from_secs);
    if (least..=most).contains(&time) {
        return Ok(time);
    }
    let [least, most] = [least, most].map(duration::show);
    Err(format!("must be {least} to {most}"))
}

fn count(text: &str, range: &RangeInclusive<usize>) -> Result<usize, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text
        .parse()
        .ok()
        .filter(|number| is_number && range.contains(number));
    number.ok_or_else(|| {
        format!(
            "must be a whole number from {} to {}",
            range.start(),
            range.end()
        )
    })
}

/// A level, or several: one for all, others for parts of the program.
fn log_levels(text: &str) -> Result<String, String> {
    let is_level = |level: &str| LEVELS.contains(&level);
    let is_good = |part: &str| match part.split_once('=') {
        None => is_level(part),
        Some((target, level)) => is_target(target) && is_level(level),
    };
    if text.split(',').all(is_good) {
        Ok(text.to_owned())
    } else {
        Err(
            "must be off, error, warn, info, debug or trace, or by target: warn,empress_auth=debug"
                .to_owned(),
        )
    }
}

/// The path of a Rust module.
fn is_target(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.split("::")
        .all(|word| !word.is_empty() && word.bytes().all(is_word))
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

fn choice<T: Copy>(text: &str, names: &[(&str, T)]) -> Result<T, String> {
    let named = names.iter().find(|(name, _)| *name == text);
    named.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        format!("must be one of {}", names.join(", "))
    })
}

fn name_of<T: Copy + PartialEq>(value: T, names: &[(&str, T)]) -> String {
    let named = names.iter().find(|(_, named)| *named == value);
    named
        .map(|(name, _)| (*name).to_owned())
        .unwrap_or_default()
}

const SWITCH: [(&str, bool); 2] = [("true", true), ("false", false)];

const IPV6_PREFIX: [(&str, Ipv6Prefix); 3] = [
    ("/64", Ipv6Prefix::Slash64),
    ("/56", Ipv6Prefix::Slash56),
    ("/48", Ipv6Prefix::Slash48),
];

/// HS256 has no key that could be published: it is a matter of single clients.
const SIGNING_ALG: [(&str, SigningAlg); 3] = [
    (SigningAlg::Rs256.as_str(), SigningAlg::Rs256),
    (SigningAlg::Es256.as_str(), SigningAlg::Es256),
    (SigningAlg::EdDsa.as_str(), SigningAlg::EdDsa),
];

const ACCESS_LOG: [(&str, AccessLog); 3] = [
    ("off", AccessLog::Off),
    ("errors", AccessLog::Errors),
    ("all", AccessLog::All),
];

const LOG_FORMAT: [(&str, LogFormat); 3] = [
    ("auto", LogFormat::Auto),
    ("text", LogFormat::Text),
    ("json", LogFormat::Json),
];

fn said(error: impl std::error::Error) -> String {
    error.to_string()
}
