//! What is a well-formed number, salt or digest in a stored hash?
//!
//! Strict on purpose: a hash that reads two ways in two programs is a hash to refuse.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// A decimal number from 1 to `ceiling`, without a sign or leading zeros.
pub(super) fn decimal(text: &str, ceiling: u32) -> Option<u32> {
    if text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|&number| number <= ceiling)
}

/// Base64 with padding, as Django writes digests.
pub(super) fn base64_padded(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Base64 without padding, as PHC strings have it.
pub(super) fn base64_unpadded(text: &str) -> Option<Vec<u8>> {
    STANDARD_NO_PAD.decode(text).ok()
}

/// passlib's `ab64`: base64 without padding and with `.` in place of `+`.
pub(super) fn ab64(text: &str) -> Option<Vec<u8>> {
    base64_unpadded(&text.replace('.', "+"))
}

/// Lower-case hexadecimal digits.
pub(super) fn lower_hex(bytes: &[u8]) -> String {
    hex(bytes, b"0123456789abcdef")
}

/// Upper-case hexadecimal digits.
pub(super) fn upper_hex(bytes: &[u8]) -> String {
    hex(bytes, b"0123456789ABCDEF")
}

fn hex(bytes: &[u8], digits: &[u8; 16]) -> String {
    let digit = |nibble: u8| digits.get(usize::from(nibble)).copied().map(char::from);
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.extend(digit(byte >> 4));
        text.extend(digit(byte & 0x0f));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_one_spelling_only() {
        // P-5
        assert_eq!(decimal("29000", 30_000), Some(29_000));
        for refused in [
            "",
            "0",
            "007",
            "+1",
            "-1",
            " 1",
            "1 ",
            "1e3",
            "30001",
            "4294967296",
            "١",
        ] {
            assert_eq!(decimal(refused, 30_000), None, "{refused:?}");
        }
    }

    #[test]
    fn ab64_reads_a_dot_where_base64_has_a_plus() {
        // P-5
        assert_eq!(ab64("..//"), base64_unpadded("++//"));
        assert_eq!(ab64("AA=="), None);
        assert_eq!(ab64("AB"), None, "bits behind the last byte");
    }

    #[test]
    fn hex_has_two_digits_for_every_byte() {
        // P-5
        assert_eq!(lower_hex(&[0x00, 0x9f, 0xff]), "009fff");
        assert_eq!(upper_hex(&[0x00, 0x9f, 0xff]), "009FFF");
    }
}
