//! A JSON body: whatever we accept, serde_json accepts and reads alike.

#![no_main]

use empress_auth_core::json_body::parse_json;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    if let Ok(value) = parse_json(body) {
        let other: serde_json::Value = serde_json::from_slice(body).expect("JSON");
        assert_eq!(value, other);
    }
});
