//! What the RFCs print: RFC 7515, 7519, 7520, 7797, 8037.

use super::*;

// J-36
#[test]
fn the_jose_cookbook_opens_in_compact_form_alone() {
    let Some(folder) = crate::vectors::folder("jose-cookbook") else {
        return;
    };
    let (mut opened, mut refused) = (Vec::new(), 0);
    for name in ["jws", "curve25519", "rfc7797"] {
        for entry in fs::read_dir(folder.join(name)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if !name.ends_with(".json") || name.starts_with("ecdh") {
                continue;
            }
            let example: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let input = &example["input"];
            // One example has several keys and algorithms; it is JSON alone.
            let several = json!([input["key"]]);
            let keys = input["key"].as_array().or(several.as_array()).unwrap();
            for key in keys {
                let keys = keys_of(&public_half(key, &input["alg"]));
                for (form, token) in example["output"].as_object().unwrap() {
                    let token = token
                        .as_str()
                        .map_or_else(|| token.to_string(), str::to_owned);
                    if is_well_signed(&keys, &token) {
                        assert_eq!(form, "compact", "{name}");
                        opened.push(name.clone());
                    } else {
                        refused += 1;
                    }
                }
            }
        }
    }
    opened.sort_unstable();
    assert_eq!(
        opened,
        [
            "4_1.rsa_v15_signature.json",
            "4_2.rsa-pss_signature.json",
            "4_3.ecdsa_signature.json",
            "4_4.hmac-sha2_integrity_protection.json",
            "jws.json",
        ]
    );
    assert!(refused > 10, "{refused}");
}

// J-5: with b64 the payload is not what was signed
#[test]
fn an_unencoded_payload_is_refused_however_it_comes() {
    let Some(vectors) = file("rfc_vectors.json") else {
        return;
    };
    for vector in vectors["jws_unencoded"].as_array().unwrap() {
        let keys = keys_of(&public_half(&vector["key"], &json!("HS256")));
        assert_eq!(keys.len(), 1);
        let detached = vector["token"].as_str().unwrap();
        let raw = vector["payload_raw"].as_str().unwrap();
        assert!(!is_well_signed(&keys, detached));
        assert!(!is_well_signed(
            &keys,
            &detached.replace("..", &format!(".{raw}."))
        ));
    }
}

// J-36
#[test]
fn the_tokens_that_the_rfcs_print_come_out_as_they_say() {
    let Some(vectors) = file("rfc_vectors.json") else {
        return;
    };
    let vectors = vectors["jws"].as_array().unwrap();
    for vector in vectors {
        // The unsecured one has no key: any other will do.
        let key = if vector["key"].is_null() {
            &vectors[0]
        } else {
            vector
        };
        let keys = keys_of(&public_half(&key["key"], &key["alg"]));
        assert_eq!(keys.len(), 1);
        let token = vector["token"].as_str().unwrap();
        let expected = vector["valid"] == true;
        assert_eq!(is_well_signed(&keys, token), expected, "{}", vector["id"]);
    }
    assert_eq!(vectors.len(), 6);
}
