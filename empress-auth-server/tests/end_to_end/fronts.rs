//! The program behind nginx and haproxy: a request that hides in another reaches nobody, and shifts nobody's answer (H-5).
//! Asked by nginx for other services, it believes no client about where that is (H-7).

use std::fs::File;
use std::process::Stdio;

use empress_auth_tests::{Request, send_to, smuggling, soon};

use crate::front::Front;
use crate::support::{Place, Serving};

// H-5
#[test]
fn nothing_is_smuggled_past_nginx() {
    nothing_is_smuggled_past(|serving| Front::nginx(serving.address, "", ""));
}

// H-5
#[test]
fn nothing_is_smuggled_past_nginx_that_streams() {
    let streaming = "proxy_request_buffering off;";
    nothing_is_smuggled_past(|serving| Front::nginx(serving.address, "", streaming));
}

// H-5
#[test]
fn nothing_is_smuggled_past_haproxy() {
    nothing_is_smuggled_past(|serving| Front::haproxy(serving.address));
}

/// What docs/operations.md says, with a service that is the program, too.
fn in_front_of_other_services(serving: &Serving) -> Option<Front> {
    let mut blocks = include_str!("../../../docs/operations.md").split("```");
    let asks = |block: &&str| block.starts_with("nginx") && block.contains("auth_request");
    let server = blocks.find(asks).unwrap();
    let server = server.trim_start_matches("nginx");
    assert!(server.contains("http://empress_auth/api/v1/me"), "{server}");
    let server = server.replace("http://service", "http://empress_auth");
    // Another address than that of the clients, which is not trusted.
    Front::nginx_with(serving.address, "proxy_bind 127.0.0.3;", &server)
}

// H-7: nobody is believed where it says that it is
#[test]
fn a_service_behind_nginx_that_asks_us_is_open_to_good_credentials_from_where_they_are_good() {
    let place = Place::with_users(&["ada"]);
    let token = |options: &[&str]| {
        let made = place.json(&[&["token", "create", "ada"], options].concat());
        format!("Bearer {}", made["token"].as_str().unwrap())
    };
    let (anywhere, inside) = (token(&[]), token(&["--network", "10.0.0.0/8"]));
    let here = token(&["--network", "127.0.0.1"]);
    let log = File::create(place.file("log")).unwrap();
    let trusting = ["--trusted-proxy", "127.0.0.3"];
    let serve = [&["serve", "--listen", "127.0.0.1:0"][..], &trusting].concat();
    let serving = Serving::start_with_stderr(&mut place.command(&serve), Stdio::from(log)).unwrap();
    let Some(front) = in_front_of_other_services(&serving) else {
        return;
    };
    let status = |credential: &str, field: &str, claimed: &str| {
        let request = Request::get("/healthz").authorization(credential);
        send_to(front.address(), &request.header(field, claimed)).status
    };
    for field in ["X-Forwarded-For", "Forwarded", "X-Real-IP"] {
        for claimed in ["10.0.0.1", "for=10.0.0.1", "10.0.0.1, 127.0.0.3"] {
            assert_eq!(status(&anywhere, field, claimed), 200, "{field}: {claimed}");
            assert_eq!(status(&here, field, claimed), 200, "{field}: {claimed}");
            assert_eq!(status(&inside, field, claimed), 401, "{field}: {claimed}");
        }
    }
    let nobody = send_to(front.address(), &Request::get("/healthz"));
    assert_eq!(nobody.status, 401);
}

/// A path that reads its body whoever sends it, and one that answers before.
const OUTER: [&str; 2] = ["/api-token-auth/", "/api/v1/tokens"];

fn nothing_is_smuggled_past(front: impl Fn(&Serving) -> Option<Front>) {
    let place = Place::with_users(&["ada", "eve"]);
    let [stolen, victims] = ["ada", "eve"].map(|name| {
        let token = place.json(&["token", "create", name]);
        format!("Bearer {}", token["token"].as_str().unwrap())
    });
    let log = File::create(place.file("log")).unwrap();
    let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--access-log", "all"]);
    let serving = Serving::start_with_stderr(&mut command, Stdio::from(log)).unwrap();
    let Some(front) = front(&serving) else {
        return;
    };
    let (mut targets, mut legal) = (Vec::new(), 0);
    for outer in OUTER {
        for case in 0..smuggling("").len() {
            let target = format!("/api/v1/users/hidden{}", targets.len());
            let second =
                format!("GET {target} HTTP/1.1\r\nHost: hidden\r\nAuthorization: {stolen}\r\n\r\n");
            let attack = smuggling(&second).swap_remove(case);
            let what = format!("{} in front of {outer}", attack.case);
            // Open while the victims ask: what was smuggled would be answered to one of them.
            let attacker = attack.send_to(front.address(), outer);
            for _ in 0..3 {
                assert_undisturbed(&front, &victims, &what);
            }
            drop(attacker);
            targets.push(target);
            legal += usize::from(attack.is_legal);
        }
    }
    // What reached the program was a request to the proxy, too, and what was a client's own came through.
    let reached = || place.read("log").matches(ROUTE).count();
    assert!(soon(|| reached() >= legal), "{} of {legal}", reached());
    let seen = || {
        targets
            .iter()
            .map(|target| front.seen(target))
            .sum::<usize>()
    };
    assert!(soon(|| reached() <= seen()), "{} > {}", reached(), seen());
    println!(
        "of {} hidden requests {legal} are the client's own; {} were seen in front, {} reached us",
        targets.len(),
        seen(),
        reached()
    );
}

/// How the log of the program calls what was hidden.
const ROUTE: &str = "\"http.route\":\"/api/v1/users/{name}\"";

/// Others get their own answers, over the connections that the proxy has open to the program.
#[track_caller]
fn assert_undisturbed(front: &Front, victims: &str, what: &str) {
    let me = Request::get("/api/v1/me");
    let known = send_to(front.address(), &me.clone().authorization(victims));
    assert_eq!(known.status, 200, "{what}: {known:?}");
    assert_eq!(known.member("username"), "eve", "{what}");
    assert_eq!(send_to(front.address(), &me).status, 401, "{what}");
}
