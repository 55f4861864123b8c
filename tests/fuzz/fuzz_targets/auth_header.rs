//! The value of an `Authorization` field: never a panic, never an anonymous caller, and nobody but who holds a secret.

#![no_main]

use std::sync::LazyLock;

use empress_auth_fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<Target> = LazyLock::new(Target::new);

fuzz_target!(|value: &[u8]| {
    match TARGET.decide(value) {
        None | Some(Err(_)) => {}
        Some(Ok(None)) => panic!("a required layer let nobody pass"),
        Some(Ok(Some(_))) => {
            let text = String::from_utf8_lossy(value);
            assert!(
                text.contains(&TARGET.token) || text.contains(&TARGET.pair),
                "{text}"
            );
        }
    }
});
