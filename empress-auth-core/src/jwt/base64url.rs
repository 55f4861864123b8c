//! Strict base64url without padding ([RFC 4648 §5](https://www.rfc-editor.org/rfc/rfc4648#section-5),
//! [RFC 7515 §2](https://www.rfc-editor.org/rfc/rfc7515#section-2)).
//!
//! Strict means that any bytes have one spelling: no padding, no blanks, none of the alphabet of plain base64, and no bits
//! that do not count. So nobody can change a byte of a good token and have another good one, and its digest can stand for
//! it in the memory.

/// How many bytes so many characters stand for.
pub(super) const fn decoded_len(characters: usize) -> usize {
    characters / 4 * 3 + (characters % 4 * 3) / 4
}

/// Decodes into `room`, of which it takes the first [`decoded_len`] bytes; `None` if they are not there, or for text that
/// is not strict.
pub(super) fn decode<'r>(text: &[u8], room: &'r mut [u8]) -> Option<&'r [u8]> {
    let (whole, rest) = text.as_chunks::<4>();
    let room = room.get_mut(..decoded_len(text.len()))?;
    let (triples, tail) = room.as_chunks_mut::<3>();
    let mut seen = 0;
    for (group, triple) in whole.iter().zip(triples) {
        let bits = bits_of(*group);
        seen |= bits;
        let [_, decoded @ ..] = bits.to_be_bytes();
        *triple = decoded;
    }
    // As if zeros followed: what they add is nothing, and what they leave over has to be nothing.
    let (last, spare) = match *rest {
        [] => (0, 0),
        [a, b] => (bits_of([a, b, b'A', b'A']), 0x00_ffff),
        [a, b, c] => (bits_of([a, b, c, b'A']), 0x00_00ff),
        _ => return None,
    };
    let [_, decoded @ ..] = last.to_be_bytes();
    for (to, from) in tail.iter_mut().zip(decoded) {
        *to = from;
    }
    let is_strict = (seen | last) & NONE == 0 && last & spare == 0;
    is_strict.then_some(room)
}

/// The 24 bits of four characters, and [`NONE`] if any is none of the alphabet.
#[inline(always)]
#[expect(
    clippy::indexing_slicing,
    reason = "each table has a place for each byte"
)]
fn bits_of([a, b, c, d]: [u8; 4]) -> u32 {
    let [first, second, third, fourth] = &BITS;
    first[usize::from(a)] | second[usize::from(b)] | third[usize::from(c)] | fourth[usize::from(d)]
}

/// Above the 24 bits of a group.
const NONE: u32 = 1 << 31;

/// What each character adds at each of the four places.
static BITS: [[u32; 256]; 4] = [bits_at(18), bits_at(12), bits_at(6), bits_at(0)];

#[expect(
    clippy::indexing_slicing,
    reason = "the compiler does it, and would say so"
)]
const fn bits_at(shift: u32) -> [u32; 256] {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut table = [NONE; 256];
    let (mut place, mut character) = (0, 0_u8);
    while place < table.len() {
        let (mut at, mut bits) = (0, 0);
        while at < ALPHABET.len() {
            if ALPHABET[at] == character {
                table[place] = bits << shift;
            }
            at += 1;
            bits += 1;
        }
        place += 1;
        character = character.wrapping_add(1);
    }
    table
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    /// Both must agree, on the bytes and on whether there are any.
    #[track_caller]
    fn compare(text: &[u8]) -> bool {
        let expected = URL_SAFE_NO_PAD.decode(text).ok();
        let mut room = [0x5a; 64];
        assert_eq!(
            decode(text, &mut room).map(<[u8]>::to_vec),
            expected,
            "{text:?}"
        );
        expected.is_some()
    }

    #[test]
    fn any_byte_at_any_place_of_any_length_is_what_it_is_elsewhere() {
        let mut good = 0;
        for length in 0..=24 {
            for place in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = vec![b'A'; length];
                    text[place] = byte;
                    good += usize::from(compare(&text));
                }
            }
        }
        assert_eq!(good, 14_328);
    }

    #[test]
    fn all_that_four_characters_or_fewer_can_spell() {
        let alphabet = b"AZaz09-_+/=. ";
        let of = |place: usize| alphabet[place % alphabet.len()];
        let mut good = 0;
        for number in 0..alphabet.len().pow(4) {
            let text = [
                of(number),
                of(number / 13),
                of(number / 169),
                of(number / 2_197),
            ];
            for length in 1..=4 {
                good += usize::from(compare(&text[..length]));
            }
        }
        assert!(good > 1_000, "{good}");
    }

    #[test]
    fn bytes_come_back_and_need_their_room() {
        for length in 0..=48 {
            let bytes: Vec<u8> = (0..length).map(|byte: u8| byte.wrapping_mul(37)).collect();
            let text = URL_SAFE_NO_PAD.encode(&bytes);
            assert_eq!(decoded_len(text.len()), bytes.len());
            let mut room = vec![0; bytes.len()];
            assert_eq!(decode(text.as_bytes(), &mut room), Some(&bytes[..]));
            if let Some(too_small) = room.split_last_mut().map(|(_, rest)| rest) {
                assert_eq!(decode(text.as_bytes(), too_small), None);
            }
        }
    }
}
