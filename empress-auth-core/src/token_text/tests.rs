use std::collections::HashSet;

use super::*;

fn key() -> StoreKey {
    StoreKey::from_bytes(&[7; 32])
}

fn generate() -> (TokenId, Zeroizing<String>) {
    TokenText::generate(
        TokenKind::Api,
        EPOCH_MILLIS + 1_000,
        &key(),
        &Entropy::system(),
    )
    .unwrap()
}

// K-1
#[test]
fn a_token_gives_back_its_id_and_fits_one_hash_block() {
    let mut ids = HashSet::new();
    let mut secrets = HashSet::new();
    for _ in 0..100_000 {
        let (id, text) = generate();
        assert_eq!(text.len(), 52);
        assert!(text.starts_with("emp_pat_"));
        let parsed = TokenText::parse(text.as_bytes()).unwrap();
        assert_eq!((parsed.kind, parsed.id), (TokenKind::Api, id));
        assert_eq!(id.millis(), 1_000);
        assert!(parsed.is_tagged_by(&key()));
        ids.insert(id);
        assert!(secrets.insert(text.to_string()), "two tokens are equal");
    }
    // Ids of one millisecond differ by 23 bits only: about 590 of 100,000 pairs meet.
    assert!(ids.len() > 98_500, "{}", ids.len());
}

// K-1: golden values, so that tokens in the field stay valid. Recomputed with hmac, hashlib and zlib of Python.
#[test]
fn the_format_is_fixed() {
    let entropy = Entropy::danger_from_fn(|bytes| {
        for (n, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::try_from(n).unwrap();
        }
        Ok(())
    });
    let (id, text) =
        TokenText::generate(TokenKind::Api, 1_790_000_000_123, &key(), &entropy).unwrap();
    assert_eq!(text.as_str(), GOLDEN);
    assert_eq!(id, TokenId::parse(&GOLDEN[8..19]).unwrap());
}

const GOLDEN: &str = "emp_pat_0XebFn51GXi0123456789ABCDEFGHIJKLMNOPQ1orefe";

#[test]
fn published_checksums_of_others_come_out_alike() {
    for (text, checksum) in [
        ("qkJaB6MffYVzZXWqmcoF49yrUxP3wf", "0LsakP"),
        ("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ", "0mLq17"),
        ("000000000000000000000000000000", "2C8GjS"),
        ("pad000000000000000000000000146", "00QRsl"),
    ] {
        let mut digits = [0; 6];
        base62::encode(u64::from(crc32fast::hash(text.as_bytes())), &mut digits);
        assert_eq!(std::str::from_utf8(&digits).unwrap(), checksum);
    }
}

// K-3
#[test]
fn every_truncation_extension_and_one_character_edit_is_refused() {
    let (_, text) = generate();
    let accepted =
        |bytes: &[u8]| TokenText::parse(bytes).is_some_and(|token| token.is_tagged_by(&key()));
    for end in 0..text.len() {
        assert!(!accepted(&text.as_bytes()[..end]));
        assert!(!accepted(&text.as_bytes()[end + 1..]));
    }
    for place in 0..text.len() {
        for byte in 0..=255 {
            let mut edited = text.as_bytes().to_vec();
            if edited[place] != byte {
                edited[place] = byte;
                assert!(!accepted(&edited), "byte {byte} at {place}");
            }
        }
    }
    for extra in 0..=255 {
        assert!(!accepted(&[text.as_bytes(), &[extra]].concat()));
    }
}

// K-3
#[test]
fn a_token_of_one_kind_is_not_one_of_another() {
    for kind in TokenKind::ALL {
        let (_, text) =
            TokenText::generate(kind, EPOCH_MILLIS, &key(), &Entropy::system()).unwrap();
        let body = text.strip_prefix(kind.prefix()).unwrap();
        for other in TokenKind::ALL.into_iter().filter(|other| *other != kind) {
            let swapped = format!("{}{body}", other.prefix());
            let parsed = TokenText::parse(swapped.as_bytes()).unwrap();
            assert!(!parsed.is_tagged_by(&key()), "{kind:?} as {other:?}");
        }
    }
}

// K-4: the checksum is public, the tag is not.
#[test]
fn a_token_with_a_right_checksum_and_no_key_is_not_ours() {
    let foreign = StoreKey::from_bytes(&[8; 32]);
    let passed = (0..100_000)
        .filter(|_| {
            let (_, text) =
                TokenText::generate(TokenKind::Api, EPOCH_MILLIS, &foreign, &Entropy::system())
                    .unwrap();
            TokenText::parse(text.as_bytes())
                .unwrap()
                .is_tagged_by(&key())
        })
        .count();
    assert!(passed <= 2, "{passed} of 100,000, expected 0.012");
}
