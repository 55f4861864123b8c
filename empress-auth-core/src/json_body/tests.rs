//! JSON that must be refused, JSON that must be read, and the public suite of both.

use std::fs;

use serde_json::json;

use super::*;
use crate::mutation::Mutation;
use crate::vectors;

#[test]
fn json_is_read_as_sent() {
    let cases: &[(&str, &[u8], Value)] = &[
        (
            "object",
            br#"{"a":1,"b":[true,null]}"#,
            json!({"a": 1, "b": [true, null]}),
        ),
        ("blanks around", b" \t\r\n{} \t\r\n", json!({})),
        ("scalar", b"\"a\"", json!("a")),
        (
            "names that differ in case",
            br#"{"a":1,"A":2}"#,
            json!({"a": 1, "A": 2}),
        ),
        (
            "one name at two levels",
            br#"{"a":{"a":1}}"#,
            json!({"a": {"a": 1}}),
        ),
        (
            "one name in two siblings",
            br#"[{"a":1},{"a":2}]"#,
            json!([{"a": 1}, {"a": 2}]),
        ),
        (
            "names equal only after NFC",
            "{\"\u{e9}\":1,\"e\u{301}\":2}".as_bytes(),
            json!({"\u{e9}": 1, "e\u{301}": 2}),
        ),
        ("surrogate pair", br#""\ud83d\ude00""#, json!("\u{1f600}")),
        (
            "NUL is the caller's to refuse",
            br#"{"a":"\u0000"}"#,
            json!({"a": "\0"}),
        ),
        ("largest u64", b"18446744073709551615", json!(u64::MAX)),
        ("smallest i64", b"-9223372036854775808", json!(i64::MIN)),
        ("float", b"1.5e3", json!(1500.0)),
    ];
    for (description, body, expected) in cases {
        assert_eq!(parse_json(body).as_ref(), Ok(expected), "{description}");
    }
}

#[test]
fn what_parsers_differ_on_is_refused() {
    use JsonErrorKind::{Malformed, RepeatedName};
    let cases: &[(&str, &[u8], JsonErrorKind)] = &[
        ("empty body", b"", Malformed),
        ("blanks only", b" \n", Malformed),
        ("repeated name", br#"{"a":1,"a":1}"#, RepeatedName),
        (
            "repeated name, escaped",
            br#"{"aud":1,"\u0061ud":2}"#,
            RepeatedName,
        ),
        (
            "repeated name, both escaped",
            br#"{"\u0061":1,"\u0061":2}"#,
            RepeatedName,
        ),
        (
            "repeated name, apart",
            br#"{"a":1,"b":{"c":[]},"a":2}"#,
            RepeatedName,
        ),
        (
            "repeated name, nested",
            br#"{"x":[{"a":1,"a":2}]}"#,
            RepeatedName,
        ),
        ("repeated empty name", br#"{"":1,"":2}"#, RepeatedName),
        ("byte order mark", b"\xef\xbb\xbf{}", Malformed),
        ("UTF-16", b"{\0}\0", Malformed),
        ("second value", b"{} {}", Malformed),
        ("trailing comma", b"[1,]", Malformed),
        ("trailing brace", b"{}}", Malformed),
        ("trailing NUL", b"{}\0", Malformed),
        ("comment", b"{} // x", Malformed),
        ("NaN", b"NaN", Malformed),
        ("negative infinity", b"[-Infinity]", Malformed),
        ("too large for f64", b"1e400", Malformed),
        ("leading zero", b"01", Malformed),
        ("plus sign", b"+1", Malformed),
        ("hexadecimal", b"0x1", Malformed),
        ("lone first surrogate", br#""\ud800""#, Malformed),
        ("lone second surrogate", br#""\udc00""#, Malformed),
        ("lone surrogate in a name", br#"{"\ud800":1}"#, Malformed),
        (
            "surrogates in the wrong order",
            br#""\ude00\ud83d""#,
            Malformed,
        ),
        ("raw surrogate", b"\"\xed\xa0\x80\"", Malformed),
        ("overlong slash", b"\"\xc0\xaf\"", Malformed),
        ("Latin-1", b"\"\xe9\"", Malformed),
        ("raw control", b"\"a\nb\"", Malformed),
        ("single quotes", b"{'a':1}", Malformed),
        ("name without quotes", b"{a:1}", Malformed),
    ];
    for (description, body, expected) in cases {
        let refused = parse_json(body).expect_err(description);
        assert_eq!(refused.kind(), *expected, "{description}");
    }
}

#[test]
fn sixteen_levels_are_read_and_seventeen_are_not() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let levels = |count: usize| {
            let count = count / open.matches(['[', '{']).count();
            parse_json(format!("{}1{}", open.repeat(count), close.repeat(count)).as_bytes())
        };
        assert!(levels(MAX_JSON_DEPTH).is_ok(), "{open}");
        let refused = levels(MAX_JSON_DEPTH + 2).unwrap_err();
        assert_eq!(refused.kind(), JsonErrorKind::TooDeep, "{open}");
    }
    assert!(
        parse_json("[".repeat(17).as_bytes())
            .unwrap_err()
            .to_string()
            .starts_with("nested")
    );
    let endless = parse_json("[".repeat(MAX_JSON_BYTES).as_bytes()).unwrap_err();
    assert_eq!(endless.kind(), JsonErrorKind::TooDeep);
}

#[test]
fn one_byte_over_the_limit_is_refused() {
    let padded = |length| [b"{}".to_vec(), vec![b' '; length - 2]].concat();
    assert!(parse_json(&padded(MAX_JSON_BYTES)).is_ok());
    let refused = parse_json(&padded(MAX_JSON_BYTES + 1)).unwrap_err();
    assert_eq!(refused.kind(), JsonErrorKind::TooLarge);
}

#[test]
fn errors_say_where_and_do_not_echo_the_input() {
    let refused = parse_json(b"{\"a\": 1,\n \"hunter2\": hunter2}").unwrap_err();
    assert_eq!(refused.to_string(), "malformed JSON at line 2 column 13");
    let repeated = parse_json(br#"{"hunter2":1,"hunter2":2}"#).unwrap_err();
    assert!(
        repeated
            .to_string()
            .starts_with("repeated member name at line 1 column ")
    );
    assert!(!format!("{refused:?} {repeated} {repeated:?}").contains("hunter2"));
}

#[test]
fn numbers_survive_the_feature_arbitrary_precision() {
    let disguised =
        |text: &str| parse_json(format!(r#"{{"{NUMBER_IN_DISGUISE}":{text}}}"#).as_bytes());
    assert_eq!(disguised(r#""5""#).unwrap(), json!(5));
    assert!(disguised("5").is_err());
    assert!(disguised(r#""1e400""#).is_err());
    assert!(disguised(r#""5","a":1"#).is_err());
}

#[test]
fn the_json_test_suite_agrees() {
    let Some(folder) = vectors::folder("json-test-suite/test_parsing") else {
        return;
    };
    let mut seen = [0; 3];
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let parsed = parse_json(&fs::read(&path).unwrap());
        let exception = DELIBERATELY_REFUSED
            .iter()
            .find(|(refused, _)| name == *refused);
        match (name.as_bytes()[0], exception) {
            (b'y', Some((_, reason))) => {
                seen[0] += 1;
                assert_eq!(
                    parsed.unwrap_err().kind(),
                    JsonErrorKind::RepeatedName,
                    "{name}: {reason}"
                );
            }
            (b'y', None) => {
                seen[0] += 1;
                assert!(parsed.is_ok(), "{name}: {parsed:?}");
            }
            (b'n', _) => {
                seen[1] += 1;
                assert!(parsed.is_err(), "{name}: {parsed:?}");
            }
            _ => seen[2] += 1,
        }
    }
    assert_eq!(
        seen,
        [95, 188, 35],
        "files that must, must not and may be read"
    );
}

/// Files the suite accepts and we do not.
const DELIBERATELY_REFUSED: &[(&str, &str)] = &[
    (
        "y_object_duplicated_key.json",
        "the two values of `a` differ, parsers disagree on which counts",
    ),
    (
        "y_object_duplicated_key_and_value.json",
        "equal values too: the rule is about names",
    ),
];

#[test]
fn arbitrary_bytes_never_panic() {
    let seeds: &[&[u8]] = &[
        br#"{"username":"ada","password":"\u0061\ud83d\ude00","n":[1.5e3,-0,null,true]}"#,
        br#"{"aud":["a","b"],"cnf":{"jkt":"x"},"exp":1700000000}"#,
    ];
    Mutation::feed(100_000, seeds, |bytes| _ = parse_json(bytes));
}
