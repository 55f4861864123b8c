//! What does the configuration file say?

use std::fs;
use std::path::Path;

use toml::{Table, Value};

use super::error::ConfigError;

/// The leaves of a configuration file, each under its full key: `listen`, `frappe.key_overlap`.
#[derive(Debug, Default)]
pub(crate) struct File {
    name: String,
    leaves: Vec<(String, Value)>,
}

impl File {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => Self::parse(&name, &text),
            Err(error) => Err(ConfigError::new(name, error.to_string())),
        }
    }

    fn parse(name: &str, text: &str) -> Result<Self, ConfigError> {
        // The parser's own rendering quotes the line, and a password may be in it.
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map_or(1, |before| before.matches('\n').count() + 1);
            ConfigError::new(format!("{name}, line {line}"), error.message())
        })?;
        let mut leaves = Vec::new();
        collect("", &table, &mut leaves);
        Ok(Self {
            name: name.to_owned(),
            leaves,
        })
    }

    /// How errors call a key of this file.
    pub(crate) fn place(&self, key: &str) -> String {
        format!("{key} in {}", self.name)
    }

    /// The value of a key.
    pub(crate) fn value(&self, key: &str) -> Option<&Value> {
        let leaf = self.leaves.iter().find(|(name, _)| name == key);
        leaf.map(|(_, value)| value)
    }

    /// All keys, in the order of the alphabet.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.leaves.iter().map(|(key, _)| key.as_str())
    }
}

fn collect(prefix: &str, table: &Table, leaves: &mut Vec<(String, Value)>) {
    for (key, value) in table {
        let key = format!("{prefix}{key}");
        // An empty table is kept, so that a misspelt one is noticed.
        if let Value::Table(inner) = value
            && !inner.is_empty()
        {
            collect(&format!("{key}."), inner, leaves);
        } else {
            leaves.push((key, value.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_tables_are_joined_with_points() {
        let file = File::parse("f", "listen = 'x'\n[frappe]\nexc_member = false\n[empty]").unwrap();
        let keys: Vec<&str> = file.keys().collect();
        assert_eq!(keys, ["empty", "frappe.exc_member", "listen"]);
    }

    #[test]
    fn a_mistake_is_placed_without_showing_the_line() {
        let text = "listen = '127.0.0.1:1'\ndatabase_url = 'postgres://ada:hunter2@host/db\n";
        let error = File::parse("auth.toml", text).unwrap_err().to_string();
        assert!(error.starts_with("auth.toml, line 2: "), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
