//! `empress-auth execute`: the command of Frappe's guides, `bench execute METHOD --args "['USER']"`.

use clap::Args;
use empress_auth_core::is_username;
use serde::Serialize;
use zeroize::Zeroizing;

use super::keys;
use super::setup::Setup;
use crate::failure::Failure;

/// A method and its arguments.
#[derive(Args)]
pub(crate) struct ExecuteCommand {
    /// `frappe.core.doctype.user.user.generate_keys`
    method: String,
    /// The name of the user: "['USER']" as in the guides, or USER alone
    #[arg(long, value_name = "ARGS", allow_hyphen_values = true)]
    args: Option<String>,
}

/// What the method returns in Frappe.
#[derive(Serialize)]
struct Keys<'a> {
    api_key: &'a str,
    api_secret: &'a str,
}

impl ExecuteCommand {
    pub(super) async fn run(self, setup: &Setup) -> Result<(), Failure> {
        if !METHODS.contains(&self.method.as_str()) {
            return Err(Failure::usage(format!(
                "there is no method {}; there is {}",
                self.method, METHODS[0]
            )));
        }
        let user = self.args.as_deref().and_then(user).ok_or_else(|| {
            Failure::usage("--args: not the name of one user; write --args \"['USER']\"")
        })?;
        let made = keys::make(setup, &user).await?;
        let keys = Keys {
            api_key: made.api_key().as_str(),
            api_secret: made.api_secret().expose_secret(),
        };
        // One line of JSON, as `bench` prints it, whether --json is given or not.
        let mut line = Zeroizing::new(Vec::with_capacity(256));
        serde_json::to_writer(&mut *line, &keys)
            .map_err(|error| Failure::failed(error.to_string()))?;
        setup.output.answer_once(
            &keys,
            std::str::from_utf8(&line).unwrap_or_default(),
            keys::LOST,
        )
    }
}

/// One guide leaves the function's name out; nothing else can be meant.
const METHODS: [&str; 2] = [
    "frappe.core.doctype.user.user.generate_keys",
    "frappe.core.doctype.user.user",
];

/// The only argument: in Python's brackets, JSON's, or in brackets whose quotes a shell has eaten, or by itself.
fn user(args: &str) -> Option<String> {
    let args = args.trim();
    let user = match args.strip_prefix('[') {
        None => literal(args)?,
        Some(rest) => {
            let inside = rest.strip_suffix(']')?.trim();
            // Python allows a comma behind the last one.
            literal(inside.strip_suffix(',').unwrap_or(inside).trim_end())?
        }
    };
    is_username(&user).then_some(user)
}

/// A text in quotes, or bare.
fn literal(text: &str) -> Option<String> {
    let quote = text
        .chars()
        .next()
        .filter(|first| matches!(first, '\'' | '"'));
    let Some(quote) = quote else {
        // A comma would separate two arguments.
        let is_bare = !text.contains([',', '\'', '"', '[', ']', '\\']);
        return is_bare.then(|| text.to_owned());
    };
    let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
    if quote == '"' {
        return serde_json::from_str(text).ok();
    }
    // Neither a second text nor one of Python's escapes.
    (!inside.contains([quote, '\\'])).then(|| inside.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_argument_is_read_however_a_shell_leaves_it() {
        for (args, name) in [
            ("['ada']", "ada"),
            ("[\"ada\"]", "ada"),
            ("[ada]", "ada"),
            ("ada", "ada"),
            ("'ada'", "ada"),
            ("\"ada\"", "ada"),
            (" [ 'ada', ] ", "ada"),
            ("['ada@example.com']", "ada@example.com"),
            ("[ada@example.com]", "ada@example.com"),
            ("['a b']", "a b"),
            ("[a b]", "a b"),
            ("['Lovelace, Ada']", "Lovelace, Ada"),
            ("[\"O'Hara\"]", "O'Hara"),
            ("[\"\\u00c5sa\"]", "Åsa"),
            ("['Åsa']", "Åsa"),
        ] {
            assert_eq!(user(args).as_deref(), Some(name), "{args}");
        }
    }

    #[test]
    fn what_is_not_one_name_is_refused() {
        for args in [
            "",
            "[]",
            "['']",
            "[,]",
            "['ada', 'bob']",
            "[ada,bob]",
            "ada,bob",
            "['ada'",
            "ada]",
            "'ada",
            "ada'",
            "[['ada']]",
            "['a\\'b']",
            "{'user': 'ada'}x:",
            "['a/b']",
            "[\"ada\", \"bob\"]",
            "['ada' 'bob']",
        ] {
            assert_eq!(user(args), None, "{args}");
        }
    }
}
