//! A token: nothing but the one that was made is accepted, behind either scheme, whatever its checksum.

#![no_main]

use std::sync::LazyLock;

use empress_auth_fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<Target> = LazyLock::new(Target::new);

fuzz_target!(|edits: Vec<(u8, u8)>| {
    let mut token = TARGET.token.clone().into_bytes();
    for (place, byte) in edits {
        let place = usize::from(place) % (token.len() + 1);
        match token.get_mut(place) {
            Some(digit) => *digit = byte,
            None => token.push(byte),
        }
    }
    for scheme in [&b"Token "[..], b"Bearer "] {
        let Some(decision) = TARGET.decide(&[scheme, &token].concat()) else {
            return;
        };
        let accepted = matches!(decision, Ok(Some(_)));
        assert_eq!(accepted, token.trim_ascii() == TARGET.token.as_bytes());
    }
});
