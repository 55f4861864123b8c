//! Servers under load: started on one core, spoken to once, ended with this program.

use std::{
    fmt::Display,
    io::{BufRead, BufReader, Error, Read, Result, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::cpu;

/// The core that servers run on.
pub const SERVER_CORE: usize = 0;
/// The core that the load generator runs on.
pub const LOAD_CORE: usize = 1;

/// A running server; ended when dropped.
pub struct Server {
    /// As in the table.
    pub name: &'static str,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it is asked over and over.
    pub asked: Asked,
    child: Child,
}

/// A request that is answered 200.
pub struct Asked {
    /// Where.
    pub path: &'static str,
    /// The value of `Authorization` that the server lets in.
    pub authorization: String,
    /// What is posted; GET without it.
    pub form: Option<String>,
}

impl Asked {
    /// A GET.
    #[must_use]
    pub fn get(path: &'static str, authorization: &str) -> Self {
        Self {
            path,
            authorization: authorization.to_owned(),
            form: None,
        }
    }

    /// A POST of a form.
    #[must_use]
    pub fn post(path: &'static str, authorization: &str, form: &str) -> Self {
        Self {
            form: Some(form.to_owned()),
            ..Self::get(path, authorization)
        }
    }
}

impl Server {
    /// Starts `program`, which must print its address and the value of `Authorization`, a line each; `asked` makes a
    /// request of that.
    ///
    /// # Errors
    ///
    /// When it cannot be started, says something else, or ends.
    pub fn announced(
        name: &'static str,
        program: Command,
        asked: impl FnOnce(&str) -> Asked,
    ) -> Result<Self> {
        let mut child = pinned(SERVER_CORE, program)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = child
            .stdout
            .take()
            .map(BufReader::new)
            .into_iter()
            .flat_map(BufRead::lines);
        let address = lines
            .next()
            .transpose()?
            .ok_or_else(|| odd(name, "no address"))?;
        let address = address.parse().map_err(|_| odd(name, &address))?;
        let authorization = lines
            .next()
            .transpose()?
            .ok_or_else(|| odd(name, "no credential"))?;
        let asked = asked(&authorization);
        Self {
            name,
            address,
            asked,
            child,
        }
        .ready()
    }

    /// Starts a program that listens where it is told.
    ///
    /// # Errors
    ///
    /// When it cannot be started or does not answer 200 within half a minute.
    pub fn told(
        name: &'static str,
        asked: Asked,
        program: impl FnOnce(SocketAddr) -> Command,
    ) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = pinned(SERVER_CORE, program(address))
            .stdout(Stdio::null())
            .spawn()?;
        Self {
            name,
            address,
            asked,
            child,
        }
        .ready()
    }

    /// Seconds of processor time used so far.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        cpu::seconds(self.child.id())
    }

    /// Waits until the right credential gets 200.
    fn ready(mut self) -> Result<Self> {
        let began = Instant::now();
        loop {
            match self.answer() {
                Ok(answer) if answer.starts_with("HTTP/1.1 200") => return Ok(self),
                Ok(answer) => return Err(odd(self.name, answer)),
                Err(error) if began.elapsed() > Duration::from_secs(30) => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(odd(self.name, status));
            }
        }
    }

    /// The whole answer to what it is asked.
    ///
    /// # Errors
    ///
    /// When it does not listen yet, or says nothing for five seconds.
    pub fn answer(&self) -> Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        let Asked {
            path,
            authorization,
            form,
        } = &self.asked;
        let (method, body) = form.as_ref().map_or(("GET", ""), |form| ("POST", form));
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: {authorization}\r\nContent-Type: {FORM}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.address,
            body.len(),
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }
}

/// The media type of what is posted.
pub const FORM: &str = "application/x-www-form-urlencoded";

impl Drop for Server {
    fn drop(&mut self) {
        // TERM first: gunicorn's arbiter must end its worker.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        for _ in 0..50 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same command on one core only, and told to end when this program does, however that happens.
///
/// On a machine with one core nothing is pinned.
#[must_use]
pub fn pinned(core: usize, program: Command) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM"]);
    if thread::available_parallelism().is_ok_and(|cores| cores.get() > core.max(LOAD_CORE)) {
        command.args(["taskset", "--cpu-list", &core.to_string()]);
    }
    command.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    if let Some(folder) = program.get_current_dir() {
        command.current_dir(folder);
    }
    command
}

fn odd(name: &str, what: impl Display) -> Error {
    Error::other(format!("{name}: {what}"))
}
