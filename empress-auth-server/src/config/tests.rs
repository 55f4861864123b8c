//! The table of settings, and how its places override each other. What is refused, the tests of the program try.

use std::collections::BTreeSet;
use std::ffi::OsString;

use super::*;

/// The configuration of these variables and nothing else.
fn of_variables(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let none = Flags::default();
    let variable = |name: &str| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| OsString::from(value))
    };
    Config::load(&Sources {
        flags: [&none, &none],
        file: None,
        variable: &variable,
    })
}

#[test]
fn the_three_names_of_a_setting_follow_from_each_other_and_belong_to_no_other() {
    let mut names = BTreeSet::new();
    for setting in SETTINGS {
        let flag = setting.key.replace(['.', '_'], "-");
        let is_exempt = ["database", "trusted-proxy", "oauth-resource"].contains(&setting.flag);
        assert!(setting.flag == flag || is_exempt, "{}", setting.key);
        assert!(names.insert(setting.key.to_owned()), "{}", setting.key);
        assert!(
            names.insert(format!("--{}", setting.flag)),
            "{}",
            setting.flag
        );
        assert!(names.insert(setting.variable()), "{}", setting.variable());
        assert!(is_variable(&setting.variable()));
    }
    assert!(!is_variable("EMPRESS_LISTNE"));
}

#[test]
fn the_default_of_a_setting_is_one_of_its_values() {
    for setting in SETTINGS {
        let text = setting.default_text();
        if !text.is_empty() {
            let mut config = Config::default();
            setting
                .field
                .set(&mut config, std::slice::from_ref(&text))
                .unwrap();
            assert_eq!(setting.field.show(&mut config), text, "{}", setting.key);
        }
    }
}

#[test]
fn help_texts_are_one_sentence_without_a_full_stop() {
    for setting in SETTINGS {
        assert!(
            !setting.help.ends_with('.') && !setting.help.contains('|'),
            "{}",
            setting.key
        );
        assert!(
            setting.help.starts_with(char::is_uppercase),
            "{}",
            setting.key
        );
    }
}

#[test]
fn values_reach_their_place() {
    let config = of_variables(&[
        ("EMPRESS_LISTEN", "localhost:9000"),
        ("EMPRESS_TRUSTED_PROXIES", " 10.0.0.0/8 , ::1,"),
        ("EMPRESS_HEAD_TIMEOUT", "1m30s"),
        ("EMPRESS_FRAPPE_EXC_MEMBER", "false"),
        ("EMPRESS_MAX_CONNECTIONS", "7"),
    ])
    .unwrap();
    assert_eq!(config.serve.listen.to_string(), "127.0.0.1:9000");
    assert_eq!(config.serve.trusted_proxies.len(), 2);
    assert_eq!(config.serve.timeouts.head.as_secs(), 90);
    assert!(!config.serve.switches.exc_member);
    assert!(config.serve.switches.get_generate_keys);
    assert_eq!(config.serve.max_connections, 7);
}

#[test]
fn an_empty_variable_is_an_empty_list_and_no_other_value() {
    let config = of_variables(&[("EMPRESS_TRUSTED_PROXIES", "")]).unwrap();
    assert!(config.serve.trusted_proxies.is_empty());
    let error = of_variables(&[("EMPRESS_LISTEN", "")]).err().unwrap();
    assert!(
        error
            .to_string()
            .starts_with("EMPRESS_LISTEN: has no value")
    );
}
