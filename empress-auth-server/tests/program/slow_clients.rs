//! Slow clients in numbers, as slowhttptest plays them: L-4.

use std::process::Command;

use empress_auth_tests::{Request, send_to};

use crate::support::{Place, Serving};

/// Seconds of each attack; 120 in a long run (`SLOW_SECONDS`).
fn seconds() -> String {
    std::env::var("SLOW_SECONDS").unwrap_or_else(|_| "6".to_owned())
}

/// Plays an attack, during which the tool asks once a second whether others are served.
fn is_served_during(serving: &Serving, mode: &[&str], path: &str) {
    let url = format!("http://{}{path}", serving.address);
    let ran = Command::new("slowhttptest")
        .args(mode)
        .args([
            "-c",
            "1000",
            "-r",
            "500",
            "-i",
            "1",
            "-p",
            "3",
            "-l",
            &seconds(),
            "-u",
            &url,
        ])
        .output();
    let Ok(ran) = ran else {
        eprintln!("slowhttptest is not installed; scripts/install-test-tools.sh does that");
        return;
    };
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(said.contains("service available"), "{mode:?}: {said}");
    let unavailable = said
        .lines()
        .filter(|line| line.contains("service available") && line.contains("NO"));
    assert_eq!(unavailable.count(), 0, "{mode:?}: {said}");
    assert_eq!(
        send_to(serving.address, &Request::get("/healthz")).status,
        200
    );
}

// L-4
#[test]
fn others_are_served_while_a_thousand_are_slow() {
    let place = Place::with_users(&["ada"]);
    let serving = place.serve();
    is_served_during(&serving, &["-H"], "/api/v1/me");
    is_served_during(&serving, &["-B", "-s", "8192"], "/api-token-auth/");
    is_served_during(
        &serving,
        &["-X", "-k", "5", "-w", "1", "-y", "64", "-z", "8", "-n", "1"],
        "/metrics",
    );
}

// L-4: and with fewer places than attackers
#[test]
fn places_are_taken_back_from_the_slow() {
    let place = Place::with_users(&["ada"]);
    let flags = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--max-connections",
        "64",
        "--head-timeout",
        "1s",
    ];
    let serving = Serving::start(&mut place.command(&flags)).unwrap();
    let url = format!("http://{}/", serving.address);
    let attack = Command::new("slowhttptest")
        .args([
            "-H", "-c", "400", "-r", "400", "-i", "1", "-l", "5", "-u", &url,
        ])
        .output();
    if attack.is_err() {
        eprintln!("slowhttptest is not installed; scripts/install-test-tools.sh does that");
    }
    assert_eq!(
        send_to(serving.address, &Request::get("/healthz")).status,
        200
    );
}
