//! What does the command line say? The flags are made from the table of settings.

use clap::builder::NonEmptyStringValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::settings::{Place, SETTINGS, Setting};

/// What stands over the flags of every command, so that a command's own stand together in its help.
pub(crate) const GLOBAL_HEADING: &str = "Options of every command";

/// Flags that were given, with their text as it was written.
#[derive(Default)]
pub(crate) struct Flags(Vec<(&'static str, Vec<String>)>);

impl Flags {
    /// What was written for the setting of this key.
    pub(crate) fn values(&self, key: &str) -> Option<&[String]> {
        let given = self.0.iter().find(|(name, _)| *name == key);
        given.map(|(_, values)| values.as_slice())
    }

    fn read(matches: &ArgMatches, place: Place) -> Self {
        let given = settings_of(place).filter_map(|setting| {
            let values = matches.get_many::<String>(setting.key)?;
            Some((setting.key, values.cloned().collect()))
        });
        Self(given.collect())
    }
}

/// The flags that every command has.
#[derive(Default)]
pub(crate) struct GlobalFlags(pub(crate) Flags);

/// The flags of `serve`.
#[derive(Default)]
pub(crate) struct ServeFlags(pub(crate) Flags);

impl FromArgMatches for GlobalFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(Flags::read(matches, Place::Everywhere)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for GlobalFlags {
    fn augment_args(command: Command) -> Command {
        add(command, Place::Everywhere)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ServeFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(Flags::read(matches, Place::Serve)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for ServeFlags {
    fn augment_args(command: Command) -> Command {
        add(command, Place::Serve)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn settings_of(place: Place) -> impl Iterator<Item = &'static Setting> {
    SETTINGS
        .iter()
        .filter(move |setting| setting.place == place)
}

fn add(command: Command, place: Place) -> Command {
    settings_of(place).fold(command, |command, setting| command.arg(arg(setting)))
}

fn arg(setting: &'static Setting) -> Arg {
    let arg = Arg::new(setting.key)
        .long(setting.flag)
        .value_name(setting.field.value_name())
        .value_parser(NonEmptyStringValueParser::new())
        .help(help(setting));
    let arg = match setting.place {
        Place::Everywhere => arg.global(true).help_heading(GLOBAL_HEADING),
        Place::Serve => arg,
    };
    if setting.field.is_list() {
        arg.action(ArgAction::Append)
    } else if setting.field.is_switch() {
        // `--flag` is `--flag=true`, and what follows after a blank is never taken for its value.
        arg.num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
    } else {
        arg
    }
}

fn help(setting: &Setting) -> String {
    let variable = setting.variable();
    match setting.default_text() {
        text if text.is_empty() => format!("{} [{variable}]", setting.help),
        text => format!("{} [{variable}; default: {text}]", setting.help),
    }
}
