//! Guesses at passwords are counted, however they come, and shut nobody out for good: P-8, P-9.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use empress_auth_tests::{Answer, Connection, Request, now, send_to};
use serde_json::json;

use crate::support::{Place, Serving};

const PASSWORD: &str = "correct horse battery staple";

/// How many wrong passwords an account may have at once, and how soon there is room for another.
const LIMIT: usize = 10;
const REFILL: Duration = Duration::from_secs(6);

/// How many a network may have at once, and how soon there is room for another.
const NETWORK_LIMIT: usize = 100;
const NETWORK_REFILL: Duration = Duration::from_millis(600);

struct Guessed {
    place: Place,
    serving: Serving,
}

impl Guessed {
    /// The people of these names have [`PASSWORD`]. Who calls says from where, as a proxy would.
    fn new(names: &[&str]) -> Self {
        let place = Place::new();
        for name in names {
            let create = ["user", "create", name, "--password-stdin"];
            place.run_with_input(&create, PASSWORD.as_bytes()).done();
        }
        let mut command = place.command(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--trusted-proxy",
            "127.0.0.1",
        ]);
        let serving = Serving::start(&mut command).unwrap();
        Self { place, serving }
    }

    fn log_in(&self, name: &str, password: &str, from: &str) -> Answer {
        send_to(self.serving.address, &login(name, password, from))
    }

    /// Guesses, all at once.
    fn guess(&self, guesses: &[(String, String)]) -> Vec<Answer> {
        thread::scope(|scope| {
            let guess = |(name, from): &(String, String)| {
                let (name, from) = (name.clone(), from.clone());
                scope.spawn(move || self.log_in(&name, "a wrong guess, one of many", &from))
            };
            let under_way: Vec<_> = guesses.iter().map(guess).collect();
            under_way
                .into_iter()
                .map(|guess| guess.join().unwrap())
                .collect()
        })
    }
}

fn login(name: &str, password: &str, from: &str) -> Request {
    let body = json!({ "usr": name, "pwd": password }).to_string();
    let login = Request::post("/api/method/login").header("X-Forwarded-For", from);
    login.body("application/json", body)
}

/// How many were tried; the others were told when to come back.
fn tried(answers: &[Answer]) -> usize {
    let (tried, sent_away): (Vec<&Answer>, Vec<&Answer>) =
        answers.iter().partition(|answer| answer.status == 401);
    for answer in &sent_away {
        // 503 if so many passwords wait to be looked at that this one would wait for too long.
        assert!(matches!(answer.status, 429 | 503), "{answer:?}");
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
    }
    assert!(sent_away.iter().any(|answer| answer.status == 429));
    tried.len()
}

/// How many more there may be when it took so long.
fn refilled(took: Duration, every: Duration) -> usize {
    1 + usize::try_from(took.as_millis() / every.as_millis()).unwrap()
}

// P-8
#[test]
fn of_two_hundred_guesses_at_once_no_more_than_the_limit_are_tried() {
    let guessed = Guessed::new(&["ada"]);
    // From everywhere, in any letter case.
    let guesses: Vec<_> = (0..200)
        .map(|number| {
            let name = ["ada", "Ada", "ADA"][number % 3];
            (name.to_owned(), format!("203.0.113.{number}"))
        })
        .collect();
    let began = now();
    let tried = tried(&guessed.guess(&guesses));
    let most = LIMIT + refilled(began.elapsed(), REFILL);
    println!("of 200 guesses at once {tried} were tried, the others were told to wait");
    assert!(tried <= most, "{tried} of at most {most}");
}

// P-8: one password at everybody
#[test]
fn of_guesses_at_many_accounts_a_network_has_a_hundred() {
    let guessed = Guessed::new(&["ada"]);
    let guesses: Vec<_> = (0..200)
        .map(|number| (format!("user{number}"), "203.0.113.9".to_owned()))
        .collect();
    let began = now();
    // A few at once, so that none has to wait for long.
    let answers = guesses.chunks(8).flat_map(|some| guessed.guess(some));
    let tried = tried(&answers.collect::<Vec<_>>());
    let most = NETWORK_LIMIT + refilled(began.elapsed(), NETWORK_REFILL);
    println!("of 200 guesses at 200 accounts {tried} were tried, the others were told to wait");
    assert!(tried <= most, "{tried} of at most {most}");
}

/// Guesses at ada's password, one after the other, each from an address of its own.
fn guess_from(address: SocketAddr, network: usize) -> Vec<Answer> {
    let mut connection = Connection::open(address);
    let guess = |number: usize| {
        let from = format!("198.{network}.{}.{}", number / 256, number % 256);
        connection.write(&login("ada", "a wrong guess, one of many", &from).to_bytes());
        connection.answer().expect("an answer")
    };
    (0..GUESSES / GUESSERS).map(guess).collect()
}

const GUESSES: usize = 10_000;
const GUESSERS: usize = 4;

// P-9
#[test]
fn whoever_guesses_elsewhere_shuts_nobody_out_at_home_nor_for_good() {
    let guessed = Guessed::new(&["ada"]);
    let (home, cafe) = ("198.51.100.7", "192.0.2.20");
    assert_eq!(guessed.log_in("ada", PASSWORD, home).status, 200);
    let (address, began, mut logins) = (guessed.serving.address, now(), 0);
    let answers: Vec<Answer> = thread::scope(|scope| {
        let guessers: Vec<_> = (0..GUESSERS)
            .map(|guesser| scope.spawn(move || guess_from(address, 100 + guesser)))
            .collect();
        // Ada logs in and out of her own place all the while, and mistypes.
        while guessers.iter().any(|guesser| !guesser.is_finished()) || logins < 3 {
            assert_eq!(guessed.log_in("ada", "mistyped", home).status, 401);
            let login = guessed.log_in("ada", PASSWORD, home);
            assert_eq!(login.status, 200, "after {logins}: {login:?}");
            logins += 1;
        }
        let answers = guessers.into_iter().map(|guesser| guesser.join().unwrap());
        answers.flatten().collect()
    });
    assert_eq!(answers.len(), GUESSES);
    let (tried, most) = (tried(&answers), LIMIT + refilled(began.elapsed(), REFILL));
    println!("of {GUESSES} guesses {tried} were tried; ada logged in {logins} times meanwhile");
    assert!(tried <= most, "{tried} of at most {most}");
    // From a place where ada never was there is room again as soon as the answer says.
    let limited = guessed.log_in("ada", PASSWORD, cafe);
    assert_eq!(limited.status, 429, "{limited:?}");
    let wait: u64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    thread::sleep(Duration::from_secs(wait));
    assert_eq!(guessed.log_in("ada", PASSWORD, cafe).status, 200);
    // Credentials of others kinds never were concerned.
    let token = guessed.place.json(&["token", "create", "ada"]);
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    assert_eq!(guessed.serving.user_of(&bearer).as_deref(), Some("ada"));
}
