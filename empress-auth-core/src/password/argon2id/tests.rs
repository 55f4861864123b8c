use argon2::{AssociatedData, ParamsBuilder};
use std::time::Instant;

use super::*;
use crate::password::vectors;

#[test]
fn the_library_computes_what_rfc_9106_prints() {
    // P-4
    let Some(file) = vectors::read_json("rfc_vectors.json") else {
        return;
    };
    let hex = |field: &serde_json::Value| -> Vec<u8> {
        let digits = field.as_str().unwrap();
        (0..digits.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
            .collect()
    };
    let number = |field: &serde_json::Value| u32::try_from(field.as_u64().unwrap()).unwrap();
    let cases = file["argon2"].as_array().unwrap();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let algorithm = case["variant"].as_str().unwrap().parse().unwrap();
        let params = ParamsBuilder::new()
            .m_cost(number(&case["m_kib"]))
            .t_cost(number(&case["t"]))
            .p_cost(number(&case["p"]))
            .data(AssociatedData::new(&hex(&case["ad_hex"])).unwrap())
            .build()
            .unwrap();
        let secret = hex(&case["secret_hex"]);
        let argon2 = Argon2::new_with_secret(&secret, algorithm, Version::V0x13, params).unwrap();
        let mut tag = [0; 32];
        let (password, salt) = (hex(&case["password_hex"]), hex(&case["salt_hex"]));
        Memory::new()
            .derive(&argon2, &password, &salt, &mut tag)
            .unwrap();
        assert_eq!(tag.as_slice(), hex(&case["tag_hex"]), "{}", case["variant"]);
    }
}

#[test]
fn our_parameters_are_those_that_we_write_down() {
    // P-4
    let params = our_argon2().params().clone();
    assert_eq!(
        (params.m_cost(), params.t_cost(), params.p_cost()),
        (M_COST_KIB, T_COST, P_COST)
    );

    let mut memory = Memory::new();
    let salt = *b"0123456789abcdef";
    let hash = hash_password(b"correct horse battery staple", &salt, &mut memory).unwrap();
    assert!(
        hash.as_str()
            .starts_with("$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$")
    );
    assert_eq!(memory.blocks.len() * Block::SIZE, 19 * 1024 * 1024);
    let parsed = Argon2Hash::parse(&hash.as_str()[1..]).unwrap();
    assert!(parsed.is_current());
    assert!(
        parsed
            .matches(b"correct horse battery staple", &mut memory)
            .unwrap()
    );
}

#[test]
fn one_hash_takes_milliseconds() {
    // P-4: 10 ms and more on a server; half of that is for the fastest of desks.
    let mut memory = Memory::new();
    burn(b"warm up", &mut memory).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test measures")]
    let started = Instant::now();
    burn(b"correct horse battery staple", &mut memory).unwrap();
    let elapsed = started.elapsed();
    println!("one Argon2id hash: {elapsed:?}");
    assert!(elapsed.as_millis() >= 5, "{elapsed:?}");
}

#[test]
fn what_a_block_held_before_does_not_change_a_hash() {
    // P-4
    let salt = [7; SALT_LEN];
    let fresh = hash_password(b"one", &salt, &mut Memory::new()).unwrap();
    let mut used = Memory::new();
    burn(b"another", &mut used).unwrap();
    assert_eq!(
        hash_password(b"one", &salt, &mut used).unwrap().as_str(),
        fresh.as_str()
    );
    used.release();
    assert_eq!(
        hash_password(b"one", &salt, &mut used).unwrap().as_str(),
        fresh.as_str()
    );
}

#[test]
fn an_imported_hash_that_needs_more_memory_leaves_none_behind() {
    // L-2
    let salt = STANDARD_NO_PAD.encode([7; 16]);
    let digest = STANDARD_NO_PAD.encode([7; 32]);
    let hash =
        Argon2Hash::parse(&format!("argon2id$v=19$m=65536,t=1,p=1${salt}${digest}")).unwrap();
    let mut memory = Memory::new();
    assert!(!hash.matches(b"any", &mut memory).unwrap());
    assert_eq!(memory.blocks.len(), 0);
}

#[test]
fn malformed_strings_and_absurd_parameters_are_refused() {
    // P-5
    let good = "argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$XLeLg+p+JNgiFrQNsye8eofeXr30s6P3j/ke/9xgk/0";
    assert!(Argon2Hash::parse(good).is_some());
    let cases = [
        ("argon2id", "argon2d", "data-dependent variant"),
        ("argon2id", "argon2ID", "case"),
        ("v=19", "v=18", "unknown version"),
        ("v=19$", "v=19", "version runs on"),
        ("m=64", "m=262145", "memory above 256 MiB"),
        ("m=64", "m=4294967295", "4 TiB"),
        ("m=64", "m=4294967296", "above 32 bits"),
        ("m=64", "m=7", "too little memory"),
        ("m=64", "m=064", "leading zero"),
        ("m=64", "m=+64", "sign"),
        ("t=1", "t=17", "too many passes"),
        ("t=1", "t=2147483648", "2^31 passes"),
        ("t=1", "t=0", "no pass"),
        ("p=1", "p=17", "too many lanes"),
        ("p=1", "p=9", "less than eight blocks a lane"),
        ("p=1", "p=0", "no lane"),
        ("p=1", "p=1,keyid=AAAA", "key id"),
        ("m=64,t=1", "t=1,m=64", "order"),
        ("c29tZXNhbHRzb21lc2FsdA", "c29t", "three bytes of salt"),
        (
            "c29tZXNhbHRzb21lc2FsdA",
            "c29tZXNhbHRzb21lc2FsdA==",
            "padding",
        ),
        (
            "XLeLg+p+JNgiFrQNsye8eofeXr30s6P3j/ke/9xgk/0",
            "XLeLgw",
            "four bytes of digest",
        ),
        (
            "XLeLg+p+JNgiFrQNsye8eofeXr30s6P3j/ke/9xgk/0",
            "",
            "no digest",
        ),
        ("/0", "/0$", "another field"),
    ];
    for (from, to, case) in cases {
        let text = good.replace(from, to);
        assert_ne!(text, good, "{case}");
        assert!(Argon2Hash::parse(&text).is_none(), "{case}");
    }
    for end in 0..good.len() {
        let cut = Argon2Hash::parse(&good[..end]);
        assert!(
            cut.is_none_or(|hash| hash.digest.len() < 32),
            "{end} characters"
        );
    }
}

#[test]
fn only_argon2id_of_our_strength_is_current() {
    // P-4
    let salt = STANDARD_NO_PAD.encode([7; 16]);
    let digest = STANDARD_NO_PAD.encode([7; 32]);
    let is_current = |start: &str, salt: &str, digest: &str| {
        Argon2Hash::parse(&format!("{start}${salt}${digest}"))
            .unwrap()
            .is_current()
    };
    for start in [
        "argon2id$v=19$m=19456,t=2,p=1",
        "argon2id$v=19$m=102400,t=3,p=8",
    ] {
        assert!(is_current(start, &salt, &digest), "{start}");
        assert!(
            !is_current(start, &STANDARD_NO_PAD.encode([7; 15]), &digest),
            "short salt"
        );
        assert!(
            !is_current(start, &salt, &STANDARD_NO_PAD.encode([7; 16])),
            "short digest"
        );
    }
    for start in [
        "argon2i$v=19$m=19456,t=2,p=1",
        "argon2id$v=16$m=19456,t=2,p=1",
        "argon2id$m=19456,t=2,p=1",
        "argon2id$v=19$m=19455,t=2,p=1",
        "argon2id$v=19$m=19456,t=1,p=1",
    ] {
        assert!(!is_current(start, &salt, &digest), "{start}");
    }
}
