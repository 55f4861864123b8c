//! How much processor time has a server used? On a shared machine that is steadier than the clock on the wall.

use std::fs;

/// The kernel's unit in `/proc`, a hundredth of a second on every Linux that one meets.
const TICKS_A_SECOND: f64 = 100.0;

/// Seconds of processor time of a process and its direct children (gunicorn's worker is one).
#[must_use]
pub fn seconds(id: u32) -> f64 {
    let Ok(folder) = fs::read_dir("/proc") else {
        return 0.0;
    };
    let ticks: u64 = folder
        .filter_map(|entry| {
            let process: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            let (parent, ticks) = parse(&stat)?;
            (process == id || parent == id).then_some(ticks)
        })
        .sum();
    ticks as f64 / TICKS_A_SECOND
}

/// Parent and user plus system time, from what follows the name in brackets.
///
/// Source: proc_pid_stat(5): fields 4, 14 and 15; the name is field 2 and may hold anything.
fn parse(stat: &str) -> Option<(u32, u64)> {
    let mut fields = stat.rsplit_once(") ")?.1.split(' ');
    let parent = fields.nth(1)?.parse().ok()?;
    let user: u64 = fields.nth(9)?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((parent, user + system))
}
