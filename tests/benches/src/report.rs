//! Markdown that people read: tables, and what became of each goal.

use std::fmt::Display;

/// A table; the first column is text, the others are figures.
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column heads.
    #[must_use]
    pub fn new(heads: &[&str]) -> Self {
        Self {
            rows: vec![heads.iter().map(ToString::to_string).collect()],
        }
    }

    /// Adds a line.
    pub fn row(&mut self, cells: &[&dyn Display]) {
        self.rows
            .push(cells.iter().map(ToString::to_string).collect());
    }

    /// Prints it under a heading.
    pub fn print(&self, heading: &str) {
        let columns = self.rows[0].len();
        let widths: Vec<usize> = (0..columns)
            .map(|c| {
                self.rows
                    .iter()
                    .map(|row| row[c].chars().count())
                    .max()
                    .unwrap_or(0)
                    .max(3)
            })
            .collect();
        println!("\n### {heading}\n");
        for (r, row) in self.rows.iter().enumerate() {
            let cells: Vec<String> = (0..columns)
                .map(|c| {
                    let width = widths[c];
                    if c == 0 {
                        format!("{:<width$}", row[c])
                    } else {
                        format!("{:>width$}", row[c])
                    }
                })
                .collect();
            println!("| {} |", cells.join(" | "));
            if r == 0 {
                let rules: Vec<String> = (0..columns)
                    .map(|c| {
                        if c == 0 {
                            "-".repeat(widths[c])
                        } else {
                            "-".repeat(widths[c] - 1) + ":"
                        }
                    })
                    .collect();
                println!("| {} |", rules.join(" | "));
            }
        }
    }
}

/// The goals that one program can judge.
#[derive(Default)]
pub struct Goals {
    lines: Vec<[String; 4]>,
}

impl Goals {
    /// The figure must not be above `limit`.
    pub fn at_most(&mut self, what: &str, figure: Option<f64>, limit: f64) {
        self.add(what, figure, format!("≤ {limit}"), |figure| {
            figure <= limit
        });
    }

    /// The figure must not be below `limit`.
    pub fn at_least(&mut self, what: &str, figure: Option<f64>, limit: f64) {
        self.add(what, figure, format!("≥ {limit}"), |figure| {
            figure >= limit
        });
    }

    /// Prints what became of them.
    pub fn print(&self) {
        let mut table = Table::new(&["goal", "measured", "limit", ""]);
        for [what, figure, limit, verdict] in &self.lines {
            table.row(&[what, figure, limit, verdict]);
        }
        table.print("Goals");
    }

    fn add(&mut self, what: &str, figure: Option<f64>, limit: String, met: impl Fn(f64) -> bool) {
        let verdict = match figure {
            None => "not measured",
            Some(figure) if met(figure) => "met",
            Some(_) => "MISSED",
        };
        self.lines.push([
            what.to_owned(),
            Figure(figure, 2).to_string(),
            limit,
            verdict.to_owned(),
        ]);
    }
}

/// A figure with so many decimals, or a dash.
pub struct Figure(pub Option<f64>, pub usize);

impl Display for Figure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            // Deliberately not -0: a difference that rounds to nothing has no sign.
            Some(figure) if figure.abs() < 0.5 * 10_f64.powi(-(self.1 as i32)) => f.pad("0"),
            Some(figure) => write!(f, "{figure:.*}", self.1),
            None => f.pad("–"),
        }
    }
}
