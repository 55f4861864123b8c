//! Wycheproof's JSON Web Signatures and Keys.

use super::*;

/// Where the file contradicts itself, or is laxer than we are: F-14. Each with what we say, and why.
const OVERRIDES: [(&str, u64, bool); 10] = [
    // An RSA key says PS256 and the token PS384: a key is for one algorithm.
    ("json_web_signature", 346, false),
    ("json_web_signature", 350, false),
    // The key says `ES521`, which no registry knows; see below for ES512.
    ("json_web_signature", 347, false),
    ("json_web_signature", 351, false),
    // The padding that was to be refused is lost: the token is that of 357, byte for byte.
    ("json_web_signature", 367, true),
    ("json_web_signature", 370, true),
    // A `?` is in no alphabet of base64.
    ("json_web_signature", 372, false),
    ("json_web_signature", 373, false),
    // What is encrypted is not for us.
    ("json_web_crypto", 50, false),
    ("json_web_crypto", 67, false),
];

/// The group on base64 has a secret of zeros, which we refuse: nothing would be learnt from its cases.
fn secret_of_zeros(key: &Value) -> Option<KeySet> {
    if key["kid"] != "hs256-key" || key["k"].as_str()?.bytes().any(|digit| digit != b'A') {
        return None;
    }
    assert!(keys_of(key).is_empty());
    let key = VerificationKey::hs256(&HmacSecret::assert_random(&[0; 32]));
    Some(KeySet::new([key.with_kid("hs256-key").unwrap()]).unwrap())
}

/// The cases of a file: number, keys, token, and whether it is to be accepted.
fn cases(name: &str) -> Option<Vec<(u64, Value, String, bool)>> {
    let file = file(&format!("wycheproof/{name}_test.json"))?;
    let mut cases = Vec::new();
    for group in file["testGroups"].as_array().unwrap() {
        let key = group.get("public").unwrap_or_else(|| &group["private"]);
        for case in group["tests"].as_array().unwrap() {
            let token = case["jws"].as_str().or_else(|| case["jwe"].as_str());
            let token = token.map_or_else(|| case["jws"].to_string(), str::to_owned);
            let is_valid = case["result"] == "valid";
            cases.push((case["tcId"].as_u64().unwrap(), key.clone(), token, is_valid));
        }
    }
    Some(cases)
}

// J-36, J-32, J-19: signatures of all kinds, spellings of base64, and sets of keys that are ambiguous
#[test]
fn wycheproofs_files_come_out_as_they_say_but_for_the_named_cases() {
    let mut seen = 0;
    for name in ["json_web_signature", "json_web_key", "json_web_crypto"] {
        let Some(cases) = cases(name) else { return };
        for (number, key, token, is_valid) in cases {
            let mut overrides = OVERRIDES.iter();
            let named = overrides.find(|(file, case, _)| (*file, *case) == (name, number));
            let expected = named.map_or(is_valid, |(_, _, ours)| *ours);
            let keys = secret_of_zeros(&key).unwrap_or_else(|| keys_of(&key));
            assert_eq!(is_well_signed(&keys, &token), expected, "{name} {number}");
            seen += 1;
        }
    }
    assert_eq!(seen, 401 + 26 + 83);
}

// F-14: the reasons for the overrides hold
#[test]
fn the_named_cases_are_what_they_are_said_to_be() {
    let Some(cases) = cases("json_web_signature") else {
        return;
    };
    let case = |wanted: u64| {
        let mut cases = cases.iter();
        cases.find(|(number, ..)| *number == wanted).unwrap()
    };
    assert_eq!(case(367).2, case(357).2);
    assert_eq!(case(370).2, case(357).2);
    assert!(case(372).2.contains('?') && case(373).2.contains('?'));
    for (numbers, algorithm) in [([346, 350], "PS384"), ([347, 351], "ES512")] {
        for number in numbers {
            let (_, key, token, _) = case(number);
            let mut key = key.clone();
            key["alg"] = json!(algorithm);
            assert!(is_well_signed(&keys_of(&key), token), "{number}");
        }
    }
}
