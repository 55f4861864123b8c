//! Requests by chance, at every route: none is an error of ours, and none lets a stranger in. O-47, AS-ROB-1.
//!
//! What schemathesis does with a description of an API, which there is none of: routes are asked for what they are, names
//! are those that some route reads.

use std::collections::BTreeSet;

use empress_auth_core::{NewUser, SYSTEM_MANAGER, Scopes};
use empress_auth_tests::{Answer, Random, Request, amount, basic};

use super::Running;

const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

/// What some route reads, and what none does.
const NAMES: [&str; 50] = [
    "access_token",
    "after",
    "args",
    "client_id",
    "client_secret",
    "cmd",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "csrf_token",
    "decision",
    "email",
    "enabled",
    "expires_at",
    "full_name",
    "grant_type",
    "id_token_hint",
    "ids",
    "limit",
    "login_hint",
    "max_age",
    "name",
    "networks",
    "allowed_networks",
    "nonce",
    "password",
    "prompt",
    "pwd",
    "redirect-to",
    "redirect_uri",
    "refresh_token",
    "request",
    "resource",
    "response_mode",
    "response_type",
    "roles",
    "scope",
    "scopes",
    "sid",
    "state",
    "token",
    "token_type_hint",
    "user",
    "username",
    "usr",
    "idle_timeout_secs",
    "",
    "__proto__",
    "\u{e9}[]",
];

/// Values that some parser has stumbled over, as they stand in a URL or a form.
const VALUES: [&str; 44] = [
    "",
    "ada",
    "root",
    "nobody",
    "0",
    "-1",
    "1",
    "9223372036854775808",
    "1e400",
    "NaN",
    "true",
    "null",
    "[]",
    "%7B%7D",
    "%00",
    "%0d%0aX-Evil:%201",
    "%",
    "%zz",
    "%ff%fe",
    "%C3%A9",
    "%F0%9F%98%80",
    "%E2%80%AE",
    "..%2f..%2fetc%2fpasswd",
    "%27%20OR%201=1%20--",
    "%3Cscript%3E",
    "%7B%7B7*7%7D%7D",
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "code",
    "S256",
    "form_post",
    "none",
    "openid",
    "openid%20all",
    "https://app.example/callback",
    "//evil.example",
    "javascript:alert(1)",
    "emp_pat_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ01234567",
    "emp_rt_x",
    "a.b.c",
    "eyJhbGciOiJub25lIn0.e30.",
    "2026-01-01T00:00:00Z",
    "2026-13-45",
];

/// The same in JSON.
const JSON: [&str; 18] = [
    "null",
    "true",
    "0",
    "-1",
    "1e400",
    "1.5",
    "9007199254740993",
    "\"\"",
    "\"ada\"",
    "\"root\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"2026-01-01T00:00:00Z\"",
    "[]",
    "[null]",
    "[\"0zzzzzzzzzz\"]",
    "{}",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
];

fn fields(random: &mut Random) -> String {
    let count = random.below(6);
    let field = |_| format!("{}={}", random.pick(&NAMES), random.pick(&VALUES));
    (0..count).map(field).collect::<Vec<_>>().join("&")
}

fn json(random: &mut Random) -> String {
    let count = random.below(6);
    let member = |_| format!("{:?}:{}", random.pick(&NAMES), random.pick(&JSON));
    let object = format!(
        "{{{}}}",
        (0..count).map(member).collect::<Vec<_>>().join(",")
    );
    match random.below(8) {
        0 => random.pick(&JSON).to_string(),
        1 => object.get(..object.len() / 2).unwrap_or("{").to_owned(),
        _ => object,
    }
}

fn request(random: &mut Random, path: &str, credential: &str) -> Request {
    let names = ["nobody", "root", "ada", "%00", "%ff", ".", "a%2fb"];
    let ids = ["00000000000", "0zzzzzzzzzz", "x", "%00", "\u{e9}"];
    let (name, id) = (*random.pick(&names), *random.pick(&ids));
    let path = path.replace("nobody", name).replace("00000000000", id);
    let query = fields(random);
    let target = if random.below(2) == 0 {
        path
    } else {
        format!("{path}?{query}")
    };
    let method = *random.pick(&METHODS);
    let mut request = Request::new(method, &target);
    if !credential.is_empty() {
        request = request.authorization(credential);
    }
    for (name, value) in [
        ("Accept", "text/html"),
        ("Sec-Fetch-Site", "same-origin"),
        ("Origin", "null"),
        ("Cookie", "sid=emp_ss_x; user_id=root; csrf=%00"),
        ("Accept-Language", "de;q=1.0001, *;q=NaN"),
        ("If-None-Match", "W/\"\", *"),
        ("Expect", "nonsense"),
    ] {
        if random.below(6) == 0 {
            request = request.header(name, value);
        }
    }
    match random.below(5) {
        0 => request,
        1 => request.body("application/json", json(random)),
        2 => request.body("application/json; charset=latin1", json(random)),
        3 => request.body("multipart/form-data; boundary=", fields(random)),
        _ => request.body("application/x-www-form-urlencoded", fields(random)),
    }
}

/// Well formed, whatever it says.
#[track_caller]
fn check(request: &Request, answer: &Answer) {
    let what = || String::from_utf8_lossy(&request.to_bytes()).into_owned();
    assert!(answer.status < 500, "{}\n{answer:?}", what());
    assert_eq!(answer.header("x-evil"), None, "{}", what());
    // O-29: these two repeat a POST with all that is in it.
    assert!(
        !matches!(answer.status, 307 | 308),
        "{}\n{answer:?}",
        what()
    );
    let content_type = answer.header("content-type").unwrap_or_default();
    if content_type.contains("json") && !answer.body.is_empty() {
        let parsed = serde_json::from_slice::<serde_json::Value>(&answer.body);
        assert!(parsed.is_ok(), "{}\n{answer:?}", what());
    }
    assert!(
        !answer.text().contains("<script>"),
        "{}\n{answer:?}",
        what()
    );
}

// O-47, AS-ROB-1
#[test]
fn no_request_is_an_error_of_ours_and_none_lets_a_stranger_in() {
    let count = amount("EMPRESS_JUNK", 10_000);
    let running = Running::start();
    let ada = running.token_of(NewUser::named("ada"), Scopes::all());
    let ada = format!("Bearer {ada}");
    let mut paths = super::routes::paths(&running);
    paths.retain(|path| !path.starts_with("/test"));
    // What asks a stranger who is there, by whichever method.
    let asks = |path: &str| {
        let refused = |method| running.send(&Request::new(method, path)).status == 401;
        METHODS.into_iter().any(refused)
    };
    let protected: BTreeSet<String> = paths.iter().filter(|path| asks(path)).cloned().collect();
    assert!(protected.len() >= 15, "{protected:?}");

    let mut random = Random::new(47);
    let mut manager = String::new();
    let (mut statuses, mut opened) = (BTreeSet::new(), 0_u64);
    for number in 0..count {
        // Whoever makes requests by chance soon deletes himself.
        if number % 500 == 0 {
            let new = NewUser::named(&format!("manager{number}")).with_roles([SYSTEM_MANAGER]);
            manager = format!("Bearer {}", running.token_of(new, Scopes::all()));
        }
        let path = random.pick(&paths).clone();
        let is_stranger = random.below(3) == 0;
        let credential = if is_stranger {
            let wrong = ["", "Bearer x", "Basic", "token a:b", &basic("root:root")];
            (*random.pick(&wrong)).to_owned()
        } else {
            (*random.pick(&[&ada, &manager])).clone()
        };
        let request = request(&mut random, &path, &credential);
        let answer = running.send(&request);
        check(&request, &answer);
        let is_open = (200..300).contains(&answer.status);
        let may_open = !is_stranger || !protected.contains(&path);
        assert!(may_open || !is_open, "{request:?}: {answer:?}");
        statuses.insert(answer.status);
        opened += u64::from(is_open);
    }
    println!("{count} requests by chance, {opened} of them taken: {statuses:?}");
    assert!(
        opened > count / 20 && statuses.len() > 8,
        "{opened} {statuses:?}"
    );
    assert_eq!(running.get("/readyz").status, 200);
}
