//! What comes at once, twice or never back: codes and refresh tokens over sockets, from memory and from SQLite, which is the
//! program. `EMPRESS_RACES` says how often.

use empress_auth_tests::{Connection, Random, Request, amount};

use crate::party::{Party, Tokens, application, assert_refused, program, serve};

/// Runs it with a provider in memory and with the program, each with two clients.
fn everywhere(run: impl Fn(&Party, &Party)) {
    let op = application();
    let party = || Party::at_application(&op);
    run(&party(), &party());
    let (place, serving) = program();
    let party = || Party::at_program(&place, &serving, "ada");
    run(&party(), &party());
}

// O-9: and because a code that is shown again was stolen, in the end nobody has anything
#[test]
fn one_of_sixteen_who_show_a_code_gets_tokens() {
    let rounds = amount("EMPRESS_RACES", 200);
    everywhere(|party, _| {
        for round in 0..rounds {
            let requests = vec![party.redeeming(&party.code()); 16];
            let answers = party.send_at_once(&requests);
            let (won, lost): (Vec<_>, Vec<_>) =
                answers.iter().partition(|answer| answer.status == 200);
            assert_eq!(won.len(), 1, "winners of round {round}: {answers:?}");
            lost.iter().for_each(|answer| assert_refused(answer));
            party.assert_is_over(&Tokens::of(won[0]));
        }
    });
}

// O-9, O-6: whom the code was not given takes nothing away
#[test]
fn the_client_wins_against_fifteen_thieves() {
    let rounds = amount("EMPRESS_RACES", 200) / 4;
    everywhere(|party, thief| {
        for _ in 0..rounds {
            let code = party.code();
            let mut requests = vec![thief.redeeming(&code); 15];
            requests.push(party.redeeming(&code));
            let mut answers = party.send_at_once(&requests);
            let tokens = Tokens::of(&answers.pop().unwrap());
            answers.iter().for_each(assert_refused);
            assert!(party.opens(&tokens.access));
        }
    });
}

// O-19
#[test]
fn of_thirty_two_who_show_a_refresh_token_one_chain_goes_on() {
    let rounds = amount("EMPRESS_RACES", 200) / 2;
    everywhere(|party, _| {
        let mut random = Random::new(19);
        for round in 0..rounds {
            let first = party.tokens();
            let requests = vec![party.refreshing(&first.refresh); 32];
            let answers = party.send_at_once(&requests);
            // Nobody has used what it gave, so that each of them may be the client that has to ask again.
            let second: Vec<Tokens> = answers.iter().map(Tokens::of).collect();
            let third = if random.below(2) == 0 {
                let used = random.pick(&second);
                Tokens::of(&party.send(&party.refreshing(&used.refresh)))
            } else {
                // All of them at once: one is the first.
                let requests: Vec<Request> = second
                    .iter()
                    .map(|tokens| party.refreshing(&tokens.refresh))
                    .collect();
                let answers = party.send_at_once(&requests);
                let won: Vec<_> = answers
                    .iter()
                    .filter(|answer| answer.status == 200)
                    .collect();
                assert_eq!(won.len(), 1, "chains of round {round}: {answers:?}");
                let third = Tokens::of(won[0]);
                party.assert_is_over(&third);
                continue;
            };
            let fourth = Tokens::of(&party.send(&party.refreshing(&third.refresh)));
            assert!(party.opens(&fourth.access), "one chain goes on");
            assert_refused(&party.send(&party.refreshing(&random.pick(&second).refresh)));
            party.assert_is_over(&fourth);
        }
    });
}

// O-20: what was used is known after a restart, too
#[test]
fn a_used_refresh_token_ends_its_family_after_a_restart() {
    let (place, mut serving) = program();
    for answers_first in [true, false] {
        let party = Party::at_program(&place, &serving, "ada");
        let first = party.tokens();
        let second = Tokens::of(&party.send(&party.refreshing(&first.refresh)));
        let third = Tokens::of(&party.send(&party.refreshing(&second.refresh)));
        let redeemed = party.code();
        let other = Tokens::of(&party.send(&party.redeeming(&redeemed)));
        // SIGKILL: nobody is there to write anything down.
        drop(serving);
        serving = serve(&place);
        let party = Party {
            address: serving.address,
            ..party
        };
        if answers_first {
            assert!(party.opens(&third.access), "nothing was lost");
        }
        assert_refused(&party.send(&party.refreshing(&first.refresh)));
        party.assert_is_over(&third);
        // O-7
        assert!(party.opens(&other.access), "the other grant goes on");
        assert_refused(&party.send(&party.redeeming(&redeemed)));
        party.assert_is_over(&other);
    }
}

/// Sends it, and never hears of it.
fn lose(party: &Party, request: &Request, is_done: bool) {
    let mut connection = Connection::open(party.address);
    let bytes = request.to_bytes();
    if is_done {
        // The proxy between them has the answer, and breaks down.
        connection.write(&bytes);
        let dropped = connection.answer().unwrap();
        assert_eq!(dropped.status, 200, "{}", dropped.text());
    } else {
        connection.write(&bytes[..bytes.len() - 1]);
    }
}

// O-21
#[test]
fn a_lost_answer_logs_nobody_out_and_leaves_one_chain() {
    let rounds = amount("EMPRESS_RACES", 200) * 3 / 2;
    everywhere(|party, _| {
        let mut random = Random::new(21);
        for _ in 0..rounds {
            let first = party.tokens();
            let request = party.refreshing(&first.refresh);
            for _ in 0..=random.below(3) {
                lose(party, &request, random.below(3) > 0);
            }
            // The client asks again with what it has.
            let second = Tokens::of(&party.send(&request));
            let third = Tokens::of(&party.send(&party.refreshing(&second.refresh)));
            assert!(party.opens(&third.access), "nobody was logged out");
            // Now its successor was used: whoever shows it is somebody else.
            assert_refused(&party.send(&request));
            party.assert_is_over(&third);
        }
    });
}
