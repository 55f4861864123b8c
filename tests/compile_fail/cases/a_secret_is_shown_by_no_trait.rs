//! Secrets have no `Display`, `Clone`, `==` or `Serialize`.

use empress_auth_core::jwt::HmacSecret;
use empress_auth_core::password::Password;
use empress_auth_core::{ApiSecret, GeneratedKeys, MadeSession, MadeToken, MasterKey, Minted};
use empress_auth_oauth::ClientSecret;

fn shown<T: std::fmt::Display>() {}
fn copied<T: Clone>() {}
fn compared<T: PartialEq>() {}
fn serialised<T: serde::Serialize>() {}

fn main() {
    shown::<ApiSecret>();
    shown::<GeneratedKeys>();
    shown::<MadeToken>();
    shown::<MadeSession>();
    shown::<Minted>();
    shown::<Password>();
    shown::<MasterKey>();
    shown::<HmacSecret>();
    shown::<ClientSecret>();
    copied::<ApiSecret>();
    copied::<GeneratedKeys>();
    copied::<MadeToken>();
    copied::<MadeSession>();
    copied::<Minted>();
    copied::<Password>();
    copied::<MasterKey>();
    copied::<HmacSecret>();
    copied::<ClientSecret>();
    compared::<ApiSecret>();
    compared::<GeneratedKeys>();
    compared::<MadeToken>();
    compared::<MadeSession>();
    compared::<Minted>();
    compared::<Password>();
    compared::<MasterKey>();
    compared::<HmacSecret>();
    compared::<ClientSecret>();
    serialised::<ApiSecret>();
    serialised::<GeneratedKeys>();
    serialised::<MadeToken>();
    serialised::<MadeSession>();
    serialised::<Minted>();
    serialised::<Password>();
    serialised::<MasterKey>();
    serialised::<HmacSecret>();
    serialised::<ClientSecret>();
}
