//! What Basic holds: no more is accepted than a lenient decoder would find in it.

#![no_main]

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use empress_auth_core::RejectionKind;
use empress_auth_fuzz::Target;
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<Target> = LazyLock::new(Target::new);

fuzz_target!(|input: (bool, &[u8])| {
    let (encode, bytes) = input;
    let credential = if encode {
        STANDARD.encode(bytes).into_bytes()
    } else {
        bytes.to_vec()
    };
    let Some(decision) = TARGET.decide(&[b"Basic ".as_slice(), &credential].concat()) else {
        return;
    };
    match decision {
        Ok(caller) => {
            assert!(caller.is_some());
            let decoded = STANDARD.decode(credential.trim_ascii()).expect("base64");
            assert_eq!(decoded, TARGET.pair.as_bytes());
        }
        Err(rejection) if rejection.kind() == RejectionKind::NotBase64 => {
            assert!(STANDARD.decode(&credential).is_err());
        }
        Err(_) => {}
    }
});
