//! A form: what is accepted comes out the same when it is written again.

#![no_main]

use empress_auth_core::form::parse_form;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    let Ok(fields) = parse_form(body) else { return };
    let written: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect();
    if let Ok(again) = parse_form(written.join("&").as_bytes()) {
        assert!(fields.iter().eq(again.iter()));
    }
});

fn escape(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
