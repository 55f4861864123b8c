//! Do we accept anything that another verifier would not? J-37: thousands of tokens, most of them wrong in one or two
//! places, are shown to us, to `jsonwebtoken`, and to joserfc and `PyJWT`, which have other parsers and another library of
//! signatures. Whatever we accept they accept; whatever both Python libraries accept and we do not is of a class that is
//! listed here, with the reason.
//!
//! `make long PART=differential` shows a million.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed"
)]

mod corpus;
mod judges;

use std::collections::BTreeMap;

use empress_auth_core::Clock;
use empress_auth_tests::Random;

use self::corpus::Corpus;

/// What we refuse and both joserfc and `PyJWT` accept, in the words of our refusal.
const REFUSED_BY_US_ALONE: [(&str, &str); 7] = [
    (
        "exp is missing or no time",
        "a number beyond 2^53, of which readers disagree (RFC 7493 §2.2)",
    ),
    ("nbf is no time or in the future", "a number below 0"),
    ("iat is no time or in the future", "a number below 0"),
    (
        "the claims are no object in strict JSON",
        "a name twice, half a surrogate pair, NaN, 1e400, deeper than 16 (RFC 8725 §2.4, RFC 8259 §4)",
    ),
    (
        "the header is no object in strict JSON, or a parameter has a wrong type",
        "the same in the header; `enc` and `zip`, which belong to encrypted tokens (RFC 7516 §4.1)",
    ),
    (
        "the header asks for an extension, and none is supported",
        "`b64` without `crit`, which RFC 7797 §6 forbids",
    ),
    (
        "the token is of another type",
        "`typ` is not `at+jwt` (RFC 9068 §4); the others do not look",
    ),
];

/// Made and shown at once; among so many every class is met.
const BATCH: usize = 10_000;

/// How often, and a text of its kind.
type Alone = BTreeMap<String, (usize, String)>;

#[test]
fn whatever_we_accept_the_others_accept_and_what_we_refuse_alone_is_listed() {
    let count = std::env::var("EMPRESS_DIFFERENTIAL").map_or(BATCH, |it| it.parse().unwrap());
    let (mut accepted, mut alone, mut all_were_asked) = (0, Alone::new(), true);
    for (seed, from) in (37..).zip((0..count).step_by(BATCH)) {
        let count = BATCH.min(count - from);
        let (good, asked) = show(Random::new(seed), count, &mut alone);
        accepted += good;
        all_were_asked &= asked;
    }
    assert!(accepted > count / 20, "{accepted} good tokens show little");
    if !all_were_asked {
        return;
    }
    println!("{accepted:>6} × accepted by all");
    for (class, why) in REFUSED_BY_US_ALONE {
        let times = alone.remove(class).map_or(0, |(times, _)| times);
        println!("{times:>6} × {class}: {why}");
        assert!(times > 0 || count < BATCH, "met no more: {class}");
    }
    assert!(alone.is_empty(), "not listed: {alone:#?}");
}

/// How many we accept of `count` tokens, each of which the others accept, too; and whether there were joserfc and `PyJWT`.
fn show(mut random: Random, count: usize, alone: &mut Alone) -> (usize, bool) {
    // Its clock is not older than its tokens.
    let corpus = Corpus::new(Clock::system().now());
    let tokens: Vec<_> = (0..count).map(|_| corpus.token(&mut random)).collect();
    let ours: Vec<_> = tokens.iter().map(|it| judges::ours(&corpus, it)).collect();
    for (token, ours) in tokens.iter().zip(&ours) {
        assert!(
            ours.is_err() || judges::jsonwebtoken(&corpus, token),
            "we accept what jsonwebtoken does not: {token:?}"
        );
    }
    let accepted = ours.iter().filter(|it| it.is_ok()).count();
    let Some(theirs) = judges::joserfc_and_pyjwt(&corpus, &tokens) else {
        return (accepted, false);
    };
    for ((token, ours), [joserfc, pyjwt]) in tokens.iter().zip(&ours).zip(theirs) {
        match ours {
            Ok(()) => assert!(
                joserfc && pyjwt,
                "we accept, joserfc: {joserfc}, PyJWT: {pyjwt}: {token:?}"
            ),
            Err(reason) if joserfc && pyjwt => {
                let (times, _) = alone
                    .entry(reason.clone())
                    .or_insert_with(|| (0, token.text.clone()));
                *times += 1;
            }
            Err(_) => {}
        }
    }
    (accepted, true)
}
