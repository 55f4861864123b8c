//! A log that nobody reads: requests do not wait for it, and the program still ends.

use std::process::Stdio;

use empress_auth_tests::{Connection, Request};

use crate::support::{Place, Serving};

/// More lines than a pipe (64 KiB) and the queue behind it hold.
const REQUESTS: usize = 12_000;

// OP-1: every request is logged, and standard error is a pipe whose reader does nothing
#[test]
fn a_log_that_nobody_reads_stops_neither_requests_nor_the_end() {
    let place = Place::with_users(&["ada"]);
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--access-log", "all"];
    let mut command = place.command(&arguments);
    let mut serving = Serving::start_with_stderr(&mut command, Stdio::piped()).unwrap();
    let mut connection = Connection::open(serving.address);
    let batch = Request::get("/healthz").to_bytes().repeat(100);
    for _ in 0..REQUESTS / 100 {
        connection.write(&batch);
        for _ in 0..100 {
            assert_eq!(connection.answer().expect("an answer").status, 200);
        }
    }
    drop(connection);
    serving.signal("TERM");
    assert_eq!(serving.ended(), Some(0));
}
