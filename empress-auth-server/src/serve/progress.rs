//! How far is a connection, and since when?
//!
//! ```text
//! Head ──► Serving ──► Answering ──► Waiting ──► Head …        any ──► Closing, Cut
//! ```
//!
//! One number for each connection. The connection writes it as it goes along, the [sweeper](super::sweeper) reads it now
//! and then. No timer is set and no clock read for a request: time is counted in ticks of the sweeper.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Waiting for the rest of a head; a new connection for all of it.
    Head,
    /// The request is being answered: its body is read, the store asked.
    Serving,
    /// The answer is made and not yet taken.
    Answering,
    /// The answer is taken, the next request has not begun.
    Waiting,
    /// Our side is shut; what the client still sends is thrown away.
    Closing,
    /// The sweeper took it; nothing may begin any more.
    Cut,
}

impl Phase {
    const ALL: [Self; 6] = [
        Self::Head,
        Self::Serving,
        Self::Answering,
        Self::Waiting,
        Self::Closing,
        Self::Cut,
    ];

    /// Its word in metrics and logs.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Serving => "serving",
            Self::Answering => "answering",
            Self::Waiting => "waiting",
            Self::Closing => "closing",
            Self::Cut => "cut",
        }
    }

    const fn number(self) -> u64 {
        match self {
            Self::Head => 0,
            Self::Serving => 1,
            Self::Answering => 2,
            Self::Waiting => 3,
            Self::Closing => 4,
            Self::Cut => 5,
        }
    }
}

/// The time, in ticks since the server began; moved on by its sweeper.
#[derive(Debug, Clone, Default)]
pub(super) struct Ticks(Arc<AtomicU64>);

impl Ticks {
    pub(super) fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn advance(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// The phase of a connection and the tick at which it began.
#[derive(Debug)]
pub(super) struct Progress {
    ticks: Ticks,
    /// The phase in the three lowest bits, the tick above them.
    word: AtomicU64,
}

impl Progress {
    /// Of a connection that begins now.
    pub(super) fn new(ticks: Ticks) -> Self {
        let word = AtomicU64::new(word(Phase::Head, ticks.now()));
        Self { ticks, word }
    }

    /// The phase and since when.
    pub(super) fn read(&self) -> (Phase, u64) {
        parts(self.word.load(Ordering::Acquire))
    }

    /// Bytes came in: if none were awaited yet, a head begins.
    pub(super) fn received(&self) {
        self.step(Phase::Waiting, Phase::Head);
    }

    /// A whole head is there. False if the connection was cut: then nothing may be done any more.
    pub(super) fn serve(&self) -> bool {
        let next = word(Phase::Serving, self.ticks.now());
        let update = |present| (parts(present).0 != Phase::Cut).then_some(next);
        self.word
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, update)
            .is_ok()
    }

    /// The answer is made.
    pub(super) fn answered(&self) {
        self.step(Phase::Serving, Phase::Answering);
    }

    /// All that was written is out; if that was an answer, the client may ask again.
    pub(super) fn flushed(&self) {
        self.step(Phase::Answering, Phase::Waiting);
    }

    /// Our side is being shut.
    pub(super) fn closing(&self) {
        let (phase, _) = self.read();
        if !matches!(phase, Phase::Closing | Phase::Cut) {
            self.step(phase, Phase::Closing);
        }
    }

    /// Takes the connection out of a phase that it has been in since this tick. False if it went on meanwhile.
    pub(super) fn cut(&self, phase: Phase, since: u64) -> bool {
        let present = word(phase, since);
        let cut = word(Phase::Cut, since);
        self.word
            .compare_exchange(present, cut, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    fn step(&self, from: Phase, to: Phase) {
        let present = self.word.load(Ordering::Relaxed);
        if parts(present).0 == from {
            let next = word(to, self.ticks.now());
            // Fails only if the sweeper was faster; then the connection has ended.
            let _ = self
                .word
                .compare_exchange(present, next, Ordering::AcqRel, Ordering::Acquire);
        }
    }
}

const fn word(phase: Phase, tick: u64) -> u64 {
    (tick << 3) | phase.number()
}

fn parts(word: u64) -> (Phase, u64) {
    let phase = Phase::ALL
        .into_iter()
        .find(|phase| phase.number() == (word & 7));
    (phase.unwrap_or(Phase::Cut), word >> 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_goes_round_and_each_phase_has_its_tick() {
        let ticks = Ticks::default();
        let progress = Progress::new(ticks.clone());
        assert_eq!(progress.read(), (Phase::Head, 0));
        ticks.advance();
        progress.received();
        assert_eq!(progress.read(), (Phase::Head, 0), "more of the same head");
        progress.flushed();
        assert_eq!(progress.read(), (Phase::Head, 0), "nothing was answered");
        assert!(progress.serve());
        assert_eq!(progress.read(), (Phase::Serving, 1));
        progress.flushed();
        progress.received();
        assert_eq!(
            progress.read(),
            (Phase::Serving, 1),
            "100 Continue, the body"
        );
        ticks.advance();
        progress.answered();
        assert_eq!(progress.read(), (Phase::Answering, 2));
        progress.flushed();
        assert_eq!(progress.read(), (Phase::Waiting, 2));
        ticks.advance();
        progress.received();
        assert_eq!(progress.read(), (Phase::Head, 3));
        progress.closing();
        assert_eq!(progress.read(), (Phase::Closing, 3));
    }

    #[test]
    fn what_was_cut_stays_cut() {
        let progress = Progress::new(Ticks::default());
        assert!(!progress.cut(Phase::Waiting, 0), "it is in another phase");
        assert!(
            !progress.cut(Phase::Head, 1),
            "it entered the phase at another time"
        );
        assert!(progress.cut(Phase::Head, 0));
        assert!(!progress.serve());
        progress.closing();
        assert_eq!(progress.read().0, Phase::Cut);
    }
}
