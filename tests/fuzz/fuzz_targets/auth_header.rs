//! The value of an `Authorization` field: never a panic, whatever the bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|value: &[u8]| {
    let _ = std::hint::black_box(value);
});
