//! More connections than the system has files for: L-5.

use std::fs;
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::Duration;

use empress_auth_tests::{Request, send_to};
use tokio::time::Instant;

use crate::support::{Place, Serving};

/// Starts the program with so few files.
fn serve_with_files(place: &Place, files: usize, flags: &[&str]) -> Serving {
    let program = place.command(&[]);
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -n {files}; exec \"$0\" \"$@\"")])
        .arg(program.get_program())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(flags)
        .current_dir(program.get_current_dir().unwrap())
        .env_clear();
    Serving::start(&mut command).unwrap()
}

/// Processor time used so far, in hundredths of a second.
fn processor_time(serving: &Serving) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", serving.pid())).unwrap();
    let (_, after_name) = stat.rsplit_once(')').unwrap();
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

fn open(serving: &Serving, count: usize) -> Vec<TcpStream> {
    (0..count)
        .map(|_| TcpStream::connect(serving.address).unwrap())
        .collect()
}

/// Less than a fifth of a processor is used for so long.
fn rests(serving: &Serving) {
    let before = processor_time(serving);
    thread::sleep(Duration::from_secs(3));
    let used = processor_time(serving) - before;
    assert!(used < 60, "{used} hundredths of a second in three");
}

fn is_alive(serving: &Serving) -> bool {
    send_to(serving.address, &Request::get("/healthz")).status == 200
}

// L-5
#[test]
fn a_thousand_connections_and_few_files_are_no_end_and_no_spin() {
    let place = Place::with_users(&["ada"]);
    let serving = serve_with_files(&place, 256, &["--head-timeout", "2s"]);
    let silent = open(&serving, 1000);
    rests(&serving);
    // Whoever waits in the queue gets a place when the silent ones have had their time.
    let began = Instant::now();
    drop(silent);
    assert!(is_alive(&serving));
    assert!(
        began.elapsed() < Duration::from_secs(10),
        "{:?}",
        began.elapsed()
    );
}

// L-5: the limit falls while the program runs, below what it counted on
#[test]
fn without_a_file_for_a_connection_it_waits_for_one() {
    let place = Place::with_users(&["ada"]);
    let serving = serve_with_files(&place, 256, &["--head-timeout", "2s"]);
    let open_now = fs::read_dir(format!("/proc/{}/fd", serving.pid()))
        .unwrap()
        .count();
    let limit = format!("--nofile={0}:{0}", open_now + 5);
    let pid = serving.pid().to_string();
    assert!(
        Command::new("prlimit")
            .args(["--pid", &pid, &limit])
            .status()
            .unwrap()
            .success()
    );
    let silent = open(&serving, 100);
    rests(&serving);
    drop(silent);
    assert!(is_alive(&serving));
    let metrics = send_to(
        serving.address,
        &Request::get("/metrics").to_host("localhost"),
    );
    let refused = "empress_auth_connections_refused_total{reason=\"no_file\"}";
    assert!(metrics.text().contains(refused), "{}", metrics.text());
}
