//! The provider's stores on SQLite: who may ask for tokens, what was granted, and the tokens made under it.
//!
//! 1. [`clients`] keeps clients, [`known_clients`] remembers them; [`consents`] keeps what users allowed them for good.
//! 2. [`grants`] is the store of codes, grants and tokens: [`codes`] are redeemed once, [`refresh_tokens`] rotated,
//!    [`access_tokens`] found.
//! 3. [`signing_keys`] are replaced all at once.
//!
//! What must happen once is one conditional statement, and there is one writer; no rule is here.

use super::change::Change;
use super::not_found;
use super::query::Failed;

mod access_tokens;
mod client_row;
mod clients;
mod codes;
mod consents;
mod grant_row;
mod grants;
mod known_clients;
mod refresh_tokens;
mod signing_keys;
mod sql;

pub(super) use self::access_tokens::find;
pub(super) use self::known_clients::KnownClients;

/// The number of a user's row; nothing for what is no user's id, such as a client's.
fn user_number(id: &str) -> Option<i64> {
    let number: i64 = id.parse().ok()?;
    // A sign or a zero in front makes another text of the same number.
    (number.to_string() == id).then_some(number)
}

/// The number of a user that is there and enabled.
fn enabled_user(change: &Change<'_>, id: &str) -> Result<i64, Failed> {
    let number = user_number(id).ok_or_else(|| not_found("user"))?;
    let is_enabled = change.one(sql::USER_IS_ENABLED, [number], |_| Ok(()))?;
    is_enabled.ok_or_else(|| not_found("enabled user"))?;
    Ok(number)
}

fn check_client(change: &Change<'_>, id: &str) -> Result<(), Failed> {
    let is_there = change.one(sql::CLIENT_IS_THERE, [id], |_| Ok(()))?;
    is_there.ok_or_else(|| not_found("client"))
}
