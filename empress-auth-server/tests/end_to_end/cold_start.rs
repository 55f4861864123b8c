//! A million tokens do not keep the program from starting: OP-3.

use std::time::Duration;

use empress_auth_tests::{Request, now, send_to};
use rusqlite::Connection;

use crate::support::Place;

const TOKENS: u32 = 1_000_000;

/// Without optimisation it takes 20 ms: room for a busy machine, and none for reading every token first.
const PROMISED: Duration = Duration::from_millis(500);

/// As many tokens as somebody has after years, of the form that the program writes; as those of ada, with the last use and
/// the expiry that make it longest.
fn make_tokens(place: &Place) {
    let mut database = Connection::open(place.file("empress-auth.db")).unwrap();
    let transaction = database.transaction().unwrap();
    transaction
        .execute(
            "INSERT INTO tokens (id, user_id, form, algorithm, digest, last4, name, created_at, expires_at,
                                 last_used_at)
             WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
             SELECT token.id + n, token.user_id, token.form, token.algorithm, randomblob(32), token.last4,
                    token.name, token.created_at, token.created_at + 86400000 + n, token.created_at
             FROM number, tokens AS token",
            [TOKENS],
        )
        .unwrap();
    transaction.commit().unwrap();
}

// OP-3
#[test]
fn with_a_million_tokens_it_is_ready_at_once() {
    let place = Place::with_users(&["ada"]);
    let token = place.json(&["token", "create", "ada"]);
    let bearer = format!("Bearer {}", token["token"].as_str().unwrap());
    // The first start makes keys and the Administrator.
    drop(place.serve());
    make_tokens(&place);
    let mut times = Vec::new();
    for _ in 0..5 {
        let began = now();
        let serving = place.serve();
        let ready = send_to(serving.address, &Request::get("/readyz"));
        assert_eq!(ready.status, 200, "{}", ready.text());
        assert_eq!(serving.user_of(&bearer).as_deref(), Some("ada"));
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let median = times[times.len() / 2];
    println!(
        "FIGURES: {TOKENS} tokens in SQLite: ready, and a token verified, after {} ms",
        median.as_millis()
    );
    assert!(median < PROMISED, "{times:?}");
}
