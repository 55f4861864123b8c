//! The form of a login page: whose it is, and the session that it begins.

use bytes::Bytes;
use http::header::{HeaderValue, SET_COOKIE};
use http::{Method, Response};

use super::world::{Answer, Ask, World, get, post};
use crate::endpoint::{Access, Call, LoginForm, Route, SessionCookie};
use crate::form::parse_form;
use crate::password::Password;
use crate::{Entropy, PublicUrl, SessionIssuer};

const PASSWORD: &str = "correct horse battery staple";
const EVIL: &str = "https://evil.example";

/// A page that shows the token alone, and one that logs in and shows the name.
async fn world() -> World {
    let world = World::new().await;
    world.set_password("ada", PASSWORD).await;
    let sessions = SessionIssuer::new(world.store.clone()).with_clock(world.clock.clone());
    let show = async |call: Call| {
        let url: PublicUrl = "http://auth.example".parse().unwrap();
        let form = LoginForm::of(&call, &Entropy::system()).unwrap();
        let mut response = Response::new(Bytes::from(form.csrf_token()));
        response
            .headers_mut()
            .insert(SET_COOKIE, form.set_cookie(&url));
        response
    };
    let log_in = move |call: Call| {
        let sessions = sessions.clone();
        async move {
            let fields = parse_form(call.body()).unwrap();
            if let Err(rejection) = call.check_login_form(fields.last("csrf_token")) {
                return call.refuse(&rejection);
            }
            let password = Password::new(fields.last("password").unwrap()).unwrap();
            match call.log_in(&sessions, "ada", password).await {
                Ok(made) => Response::new(Bytes::from(made.expose_secret().to_owned())),
                Err(rejection) => call.refuse(&rejection),
            }
        }
    };
    let of_sessions = |route: Route| route.with_session_cookie(SessionCookie::Required);
    let routes = [
        Route::new(Method::GET, "/login", Access::Anyone, show),
        Route::new(Method::POST, "/login", Access::Anyone, log_in),
    ];
    world.serving(routes.map(of_sessions).into())
}

/// The cookie that a form sets, as a browser sends it back.
fn cookie(answer: &Answer) -> String {
    let line = answer.field("set-cookie");
    line.split(';').next().unwrap().to_owned()
}

fn token(answer: &Answer) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}

fn log_in(token: &str) -> Ask {
    post("/login").form(&format!(
        "password=correct+horse+battery+staple&csrf_token={token}"
    ))
}

#[tokio::test]
async fn a_form_is_bound_to_a_cookie_that_no_script_reads() {
    let world = world().await;
    let first = world.ask(get("/login")).await;
    let line = first.field("set-cookie").to_owned();
    assert!(line.starts_with("login="), "{line}");
    assert!(line.contains("; HttpOnly; SameSite=Lax"), "{line}");
    assert_eq!(token(&first).len(), 64);
    // Another tab gets the same, so that both forms can be sent.
    let again = world
        .ask(get("/login").field("cookie", cookie(&first)))
        .await;
    assert_eq!(cookie(&again), cookie(&first));
    assert_eq!(token(&again), token(&first));
    let other = world.ask(get("/login")).await;
    assert_ne!(cookie(&other), cookie(&first));
    for planted in [
        "login=",
        "login=a",
        "login=\u{22}\u{22}",
        "login=a; login=b",
    ] {
        let planted = world.ask(get("/login").field("cookie", planted)).await;
        assert_eq!(cookie(&planted).len(), "login=".len() + 27);
    }
}

// P-14, P-15
#[tokio::test]
async fn only_our_own_page_logs_in() {
    let world = world().await;
    let form = world.ask(get("/login")).await;
    let (cookie, token) = (cookie(&form), token(&form));
    let other = world.ask(get("/login")).await;
    let other_token = String::from_utf8(other.body.to_vec()).unwrap();
    let null = |ask: Ask| ask.field("origin", "null");
    for (ask, status, what) in [
        (log_in(""), 200, "no browser"),
        (
            log_in("").field("sec-fetch-site", "same-origin"),
            200,
            "a page of ours",
        ),
        (
            log_in("").field("origin", "http://auth.example"),
            200,
            "a page of ours, in an older browser",
        ),
        (
            null(log_in(&token)).field("cookie", &cookie),
            200,
            "our form, in an older browser that is told no-referrer",
        ),
        (
            log_in(&token).field("sec-fetch-site", "cross-site"),
            403,
            "another site's page",
        ),
        (
            null(log_in(&token))
                .field("cookie", &cookie)
                .field("sec-fetch-site", "cross-site"),
            403,
            "another site's page that planted a cookie",
        ),
        (
            log_in(&token)
                .field("cookie", &cookie)
                .field("origin", EVIL),
            403,
            "another site's page, in an older browser",
        ),
        (null(log_in(&token)), 403, "a token without its cookie"),
        (
            null(log_in("")).field("cookie", &cookie),
            403,
            "a blank token",
        ),
        (
            null(post("/login").form("password=x")).field("cookie", &cookie),
            403,
            "no token",
        ),
        (
            null(log_in(&other_token)).field("cookie", &cookie),
            403,
            "the token of another browser",
        ),
        (
            null(log_in(&token)).field("cookie", "login="),
            403,
            "an empty cookie",
        ),
    ] {
        assert_eq!(world.ask(ask).await.status, status, "{what}");
    }
}

// P-11
#[tokio::test]
async fn a_login_ends_the_session_that_was_shown() {
    let world = world().await;
    let first = token(&world.ask(log_in("")).await);
    let shown = log_in("").field("cookie", format!("sid={first}"));
    let second = token(&world.ask(shown).await);
    assert_ne!(first, second);
    let sessions = SessionIssuer::new(world.store.clone()).with_clock(world.clock.clone());
    let operator = crate::Actor::assert_local_operator();
    let left = sessions.list(operator, "ada").await.unwrap();
    assert_eq!(left.len(), 1);
    assert!(second.contains(&left[0].id.to_string()));
}

#[test]
fn over_https_the_cookie_is_of_this_host_alone() {
    let url: PublicUrl = "https://auth.example".parse().unwrap();
    let form = url.secret_set(url.login_form_cookie(), "x", 1);
    let wanted = "__Host-login=x; Path=/; Max-Age=1; HttpOnly; SameSite=Lax; Secure";
    assert_eq!(form, HeaderValue::from_static(wanted));
}
