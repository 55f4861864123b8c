//! A proxy in front of one of our servers, started for one test.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, process, thread};

/// A running proxy; stopped, and its folder removed, when dropped.
pub(crate) struct Front {
    process: Child,
    folder: PathBuf,
    address: SocketAddr,
}

impl Front {
    /// nginx with these lines in its `http` block and these in its `location`.
    pub(crate) fn nginx(upstream: SocketAddr, http: &str, location: &str) -> Option<Self> {
        let server = format!(
            "location / {{
                proxy_pass http://empress_auth;
                proxy_http_version 1.1;
                proxy_set_header Connection '';
                {location}
            }}"
        );
        Self::nginx_with(upstream, http, &server)
    }

    /// nginx with these lines in its `http` block and these in its `server`.
    pub(crate) fn nginx_with(upstream: SocketAddr, http: &str, server: &str) -> Option<Self> {
        let program = find("nginx")?;
        Some(Self::start(|folder, address| {
            let folder = folder.display();
            let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
                .map(|what| format!("{what}_temp_path {folder}/{what};\n"))
                .concat();
            let http = http.replace("FOLDER", &folder.to_string());
            let configuration = format!(
                "daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
                events {{ worker_connections 64; }}
                http {{
                    {temporary}
                    log_format seen '$request_method $request_uri $status';
                    access_log {folder}/{SEEN} seen;
                    upstream empress_auth {{ server {upstream}; keepalive 1; }}
                    {http}
                    server {{
                        listen {address};
                        {server}
                    }}
                }}"
            );
            let file = write(&folder.to_string(), "nginx.conf", &configuration);
            let mut command = Command::new(&program);
            command.arg("-e").arg(format!("{folder}/errors"));
            command.arg("-c").arg(file);
            command
        }))
    }

    /// haproxy, which shares its connections to the server among all clients.
    pub(crate) fn haproxy(upstream: SocketAddr) -> Option<Self> {
        let program = find("haproxy")?;
        Some(Self::start(|folder, address| {
            // Without the status each request would be written down when it comes, and again when it has ended.
            let configuration = format!(
                "global
                    log stdout format raw local0
                defaults
                    mode http
                    log global
                    timeout connect 5s
                    timeout client 10s
                    timeout server 10s
                frontend in
                    bind {address}
                    log-format \"%HM %HU %ST\"
                    default_backend app
                backend app
                    http-reuse always
                    server app {upstream}\n"
            );
            let file = write(&folder.display().to_string(), "haproxy.cfg", &configuration);
            let seen = File::create(folder.join(SEEN)).expect("a log");
            let mut command = Command::new(&program);
            command.arg("-db").arg("-f").arg(file).stdout(seen);
            command
        }))
    }

    /// Starts what `command` makes, on a port that was free a moment ago: another one if it is taken meanwhile.
    fn start(command: impl Fn(&Path, SocketAddr) -> Command) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        for _ in 0..5 {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let folder = env::temp_dir().join(format!("empress-front-{}-{number}", process::id()));
            fs::create_dir_all(&folder).expect("a folder");
            let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            let address = free.local_addr().expect("an address");
            drop(free);
            let mut command = command(&folder, address);
            let errors = File::create(folder.join("stderr")).expect("a file");
            let process = command.stdin(Stdio::null()).stderr(errors).spawn();
            let front = Self {
                process: process.expect("a proxy that starts"),
                folder,
                address,
            };
            if front.listens() {
                return front;
            }
        }
        panic!("no proxy came to listen")
    }

    fn listens(&self) -> bool {
        (0..200).any(|_| {
            thread::sleep(Duration::from_millis(25));
            TcpStream::connect(self.address).is_ok()
        })
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many requests for this target the proxy took for requests. They are written down when they have ended.
    pub(crate) fn seen(&self, target: &str) -> usize {
        let log = fs::read_to_string(self.folder.join(SEEN)).unwrap_or_default();
        let is_asked = |line: &&str| line.split(' ').nth(1) == Some(target);
        log.lines().filter(is_asked).count()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // It may have ended by itself, and then the test has failed already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const SEEN: &str = "requests";

fn write(folder: &str, name: &str, text: &str) -> PathBuf {
    let file = Path::new(folder).join(name);
    fs::write(&file, text).expect("a configuration");
    file
}

/// Where a program is; if nowhere, says so on the terminal, past the test harness.
fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|folder| folder.join(program))
        .find(|file| file.is_file());
    if found.is_none() {
        let skipped = format!("SKIPPED: no {program} here; scripts/install-test-tools.sh\n");
        let _ = io::stderr().write_all(skipped.as_bytes());
    }
    found
}
