//! How does a command answer? In words and columns for people, or as one JSON value for programs.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};

use serde::Serialize;
use zeroize::Zeroizing;

use crate::failure::{Failure, one_line};
use crate::logging::is_obeyed;

/// Where and how answers are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    form: Form,
}

/// For whom an answer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    People,
    Json,
}

impl Output {
    pub(crate) const fn new(form: Form) -> Self {
        Self { form }
    }

    /// Writes the only answer of a command, in one piece; `json` is for programs, `text` for people.
    ///
    /// The buffer is wiped: a secret may be in it.
    pub(crate) fn answer(self, json: &impl Serialize, text: &str) -> Result<(), Failure> {
        let mut answer = Zeroizing::new(Vec::with_capacity(ANSWER_BYTES));
        match self.form {
            Form::Json => serde_json::to_writer(&mut *answer, json).map_err(io::Error::from),
            Form::People => {
                show(text, &mut answer);
                Ok(())
            }
        }
        .map_err(|error| not_written(&error))?;
        answer.push(b'\n');
        write_out(&answer)
    }

    /// Like [`answer`](Self::answer), for a secret that no later command can show: that nobody reads it is a failure.
    pub(crate) fn answer_once(
        self,
        json: &impl Serialize,
        text: &str,
        lost: &str,
    ) -> Result<(), Failure> {
        self.answer(json, text).map_err(|_| {
            Failure::failed(format!(
                "standard output could not be written, and the secret was shown nowhere else; {lost}"
            ))
        })
    }

    /// Begins a list, which is written page by page.
    pub(crate) fn list<const COLUMNS: usize>(
        self,
        titles: [&'static str; COLUMNS],
    ) -> List<COLUMNS> {
        List {
            form: self.form,
            titles,
            widths: titles.map(str::len),
            written: 0,
        }
    }
}

/// Lines as people see them: names of users may hold what a terminal would obey.
fn show(text: &str, answer: &mut Vec<u8>) {
    for c in text.chars() {
        let shown = if c != '\n' && is_obeyed(c) { ' ' } else { c };
        answer.extend_from_slice(shown.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// More than any answer is long, so that no half-written copy of a secret is left by a buffer that grew.
const ANSWER_BYTES: usize = 16 * 1024;

/// A list under way: an array for programs, a table for people.
#[derive(Debug)]
pub(crate) struct List<const COLUMNS: usize> {
    form: Form,
    titles: [&'static str; COLUMNS],
    widths: [usize; COLUMNS],
    written: usize,
}

impl<const COLUMNS: usize> List<COLUMNS> {
    /// Writes the next items.
    pub(crate) fn page<T: Serialize>(
        &mut self,
        items: &[T],
        row: impl Fn(&T) -> [String; COLUMNS],
    ) -> Result<(), Failure> {
        let page = match self.form {
            Form::Json => self.json(items)?,
            Form::People => self.table(&items.iter().map(row).collect::<Vec<_>>()),
        };
        self.written += items.len();
        write_out(page.as_bytes())
    }

    /// Ends the list; `empty` is what people read if nothing was in it.
    pub(crate) fn end(self, empty: &str) -> Result<(), Failure> {
        match (self.form, self.written) {
            (Form::Json, 0) => write_out(b"[]\n"),
            (Form::Json, _) => write_out(b"]\n"),
            (Form::People, 0) => write_out(format!("{empty}\n").as_bytes()),
            (Form::People, _) => Ok(()),
        }
    }

    fn json<T: Serialize>(&self, items: &[T]) -> Result<String, Failure> {
        let mut page = String::new();
        for (at, item) in items.iter().enumerate() {
            page.push(if self.written + at == 0 { '[' } else { ',' });
            page += &serde_json::to_string(item).map_err(|error| not_written(&error.into()))?;
        }
        Ok(page)
    }

    fn table(&mut self, rows: &[[String; COLUMNS]]) -> String {
        let mut page = String::new();
        // Only what is in this page can be measured; the columns of later pages may be wider, never narrower.
        for row in rows {
            for (width, cell) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        if self.written == 0 && !rows.is_empty() {
            self.line(&mut page, &self.titles.map(str::to_owned));
        }
        for row in rows {
            self.line(&mut page, row);
        }
        page
    }

    fn line(&self, page: &mut String, cells: &[String; COLUMNS]) {
        let start = page.len();
        for (cell, width) in cells.iter().zip(self.widths) {
            let cell = one_line(cell);
            // Writing to a `String` cannot fail.
            _ = write!(page, "{cell:width$}  ");
        }
        let used = page.get(start..).unwrap_or_default().trim_end().len();
        page.truncate(start + used);
        page.push('\n');
    }
}

/// Writes to standard output, all of it and at once.
pub(crate) fn write_out(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| not_written(&error))
}

fn not_written(error: &io::Error) -> Failure {
    if error.kind() == ErrorKind::BrokenPipe {
        Failure::nobody_reads()
    } else {
        Failure::failed(format!("standard output could not be written: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut list = Output::new(Form::People).list(["NAME", "ROLES"]);
        let rows = vec![
            ["ada".to_owned(), String::new()],
            ["Ольга Ш.".to_owned(), "System Manager".to_owned()],
        ];
        assert_eq!(
            list.table(&rows),
            "NAME      ROLES\nada\nОльга Ш.  System Manager\n"
        );
    }

    #[test]
    fn pages_of_a_list_make_one_array() {
        let mut list = Output::new(Form::Json).list(["N"]);
        let mut text = list.json(&[1, 2]).unwrap();
        list.written = 2;
        text += &list.json(&[3]).unwrap();
        assert_eq!(text, "[1,2,3");
    }

    // K-15
    #[test]
    fn an_answer_has_its_lines_and_nothing_that_is_obeyed() {
        let mut answer = Vec::new();
        show("\u{202e}ada\u{1b}[2J\u{2028}is\nŠárka", &mut answer);
        assert_eq!(String::from_utf8(answer).unwrap(), " ada [2J is\nŠárka");
    }

    #[test]
    fn a_cell_cannot_move_the_cursor() {
        let mut list = Output::new(Form::People).list(["NAME"]);
        let table = list.table(&[["\u{1b}[2Jx\ny".to_owned()]]);
        assert_eq!(table, "NAME\n [2Jx y\n");
    }
}
