//! How long is `90d`?

use std::time::Duration;

/// Reads a length of time: whole numbers, each with its unit, such as `90d`, `1h30m` or `500ms`.
///
/// Without a unit it is refused: some would mean seconds, others milliseconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let mut rest = text;
    let mut millis = 0_u64;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at(letters);
        let part = UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .and_then(|(_, unit)| number.parse::<u64>().ok()?.checked_mul(*unit));
        millis = part
            .and_then(|part| millis.checked_add(part))
            .ok_or_else(not_a_duration)?;
        rest = after;
    }
    if text.is_empty() {
        return Err(not_a_duration());
    }
    Ok(Duration::from_millis(millis))
}

/// Writes a length of time as [`parse`] reads it, in the largest units that it fills.
pub(crate) fn show(duration: Duration) -> String {
    let mut millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    // Weeks are read and not written: people count sessions and tokens in days.
    for (name, unit) in UNITS.iter().skip(1) {
        if millis >= *unit {
            text += &format!("{}{name}", millis / unit);
            millis %= unit;
        }
    }
    if text.is_empty() {
        "0s".to_owned()
    } else {
        text
    }
}

fn not_a_duration() -> String {
    "not a length of time; write numbers with a unit (ms, s, m, h, d, w), such as 90d or 1h30m"
        .to_owned()
}

/// In milliseconds, the largest first.
const UNITS: [(&str, u64); 6] = [
    ("w", 7 * 24 * 60 * 60 * 1_000),
    ("d", 24 * 60 * 60 * 1_000),
    ("h", 60 * 60 * 1_000),
    ("m", 60 * 1_000),
    ("s", 1_000),
    ("ms", 1),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units_add_up() {
        for (text, secs) in [
            ("90d", 7_776_000),
            ("2w", 1_209_600),
            ("12h", 43_200),
            ("1h30m", 5_400),
            ("30s", 30),
            ("2000ms", 2),
            ("0s", 0),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(secs)), "{text}");
        }
    }

    #[test]
    fn a_number_without_a_unit_and_a_unit_without_a_number_are_refused() {
        for text in [
            "",
            "90",
            "d",
            "90 d",
            "90D",
            "1.5h",
            "-1d",
            "+1d",
            "90days",
            "1h30",
            "h1",
            "1y",
            "99999999999999999999d",
            "9999999999999999d",
            "é",
            "1é",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn what_is_shown_reads_back() {
        for (millis, text) in [
            (0, "0s"),
            (500, "500ms"),
            (3_600_000, "1h"),
            (5_400_000, "1h30m"),
            (604_800_000, "7d"),
        ] {
            let duration = Duration::from_millis(millis);
            assert_eq!(show(duration), text);
            assert_eq!(parse(text), Ok(duration));
        }
    }
}
