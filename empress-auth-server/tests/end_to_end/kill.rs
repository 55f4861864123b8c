//! Killed at any moment, the program has kept what it answered and did nothing by halves: DU-1, DU-4, DU-5.
//!
//! A round:
//!
//! 1. [`client`]s at once make and withdraw keys, tokens and sessions, redeem codes, renew and revoke what these [gave](grants),
//!    each of a user of its own, and write down what was answered; of each, one operation at most is under way. They live on, so that memory is all that they need for it.
//! 2. The program gets SIGKILL after 5 to 200 ms, now and then another one while it starts, and is started again.
//! 3. What is [`stored`] of each user, audit rows and announcements included, is what was answered; or that, and the whole
//!    of the operation under way: nothing is lost, back again, or half there ([`holdings`]).
//! 4. What holds opens, what was withdrawn does not.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use empress_auth_tests::{Random, amount, now};

use self::client::Client;
use self::grants::Grants;
use crate::database::Database;
use crate::party::serve;
use crate::support::Place;

mod client;
mod grants;
mod holdings;
mod stored;

const CLIENTS: u64 = 4;

#[test]
fn what_was_answered_is_kept_whole_however_often_the_program_is_killed() {
    let rounds = amount("EMPRESS_KILL_ROUNDS", 200);
    let began = now();
    // Every run kills at other moments; which ones, its seed says.
    let seed = u64::from(std::process::id());
    println!("kill: {rounds} rounds, seed {seed}");
    let mut random = Random::new(seed);
    let (place, mut clients) = set_up();
    let mut serving = serve(&place);
    for round in 0..rounds {
        thread::scope(|scope| {
            let address = serving.address;
            for client in &mut clients {
                scope.spawn(move || client.work(address));
            }
            thread::sleep(Duration::from_millis(between(&mut random, 5, 200)));
            // The killing is in the dropping.
            drop(serving);
        });
        if random.below(10) == 0 {
            kill_at_start(&place, between(&mut random, 0, 20));
        }
        serving = serve(&place);
        let database = Database::open(&place.file("empress-auth.db"));
        database.is_sound();
        for client in &mut clients {
            client.check(&database, serving.address, &format!("round {round}"));
        }
    }
    let [answered, under_way, done] = clients
        .iter()
        .map(|client| client.counts())
        .fold([0; 3], |sum, counts| {
            std::array::from_fn(|column| sum[column] + counts[column])
        });
    println!(
        "kill: {rounds} kills in {} s, {answered} operations answered, {under_way} under way of which {done} were done; \
         none was lost, undone or half done",
        began.elapsed().as_secs()
    );
    assert!(answered > 4 * rounds, "too little was done to be lost");
}

// DU-1: nothing was answered yet, so that it may begin anew, but not in the middle
#[test]
fn a_first_start_that_is_killed_is_followed_by_one_that_works() {
    let mut random = Random::new(u64::from(std::process::id()));
    for _ in 0..amount("EMPRESS_KILL_ROUNDS", 200) / 5 {
        let place = Place::new();
        kill_at_start(&place, between(&mut random, 0, 60));
        let serving = serve(&place);
        let database = Database::open(&place.file("empress-auth.db"));
        database.is_sound();
        let users: Vec<String> = database.column("SELECT username FROM users", []);
        assert_eq!(users, ["Administrator"]);
        let log = place.read("log");
        if place.has("empress-auth.db.initial-password") {
            let password = place.read("empress-auth.db.initial-password");
            assert!(serving.logs_in("Administrator", password.trim_end()));
        } else {
            assert!(log.contains("user set-password Administrator"), "{log}");
        }
        // The master key is the one of this database.
        place.json(&["token", "create", "Administrator", "--drf"]);
    }
}

/// A database with an operator, who may do everything, and a user for each client.
fn set_up() -> (Place, Vec<Client>) {
    let place = Place::with_users(&["operator"]);
    place
        .run(&["user", "add-role", "operator", "System Manager"])
        .done();
    let operator = place.json(&["token", "create", "operator"]);
    let operator = format!("Bearer {}", operator["token"].as_str().unwrap());
    let name = |number| format!("user{number}");
    for number in 0..CLIENTS {
        let create = ["user", "create", &name(number), "--password-stdin"];
        place
            .run_with_input(&create, client::PASSWORD.as_bytes())
            .done();
    }
    let create = [
        "client",
        "create",
        "Killed",
        "--skip-consent",
        "--scope",
        "all",
        "--scope",
        "offline_access",
        "--redirect-uri",
        grants::CALLBACK,
    ];
    let made = place.json(&create);
    let [id, secret] = ["client_id", "client_secret"].map(|name| made[name].as_str().unwrap());
    let database = Database::open(&place.file("empress-auth.db"));
    let clients = (0..CLIENTS)
        .map(|number| {
            let grants = Grants::of(id, secret);
            Client::new(&database, &name(number), &operator, grants, number)
        })
        .collect();
    (place, clients)
}

/// Starts the program, and kills it so many milliseconds later.
fn kill_at_start(place: &Place, after: u64) {
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_millis(after));
    child.kill().unwrap();
    child.wait().unwrap();
}

fn between(random: &mut Random, first: u64, last: u64) -> u64 {
    first + random.number() % (last - first + 1)
}
