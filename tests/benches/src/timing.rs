//! How is time compared on a machine that others use too?
//!
//! 1. Variants run in turn, a batch each; every round starts with the next one, so that none always follows the same.
//! 2. Two variants are compared within a round, and the median of the rounds counts: a slow second slows both.
//! 3. The rounds are those of several processes: where one has its code and its heap moves its figures by a tenth.

use std::{
    env,
    io::{Error, Result},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::catalog::Variant;

/// How long and how often.
#[derive(Clone, Copy)]
pub struct Plan {
    /// Rounds of one process; at least 61 in all for a figure that is to be kept.
    pub rounds: usize,
    /// How long one batch of one variant should take.
    pub batch: Duration,
}

/// What came of it: for each variant one figure a round.
pub struct Times {
    names: Vec<&'static str>,
    rounds: Vec<Vec<f64>>,
}

impl Times {
    /// Measures `variants` in turn.
    #[must_use]
    pub fn measure(plan: Plan, variants: &mut [(&'static str, Variant)]) -> Self {
        let calls: Vec<u32> = variants
            .iter_mut()
            .map(|(_, variant)| calibrate(variant, plan.batch))
            .collect();
        let mut rounds = Vec::with_capacity(plan.rounds);
        for round in 0..plan.rounds {
            let mut figures = vec![0.0; variants.len()];
            for turn in 0..variants.len() {
                let i = (round + turn) % variants.len();
                figures[i] = time(&mut variants[i].1, calls[i]);
            }
            rounds.push(figures);
        }
        Self {
            names: variants.iter().map(|(name, _)| *name).collect(),
            rounds,
        }
    }

    /// The rounds of `processes` runs of this program with `arguments`, each of which prints [`Times::lines`] of `names`.
    ///
    /// # Errors
    ///
    /// When one fails or prints something else.
    pub fn of_processes(
        processes: usize,
        names: Vec<&'static str>,
        arguments: &[&str],
    ) -> Result<Self> {
        let mut rounds = Vec::new();
        for _ in 0..processes {
            let mut process = Command::new(env::current_exe()?);
            let output = process.args(arguments).stderr(Stdio::inherit()).output()?;
            for line in String::from_utf8_lossy(&output.stdout).lines() {
                let figures: Vec<f64> = line.split(' ').flat_map(str::parse).collect();
                if figures.len() != names.len() {
                    return Err(Error::other(format!("{arguments:?} says {line}")));
                }
                rounds.push(figures);
            }
            if !output.status.success() {
                return Err(Error::other(format!("{arguments:?}: {}", output.status)));
            }
        }
        Ok(Self { names, rounds })
    }

    /// A line for each round, a figure for each variant.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.rounds.iter().map(|round| {
            let figures: Vec<_> = round.iter().map(f64::to_string).collect();
            figures.join(" ")
        })
    }

    /// The variants, in the order of measurement.
    #[must_use]
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Nanoseconds a call.
    #[must_use]
    pub fn ns(&self, name: &str) -> Option<f64> {
        let i = self.index(name)?;
        Some(median(
            &self.rounds.iter().map(|round| round[i]).collect::<Vec<_>>(),
        ))
    }

    /// Nanoseconds a call more than `base`, compared within rounds.
    #[must_use]
    pub fn added(&self, name: &str, base: &str) -> Option<f64> {
        self.paired(name, base, |a, b| a - b)
    }

    /// How many times the time of `base`, compared within rounds.
    #[must_use]
    pub fn ratio(&self, name: &str, base: &str) -> Option<f64> {
        self.paired(name, base, |a, b| a / b)
    }

    fn paired(&self, name: &str, base: &str, compare: fn(f64, f64) -> f64) -> Option<f64> {
        let (a, b) = (self.index(name)?, self.index(base)?);
        let figures: Vec<f64> = self
            .rounds
            .iter()
            .map(|round| compare(round[a], round[b]))
            .collect();
        Some(median(&figures))
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| *known == name)
    }
}

/// The middle one, or the mean of the two in the middle; not a number if there is none.
#[must_use]
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
    }
}

/// Calls that take about `batch`; warms up on the way.
fn calibrate(variant: &mut Variant, batch: Duration) -> u32 {
    let mut calls = 16;
    loop {
        // The best of some: a preempted one would make the batch a few calls long.
        let per_call = (0..5)
            .map(|_| time(variant, calls))
            .fold(f64::INFINITY, f64::min);
        let wanted = (batch.as_nanos() as f64 / per_call).max(1.0);
        if f64::from(calls) >= wanted / 2.0 {
            return wanted as u32;
        }
        calls = calls.saturating_mul(4);
    }
}

fn time(variant: &mut Variant, calls: u32) -> f64 {
    let began = Instant::now();
    variant.run(calls);
    began.elapsed().as_nanos() as f64 / f64::from(calls)
}
