//! wrk: one thread, 64 keep-alive connections, one URL.

use std::{
    env, fmt, fs,
    io::{Error, Result},
    path::PathBuf,
    process::{self, Command},
    time::Instant,
};

use crate::{
    server::{FORM, LOAD_CORE, Server, pinned},
    timing::median,
};

/// What one run says.
#[derive(Clone, Copy)]
pub struct Load {
    /// Requests a second.
    pub rate: f64,
    /// Median latency in microseconds.
    pub p50_us: f64,
    /// Seconds of processor time that the server used, a second.
    pub cpu: f64,
}

impl Load {
    /// Requests a second of the server's processor time: the rate, if the server had had its core to itself.
    #[must_use]
    pub fn per_cpu_second(&self) -> f64 {
        self.rate / self.cpu
    }
}

/// Several servers, each under load once a round.
pub struct Rounds {
    names: Vec<&'static str>,
    rounds: Vec<Vec<Load>>,
}

/// How often and how long.
#[derive(Clone, Copy)]
pub struct Plan {
    /// How often the servers are started: where a process has its code and its heap moves its figures by a tenth.
    pub starts: usize,
    /// Rounds after each start.
    pub rounds: usize,
    /// Of one load.
    pub seconds: u32,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            starts,
            rounds,
            seconds,
        } = self;
        write!(
            f,
            "{starts} starts, {rounds} rounds of {seconds} s after each"
        )
    }
}

impl Rounds {
    /// Loads all that `start` starts in turn; a first short round is thrown away.
    ///
    /// # Errors
    ///
    /// When `start` fails, wrk cannot run, or a server answers anything but 200.
    pub fn measure(plan: Plan, start: impl Fn() -> Result<Vec<Server>>) -> Result<Self> {
        let mut measured = Self {
            names: Vec::new(),
            rounds: Vec::new(),
        };
        for _ in 0..plan.starts {
            let servers = start()?;
            measured.names = servers.iter().map(|server| server.name).collect();
            for server in &servers {
                load(server, 1)?;
            }
            for _ in 0..plan.rounds {
                measured.round(&servers, plan.seconds)?;
            }
        }
        Ok(measured)
    }

    fn round(&mut self, servers: &[Server], seconds: u32) -> Result<()> {
        let mut loads = vec![None; servers.len()];
        for turn in 0..servers.len() {
            let i = (self.rounds.len() + turn) % servers.len();
            loads[i] = Some(load(&servers[i], seconds)?);
        }
        self.rounds.push(loads.into_iter().flatten().collect());
        Ok(())
    }

    /// The servers, in the order of measurement.
    #[must_use]
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Requests a second.
    #[must_use]
    pub fn rate(&self, name: &str) -> Option<f64> {
        self.median(name, |load| load.rate)
    }

    /// Median latency in microseconds.
    #[must_use]
    pub fn p50_us(&self, name: &str) -> Option<f64> {
        self.median(name, |load| load.p50_us)
    }

    /// The server's share of its core.
    #[must_use]
    pub fn cpu(&self, name: &str) -> Option<f64> {
        self.median(name, |load| load.cpu)
    }

    /// How many times the rate of `base`, compared within rounds.
    #[must_use]
    pub fn ratio(&self, name: &str, base: &str) -> Option<f64> {
        self.ratios(name, base, |load| load.rate)
            .map(|[median, ..]| median)
    }

    /// The same for a second of processor time: median, lowest, highest.
    #[must_use]
    pub fn cpu_ratio(&self, name: &str, base: &str) -> Option<[f64; 3]> {
        self.ratios(name, base, Load::per_cpu_second)
    }

    fn ratios(&self, name: &str, base: &str, figure: fn(&Load) -> f64) -> Option<[f64; 3]> {
        let (a, b) = (self.index(name)?, self.index(base)?);
        let compare = |round: &Vec<Load>| figure(&round[a]) / figure(&round[b]);
        let mut ratios: Vec<f64> = self.rounds.iter().map(compare).collect();
        ratios.sort_by(f64::total_cmp);
        Some([median(&ratios), *ratios.first()?, *ratios.last()?])
    }

    fn median(&self, name: &str, figure: fn(&Load) -> f64) -> Option<f64> {
        let i = self.index(name)?;
        Some(median(
            &self
                .rounds
                .iter()
                .map(|round| figure(&round[i]))
                .collect::<Vec<_>>(),
        ))
    }

    fn index(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| *known == name)
    }
}

fn load(server: &Server, seconds: u32) -> Result<Load> {
    let mut wrk = Command::new("wrk");
    wrk.args([
        "--threads",
        "1",
        "--connections",
        "64",
        "--latency",
        "--duration",
    ])
    .arg(format!("{seconds}s"))
    .arg("--header")
    .arg(format!("Authorization: {}", server.asked.authorization));
    let script = server.asked.form.as_deref().map(posting).transpose()?;
    if let Some(script) = &script {
        wrk.args(["--header", &format!("Content-Type: {FORM}"), "--script"])
            .arg(script);
    }
    wrk.arg(format!("http://{}{}", server.address, server.asked.path));
    let (began, used) = (Instant::now(), server.cpu_seconds());
    let output = pinned(LOAD_CORE, wrk).output()?;
    if let Some(script) = script {
        fs::remove_file(script)?;
    }
    let cpu = (server.cpu_seconds() - used) / began.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = field(&text, "Requests/sec:").and_then(|rate| rate.parse().ok());
    let p50_us = field(&text, "50%").and_then(micros);
    match (rate, p50_us) {
        (Some(rate), Some(p50_us)) if !text.contains("Non-2xx") => Ok(Load { rate, p50_us, cpu }),
        _ => Err(Error::other(format!("{}: wrk says:\n{text}", server.name))),
    }
}

/// A file that tells wrk to post `form`, which needs no escapes.
fn posting(form: &str) -> Result<PathBuf> {
    let path = env::temp_dir().join(format!("empress-auth-wrk-{}.lua", process::id()));
    fs::write(
        &path,
        format!("wrk.method = \"POST\"\nwrk.body = \"{form}\"\n"),
    )?;
    Ok(path)
}

/// The word after `name`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines()
        .find_map(|line| line.trim().strip_prefix(name))
        .map(str::trim)
}

/// `302.00us`, `8.80ms` and `1.20s` as microseconds.
fn micros(text: &str) -> Option<f64> {
    let (number, factor) = text
        .strip_suffix("us")
        .map(|number| (number, 1.0))
        .or_else(|| text.strip_suffix("ms").map(|number| (number, 1e3)))
        .or_else(|| text.strip_suffix('s').map(|number| (number, 1e6)))?;
    number.parse::<f64>().ok().map(|number| number * factor)
}
