//! How is a value written into a column, and read back? The same for every SQL database.
//!
//! Times are milliseconds since 1970, lists are JSON, ids are numbers.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use empress_auth_core::network::Network;
use empress_auth_core::{Scopes, SecretDigest, TokenId};

/// A column holds what this program did not write.
#[derive(Debug, thiserror::Error)]
#[error("the stored {0} cannot be read")]
pub(crate) struct Unreadable(pub(crate) &'static str);

/// A moment before 1970 counts as 1970.
pub(crate) fn from_time(time: SystemTime) -> i64 {
    time.duration_since(UNIX_EPOCH).map_or(0, from_duration)
}

pub(crate) fn to_time(millis: i64) -> SystemTime {
    UNIX_EPOCH
        .checked_add(to_duration(millis))
        .unwrap_or(UNIX_EPOCH)
}

pub(crate) fn from_duration(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn to_duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

/// Databases have signed numbers only: the sign bit is turned over, so that the order stays.
pub(crate) const fn from_token_id(id: TokenId) -> i64 {
    (id.number() ^ SIGN_BIT).cast_signed()
}

pub(crate) const fn to_token_id(number: i64) -> TokenId {
    TokenId::from_number(number.cast_unsigned() ^ SIGN_BIT)
}

const SIGN_BIT: u64 = 1 << 63;

/// No list stands for every scope, an empty list for none.
pub(crate) fn from_scopes(scopes: &Scopes) -> Option<String> {
    scopes.as_list().map(json)
}

pub(crate) fn to_scopes(column: Option<&str>) -> Result<Scopes, Unreadable> {
    let Some(text) = column else {
        return Ok(Scopes::all());
    };
    let list: Vec<Box<str>> = serde_json::from_str(text).map_err(|_| Unreadable("scopes"))?;
    Ok(Scopes::only(list))
}

/// No list stands for an empty one, which is what most rows have.
pub(crate) fn from_list(list: &[Box<str>]) -> Option<String> {
    (!list.is_empty()).then(|| json(list))
}

pub(crate) fn to_list(
    column: Option<&str>,
    what: &'static str,
) -> Result<Vec<Box<str>>, Unreadable> {
    column.map_or_else(
        || Ok(Vec::new()),
        |text| serde_json::from_str(text).map_err(|_| Unreadable(what)),
    )
}

pub(crate) fn from_roles(roles: &[Box<str>]) -> Option<String> {
    from_list(roles)
}

pub(crate) fn to_roles(column: Option<&str>) -> Result<Vec<Box<str>>, Unreadable> {
    to_list(column, "roles")
}

pub(crate) fn from_networks(networks: &[Network]) -> Option<String> {
    let texts: Vec<Box<str>> = networks
        .iter()
        .map(|network| network.to_string().into())
        .collect();
    from_list(&texts)
}

pub(crate) fn to_networks(column: Option<&str>) -> Result<Vec<Network>, Unreadable> {
    to_list(column, "networks")?
        .iter()
        .map(|text| text.parse().map_err(|_| Unreadable("networks")))
        .collect()
}

pub(crate) fn to_digest(algorithm: &str, bytes: &[u8]) -> Result<SecretDigest, Unreadable> {
    SecretDigest::from_stored(algorithm, bytes).ok_or(Unreadable("digest"))
}

/// The most rows that are asked for.
pub(crate) fn from_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A list that is written even if it is empty.
pub(crate) fn json(list: &[Box<str>]) -> String {
    serde_json::Value::from(list.iter().map(|text| &**text).collect::<Vec<_>>()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_ids_keep_their_order() {
        let numbers = [0, 1, SIGN_BIT - 1, SIGN_BIT, u64::MAX];
        let columns = numbers.map(|number| from_token_id(TokenId::from_number(number)));
        assert!(columns.is_sorted());
        assert_eq!(columns.map(|column| to_token_id(column).number()), numbers);
    }

    #[test]
    fn every_scope_no_scope_and_some_scopes_come_back() {
        for scopes in [
            Scopes::all(),
            Scopes::only::<&str>([]),
            Scopes::only(["a:read", "\"\\☃\0"]),
        ] {
            assert_eq!(to_scopes(from_scopes(&scopes).as_deref()).unwrap(), scopes);
        }
        assert!(to_scopes(Some("a b")).is_err());
    }

    #[test]
    fn networks_come_back_and_none_is_not_everywhere() {
        let networks: Vec<Network> = ["192.0.2.0/24", "2001:db8::/32", "*"]
            .map(|text| text.parse().unwrap())
            .into();
        let column = from_networks(&networks);
        assert_eq!(to_networks(column.as_deref()).unwrap(), networks);
        assert_eq!(to_networks(None).unwrap(), []);
        assert!(to_networks(Some("[\"192.0.2.1/24\"]")).is_err());
    }

    #[test]
    fn moments_come_back_to_the_millisecond() {
        let at = UNIX_EPOCH + Duration::from_millis(1_800_000_000_123);
        assert_eq!(to_time(from_time(at)), at);
        assert_eq!(from_time(UNIX_EPOCH - Duration::from_secs(1)), 0);
        assert_eq!(to_time(-1), UNIX_EPOCH);
    }
}
