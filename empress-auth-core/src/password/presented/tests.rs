use unicode_normalization::UnicodeNormalization as _;

use super::*;
use crate::password::vectors::Nonsense;

#[test]
fn four_thousand_and_ninety_six_bytes_are_accepted_and_one_more_is_not() {
    // P-3
    for len in [0, 1, 64, 1024, 4096] {
        assert_eq!(
            Password::new(vec![b'a'; len])
                .unwrap()
                .expose_secret()
                .len(),
            len
        );
    }
    for len in [4097, 1_000_000] {
        let refused = Password::new(vec![b'a'; len]).unwrap_err();
        assert_eq!(refused.kind(), PasswordErrorKind::TooLong, "{len} bytes");
    }
}

#[test]
fn the_limit_counts_bytes_not_characters() {
    // P-3
    assert!(Password::new("é".repeat(2048)).is_ok());
    assert!(Password::new("é".repeat(2049)).is_err());
}

#[test]
fn a_password_does_not_show_itself() {
    // P-3
    let password = Password::new("correct horse").unwrap();
    assert_eq!(
        format!("{password:?} {password:#?}"),
        "Password(..) Password(..)"
    );
}

#[test]
fn text_that_is_normal_already_and_bytes_that_are_no_text_have_no_second_form() {
    // P-6
    for presented in ["", "correct horse", "pässwörd-☃-😀", "a\0b"] {
        assert!(
            Password::new(presented).unwrap().normalized().is_none(),
            "{presented:?}"
        );
    }
    assert!(
        Password::new(b"p\xe4ssword")
            .unwrap()
            .normalized()
            .is_none()
    );
}

#[test]
fn compatible_and_decomposed_characters_are_normalized() {
    // P-6
    let cases = [
        ("pa\u{308}ss", "päss", "decomposed"),
        ("ﬁsh", "fish", "ligature"),
        ("ｐａｓｓ", "pass", "full width"),
        ("x²", "x2", "superscript"),
        ("\u{212b}", "å".to_uppercase().as_str(), "Ångström sign"),
        ("a\0\u{308}ﬁ", "a\0\u{308}fi", "NUL is kept"),
    ]
    .map(|(from, to, case)| (from, to.to_owned(), case));
    for (presented, normalized, case) in cases {
        let password = Password::new(presented).unwrap();
        assert_eq!(
            password.normalized().unwrap().as_str(),
            normalized,
            "{case}"
        );
    }
}

#[test]
fn normalizing_twice_is_normalizing_once() {
    // P-6
    let mut nonsense = Nonsense::new(6);
    for _ in 0..5_000 {
        let text = nonsense.string(40);
        let once = Password::new(&text).unwrap().normalized();
        let once = once.as_ref().map_or(text.as_str(), |it| it.as_str());
        assert_eq!(once, text.nfkc().collect::<String>(), "{text:?}");
        assert!(
            Password::new(once).unwrap().normalized().is_none(),
            "{text:?}"
        );
    }
}
