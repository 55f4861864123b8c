//! Which settings are there, in Markdown? `docs/configuration.md` is what this writes.

use super::settings::{SETTINGS, Setting};

/// The whole page.
pub(crate) fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for setting in SETTINGS {
        page += &row(setting);
    }
    page += TAIL;
    page
}

fn row(setting: &Setting) -> String {
    let default = match setting.default_text() {
        none if none.is_empty() => "–".to_owned(),
        text => format!("`{text}`"),
    };
    format!(
        "| `{}` | `--{}` | `{}` | {} | {default} | {} |\n",
        setting.key,
        setting.flag,
        setting.variable(),
        setting.field.describe(),
        setting.help,
    )
}

const HEAD: &str = r#"# Configuration of `empress-auth`

<!-- Written by `empress-auth help-settings`; a test keeps it in step with the program. -->

Every setting is a flag, an environment variable and a key of a TOML file. A flag comes before a variable, a variable before the file,
the file before the default. The file is the one that `--config FILE` or `EMPRESS_CONFIG` names; without either there is none.

```toml
listen = "127.0.0.1:8000"
trusted_proxies = ["10.0.0.0/8"]

[frappe]
key_overlap = "1h"
```

A key that does not exist, a value that cannot be and a file that cannot be read stop the program at its start, with the name of the
key; the exit code is 2. So does a mistake in a place that a stronger one overrides. Lengths of time are numbers with a unit (`ms`, `s`, `m`, `h`, `d`, `w`):
`90d`, `1h30m`. Lists are separated by commas in variables; their flags may be repeated. `--flag` is `--flag=true`.

The flags of the first three settings belong to every command, the others to `serve`; variables and keys hold for all.

| key | flag | variable | value | default | what it does |
|---|---|---|---|---|---|
"#;

const TAIL: &str = r#"
## Secrets

Secrets never come from the command line, where every user of the machine can read them.

| secret | from where |
|---|---|
| master key | `EMPRESS_MASTER_KEY`, 64 hexadecimal digits; else the file of `master_key_file`; else `DATABASE.master-key` beside the database, which is made at the first start with mode 0600. It must come with every backup: the program does not start with another one |
| first password of the Administrator | the file of `admin_password_file`; else made and shown once on the terminal, or written to `DATABASE.initial-password` (mode 0600) if standard error is none |
| passwords of users | `--password-stdin` |
| password in the URL of a database | `EMPRESS_DATABASE_URL` or the file; a flag that holds one is refused |
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_what_the_program_does() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
        let page = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            page == markdown(),
            "docs/configuration.md is old: cargo run help-settings > docs/configuration.md"
        );
    }
}
