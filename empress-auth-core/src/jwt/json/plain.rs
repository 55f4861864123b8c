//! How far does a string go before something in it means more than itself?

/// How many bytes stand for themselves: before the first quotation mark, backslash or control character.
#[inline(always)]
pub(super) fn plain_len(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks();
    for (at, word) in words.iter().enumerate() {
        let marks = marks(u64::from_le_bytes(*word));
        if marks != 0 {
            let plain = usize::try_from(marks.trailing_zeros() / 8).unwrap_or_default();
            return at * 8 + plain;
        }
    }
    words.len() * 8 + rest.iter().take_while(|byte| is_plain(**byte)).count()
}

const fn is_plain(byte: u8) -> bool {
    byte >= b' ' && !matches!(byte, b'"' | b'\\')
}

/// Eight bytes at once: the lowest bit that is set is the highest of the first byte that is not plain. Above it bits may be
/// set that mean nothing, because the subtractions borrow.
const fn marks(word: u64) -> u64 {
    const HIGH: u64 = each(0x80);
    const fn each(byte: u8) -> u64 {
        u64::from_le_bytes([byte; 8])
    }
    const fn below(word: u64, limit: u8) -> u64 {
        word.wrapping_sub(each(limit))
    }
    let quote = word ^ each(b'"');
    let backslash = word ^ each(b'\\');
    (below(word, b' ') | below(quote, 1) | below(backslash, 1)) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_byte_at_any_place_is_plain_or_ends_it() {
        for byte in 0..=u8::MAX {
            for filler in [b'a', b'!', b'#', 0x7f, 0x80, 0xff, b'\\' + 1, b' '] {
                for at in 0..20 {
                    let mut bytes = [filler; 20];
                    bytes[at] = byte;
                    let expected = if is_plain(byte) { 20 } else { at };
                    assert_eq!(plain_len(&bytes), expected, "{byte:#x} at {at}");
                    bytes[19] = b'"';
                    let expected = expected.min(19);
                    assert_eq!(plain_len(&bytes), expected, "{byte:#x} at {at}");
                }
            }
        }
        assert_eq!(plain_len(b""), 0);
    }
}
