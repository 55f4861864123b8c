//! Does the time of a failed login tell who has an account? (P-1)
//!
//! One request of each class after the other, in changing order, over one connection, on one core; 5,000 of each. The
//! samples lie in a file, so that a run that was stopped goes on.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use empress_auth_core::NewUser;
use empress_auth_core::password::PasswordHash;
use empress_auth_tests::{Connection, PASSWORD, Random, Request, amount, now};

use crate::people::{LOGINS, People};
use crate::statistics::{cliffs_delta, kolmogorov_smirnov, median};

/// Who cannot log in, with which password.
const CLASSES: [(&str, &str, &str); 4] = [
    ("unknown", "nobody", PASSWORD),
    ("inactive", LOGINS[1], PASSWORD),
    ("unusable password", "unusable", PASSWORD),
    ("wrong password", LOGINS[0], "no password of hers"),
];

/// Beside them, not judged: a costlier hash that was made elsewhere, and is replaced at the first login.
const IMPORTED: (&str, &str, &str) = ("imported hash", "imported", "no password of theirs");

#[test]
#[ignore = "takes ten minutes: make long PART=timing"]
fn the_time_of_a_failed_login_tells_nothing() {
    let requests = usize::try_from(amount("EMPRESS_TIMING_REQUESTS", 5_000)).unwrap();
    let people = People::new(1_000);
    people.world.disable(LOGINS[1]);
    for (name, hash) in [("unusable", "!"), ("imported", DJANGO)] {
        let hash = PasswordHash::from_stored(hash);
        people
            .world
            .user(NewUser::named(name).with_password_hash(hash));
    }
    let [server, _] = people.serve();
    let mut connection = server.connect();
    // The threads for passwords start, and take their memory, with the first ones.
    for _ in 0..20 {
        log_in(&mut connection, CLASSES[0]);
    }
    let mut samples = Samples::read();
    let mut random = Random::new(7);
    while samples.rounds() < requests {
        let mut order = [0, 1, 2, 3];
        for place in (1..order.len()).rev() {
            order.swap(place, random.below(place + 1));
        }
        for class in order {
            let micros = log_in(&mut connection, CLASSES[class]);
            samples.0[class].push(micros);
        }
        if samples.rounds().is_multiple_of(100) {
            samples.write();
        }
    }
    let imported: Vec<_> = (0..20).map(|_| log_in(&mut connection, IMPORTED)).collect();
    let mut is_told = Vec::new();
    let (mut least, mut most) = (1.0_f64, 0.0_f64);
    for (one, (name, ..)) in CLASSES.iter().enumerate() {
        for (other, (beside, ..)) in CLASSES.iter().enumerate().skip(one + 1) {
            let (a, b) = (&samples.0[one], &samples.0[other]);
            let (p, delta) = (kolmogorov_smirnov(a, b), cliffs_delta(a, b));
            println!("{name} / {beside}: p = {p:.4}, delta = {delta:+.4}");
            (least, most) = (least.min(p), most.max(delta.abs()));
            if p <= 0.001 || delta.abs() >= 0.05 {
                is_told.push((name, beside));
            }
        }
    }
    let ours = median(&samples.0[0]) / 1_000.0;
    let imported = median(&imported) / 1_000.0;
    println!(
        "FIGURES: {} logins of each of four classes, {ours:.1} ms each: p ≥ {least:.4}, delta ≤ {most:.4}; \
         beside an imported hash of 1,000,000 rounds {imported:.0} ms",
        samples.rounds()
    );
    assert!(is_told.is_empty(), "time tells apart: {is_told:?}");
}

/// Microseconds that a failed login takes.
fn log_in(connection: &mut Connection, (class, username, password): (&str, &str, &str)) -> f64 {
    let body = serde_json::json!({ "username": username, "password": password }).to_string();
    let request = Request::post("/api-token-auth/").body("application/json", body);
    let bytes = request.to_bytes();
    let start = now();
    connection.write(&bytes);
    let answer = connection.answer().expect("an answer");
    let elapsed = start.elapsed();
    assert_eq!(answer.status, 400, "{class}: {answer:?}");
    elapsed.as_secs_f64() * 1e6
}

/// As Django 5.2 makes them: PBKDF2 of 1,000,000 rounds.
const DJANGO: &str = "pbkdf2_sha256$1000000$seasalt$YBwsf/yKxw1EIJHvxwy1lo6XfNIRudoL9Z7iITL3fGg=";

/// Microseconds, by class.
struct Samples([Vec<f64>; 4]);

impl Samples {
    /// In a long run, where the last one stopped.
    fn read() -> Self {
        let text = Self::file().and_then(|file| fs::read_to_string(file).ok());
        let mut samples = Self([const { Vec::new() }; 4]);
        for line in text.unwrap_or_default().lines() {
            for (class, micros) in samples.0.iter_mut().zip(line.split(' ')) {
                class.push(micros.parse().expect("a number"));
            }
        }
        samples
    }

    fn write(&self) {
        let Some(file) = Self::file() else { return };
        let mut text = String::new();
        for round in 0..self.rounds() {
            let [a, b, c, d] = self.0.each_ref().map(|class| class[round]);
            writeln!(text, "{a:.1} {b:.1} {c:.1} {d:.1}").unwrap();
        }
        fs::write(file, text).expect("room for the samples");
    }

    fn rounds(&self) -> usize {
        self.0.iter().map(Vec::len).min().unwrap()
    }

    fn file() -> Option<PathBuf> {
        std::env::var_os("EMPRESS_TIMING_SAMPLES").map(PathBuf::from)
    }
}
