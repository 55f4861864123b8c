//! An hour of a steady mixed load: neither memory nor open files grow, and nothing goes wrong (L-13).

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use empress_auth_tests::{amount, now};

use crate::people::People;
use crate::process::{open_files, resident_bytes};
use crate::statistics::median;
use crate::traffic::Client;

const CLIENTS: u32 = 10;
const REQUESTS_PER_SECOND: u32 = 1_000;

#[test]
#[ignore = "takes an hour: make long PART=soak"]
fn an_hour_of_load_leaves_nothing_behind() {
    let seconds = amount("EMPRESS_SOAK_SECONDS", 3_600);
    let people = People::new(1_000);
    let servers = people.serve();
    fill(&people, servers[0].address());
    let start = now();
    let deadline = start + Duration::from_secs(seconds);
    let mut samples = Vec::new();
    let (requests, wrong) = thread::scope(|scope| {
        let people = &people;
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let server = servers[usize::from(number % 2 == 1)].address();
                scope.spawn(move || {
                    let mut client = Client::new(people, server, 1 + u64::from(number));
                    let mut next = start;
                    while next < deadline {
                        thread::sleep(next.saturating_duration_since(now()));
                        let before = client.requests;
                        client.go_on();
                        let sent = u32::try_from(client.requests - before).unwrap();
                        next += Duration::from_secs(1) * CLIENTS / REQUESTS_PER_SECOND * sent;
                    }
                    (client.requests, client.wrong)
                })
            })
            .collect();
        while now() < deadline {
            thread::sleep(Duration::from_secs(1).min(deadline.saturating_duration_since(now())));
            samples.extend(Sample::take());
        }
        clients
            .into_iter()
            .map(|client| client.join().expect("a client that goes on"))
            .fold((0, Vec::new()), |(sum, mut all), (requests, wrong)| {
                all.extend(wrong);
                (sum + requests, all)
            })
    });
    assert!(
        wrong.is_empty(),
        "{} of {requests}: {wrong:#?}",
        wrong.len()
    );
    let wanted = seconds * u64::from(REQUESTS_PER_SECOND);
    assert!(requests >= wanted * 98 / 100, "{requests} of {wanted}");
    let drift = Drift::of(&samples);
    println!("FIGURES: {requests} requests in {seconds} s, 0 errors; {drift}");
    drift.check();
}

/// What is kept in bounded memory is filled first, so that it is not taken for a leak: the audit log, which holds 100,000
/// events, and the memory of verified credentials. By the same requests as later: an operator's events are smaller.
fn fill(people: &People, server: SocketAddr) {
    let mut client = Client::new(people, server, 0);
    for person in people.users.iter().cycle().take(50_000) {
        client.live_of_a_token(person);
    }
    assert!(client.wrong.is_empty(), "{:#?}", client.wrong);
}

struct Sample {
    resident: f64,
    files: usize,
}

impl Sample {
    fn take() -> Option<Self> {
        let kibibytes = resident_bytes()? / 1_024;
        let resident = f64::from(u32::try_from(kibibytes).ok()?) / 1_024.0;
        let files = open_files()?;
        Some(Self { resident, files })
    }
}

/// From the sixth of the run after its first sixth, to its last sixth.
struct Drift {
    resident: [f64; 2],
    files: [usize; 2],
}

impl Drift {
    fn of(samples: &[Sample]) -> Self {
        let sixth = (samples.len() / 6).max(1);
        let mut parts = samples.chunks_exact(sixth);
        let (early, late) = (parts.nth(1).unwrap(), parts.last().unwrap());
        let resident = |part: &[Sample]| {
            let values: Vec<_> = part.iter().map(|sample| sample.resident).collect();
            median(&values)
        };
        let files = |part: &[Sample]| part.iter().map(|sample| sample.files).max().unwrap();
        Self {
            resident: [resident(early), resident(late)],
            files: [files(early), files(late)],
        }
    }

    fn percent(&self) -> f64 {
        let [early, late] = self.resident;
        (late / early - 1.0) * 100.0
    }

    fn check(&self) {
        assert!(self.percent() < 5.0, "{self}");
        let [early, late] = self.files;
        assert!(late <= early + 2, "{self}");
    }
}

impl std::fmt::Display for Drift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            resident: [early, late],
            files: [some, at_the_end],
        } = self;
        let percent = self.percent();
        write!(
            f,
            "{early:.1} → {late:.1} MiB resident ({percent:+.1} %), {some} → {at_the_end} open files"
        )
    }
}
