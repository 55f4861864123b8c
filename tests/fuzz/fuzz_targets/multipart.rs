//! A multipart form: never a panic, never more fields than the cap.

#![no_main]

use empress_auth_core::multipart::parse_multipart;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &[u8])| {
    let (content_type, body) = input;
    for content_type in [content_type, "multipart/form-data; boundary=b"] {
        if let Ok(fields) = parse_multipart(content_type, body) {
            assert!(fields.len() <= 100);
        }
    }
});
