use std::time::{Duration, Instant};

use super::*;

const LIMITS: Limits = Limits {
    depth: 16,
    members: 256,
};

fn read(json: &str) -> Result<Nested<'_>, NotStrictJson> {
    let mut members = Members::default();
    Object::read(json, LIMITS, &mut members)?;
    Ok(Nested::known(json))
}

#[test]
fn what_nests_is_read_again() {
    let object =
        read(r#" {"a" : [1, {"b":[]}, "x\u0041", null , true,false] , "c":{"d":{"e":-0.5e1}}} "#)
            .unwrap();
    let Some(Value::Array(array)) = object.get("a") else {
        panic!("no array");
    };
    let elements: Vec<_> = array.iter().collect();
    assert_eq!(elements.len(), 6);
    assert!(matches!(elements[2], Value::String(text) if text.is("xA")));
    let Some(Value::Object(nested)) = object.get("c") else {
        panic!("no object");
    };
    let Some(Value::Object(nested)) = nested.get("d") else {
        panic!("no object in it");
    };
    assert!(matches!(nested.get("e"), Some(Value::Number("-0.5e1"))));
}

// J-17
#[test]
fn a_name_that_stands_twice_is_refused_at_any_depth_however_it_is_escaped() {
    for twice in [
        r#"{"aud":1,"aud":1}"#,
        r#"{"aud":1,"x":2,"\u0061ud":1}"#,
        r#"{"\u0061ud":1,"x":2,"aud":1}"#,
        r#"{"\u0061ud":1,"a\u0075d":1}"#,
        r#"{"x":{"a":1,"a":1}}"#,
        r#"{"x":[[{"a":1,"\u0061":1}]]}"#,
        r#"{"é":1,"\u00e9":1}"#,
        r#"{"😀":1,"\ud83d\ude00":1}"#,
        r#"{"":1,"":2}"#,
    ] {
        assert!(read(twice).is_err(), "{twice}");
    }
    for once in [
        r#"{"aud":1,"Aud":1}"#,
        r#"{"a":{"a":{"a":1}}}"#,
        r#"{"x":[{"a":1},{"a":1}]}"#,
    ] {
        assert!(read(once).is_ok(), "{once}");
    }
}

// J-18
#[test]
fn what_other_readers_forgive_is_refused() {
    for lenient in [
        "",
        " ",
        "null",
        "[]",
        "\"x\"",
        "1",
        "{",
        "}",
        "{}}",
        "{} {}",
        "{}\0",
        "\u{feff}{}",
        "{a:1}",
        "{'a':1}",
        r#"{"a":1,}"#,
        r#"{,"a":1}"#,
        r#"{"a" 1}"#,
        r#"{"a":}"#,
        r#"{"a"}"#,
        r#"{"a":1 "b":2}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[,1]}"#,
        r#"{"a":[1 2]}"#,
        r#"{"a":NaN}"#,
        r#"{"a":Infinity}"#,
        r#"{"a":-Infinity}"#,
        r#"{"a":1e400}"#,
        r#"{"a":-1e400}"#,
        r#"{"a":01}"#,
        r#"{"a":+1}"#,
        r#"{"a":.5}"#,
        r#"{"a":1.}"#,
        r#"{"a":1e}"#,
        r#"{"a":1e+}"#,
        r#"{"a":-}"#,
        r#"{"a":0x1}"#,
        r#"{"a":1_0}"#,
        r#"{"a":True}"#,
        r#"{"a":nul}"#,
        r#"{"a":"x}"#,
        "{\"a\":\"\u{1}\"}",
        "{\"a\":\"\n\"}",
        r#"{"a":"\x41"}"#,
        r#"{"a":"\u004"}"#,
        r#"{"a":"\u00g0"}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"a":"\ud800\u0041"}"#,
        r#"{"a":"\udc00"}"#,
        r#"{"a":"\ud800x"}"#,
        r#"{"a":1}//"#,
        r#"{/**/"a":1}"#,
        r#"{"a":1}#"#,
        "{\"a\":\u{a0}1}",
        "{\"a\":\u{b}1}",
    ] {
        assert!(read(lenient).is_err(), "{lenient:?}");
    }
    let long = format!(r#"{{"a":{}}}"#, "9".repeat(400));
    assert!(read(&long).is_err());
}

#[test]
fn depth_and_members_are_bounded() {
    let nested = |depth: usize| {
        format!(
            "{{\"a\":{}1{}}}",
            "[".repeat(depth - 1),
            "]".repeat(depth - 1)
        )
    };
    assert!(read(&nested(16)).is_ok());
    assert!(read(&nested(17)).is_err());
    assert!(read(&nested(5_000)).is_err());
    let wide = |count: usize| {
        let members: Vec<_> = (0..count).map(|number| format!("\"{number}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(read(&wide(256)).is_ok());
    assert!(read(&wide(257)).is_err());
    for twice in [0, 1, 62, 63, 64, 65, 99] {
        let twice = wide(100).replace('}', &format!(",\"{twice}\":0}}"));
        assert!(read(&twice).is_err(), "{twice}");
    }
}

#[test]
fn a_name_is_found_whole_or_not_at_all_however_long_it_is() {
    let long = "abcdefghijklmnopqrstuvwxyz".repeat(12);
    let lengths = || (0..20).chain([254, 255, 256, 257, 300]);
    for length in lengths() {
        let name = &long[..length];
        let escaped: String = name
            .chars()
            .map(|char| format!("\\u{:04x}", u32::from(char)))
            .collect();
        // With the end of the text near and far.
        for json in [
            format!(r#"{{"{name}":1}}"#),
            format!(r#"{{"{name}":1,"{}":2}}"#, long.to_uppercase()),
            format!(r#"{{"{escaped}":1}}"#),
        ] {
            let object = read(&json).unwrap();
            for other in lengths() {
                let is_found = object.get(&long[..other]).is_some();
                assert_eq!(is_found, other == length, "{other} of {json}");
            }
            for near in [format!("{name}\0"), format!("\0{name}"), format!("{name}!")] {
                assert!(object.get(&near).is_none(), "{near:?} of {json}");
            }
            if length != 0 {
                let last_differs = format!("{}!", &long[..length - 1]);
                assert!(object.get(&last_differs).is_none(), "{json}");
            }
        }
        let twice = format!(r#"{{"{name}":1,"x!":2,"{escaped}":3}}"#);
        assert!(read(&twice).is_err(), "{twice}");
    }
    assert!(read(r#"{"a":1,"a\u0000":2,"ä":3,"\u00e4b":4}"#).is_ok());
}

#[test]
fn thousands_of_escaped_names_that_begin_alike_are_told_apart_in_passing() {
    let names: Vec<_> = (1_000..5_000)
        .map(|number| format!("\"\\u0061{}{number}\":0", "a".repeat(100)))
        .collect();
    let limits = Limits {
        depth: 8,
        members: 4_096,
    };
    let read = |json: &str| Object::read(json, limits, &mut Members::default()).map(drop);
    let alike = names.join(",");

    let object = format!("{{{alike}}}");
    // Each with each would be eight million pairs of a hundred characters: many seconds without optimisation.
    let fastest = (0..3).map(|_| time(|| assert_eq!(read(&object), Ok(()))));
    assert!(fastest.min() < Some(Duration::from_secs(4)));

    let twice = format!("{{{alike},\"{}4999\":0}}", "a".repeat(101));
    assert_eq!(read(&twice), Err(NotStrictJson));
    let plain_first = format!("{{\"{}4999\":0,{alike}}}", "a".repeat(101));
    assert_eq!(read(&plain_first), Err(NotStrictJson));
}

#[expect(clippy::disallowed_methods, reason = "measures real time")]
fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}
