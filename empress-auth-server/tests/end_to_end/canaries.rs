//! Nothing that lets somebody in is written where others read it: K-5, K-14.
//!
//! 1. The program logs all that anybody logs. It is shown secrets, right ones and wrong ones, at every endpoint and
//!    wherever a client may put one, and commands that take secrets are run and misused ([`tour`]); a client of the
//!    [`provider`] goes all its ways.
//! 2. All that it tells meanwhile is kept, but for the secrets that it makes, each of which may be told once ([`watched`]).
//! 3. Answers, metrics, standard output, the log, the database and what lies beside it are searched for pieces of them
//!    ([`secrets`]).

mod provider;
mod secrets;
mod tour;
mod watched;

use self::watched::Watched;

// K-5, K-14, KY-5
#[test]
fn no_secret_is_in_the_log_in_an_answer_in_the_metrics_or_in_a_file() {
    let mut watched = Watched::start("json");
    tour::commands(&mut watched);
    let shown = tour::endpoints_that_make(&mut watched);
    tour::every_endpoint(&mut watched, &shown);
    check(watched);
}

// K-14: lines for people quote otherwise
#[test]
fn no_secret_is_in_the_log_for_people_either() {
    let mut watched = Watched::start("text");
    tour::commands(&mut watched);
    tour::endpoints_that_make(&mut watched);
    check(watched);
}

fn check(watched: Watched) {
    let log = watched.place.read("log");
    let requests = log.lines().filter(|line| line.contains("request.id"));
    assert!(requests.count() > 10, "so that something was logged: {log}");
    watched.search();
}
