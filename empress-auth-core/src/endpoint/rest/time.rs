//! Moments as [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339) text, in UTC and to the second.

use std::time::SystemTime;

use jiff::Timestamp;

/// `2026-01-02T03:04:05Z`; a moment beyond the year 9999 is written as its last second.
pub(super) fn text(moment: SystemTime) -> String {
    let moment = Timestamp::try_from(moment).unwrap_or(Timestamp::MAX);
    let whole = Timestamp::from_second(moment.as_second()).unwrap_or(moment);
    whole.to_string()
}

/// Reads a date and time with an offset; `None` for anything else, RFC 9557's zone names too.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let is_rfc3339 = (20..=35).contains(&text.len()) && !text.contains(['[', ',']);
    let moment: Timestamp = text.parse().ok().filter(|_| is_rfc3339)?;
    Some(moment.into())
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    const MOMENT: Duration = Duration::from_secs(1_767_323_045);

    #[test]
    fn moments_are_written_to_the_second() {
        let moment = UNIX_EPOCH + MOMENT + Duration::from_millis(999);
        assert_eq!(text(moment), "2026-01-02T03:04:05Z");
        assert_eq!(text(UNIX_EPOCH), "1970-01-01T00:00:00Z");
        let never = UNIX_EPOCH + Duration::from_secs(1 << 60);
        assert!(text(never).starts_with("9999-12-"));
    }

    #[test]
    fn only_rfc_3339_is_read() {
        for same in [
            "2026-01-02T03:04:05Z",
            "2026-01-02t03:04:05z",
            "2026-01-02T03:04:05.000Z",
            "2026-01-02T05:04:05+02:00",
            "2026-01-01T22:34:05-04:30",
        ] {
            assert_eq!(parse(same), Some(UNIX_EPOCH + MOMENT), "{same}");
        }
        for wrong in [
            "",
            "2026-01-02",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04:05Z[UTC]",
            "2026-13-02T03:04:05Z",
            "2026-02-30T03:04:05Z",
            "1767323045",
            "20260102T030405Z",
            "tomorrow",
            "2026-01-02T03:04:05Z ",
        ] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
