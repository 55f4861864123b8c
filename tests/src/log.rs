//! What a server logs, for scenarios that ask whether the right words are there.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, OnceLock};

use tracing::field::{Field, Visit};
use tracing::span;
use tracing::{Event, Level, Metadata, Subscriber};

/// The lines that one server logged.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

thread_local! {
    static OF_THIS_THREAD: RefCell<Option<Log>> = const { RefCell::new(None) };
}

impl Log {
    /// Takes what this thread logs from now on.
    pub(crate) fn listen(&self) {
        static ONCE: OnceLock<bool> = OnceLock::new();
        ONCE.get_or_init(|| tracing::subscriber::set_global_default(PerThread).is_ok());
        OF_THIS_THREAD.set(Some(self.clone()));
    }

    /// All lines so far: level, fields.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// The lines at level ERROR.
    #[must_use]
    pub fn errors(&self) -> Vec<String> {
        let mut lines = self.lines();
        lines.retain(|line| line.starts_with("ERROR"));
        lines
    }
}

/// Hands each event to the log of the thread that it happens on.
struct PerThread;

impl Subscriber for PerThread {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::DEBUG
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        OF_THIS_THREAD.with_borrow(|log| {
            if let Some(log) = log {
                log.0.lock().unwrap().push(line.0);
            }
        });
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}
