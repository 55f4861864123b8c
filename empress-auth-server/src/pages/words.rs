//! Lengths of time, as people say them.

use std::time::Duration;

/// A length of time in the largest unit that fits, rounded down: `30 days`, `1 hour`.
pub(super) fn length_of_time(length: Duration) -> String {
    let secs = length.as_secs();
    let (count, unit) = UNITS
        .iter()
        .find(|(unit_secs, _)| secs >= *unit_secs)
        .map_or((secs, "second"), |(unit_secs, unit)| {
            (secs / unit_secs, unit)
        });
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}

const UNITS: [(u64, &str); 3] = [(24 * 60 * 60, "day"), (60 * 60, "hour"), (60, "minute")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_said_in_its_largest_unit() {
        for (secs, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (60, "1 minute"),
            (3_600, "1 hour"),
            (7_200, "2 hours"),
            (86_400, "1 day"),
            (90 * 86_400, "90 days"),
        ] {
            assert_eq!(length_of_time(Duration::from_secs(secs)), words);
        }
    }
}
