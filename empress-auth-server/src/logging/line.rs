//! One event as one line.

use std::fmt::{self, Write as _};

use empress_auth_core::Clock;
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Level};

use crate::serve::request_id::RequestId;

/// What is written of an event.
#[derive(Debug)]
pub(super) struct Line {
    time: String,
    level: Level,
    target: &'static str,
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Line {
    pub(super) fn of(event: &Event<'_>) -> Self {
        let mut line = Self {
            time: now(),
            level: *event.metadata().level(),
            target: event.metadata().target(),
            message: String::new(),
            fields: Vec::new(),
        };
        event.record(&mut line);
        if let Some(id) = RequestId::current() {
            line.fields.push(("request.id", id.to_string().into()));
        }
        line
    }

    /// What is written in place of lines that nobody read in time.
    pub(super) fn of_loss(count: u64) -> Self {
        Self {
            time: now(),
            level: Level::WARN,
            target: module_path!(),
            message: "lines of the log are lost, because nobody read it in time".to_owned(),
            fields: vec![("lines", count.into())],
        }
    }

    pub(super) fn written(&self, is_json: bool) -> String {
        if is_json {
            self.to_json()
        } else {
            self.to_text()
        }
    }

    /// `2026-05-01T12:00:00.123Z  INFO message name=value`
    fn to_text(&self) -> String {
        let mut text = format!("{} {:>5} {}", self.time, self.level, self.message);
        for (name, value) in &self.fields {
            // Writing to a string does not fail.
            let _ = match value.as_str() {
                Some(plain) if is_plain(plain) => write!(text, " {name}={plain}"),
                Some(_) | None => write!(text, " {name}={value}"),
            };
        }
        finished(&text)
    }

    /// An object with the members `time`, `level`, `target`, `message`, and the fields as they are named.
    fn to_json(&self) -> String {
        let mut text = String::from("{");
        let level = self.level.as_str();
        for (name, value) in [
            ("time", self.time.as_str()),
            ("level", level),
            ("target", self.target),
            ("message", &self.message),
        ] {
            // Writing to a string does not fail.
            let _ = write!(text, "\"{name}\":{},", Value::from(value));
        }
        for (name, value) in &self.fields {
            let _ = write!(text, "{}:{value},", Value::from(*name));
        }
        text.pop();
        text.push('}');
        finished(&text)
    }

    fn push(&mut self, field: &Field, value: impl Into<Value>) {
        self.fields.push((field.name(), value.into()));
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.push(field, format!("{value:?}"));
        }
    }
}

fn now() -> String {
    match jiff::Timestamp::try_from(Clock::system().now()) {
        Ok(now) => format!("{now:.3}"),
        Err(_) => String::from("-"),
    }
}

/// Whether a text can stand in a line without quotes.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "-_.:/@+{}".contains(c))
}

/// Ends the line, in which every control is written `\u001b`: what JSON takes for the control itself.
///
/// JSON demands that of some of them only. A terminal obeys the others, too, and viewers break or turn lines at the
/// separators and the directional marks of Unicode.
fn finished(line: &str) -> String {
    let mut text = String::with_capacity(line.len() + 1);
    for c in line.chars() {
        if is_obeyed(c) {
            // Writing to a string does not fail.
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        } else {
            text.push(c);
        }
    }
    text.push('\n');
    text
}

/// Whether a terminal or a viewer does something at a character in place of showing it: controls, separators of lines,
/// directional marks.
pub(crate) fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}
