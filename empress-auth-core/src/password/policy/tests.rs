use std::time::{Duration, Instant};

use super::*;
use crate::password::vectors::{self, Nonsense};

#[test]
fn the_3000_commonest_passwords_are_refused_within_a_millisecond_each() {
    // P-27
    let Some(file) = vectors::read("common-passwords/passwords.txt") else {
        return;
    };
    let _ = is_common("read the lists first", &[]);
    let mut times = Vec::new();
    for line in file.lines().take(3_000) {
        let common = line.split_whitespace().next().unwrap();
        assert!(is_common(common, &[]), "{common}");
        // The fastest of some, as other tests run beside this one.
        let fastest = (0..5)
            .map(|_| measured(|| is_common(common, &[])).1)
            .min()
            .unwrap();
        assert!(fastest < Duration::from_millis(1), "{common}: {fastest:?}");
        times.push(fastest);
    }
    assert_eq!(times.len(), 3_000);
    times.sort_unstable();
    println!(
        "3,000 commonest: median {:?}, slowest {:?}",
        times[1_500], times[2_999]
    );
}

#[test]
fn the_commonest_are_refused_where_eight_code_points_are_enough() {
    // P-27
    let policy = PasswordPolicy::new().with_min_code_points(8).unwrap();
    for common in [
        "password",
        "12345678",
        "football",
        "Password1!",
        "qwertyuiop",
        "aaaaaaaaaaaaaaaa",
        "passwordpassword",
        "p@ssw0rd",
    ] {
        assert_eq!(
            refusal(&policy, common, &[]),
            Some(PasswordErrorKind::Common),
            "{common}"
        );
    }
}

#[test]
fn good_passphrases_and_random_strings_are_accepted() {
    // P-27
    let policy = PasswordPolicy::new();
    for good in [
        "correct horse battery staple",
        "purple ladder seventeen",
        "dL9#vQ2!xR7@mK4$",
        "@8({[<369&#!1/|0$5+7%2xzq",
        "ψηφιακή ασφάλεια 42",
        "合言葉は誰にも教えないでくださいね",
    ] {
        assert_eq!(refusal(&policy, good, &[]), None, "{good}");
    }
}

#[test]
fn what_is_known_about_the_user_is_easily_guessed() {
    // P-27
    let policy = PasswordPolicy::new();
    let known = ["maximilian.mustermann@example.com", "Maximilian Mustermann"];
    for guessed in [
        "maximilian.mustermann",
        "Maximilian Mustermann",
        "maximilian.mustermann@example.com",
        "MaximilianMustermann",
    ] {
        assert_eq!(
            refusal(&policy, guessed, &known),
            Some(PasswordErrorKind::Common),
            "{guessed}"
        );
    }
}

#[test]
fn no_password_takes_long_to_judge() {
    // P-27
    let _ = is_common("read the lists first", &[]);
    let long = "aB3$".repeat(1_024);
    let known = vec!["a".repeat(64); 100];
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    for worst in [
        "@8({[<369&#!1/|0$5+7%2xz",
        "4@8({[<3691!|017$5+7%24@8({[<369",
        "1234567890-=[];',./!@$%^&*()_+{}|",
        "1|7!4@1|7!4@1|7!4@1|7!4@1|7!4@69",
        "abcabcabcabcabcabcabcabcabcabcabc",
        "passwordpasswordpasswordpassword",
        "19901231199012311990123119901231",
        "qwertyuiopqwertyuiopqwertyuiopqw",
        "zxcvbnm,./asdfghjkl;'qwertyuiop[]",
        &long,
    ] {
        let fastest = (0..5)
            .map(|_| measured(|| is_common(worst, &known)).1)
            .min()
            .unwrap();
        println!("{worst:.40}: {fastest:?}");
        assert!(fastest < Duration::from_millis(20), "{worst}: {fastest:?}");
    }
}

#[test]
fn code_points_are_counted_after_normalizing() {
    // P-6
    let policy = PasswordPolicy::new();
    let too_short = Some(PasswordErrorKind::TooShort);
    assert_eq!(refusal(&policy, "kTq8vR2mWz5xPn", &[]), too_short, "14");
    assert_eq!(refusal(&policy, "kTq8vR2mWz5xPn7", &[]), None, "15");
    assert_eq!(
        refusal(&policy, "kTq8vR2mWz5xPo\u{308}", &[]),
        too_short,
        "15 before, 14 after"
    );
    assert_eq!(
        refusal(&policy, "kTq8vR2mWz5xPﬁ", &[]),
        None,
        "14 before, 15 after"
    );
    assert_eq!(
        refusal(&policy, "kTq8vR2mWz5xP😀☃", &[]),
        None,
        "15, of more bytes"
    );
    assert_eq!(refusal(&policy, "", &[]), too_short);
}

#[test]
fn every_code_point_counts_as_one() {
    // P-6
    use unicode_normalization::UnicodeNormalization as _;

    let policy = PasswordPolicy::new();
    let mut nonsense = Nonsense::new(66);
    for _ in 0..500 {
        let text = nonsense.string(24);
        let enough = text.nfkc().count() >= 15;
        let refused = refusal(&policy, &text, &["İstanbul", "ẞtraße"]);
        assert_eq!(
            refused != Some(PasswordErrorKind::TooShort),
            enough,
            "{text:?}"
        );
    }
}

#[test]
fn a_new_password_is_text_without_nul() {
    // P-6
    let policy = PasswordPolicy::new();
    let invalid = Some(PasswordErrorKind::InvalidCharacters);
    assert_eq!(refusal(&policy, b"kTq8vR2m\0Wz5xPn7L", &[]), invalid);
    assert_eq!(
        refusal(&policy, b"kTq8vR2m\xe4Wz5xPn7L", &[]),
        invalid,
        "Latin-1"
    );
    assert_eq!(
        refusal(&policy, b"kTq8vR2m\xed\xa0\x80Wz5xPn7L", &[]),
        invalid,
        "surrogate"
    );
    assert_eq!(
        refusal(&policy, "kTq8vR2m\t Wz5xPn7L", &[]),
        None,
        "space and tab"
    );
}

#[test]
fn the_minimum_cannot_go_below_eight() {
    // P-6
    for refused in [0, 1, 7] {
        let refused = PasswordPolicy::new()
            .with_min_code_points(refused)
            .unwrap_err();
        assert_eq!(refused.kind(), PasswordErrorKind::MinimumTooLow);
    }
    let eight = PasswordPolicy::new().with_min_code_points(8).unwrap();
    assert_eq!(refusal(&eight, "kT8!vR2m", &[]), None);
    assert_eq!(
        refusal(&eight, "kT8!vR2", &[]),
        Some(PasswordErrorKind::TooShort)
    );
    assert_eq!(
        refusal(&PasswordPolicy::default(), "kT8!vR2m", &[]),
        Some(PasswordErrorKind::TooShort)
    );
}

#[test]
fn the_longest_passwords_are_accepted() {
    // P-3
    let policy = PasswordPolicy::new();
    let mut nonsense = Nonsense::new(3);
    for len in [64, 1_024, 4_096] {
        let long: String = (0..len)
            .map(|_| char::from_u32(0x21 + nonsense.below(94)).unwrap())
            .collect();
        assert_eq!(refusal(&policy, &long, &[]), None, "{len}");
    }
}

fn refusal(
    policy: &PasswordPolicy,
    password: impl AsRef<[u8]>,
    known: &[&str],
) -> Option<PasswordErrorKind> {
    policy
        .check(&Password::new(password).unwrap(), known)
        .err()
        .map(|error| error.kind())
}

#[expect(clippy::disallowed_methods, reason = "the tests measure")]
fn measured<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let outcome = work();
    (outcome, started.elapsed())
}
