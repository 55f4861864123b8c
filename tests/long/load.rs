//! As much as both servers can take, for some time: not one wrong answer.

use std::thread;
use std::time::Duration;

use empress_auth_tests::{amount, now};

use crate::people::People;
use crate::traffic::Client;

const CLIENTS_PER_SERVER: u64 = 4;

// L-1
#[test]
fn no_answer_is_wrong_under_a_mixed_load() {
    let duration = Duration::from_secs(amount("EMPRESS_LOAD_SECONDS", 20));
    let people = People::new(100_000);
    let servers = people.serve();
    let deadline = now() + duration;
    let (requests, wrong) = thread::scope(|scope| {
        let people = &people;
        let mut clients = Vec::new();
        for (server, number) in servers.iter().zip(0_u64..) {
            for client in 0..CLIENTS_PER_SERVER {
                let seed = 1 + number * CLIENTS_PER_SERVER + client;
                let address = server.address();
                clients.push(scope.spawn(move || {
                    let mut client = Client::new(people, address, seed);
                    while now() < deadline {
                        client.go_on();
                    }
                    (client.requests, client.wrong)
                }));
            }
        }
        let mut total = (0, Vec::new());
        for client in clients {
            let (requests, wrong) = client.join().expect("a client that goes on");
            total.0 += requests;
            total.1.extend(wrong);
        }
        total
    });
    assert!(
        wrong.is_empty(),
        "{} of {requests}: {wrong:#?}",
        wrong.len()
    );
    for server in &servers {
        assert!(
            server.log().errors().is_empty(),
            "{:?}",
            server.log().errors()
        );
    }
    println!(
        "FIGURES: {requests} requests in {} s through both adapters, 0 wrong answers",
        duration.as_secs()
    );
    assert!(requests > 1_000, "too few: {requests}");
}
