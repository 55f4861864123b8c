//! What is the program to do? The configuration, from four places.
//!
//! 1. A flag on the command line decides.
//! 2. Else an environment variable, `EMPRESS_…`.
//! 3. Else a key of the file that `--config` or `EMPRESS_CONFIG` names.
//! 4. Else the default.
//!
//! All of it is read and checked before anything else happens: a mistake in a setting that is needed only later stops
//! the program at its start, too (OP-7). Secrets never come from the command line, where every user of the
//! machine can read them.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use empress_auth_core::CredentialMemory;
use empress_auth_core::password::PasswordPolicy;
use zeroize::Zeroizing;

use crate::database::{self, Database};
use crate::logging::LogFormat;
use crate::serve::ServeOptions;

pub(crate) mod duration;
mod error;
mod field;
mod file;
mod flags;
pub(crate) mod reference;
mod settings;
#[cfg(test)]
mod tests;

pub(crate) use self::error::ConfigError;
use self::file::File;
pub(crate) use self::flags::{Flags, GLOBAL_HEADING, GlobalFlags, ServeFlags};
use self::settings::{SETTINGS, Setting};

/// Everything that can be configured.
pub(crate) struct Config {
    pub(crate) database: Database,
    /// Where the master key lies, if not beside the database.
    pub(crate) master_key_file: Option<PathBuf>,
    /// The master key itself, which only a variable can hold.
    pub(crate) master_key: Option<Zeroizing<String>>,
    /// Where the first password of the Administrator comes from.
    pub(crate) admin_password_file: Option<PathBuf>,
    pub(crate) password_min_length: usize,
    /// How many verified credentials the store remembers while it serves.
    pub(crate) remembered_credentials: usize,
    pub(crate) log_format: LogFormat,
    /// `info`, or by target: `warn,empress_auth_core=debug`.
    pub(crate) log_levels: String,
    pub(crate) serve: ServeOptions,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: Database::default(),
            master_key_file: None,
            master_key: None,
            admin_password_file: None,
            password_min_length: 15,
            remembered_credentials: CredentialMemory::DEFAULT_CAPACITY,
            log_format: LogFormat::default(),
            log_levels: "info".to_owned(),
            serve: ServeOptions::default(),
        }
    }
}

/// Where a configuration is read from.
pub(crate) struct Sources<'a> {
    /// The flags of every command, and those of `serve`.
    pub(crate) flags: [&'a Flags; 2],
    /// What `--config` says.
    pub(crate) file: Option<PathBuf>,
    /// The environment.
    pub(crate) variable: &'a dyn Fn(&str) -> Option<OsString>,
}

impl Config {
    /// Reads and checks all settings.
    pub(crate) fn load(sources: &Sources<'_>) -> Result<Self, ConfigError> {
        let file = sources.file()?;
        if let Some(key) = file.keys().find(|key| !is_known(key)) {
            return Err(ConfigError::new(
                file.place(key),
                "there is no such setting; docs/configuration.md lists all",
            ));
        }
        let mut config = Self::default();
        for setting in SETTINGS {
            // What a stronger source overrides is checked all the same: it would fail on the day the other is gone.
            set_from_file(setting, &file, &mut config)?;
            sources.set_from_variable(setting, &mut config)?;
            sources.set_from_flags(setting, &mut config)?;
        }
        config.serve.password_policy = config.password_policy()?;
        config.master_key = sources.text(MASTER_KEY_VARIABLE)?.map(Zeroizing::new);
        if config.master_key.is_some() && config.master_key_file.is_some() {
            return Err(ConfigError::new(
                MASTER_KEY_VARIABLE,
                "a file for the master key is set, too; remove one of them",
            ));
        }
        Ok(config)
    }

    /// What is asked of new passwords.
    pub(crate) fn password_policy(&self) -> Result<PasswordPolicy, ConfigError> {
        PasswordPolicy::new()
            .with_min_code_points(self.password_min_length)
            .map_err(|error| ConfigError::new("password_min_length", error.to_string()))
    }
}

impl Sources<'_> {
    fn file(&self) -> Result<File, ConfigError> {
        let path = match &self.file {
            Some(path) => Some(path.clone()),
            None => self.text(CONFIG_VARIABLE)?.map(PathBuf::from),
        };
        path.map_or_else(|| Ok(File::default()), |path| File::read(&path))
    }

    fn set_from_variable(&self, setting: &Setting, config: &mut Config) -> Result<(), ConfigError> {
        let name = setting.variable();
        match self.text(&name)? {
            None => Ok(()),
            Some(text) => set(setting, config, &[text]).map_err(|why| ConfigError::new(name, why)),
        }
    }

    fn set_from_flags(&self, setting: &Setting, config: &mut Config) -> Result<(), ConfigError> {
        let given = self
            .flags
            .iter()
            .find_map(|flags| flags.values(setting.key));
        let Some(texts) = given else {
            return Ok(());
        };
        let place = format!("--{}", setting.flag);
        if setting.field.may_hold_password()
            && texts.iter().any(|text| database::shows_password(text))
        {
            return Err(ConfigError::new(
                place,
                format!(
                    "a password on the command line can be read by every user of this machine; put the URL into {}",
                    setting.variable()
                ),
            ));
        }
        set(setting, config, texts).map_err(|why| ConfigError::new(place, why))
    }

    fn text(&self, variable: &str) -> Result<Option<String>, ConfigError> {
        let value = (self.variable)(variable).map(OsString::into_string);
        value
            .transpose()
            .map_err(|_| ConfigError::new(variable, "not UTF-8"))
    }
}

fn set_from_file(setting: &Setting, file: &File, config: &mut Config) -> Result<(), ConfigError> {
    let Some(value) = file.value(setting.key) else {
        return Ok(());
    };
    let texts = setting.field.texts_of(value);
    texts
        .and_then(|texts| setting.field.set(config, &texts))
        .map_err(|why| ConfigError::new(file.place(setting.key), why))
}

/// Sets a value from text; the elements of a list may be separated by commas.
fn set(setting: &Setting, config: &mut Config, texts: &[String]) -> Result<(), String> {
    if !setting.field.is_list() {
        return setting.field.set(config, texts);
    }
    let elements: Vec<String> = texts
        .iter()
        .flat_map(|text| text.split(','))
        .map(|element| element.trim().to_owned())
        .filter(|element| !element.is_empty())
        .collect();
    setting.field.set(config, &elements)
}

fn is_known(key: &str) -> bool {
    SETTINGS.iter().any(|setting| setting.key == key)
}

/// The variables of this process that look like settings and are none, in the order of the alphabet.
pub(crate) fn unknown_variables() -> Vec<String> {
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut unknown: Vec<String> = names
        .filter(|name| name.starts_with("EMPRESS_") && !is_variable(name))
        .collect();
    unknown.sort_unstable();
    unknown
}

/// Whether an environment variable is one of ours.
fn is_variable(name: &str) -> bool {
    [CONFIG_VARIABLE, MASTER_KEY_VARIABLE].contains(&name)
        || SETTINGS.iter().any(|setting| setting.variable() == name)
}

/// Names the file; neither a key of the file nor a setting.
pub(crate) const CONFIG_VARIABLE: &str = "EMPRESS_CONFIG";

/// Holds the master key; a secret, so there is no flag of it.
pub(crate) const MASTER_KEY_VARIABLE: &str = "EMPRESS_MASTER_KEY";
