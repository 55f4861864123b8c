use super::*;

fn claim(value: &[u8]) -> Result<(Claim, Vec<u8>), Malformed> {
    read(
        value,
        &Schemes::all(),
        BasicHolds::KeyPair,
        |_, claim, shown| (claim, shown.to_vec()),
    )
}

fn basic(contents: &[u8]) -> Vec<u8> {
    format!("Basic {}", STANDARD.encode(contents)).into_bytes()
}

#[test]
fn the_scheme_and_the_shape_select_one_kind() {
    for (value, expected) in [
        (&b"token k:s"[..], (Claim::KeyPair, &b"k:s"[..])),
        (b"Token a:b:c", (Claim::KeyPair, b"a:b:c")),
        (
            b"Token 9944b09199c62bcf",
            (Claim::Token, b"9944b09199c62bcf"),
        ),
        (b"Token 42|abc", (Claim::Token, b"42|abc")),
        (b"Bearer abc", (Claim::Bearer, b"abc")),
        (b"Bearer a:b", (Claim::Bearer, b"a:b")),
        (b"Bearer a.b.c", (Claim::Bearer, b"a.b.c")),
        (b"Basic azpz", (Claim::KeyPair, b"k:s")),
        (b"Token token=\"x\"", (Claim::Token, b"token=\"x\"")),
    ] {
        let (kind, shown) = claim(value).unwrap();
        assert_eq!(
            (kind, shown.as_slice()),
            expected,
            "{}",
            value.escape_ascii()
        );
    }
}

// H-2, H-9, RS-9110-8, RS-6750-11
#[test]
fn what_cannot_be_a_credential_is_refused_with_its_reason() {
    let long = [b"Bearer ".as_slice(), &[b'a'; MAX_CREDENTIAL_BYTES + 1]].concat();
    for (value, expected) in [
        (&b""[..], Malformed::Empty),
        (b"  ", Malformed::Empty),
        (b"Digest abc", Malformed::UnknownScheme),
        (b"9944b09199c62bcf", Malformed::UnknownScheme),
        (b"Token", Malformed::SchemeAlone(Scheme::Token)),
        (b"Bearer ", Malformed::SchemeAlone(Scheme::Bearer)),
        (b"Basic", Malformed::SchemeAlone(Scheme::Basic)),
        (b"Token a b", Malformed::ExtraWords(Scheme::Token)),
        (b"Bearer A, Bearer B", Malformed::ExtraWords(Scheme::Bearer)),
        (b"Bearer A,B", Malformed::NotACredential(Scheme::Bearer)),
        (b"Token a\xb8", Malformed::InvalidCharacters(Scheme::Token)),
        (b"Token \xff", Malformed::InvalidCharacters(Scheme::Token)),
        (b"Token a\x01b", Malformed::InvalidCharacters(Scheme::Token)),
        (b"Token a\x00b", Malformed::InvalidCharacters(Scheme::Token)),
        (
            "Token é".as_bytes(),
            Malformed::NotACredential(Scheme::Token),
        ),
        (&long, Malformed::TooLong(Scheme::Bearer)),
    ] {
        assert_eq!(
            claim(value),
            Err(expected),
            "{}",
            value.get(..40).unwrap_or(value).escape_ascii()
        );
    }
}

// H-28: the cap is on the credential, exactly.
#[test]
fn a_credential_of_8_kib_is_looked_at_and_one_more_byte_is_not() {
    let longest = [b"Bearer ".as_slice(), &[b'a'; MAX_CREDENTIAL_BYTES]].concat();
    assert!(claim(&longest).is_ok());
}

// H-10, H-12, RS-7617-2, RS-7617-3, RS-7617-4
#[test]
fn basic_splits_at_the_first_colon_and_refuses_controls_and_other_encodings() {
    for (contents, expected) in [
        (&b"user:pass"[..], Some(("user", &b"pass"[..]))),
        (b"user:pa:ss", Some(("user", b"pa:ss"))),
        (b":pass", Some(("", b"pass"))),
        (b"user:", Some(("user", b""))),
        (b":", Some(("", b""))),
        ("test:123£".as_bytes(), Some(("test", "123£".as_bytes()))),
        (b"user", None),
        (b"", None),
        (b"user:pass\x00", None),
        (b"us\ner:pass", None),
        (b"user:\x7f", None),
        (b"user:\xa3", None),
        (b"user:\xc0\xaf", None),
    ] {
        let found = claim(&basic(contents));
        match expected {
            Some(pair) => assert_eq!(split_pair(&found.unwrap().1), Some(pair)),
            None if contents.is_empty() => {
                assert_eq!(found, Err(Malformed::SchemeAlone(Scheme::Basic)));
            }
            None => assert_eq!(
                found,
                Err(Malformed::BasicContents),
                "{}",
                contents.escape_ascii()
            ),
        }
    }
}

// H-11, RS-7617-5
#[test]
fn base64_is_strict() {
    for (value, why) in [
        (&b"Basic azpz="[..], "padding too long"),
        (b"Basic azpzcw", "padding missing"),
        (b"Basic azpzcw=", "padding half missing"),
        (b"Basic azpzcx==", "bits left over"),
        (b"Basic !zpz", "outside the alphabet"),
        (b"Basic az-_", "the URL alphabet"),
        (b"Basic am9o!bjpw", "junk inside"),
        (b"Basic =", "only padding"),
        ("Basic é".as_bytes(), "beyond ASCII"),
        (b"Basic \xff", "not UTF-8"),
        (b"Basic azpz,azpz", "a list"),
    ] {
        assert_eq!(claim(value), Err(Malformed::NotBase64), "{why}");
    }
    assert_eq!(
        claim(b"Basic azpz azpz"),
        Err(Malformed::ExtraWords(Scheme::Basic))
    );
}

#[test]
fn long_basic_credentials_are_read_like_short_ones() {
    for length in [90, 95, 96, 97, 128, 129, 1_000, 6_000] {
        let contents = [b"user:".as_slice(), &vec![b'p'; length]].concat();
        assert_eq!(claim(&basic(&contents)).unwrap().1, contents, "{length}");
    }
}

// H-13: keys cannot hold a colon, so that every pair splits in one way.
#[test]
fn a_pair_of_ours_comes_back_from_both_carriages() {
    let entropy = crate::Entropy::system();
    for _ in 0..20_000 {
        let key = crate::ApiKey::generate(&entropy).unwrap();
        let secret = crate::ApiSecret::generate(&entropy).unwrap();
        let pair = format!("{key}:{}", secret.expose_secret());
        assert_eq!(pair.len(), 43);
        for value in [format!("token {pair}").into_bytes(), basic(pair.as_bytes())] {
            let (kind, shown) = claim(&value).unwrap();
            assert_eq!(kind, Claim::KeyPair);
            assert_eq!(
                split_pair(&shown),
                Some((key.as_str(), secret.expose_secret().as_bytes()))
            );
        }
    }
}

// J-35, RS-9110-8: nothing panics.
#[test]
fn arbitrary_bytes_are_read_without_a_panic() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..200_000 {
        let prefix: &[u8] = match next() % 4 {
            0 => b"Token ",
            1 => b"Basic ",
            2 => b"Bearer ",
            _ => b"",
        };
        let length = usize::try_from(next() % 40).unwrap();
        let tail: Vec<u8> = (0..length).map(|_| next().to_le_bytes()[0]).collect();
        let _ = claim(&[prefix, &tail].concat());
        let _ = read_bare(&tail);
    }
}

#[test]
fn a_wrong_byte_is_seen_at_every_place_of_any_length() {
    for length in 1..=70 {
        assert!(is_plain(&vec![b'a'; length]), "{length}");
        for place in 0..length {
            for byte in [0, b' ', b',', 0x7f, 0x80, 0xff] {
                let mut credential = vec![b'a'; length];
                credential[place] = byte;
                assert!(!is_plain(&credential), "{byte} at {place} of {length}");
            }
        }
    }
    for byte in 0..=u8::MAX {
        let plain = byte.is_ascii_graphic() && byte != b',';
        assert_eq!(is_plain(&[byte; 1]), plain, "{byte}");
        assert_eq!(is_plain(&[byte; 40]), plain, "{byte}");
    }
    assert!(!is_plain(b""));
}

#[test]
fn a_usual_field_claims_the_same_either_way() {
    let schemes = Schemes::all();
    for value in [
        &b"Bearer abcdefgh"[..],
        b"Token abcdefgh",
        b"token k:s,1",
        b"Token key:secret",
        b"Token key:sec ret",
        b"Bearer a,b",
        b"Bearer  x",
        b"Bearer x ",
        b"Bearer ",
        b"Basic azpz",
    ] {
        if let Some((_, usual, credential)) = read_usual(value, &schemes)
            && is_plain(credential)
        {
            let expected = claim(value).unwrap();
            assert_eq!((usual, credential.to_vec()), expected, "{value:?}");
        }
    }
    let not_plain = read_usual(b"Token key:sec ret", &schemes);
    assert!(
        not_plain.is_none(),
        "Basic may have filled the memory with it"
    );
}
