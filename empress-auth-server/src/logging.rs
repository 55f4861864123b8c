//! What does the log look like?
//!
//! One event is one line on standard error: readable text on a terminal, JSON elsewhere. Controls are escaped in both, so
//! that nobody can forge a line or a colour by a name. Secrets are kept out where events are made; a panic's message,
//! which may quote anything, is not written at all. Nobody waits for whoever reads the log ([`writer`]).

use std::io::{self, IsTerminal, Write};
use std::panic::PanicHookInfo;
use std::time::Duration;

use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{ParseError, Targets};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, registry};

mod line;
mod writer;

use self::line::Line;
pub(crate) use self::line::is_obeyed;
use self::writer::Writer;

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum LogFormat {
    /// Text if standard error is a terminal, else JSON.
    #[default]
    Auto,
    Text,
    Json,
}

/// The log of this process; what is still to be written is, when it is dropped.
#[must_use = "what is not written yet is lost without it"]
#[derive(Debug)]
pub(crate) struct Log(Option<Writer>);

impl Drop for Log {
    fn drop(&mut self) {
        if let Some(writer) = &self.0 {
            writer.flush(PATIENCE);
        }
    }
}

/// How long the end of the program waits for whoever reads the log.
const PATIENCE: Duration = Duration::from_secs(1);

/// Starts logging, for the rest of the process. `levels` is `info`, or by target: `warn,empress_auth_core=debug`.
///
/// # Errors
///
/// [`ParseError`] if `levels` cannot be read.
pub(crate) fn start(format: LogFormat, levels: &str) -> Result<Log, ParseError> {
    let levels: Targets = levels.parse()?;
    let is_json = match format {
        LogFormat::Auto => !io::stderr().is_terminal(),
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    // Without a thread there is a log all the same, which may have to be waited for.
    let writer = Writer::start(io::stderr(), move |count| {
        Line::of_loss(count).written(is_json)
    });
    let writer = writer.ok();
    let queue = writer.clone();
    let write = move |line: String| match &queue {
        Some(queue) => queue.write(line),
        // A log that cannot be written cannot be complained of.
        None => _ = io::stderr().lock().write_all(line.as_bytes()),
    };
    let lines = Lines { is_json, write };
    // Fails only if there is a log already, as in tests; then that one stays.
    let _ = registry().with(lines.with_filter(levels)).try_init();
    std::panic::set_hook(Box::new(log_panic));
    Ok(Log(writer))
}

/// Where it happened, and not what it says: a message about a string quotes the string.
fn log_panic(info: &PanicHookInfo<'_>) {
    let location = info.location().map(tracing::field::display);
    tracing::error!(
        panic.location = location,
        "a panic: please report it, it is a defect of this program"
    );
}

/// Writes each event with `write`.
struct Lines<W> {
    is_json: bool,
    write: W,
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(String) + 'static,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        (self.write)(Line::of(event).written(self.is_json));
    }
}

/// Writes every event of this thread, at whatever level, to `lines` as long as the guard lives.
#[cfg(test)]
pub(crate) fn capture(lines: std::sync::Arc<std::sync::Mutex<String>>) -> impl Drop {
    static HOOK: std::sync::Once = std::sync::Once::new();
    HOOK.call_once(|| {
        // Tests that fail must still say why.
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            log_panic(info);
            usual(info);
        }));
    });
    let write = move |line: String| lines.lock().unwrap().push_str(&line);
    let lines = Lines {
        is_json: true,
        write,
    };
    tracing::subscriber::set_default(registry().with(lines))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    fn logged(is_json: bool, log: impl FnOnce()) -> String {
        let text = Arc::new(Mutex::new(String::new()));
        let written = Arc::clone(&text);
        let write = move |line: String| written.lock().unwrap().push_str(&line);
        let subscriber = registry().with(Lines { is_json, write });
        tracing::subscriber::with_default(subscriber, log);
        text.lock().unwrap().clone()
    }

    // K-15
    #[test]
    fn whatever_a_field_holds_an_event_is_one_line() {
        let hostile = [
            "\n2026-01-01T00:00:00Z INFO forged",
            "\r\nforged",
            "\u{1b}[2J\u{1b}[31mred",
            "\u{9b}31m",
            "\u{7f}\u{8}\u{8}",
            "a\u{85}b\u{2028}c\u{2029}d",
            "\u{202e}desrever",
            "\"},{\"level\":\"INFO",
            "a b=c",
            "\0",
        ];
        for value in hostile {
            for is_json in [true, false] {
                let log = logged(is_json, || {
                    tracing::info!(plain = value, shown = %value, debugged = ?value, "{value}");
                });
                assert_eq!(log.matches('\n').count(), 1, "{log:?}");
                let line = log.trim_end_matches('\n');
                let is_clean = |c: char| !c.is_control() && !matches!(c, '\u{2028}'..='\u{202e}');
                assert!(line.chars().all(is_clean), "{line:?}");
                if is_json {
                    let json: serde_json::Value = serde_json::from_str(line).unwrap();
                    assert_eq!(json["plain"], value);
                    assert_eq!(json["shown"], value);
                    assert_eq!(json["message"], value);
                    assert_eq!(json["level"], "INFO");
                }
            }
        }
    }

    #[test]
    fn a_line_says_when_how_bad_where_and_what() {
        let log = || {
            tracing::warn!(
                http.status = 503,
                user.name = "ada lovelace",
                ready = false,
                "request"
            )
        };
        let json: serde_json::Value = serde_json::from_str(&logged(true, log)).unwrap();
        assert_eq!(json["http.status"], 503);
        assert_eq!(json["ready"], false);
        assert!(json["time"].as_str().unwrap().ends_with('Z'));
        assert_eq!(json["target"], "empress_auth::logging::tests");
        let text = logged(false, log);
        assert!(
            text.ends_with(
                " WARN request http.status=503 user.name=\"ada lovelace\" ready=false\n"
            ),
            "{text}"
        );
    }
}
