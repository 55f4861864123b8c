//! A directory of its own for each test, and the program that runs in it with nothing in its environment.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

/// The directory that a test's program works in; gone with the test.
pub(crate) struct Place {
    path: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("empress-auth-program-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self { path }
    }

    /// With a database that has these users.
    pub(crate) fn with_users(names: &[&str]) -> Self {
        let place = Self::new();
        for name in names {
            place.run(&["user", "create", name]).done();
        }
        place
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.file(name).exists()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// All names in the directory.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.path).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        names
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_empress-auth"));
        command
            .args(arguments)
            .env_clear()
            .current_dir(&self.path)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(&self.command(arguments).output().unwrap())
    }

    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.command(arguments);
        Ran::of(&command.envs(variables.iter().copied()).output().unwrap())
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that refuses does not read first.
        _ = child.stdin.take().unwrap().write_all(input);
        Ran::of(&child.wait_with_output().unwrap())
    }

    /// The only JSON value that a command answers.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        self.run(&[arguments, &["--json"]].concat()).json()
    }

    /// Starts `serve` on a free port and waits until it accepts connections.
    pub(crate) fn serve(&self) -> Serving {
        self.serve_with(&[])
    }

    /// The same with these arguments besides.
    pub(crate) fn serve_with(&self, arguments: &[&str]) -> Serving {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        Serving::start(&mut self.command(&arguments)).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.path);
    }
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// It did what it was asked, and had nothing to complain of.
    pub(crate) fn done(self) -> Self {
        assert_eq!((self.code, self.stderr.as_str()), (Some(0), ""), "{self:?}");
        self
    }

    /// It answered one JSON value on one line, and nothing else.
    pub(crate) fn json(self) -> Value {
        let ran = self.done();
        assert_eq!(ran.stdout.matches('\n').count(), 1, "{ran:?}");
        assert!(ran.stdout.ends_with('\n'), "{ran:?}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    /// It refused: exit code 1, nothing on standard output, one line that says why. Answers the line.
    pub(crate) fn refused(self) -> String {
        self.complained(1)
    }

    /// As [`refused`](Self::refused), after whatever `serve` had to log before.
    pub(crate) fn not_served(mut self) -> String {
        let last = self.stderr.trim_end().lines().last().unwrap_or_default();
        self.stderr = format!("{last}\n");
        self.refused()
    }

    /// It was asked wrongly: as [`refused`](Self::refused), with exit code 2.
    pub(crate) fn misused(self) -> String {
        self.complained(2)
    }

    fn complained(self, code: i32) -> String {
        assert_eq!(
            (self.code, self.stdout.as_str()),
            (Some(code), ""),
            "{self:?}"
        );
        let line = self.stderr.strip_suffix('\n').unwrap_or_default();
        assert!(
            line.starts_with("error: ") && !line.contains('\n'),
            "{self:?}"
        );
        line.to_owned()
    }

    /// The argument parser refused it: exit code 2, nothing on standard output.
    pub(crate) fn unparsed(self) -> String {
        assert_eq!((self.code, self.stdout.as_str()), (Some(2), ""), "{self:?}");
        assert!(self.stderr.starts_with("error: "), "{self:?}");
        self.stderr
    }
}

/// A program that serves; killed with the test.
pub(crate) struct Serving {
    child: Child,
    pub(crate) address: SocketAddr,
    stdout: BufReader<ChildStdout>,
}

impl Serving {
    /// Waits for the line that scripts wait for; without it, answers what was said instead.
    pub(crate) fn start(command: &mut Command) -> Result<Self, String> {
        Self::start_with_stderr(command, Stdio::piped())
    }

    pub(crate) fn start_with_stderr(command: &mut Command, stderr: Stdio) -> Result<Self, String> {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        match line.trim_end().strip_prefix("listening on http://") {
            Some(address) => Ok(Self {
                address: address.parse().unwrap(),
                child,
                stdout,
            }),
            None => {
                let mut said = String::new();
                child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut said)
                    .unwrap();
                child.wait().unwrap();
                Err(said)
            }
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end, and answers the exit code.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Ends it, so that its log is whole: that is written in the background.
    pub(crate) fn stopped(mut self) {
        self.signal("TERM");
        assert_eq!(self.ended(), Some(0));
    }

    /// The status and the body that one request gets.
    pub(crate) fn request(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{head}\r\nHost: test\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    /// Whether this credential opens `/api/v1/me`, and whose it is.
    pub(crate) fn user_of(&self, credential: &str) -> Option<String> {
        let head = format!("GET /api/v1/me HTTP/1.1\r\nAuthorization: {credential}");
        let (status, body) = self.request(&head, "");
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        (status == 200).then(|| body["username"].as_str().unwrap().to_owned())
    }

    /// Whether this password logs in.
    pub(crate) fn logs_in(&self, name: &str, password: &str) -> bool {
        let head = "POST /api-token-auth/ HTTP/1.1\r\nContent-Type: application/json";
        let body = serde_json::json!({ "username": name, "password": password });
        let (status, _) = self.request(head, &body.to_string());
        status == 200
    }

    /// Kills it, and answers what it said on standard output behind the line that scripts wait for.
    pub(crate) fn killed(mut self) -> String {
        self.child.kill().unwrap();
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).unwrap();
        said
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The mode of a file, without its type.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;

    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;

    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
