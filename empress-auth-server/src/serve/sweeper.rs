//! Who has taken too long? One task that looks at all connections once a second, instead of a timer for each.
//!
//! hyper's own timer knows one span, from the end of one request to the end of the next head, so that a connection kept
//! for a minute would also have a minute to dribble its head; and it is set and reset with every request.

use std::sync::Arc;
use std::time::Duration;

use super::connections::Connections;
use super::health::Health;
use super::metrics::Metrics;
use super::options::Timeouts;
use super::progress::{Phase, Ticks};

/// Ends connections whose client is too slow.
#[derive(Debug)]
pub(super) struct Sweeper {
    pub(super) connections: Connections,
    pub(super) ticks: Ticks,
    pub(super) tick: Duration,
    pub(super) timeouts: Timeouts,
    pub(super) health: Arc<Health>,
    pub(super) metrics: Arc<Metrics>,
}

impl Sweeper {
    /// Sweeps for ever.
    pub(super) async fn run(self) {
        let mut interval = tokio::time::interval(self.tick);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        // The first tick comes at once.
        interval.tick().await;
        loop {
            interval.tick().await;
            let now = self.ticks.advance();
            let is_hurried = self.connections.is_crowded() || self.health.is_draining();
            let limit = |phase| in_ticks(limit(&self.timeouts, phase, is_hurried), self.tick);
            // What began within a tick is counted from its beginning: one more, so that nobody is cut early.
            let cut = self
                .connections
                .cut(|phase, since| now.saturating_sub(since) > limit(phase));
            for phase in cut {
                self.metrics.cut(phase);
                tracing::debug!(connection.phase = phase.as_str(), "a connection was cut");
            }
        }
    }
}

/// How long a connection may be in a phase. Who waits for nothing makes room when places are needed, and so does who is
/// slow to say what it wants: strangers who send half a head would else hold all places for as long as a head may take.
fn limit(timeouts: &Timeouts, phase: Phase, is_hurried: bool) -> Duration {
    match phase {
        Phase::Head if is_hurried => timeouts.head.min(HURRIED_HEAD),
        Phase::Head => timeouts.head,
        Phase::Serving => SERVING,
        Phase::Answering => timeouts.write,
        Phase::Waiting if is_hurried => HURRIED,
        Phase::Waiting => timeouts.idle,
        Phase::Closing => LINGERING,
        Phase::Cut => Duration::MAX,
    }
}

/// Nothing of ours takes nearly as long: a password waits two seconds for its turn, a body fifteen.
const SERVING: Duration = Duration::from_secs(60);

/// For a client to read the last answer before what it still sends makes the kernel reset the connection.
const LINGERING: Duration = Duration::from_secs(2);

/// Longer than any pause within a busy connection.
const HURRIED: Duration = Duration::from_secs(1);

/// Time to send one packet again, which a slow network may need.
const HURRIED_HEAD: Duration = Duration::from_secs(2);

fn in_ticks(duration: Duration, tick: Duration) -> u64 {
    let ticks = duration.as_nanos().div_ceil(tick.as_nanos().max(1));
    u64::try_from(ticks).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    // L-4
    #[test]
    fn when_places_are_needed_the_idle_and_slow_heads_make_room_and_nobody_else() {
        let timeouts = Timeouts::default();
        let seconds = |phase, is_hurried| limit(&timeouts, phase, is_hurried).as_secs();
        assert_eq!(seconds(Phase::Head, false), 10);
        assert_eq!(seconds(Phase::Head, true), 2);
        assert_eq!(seconds(Phase::Waiting, false), 60);
        assert_eq!(seconds(Phase::Waiting, true), 1);
        for phase in [Phase::Serving, Phase::Answering, Phase::Closing] {
            assert_eq!(seconds(phase, true), seconds(phase, false), "{phase:?}");
        }
        let short = Timeouts {
            head: Duration::from_secs(1),
            ..timeouts
        };
        assert_eq!(limit(&short, Phase::Head, true), short.head);
    }
}
