//! What the command line withdraws, the running program refuses within 100 ms: it looks every 50 ms.

use std::thread;
use std::time::Duration;

use empress_auth_tests::now;
use serde_json::Value;

use crate::support::{Place, Serving};

/// How often, over all three ways.
const WITHDRAWALS: usize = 50;

/// What is promised. A machine that stands still for a while is late now and then: one in ten may exceed [`PATIENCE`].
const PROMISE: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(1);

#[test]
fn what_the_command_line_withdraws_is_refused_soon() {
    let place = Place::with_users(&["ada"]);
    let serving = place.serve();
    let mut delays = Vec::new();
    for round in 0..WITHDRAWALS {
        let way = match round % 3 {
            0 => a_token,
            1 => a_secret,
            _ => all_of_a_user,
        };
        let (credential, withdraw) = way(&place);
        // Twice, so that it is remembered.
        for _ in 0..2 {
            assert_eq!(serving.user_of(&credential).as_deref(), Some("ada"));
        }
        let withdraw: Vec<&str> = withdraw.iter().map(String::as_str).collect();
        place.run(&withdraw).done();
        delays.push(delay(&serving, &credential));
        place.run(&["user", "enable", "ada"]).done();
    }
    delays.sort_unstable();
    let (median, longest) = (delays[WITHDRAWALS / 2], delays[WITHDRAWALS - 1]);
    println!(
        "of {WITHDRAWALS} withdrawals the median was refused after {median:?}, the last after \
         {longest:?}; promised are {PROMISE:?}"
    );
    assert!(delays[WITHDRAWALS * 9 / 10] <= PATIENCE, "{delays:?}");
}

/// Makes a token, and says how to withdraw it.
fn a_token(place: &Place) -> (String, Vec<String>) {
    let made = place.json(&["token", "create", "ada"]);
    let credential = format!("Token {}", text(&made, "token"));
    let withdraw = ["token", "revoke", text(&made, "id")];
    (credential, withdraw.map(str::to_owned).to_vec())
}

/// Makes keys, and says how to withdraw them.
fn a_secret(place: &Place) -> (String, Vec<String>) {
    let made = place.json(&["keys", "generate", "ada"]);
    let (key, secret) = (text(&made, "api_key"), text(&made, "api_secret"));
    let withdraw = ["keys", "revoke", "ada"];
    let credential = format!("token {key}:{secret}");
    (credential, withdraw.map(str::to_owned).to_vec())
}

/// Makes a token, and says how to withdraw all that its user has.
fn all_of_a_user(place: &Place) -> (String, Vec<String>) {
    let (credential, _) = a_token(place);
    let withdraw = ["user", "disable", "ada"];
    (credential, withdraw.map(str::to_owned).to_vec())
}

/// How long the credential still opens.
fn delay(serving: &Serving, credential: &str) -> Duration {
    let withdrawn = now();
    while serving.user_of(credential).is_some() {
        assert!(withdrawn.elapsed() < 10 * PATIENCE, "it opens for ever");
        thread::sleep(Duration::from_millis(1));
    }
    withdrawn.elapsed()
}

fn text<'a>(made: &'a Value, member: &str) -> &'a str {
    made[member].as_str().unwrap()
}
