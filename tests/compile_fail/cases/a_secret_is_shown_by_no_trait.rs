//! Secrets have no `Display`, `Clone`, `==` or `Serialize`.

use empress_auth_core::password::Password;
use empress_auth_core::{ApiSecret, GeneratedKeys, MadeToken};

fn shown<T: std::fmt::Display>() {}
fn copied<T: Clone>() {}
fn compared<T: PartialEq>() {}
fn serialised<T: serde::Serialize>() {}

fn main() {
    shown::<ApiSecret>();
    shown::<GeneratedKeys>();
    shown::<MadeToken>();
    shown::<Password>();
    copied::<ApiSecret>();
    copied::<GeneratedKeys>();
    copied::<MadeToken>();
    copied::<Password>();
    compared::<ApiSecret>();
    compared::<GeneratedKeys>();
    compared::<MadeToken>();
    compared::<Password>();
    serialised::<ApiSecret>();
    serialised::<GeneratedKeys>();
    serialised::<MadeToken>();
    serialised::<Password>();
}
