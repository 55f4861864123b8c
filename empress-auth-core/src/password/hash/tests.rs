use std::time::{Duration, Instant};

use super::*;
use crate::password::argon2id::hash_password;
use crate::password::vectors::{self, Nonsense};

#[test]
fn every_imported_hash_matches_its_password_and_no_other() {
    // P-5
    let Some(file) = vectors::read_json("password_hashes.json") else {
        return;
    };
    let cases = file["password_hashes"].as_array().unwrap();
    assert_eq!(cases.len(), 23);
    let mut memory = Memory::new();
    for case in cases {
        let (label, encoded) = (&case["label"], case["encoded"].as_str().unwrap());
        let hash = PasswordHash::from_stored(encoded);
        let right = case["password"].as_str().unwrap();
        assert_eq!(
            verdict(&mut memory, &hash, right),
            Verdict::MatchNeedsRehash,
            "{label}"
        );
        let wrong = format!("{right}x");
        assert_eq!(
            verdict(&mut memory, &hash, &wrong),
            Verdict::Mismatch,
            "{label}"
        );
    }
}

#[test]
fn hashes_that_cannot_match_refuse_every_password_soon() {
    // P-5
    let Some(file) = vectors::read_json("password_hashes.json") else {
        return;
    };
    let cases = file["password_negative"].as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for case in cases {
        assert_refused_soon(case["encoded"].as_str().unwrap());
    }
}

#[test]
fn absurd_parameters_are_refused_soon_in_every_format() {
    // P-5
    let b64_64 = "A".repeat(86) + "==";
    for encoded in [
        "$argon2id$v=19$m=4194304,t=2147483648,p=1$c29tZXNhbHRzb21lc2FsdA$XLeLg+p+JNgiFrQNsye8eofeXr30s6P3j/ke/9xgk/0",
        "$argon2id$v=19$m=64,t=2147483648,p=1$c29tZXNhbHRzb21lc2FsdA$XLeLg+p+JNgiFrQNsye8eofeXr30s6P3j/ke/9xgk/0",
        "$argon2id$v=19$m=262144,t=1,p=16777215$c29tZXNhbHRzb21lc2FsdA$XLeLg+p+JNgiFrQNsye8eofeXr30s6P3j/ke/9xgk/0",
        "pbkdf2_sha256$10000001$seasalt$YBwsf/yKxw1EIJHvxwy1lo6XfNIRudoL9Z7iITL3fGg=",
        "pbkdf2_sha1$4294967295$seasalt$9iRYj0as1r5j+cCBxB+HMlxkyr4=",
        "$pbkdf2-sha256$4294967295$AAECAwQFBgcICQoLDA0ODw$m/kLywdyNwK9GV2kWntRGvZzmeiVsuqehNWlLst2eWY",
        "$frappel$4294967295$MDEyMzQ1Njc4OWFiY2RlZg$h/m/qjaPXRDzrmqLF4L.yMfhtMTWhRLMDW1INU06fhE",
        "bcrypt$$2b$31$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
        "bcrypt_sha256$$2b$17$abcdefghijklmnopqrstuuaBT8mpw5tGdD3eO40znWcQP/dT9hEVK",
        &format!("scrypt$1073741824$seasalt$8$1${b64_64}"),
        &format!("scrypt$262144$seasalt$16$1${b64_64}"),
        &format!("scrypt$2147483648$seasalt$4294967295$4294967295${b64_64}"),
        &format!("scrypt$16$seasalt$1$4294967295${b64_64}"),
        &format!("scrypt$16$seasalt$8$17${b64_64}"),
        &format!("scrypt$262144$seasalt$8$5${b64_64}"),
    ] {
        assert_refused_soon(encoded);
    }
}

#[test]
fn malformed_hashes_of_every_format_match_nothing() {
    // P-5
    let b64_64 = "A".repeat(86) + "==";
    for encoded in [
        "!",
        "$",
        "$$",
        "$$$$$$",
        "md5",
        "md5$",
        "md5$seasalt",
        "md5$seasalt$",
        "md5$seasalt$9AA4B8ADDEFD43DBF9340B7540E4E49A",
        "md5$$9aa4b8addefd43dbf9340b7540e4e49a",
        "MD5$seasalt$9aa4b8addefd43dbf9340b7540e4e49a",
        "!md5$seasalt$9aa4b8addefd43dbf9340b7540e4e49a",
        " md5$seasalt$9aa4b8addefd43dbf9340b7540e4e49a",
        "md5$seasalt$9aa4b8addefd43dbf9340b7540e4e49a\n",
        "pbkdf2_sha256$01$seasalt$YBwsf/yKxw1EIJHvxwy1lo6XfNIRudoL9Z7iITL3fGg=",
        "pbkdf2_sha256$+1$seasalt$YBwsf/yKxw1EIJHvxwy1lo6XfNIRudoL9Z7iITL3fGg=",
        "pbkdf2_sha256$1$seasalt$YBwsf/yKxw1EIJHvxwy1lo6XfNIRudoL9Z7iITL3fGg",
        "pbkdf2_sha256$1$seasalt$",
        "pbkdf2_sha256$1$seasalt$YBws",
        "pbkdf2_sha512$1$seasalt$YBwsf/yKxw1EIJHvxwy1lo6XfNIRudoL9Z7iITL3fGg=",
        "bcrypt$$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6C",
        "bcrypt$$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6☃",
        "bcrypt$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG",
        &format!("scrypt$15$seasalt$8$5${b64_64}"),
        &format!("scrypt$1$seasalt$8$5${b64_64}"),
        &format!("scrypt$16$seasalt$0$5${b64_64}"),
        &format!("scrypt$16$seasalt$8$0${b64_64}"),
        "scrypt$16$seasalt$8$5$",
        "argon2$$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$XLeLg+p+JNgiFrQNsye8eofeXr30s6P3j/ke/9xgk/0",
        &format!(
            "pbkdf2_sha256$1${}$YBwsf/yKxw1EIJHvxwy1lo6XfNIRudoL9Z7iITL3fGg=",
            "a".repeat(10_000)
        ),
    ] {
        let right = "correct horse battery staple";
        let hash = PasswordHash::from_stored(encoded);
        assert_eq!(
            verdict(&mut Memory::new(), &hash, right),
            Verdict::Mismatch,
            "{encoded}"
        );
    }
}

#[test]
fn no_text_makes_the_parser_panic() {
    // P-5
    let Some(file) = vectors::read_json("password_hashes.json") else {
        return;
    };
    let encoded: Vec<Vec<char>> = file["password_hashes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| case["encoded"].as_str().unwrap().chars().collect())
        .collect();
    let signs: Vec<char> = "$=,+-./!09azAZ \u{0}☃".chars().collect();
    let mut nonsense = Nonsense::new(5);
    for _ in 0..50_000 {
        let mut text = encoded[nonsense.index(23)].clone();
        for _ in 0..=nonsense.below(3) {
            let at = nonsense.index(text.len().max(1));
            match nonsense.below(4) {
                0 if !text.is_empty() => drop(text.remove(at)),
                1 => text.insert(at, signs[nonsense.index(16)]),
                2 if !text.is_empty() => text[at] = signs[nonsense.index(16)],
                _ => text.truncate(at),
            }
        }
        let _ = Format::parse(&text.into_iter().collect::<String>());
    }
    for _ in 0..50_000 {
        assert!(Format::parse(&nonsense.string(80)).is_none());
    }
}

#[test]
fn an_imported_argon2i_hash_without_a_version_matches() {
    // P-4: the reference implementation's `$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$…` of version 1.0.
    let hash = "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ";
    let hash = PasswordHash::from_stored(hash);
    assert_eq!(
        verdict(&mut Memory::new(), &hash, "password"),
        Verdict::MatchNeedsRehash
    );
    assert_eq!(
        verdict(&mut Memory::new(), &hash, "passwore"),
        Verdict::Mismatch
    );
}

#[test]
fn the_same_password_typed_on_another_keyboard_matches_our_hash() {
    // P-6
    let mut memory = Memory::new();
    let ours = hash_password("pässwörd fi".as_bytes(), &[7; 16], &mut memory);
    let ours = ours.unwrap();
    for presented in [
        "pässwörd fi",
        "pa\u{308}sswo\u{308}rd fi",
        "pässwörd ﬁ",
        "ｐässwörd fi",
    ] {
        assert_eq!(
            verdict(&mut memory, &ours, presented),
            Verdict::Match,
            "{presented:?}"
        );
    }
    for presented in [
        "password fi",
        "pässwörd fi ",
        "Pässwörd fi",
        "pässwörd fi\0",
        "pässwörd f",
    ] {
        assert_eq!(
            verdict(&mut memory, &ours, presented),
            Verdict::Mismatch,
            "{presented:?}"
        );
    }
}

#[test]
fn a_strong_hash_of_unnormalized_bytes_is_replaced() {
    // P-6
    let mut memory = Memory::new();
    let decomposed = "pa\u{308}sswo\u{308}rd";
    let hash = hash_password(decomposed.as_bytes(), &[7; 16], &mut memory).unwrap();
    assert_eq!(
        verdict(&mut memory, &hash, decomposed),
        Verdict::MatchNeedsRehash
    );
    assert_eq!(verdict(&mut memory, &hash, "pässwörd"), Verdict::Mismatch);
}

#[test]
fn every_byte_of_the_longest_password_counts() {
    // P-6
    let mut memory = Memory::new();
    let longest = vec![b'a'; 4096];
    let hash = hash_password(&longest, &[7; 16], &mut memory).unwrap();
    let presented = |bytes: &[u8]| Password::new(bytes).unwrap();
    let right = verify_in(&mut memory, Some(&hash), &presented(&longest)).unwrap();
    assert_eq!(right, Verdict::Match);
    for at in [0, 71, 72, 255, 1024, 4095] {
        let mut wrong = longest.clone();
        wrong[at] = b'b';
        let wrong = verify_in(&mut memory, Some(&hash), &presented(&wrong)).unwrap();
        assert_eq!(wrong, Verdict::Mismatch, "byte {at}");
    }
    let shorter = verify_in(&mut memory, Some(&hash), &presented(&longest[1..])).unwrap();
    assert_eq!(shorter, Verdict::Mismatch);
}

#[test]
fn a_mismatch_takes_as_long_without_a_hash_as_with_one() {
    // P-1
    let mut memory = Memory::new();
    let ours = hash_password(b"right", &[7; 16], &mut memory).unwrap();
    let md5 = PasswordHash::from_stored("md5$seasalt$9aa4b8addefd43dbf9340b7540e4e49a");
    let unusable = PasswordHash::from_stored("!SKGwzLGJYdjtNLeBHXm4gb4rPfgLyI0P6ZhuoGDg");
    let kinds = [
        ("ours", Some(&ours)),
        ("md5", Some(&md5)),
        ("unusable", Some(&unusable)),
        ("unknown user", None),
    ];

    let mut fastest = kinds.map(|_| Duration::MAX);
    for _ in 0..15 {
        for ((_, hash), fastest) in kinds.iter().zip(&mut fastest) {
            let password = Password::new("wrong").unwrap();
            let (verdict, elapsed) = measured(|| verify_in(&mut memory, *hash, &password).unwrap());
            assert_eq!(verdict, Verdict::Mismatch);
            *fastest = elapsed.min(*fastest);
        }
    }
    for ((kind, _), elapsed) in kinds.iter().zip(fastest) {
        println!("{kind}: {elapsed:?}");
        // A hash that is skipped shows as a factor of thousands, a busy machine as one of a few.
        assert!(
            elapsed > fastest[0] / 8 && elapsed < fastest[0] * 8,
            "{kind}"
        );
    }
}

#[test]
fn a_stored_hash_does_not_show_itself() {
    // P-5
    let hash = PasswordHash::from_stored("md5$seasalt$9aa4b8addefd43dbf9340b7540e4e49a");
    assert_eq!(format!("{hash:?}"), "PasswordHash(..)");
}

fn verdict(memory: &mut Memory, hash: &PasswordHash, password: &str) -> Verdict {
    verify_in(memory, Some(hash), &Password::new(password).unwrap()).unwrap()
}

fn assert_refused_soon(encoded: &str) {
    let hash = PasswordHash::from_stored(encoded);
    assert!(Format::parse(encoded).is_none(), "{encoded}");
    for presented in ["", "correct horse battery staple", encoded] {
        let password = Password::new(presented).unwrap();
        let (verdict, elapsed) = measured(|| verify(&hash, &password).unwrap());
        assert_eq!(verdict, Verdict::Mismatch, "{encoded}");
        assert!(elapsed < Duration::from_secs(2), "{encoded}: {elapsed:?}");
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests measure")]
fn measured<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let outcome = work();
    (outcome, started.elapsed())
}
