//! Numbers as base62 text: digits `0-9A-Za-z`, most significant first, left-padded with `0`.

/// The digits, in the order of their values.
pub(crate) const ALPHABET: &[u8; 62] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Writes `number` into the whole of `text`; what does not fit is cut at the front.
pub(crate) fn encode(mut number: u64, text: &mut [u8]) {
    for digit in text.iter_mut().rev() {
        let index = usize::try_from(number % 62).unwrap_or_default();
        *digit = ALPHABET.get(index).copied().unwrap_or(b'0');
        number /= 62;
    }
}

/// Reads a number; `None` for another character or a number above 2^64 - 1.
pub(crate) fn decode(text: &[u8]) -> Option<u64> {
    text.iter().try_fold(0_u64, |number, digit| {
        number
            .checked_mul(62)?
            .checked_add(u64::from(value(*digit)?))
    })
}

/// The value of one digit.
pub(crate) const fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'Z' => Some(digit - b'A' + 10),
        b'a'..=b'z' => Some(digit - b'a' + 36),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_from_their_text() {
        for number in [0, 1, 61, 62, 3_843, u64::from(u32::MAX), u64::MAX] {
            let mut text = [0; 11];
            encode(number, &mut text);
            assert_eq!(decode(&text), Some(number));
        }
    }

    #[test]
    fn what_is_above_64_bits_is_refused() {
        assert_eq!(decode(b"LygHa16AHYF"), Some(u64::MAX));
        assert_eq!(decode(b"LygHa16AHYG"), None);
        assert_eq!(decode(b"zzzzzzzzzzz"), None);
    }

    #[test]
    fn other_characters_are_refused() {
        assert_eq!(decode(b"0-0"), None);
        assert_eq!(decode("é".as_bytes()), None);
    }
}
