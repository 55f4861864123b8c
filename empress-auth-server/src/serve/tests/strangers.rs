//! Two people who swap all ids: what is another's looks like what is not there, on every route. K-8, K-19.

use std::collections::BTreeSet;

use empress_auth_core::{NewUser, Scopes};
use empress_auth_tests::{Answer, Request};
use serde_json::{Value, json};

use super::{Running, Setup};

/// Who asks, and what is theirs.
struct Person {
    name: &'static str,
    token: String,
}

impl Person {
    fn of(running: &Running, name: &'static str) -> Self {
        let token = running.token_of(NewUser::named(name), Scopes::all());
        Self { name, token }
    }

    fn token_id(&self) -> &str {
        self.token.get(8..19).unwrap()
    }

    fn send(&self, running: &Running, request: Request) -> Answer {
        running.send(&request.authorization(format!("Bearer {}", self.token)))
    }
}

/// What stands in the place of an id.
struct Ids<'i> {
    user: &'i str,
    token: &'i str,
}

/// All routes with a place for an id in their path. A new one shows up here, and needs a line in [`requests`].
const TEMPLATES: [&str; 3] = [
    "/api/v1/tokens/{id}",
    "/api/v1/users/{name}",
    "/api/v1/users/{name}/keys",
];

/// Every request that names somebody, or something of theirs.
fn requests(ids: &Ids<'_>) -> Vec<Request> {
    let Ids { user, token } = ids;
    let json = |method, path: &str, body: Value| {
        Request::new(method, path).body("application/json", body.to_string())
    };
    let (of_user, a_token) = (
        format!("/api/v1/tokens?user={user}"),
        format!("/api/v1/tokens/{token}"),
    );
    let a_user = format!("/api/v1/users/{user}");
    let keys = format!("{a_user}/keys");
    let several = json!({ "ids": [token] });
    let mut requests = vec![
        Request::get(&a_token),
        json("PATCH", &a_token, json!({ "name": "mine" })),
        Request::new("DELETE", &a_token),
        json("POST", "/api/v1/tokens/revoke", several),
        Request::get(&of_user),
        Request::new("DELETE", &of_user),
        json(
            "POST",
            "/api/v1/tokens",
            json!({ "name": "mine", "user": user }),
        ),
        Request::get(&a_user),
        json("PATCH", &a_user, json!({ "enabled": false })),
        json(
            "PATCH",
            &a_user,
            json!({ "password": "one that is mine now" }),
        ),
        Request::new("DELETE", &a_user),
        Request::get(&keys),
        Request::post(&keys),
        Request::new("DELETE", &keys),
    ];
    for prefix in ["/api/method", "/api/v1/method", "/api/v2/method"] {
        let path = format!("{prefix}/frappe.core.doctype.user.user.generate_keys");
        let named = format!("{path}?user={user}");
        requests.push(Request::get(&named));
        requests.push(Request::post(&named));
        requests.push(json("POST", &path, json!({ "user": user })));
    }
    requests
}

/// Nothing of another's is there; and names are refused without being looked up, where only one's own may be asked for.
fn is_refused(answer: &Answer, ids: &Ids<'_>) -> bool {
    let revoked_nothing = || json!({ "revoked": [], "not_found": [ids.token] });
    match answer.status {
        200 => answer.json() == revoked_nothing(),
        403 => !answer.text().contains(ids.user),
        status => status == 404,
    }
}

/// All but what was asked for, where the answer repeats it.
fn compared(answer: &Answer, ids: &Ids<'_>) -> (u16, Vec<(String, String)>, String) {
    let (status, headers, body) = answer.comparable();
    let body = String::from_utf8(body).unwrap();
    (status, headers, body.replace(ids.token, "ID"))
}

/// What a System Manager sees of everybody.
fn everything(running: &Running, root: &str, people: &[&Person]) -> Vec<String> {
    let show = |path: &str| {
        let answer = running.send(&Request::get(path).authorization(root));
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text().to_owned()
    };
    let of = |person: &&Person| {
        let name = person.name;
        let user = format!("/api/v1/users/{name}");
        [
            show(&user),
            show(&format!("{user}/keys")),
            // Their last use moves on: they ask.
            show(&format!("/api/v1/tokens?user={name}"))
                .split(',')
                .filter(|member| !member.contains("last_used"))
                .collect(),
        ]
    };
    people.iter().flat_map(of).collect()
}

/// Asks for everything of each other; how many requests that were.
fn swap_all_ids(running: &Running) -> usize {
    let root = running.root();
    let (ada, bob) = (Person::of(running, "ada"), Person::of(running, "bob"));
    for person in [&ada, &bob] {
        let keys = Request::post(&format!("/api/v1/users/{}/keys", person.name));
        assert_eq!(running.send(&keys.authorization(&root)).status, 201);
    }
    // An id that was good, so that it is of the right form and has this store's tag; one that never was; and one of none.
    let carol = Person::of(running, "carol");
    let end = Request::new("DELETE", "/api/v1/users/carol").authorization(&root);
    assert_eq!(running.send(&end).status, 204);
    let before = everything(running, &root, &[&ada, &bob]);
    let mut asked = 0;
    for (me, other) in [(&ada, &bob), (&bob, &ada)] {
        let theirs = Ids {
            user: other.name,
            token: other.token_id(),
        };
        for missing in [
            Ids {
                user: "carol",
                token: carol.token_id(),
            },
            Ids {
                user: "nobody",
                token: "0zzzzzzzzzz",
            },
        ] {
            for (foreign, unknown) in requests(&theirs).into_iter().zip(requests(&missing)) {
                let what = format!("{foreign:?}");
                let of_a_token = what.contains("/tokens/") && !what.contains("/revoke");
                let (foreign, unknown) = (me.send(running, foreign), me.send(running, unknown));
                assert_eq!(
                    compared(&foreign, &theirs),
                    compared(&unknown, &missing),
                    "{what}"
                );
                assert!(is_refused(&foreign, &theirs), "{what}: {foreign:?}");
                assert!(foreign.status == 404 || !of_a_token, "{what}: {foreign:?}");
                asked += 1;
            }
        }
    }
    assert_eq!(everything(running, &root, &[&ada, &bob]), before);
    for person in [&ada, &bob] {
        let me = person.send(running, Request::get("/api/v1/me"));
        assert_eq!(me.member("username"), person.name);
    }
    asked
}

// K-8, K-19
#[test]
fn what_is_anothers_looks_like_what_is_not_there_on_every_route() {
    let running = Running::start();
    let templates = running.app.router.templates();
    let with_ids: BTreeSet<_> = templates.filter(|path| path.contains('{')).collect();
    assert_eq!(with_ids, TEMPLATES.map(Into::into).into());
    let asked = swap_all_ids(&running);
    println!("{asked} requests for another's things were answered as for what is not there");
}

// K-19
#[test]
fn so_it_is_where_everybody_makes_their_own_keys() {
    let setup = Setup::with(|options| {
        options.switches.self_service_keys = true;
    });
    swap_all_ids(&setup.run());
}
