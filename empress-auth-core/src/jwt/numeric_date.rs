//! When is `exp`, `nbf` or `iat`?
//!
//! Source: [RFC 7519 §2](https://www.rfc-editor.org/rfc/rfc7519#section-2), `NumericDate`: seconds since 1970, which may
//! have a fraction.

use std::time::Duration;

use super::json::Value;

/// In which direction a fraction of a second is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Round {
    Down,
    Up,
}

/// Beyond it, readers that use doubles no longer agree.
const MAX: u64 = 1 << 53;

/// The seconds of a number from 0 to 2^53; `None` for everything else, `"1"` and `-0` included.
pub(super) fn seconds(value: Value<'_>, round: Round) -> Option<u64> {
    let Value::Number(text) = value else {
        return None;
    };
    let seconds = match text.parse::<u64>() {
        Ok(whole) => whole,
        Err(_) => {
            let number = Some(text).filter(|text| !text.starts_with('-'))?;
            let since_epoch = Duration::try_from_secs_f64(number.parse().ok()?).ok()?;
            let up = u64::from(round == Round::Up && since_epoch.subsec_nanos() != 0);
            since_epoch.as_secs().checked_add(up)?
        }
    };
    (seconds <= MAX).then_some(seconds)
}
