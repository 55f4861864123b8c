//! What others have computed: J-9 to J-12, J-32, J-36. Their tokens carry no claims, so that the steps of a verifier are
//! taken up to these.

use std::fs;

use super::super::compact::Compact;
use super::super::header::{Header, HeaderRoom};
use super::super::segment::Room;
use super::*;

mod cookbook;
mod json_web;
mod primitives;

/// Form, header, key and signature.
fn is_well_signed(keys: &KeySet, token: &str) -> bool {
    let check = || -> Result<(), Fault> {
        let token = Compact::split(token.as_bytes())?;
        check_signature(keys, token)?;
        Room::<1_024>::new().decode(token.payload).map(|_| ())
    };
    check().is_ok()
}

/// Header, key and signature.
fn check_signature(keys: &KeySet, token: Compact<'_>) -> Result<(), Fault> {
    let mut room = HeaderRoom::new();
    let header = Header::read(&mut room, token)?;
    keys.find(&header)?.key.check_signature(token)
}

/// The keys of a JWK or a JWK Set, public or shared; none where they are refused.
fn keys_of(key: &Value) -> KeySet {
    let set = if key.get("keys").is_some() {
        key.clone()
    } else {
        json!({"keys": [key]})
    };
    let is_secret = set["keys"][0]["kty"] == "oct";
    let set = set.to_string();
    let keys = if is_secret {
        KeySet::from_secret_json(set.as_bytes())
    } else {
        KeySet::from_json(set.as_bytes())
    };
    keys.unwrap_or_default()
}

/// The public half of a key that a document prints whole, bound to an algorithm.
fn public_half(key: &Value, algorithm: &Value) -> Value {
    let mut key = key.clone();
    let members = key.as_object_mut().unwrap();
    members.retain(|name, _| !["d", "p", "q", "dp", "dq", "qi"].contains(&name.as_str()));
    members.insert("alg".to_owned(), algorithm.clone());
    key
}

/// A file among the vectors, or `None` (and a line that says so) where they are absent.
fn file(name: &str) -> Option<Value> {
    let path = crate::vectors::folder(name)?;
    Some(serde_json::from_slice(&fs::read(path).unwrap()).unwrap())
}
