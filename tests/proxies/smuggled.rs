//! A request that hides in another reaches nobody, and shifts nobody's answer: H-5.

use std::sync::{Arc, Mutex};

use actix_web::{HttpRequest, web};
use axum::Router;
use axum::extract::Request as AxumRequest;
use axum::routing::any;
use bytes::Bytes;
use empress_auth_actix as actix;
use empress_auth_core::Identity;
use empress_auth_tests::{
    Adapter, Request, Server, World, send_to, serve_actix, serve_tower, smuggling, soon,
};
use empress_auth_tower as tower;

use crate::front::Front;

pub(crate) fn nothing_is_smuggled_past_nginx(adapter: Adapter) {
    nothing_is_smuggled_past(adapter, |server| Front::nginx(server.address(), "", ""));
}

pub(crate) fn nothing_is_smuggled_past_nginx_that_streams(adapter: Adapter) {
    nothing_is_smuggled_past(adapter, |server| {
        Front::nginx(server.address(), "", "proxy_request_buffering off;")
    });
}

pub(crate) fn nothing_is_smuggled_past_haproxy(adapter: Adapter) {
    nothing_is_smuggled_past(adapter, |server| Front::haproxy(server.address()));
}

fn nothing_is_smuggled_past(adapter: Adapter, front: impl Fn(&Server) -> Option<Front>) {
    let world = World::in_memory();
    let reached = Reached::default();
    let server = serve(adapter, &world, &reached);
    let Some(front) = front(&server) else { return };
    let (stolen, victims) = (world.token("ada"), world.token("eve"));
    let mut number = 0;
    for outer in ["/read", "/refused"] {
        let cases = smuggling("").len();
        for case in 0..cases {
            number += 1;
            let target = format!("/smuggled-{number}");
            let second = format!(
                "GET {target} HTTP/1.1\r\nHost: smuggled\r\nAuthorization: Bearer {stolen}\r\n\r\n"
            );
            let attack = smuggling(&second).swap_remove(case);
            let what = format!("{} in front of {outer}", attack.case);
            // Open while the victims ask: what was smuggled would be answered to one of them.
            let attacker = attack.send_to(front.address(), outer);
            for _ in 0..3 {
                assert_undisturbed(&front, &victims, &what);
            }
            drop(attacker);
            // Whatever reached the server was a request to the proxy, too; it writes it down when it has ended.
            let agree = || reached.count(&target) <= front.seen(&target);
            assert!(soon(agree), "{what}: the proxy did not see what reached us");
            if attack.is_legal {
                let arrived = || reached.count(&target) == 1;
                assert!(
                    soon(arrived),
                    "{what}: a request of the client's own was lost"
                );
            }
        }
    }
    assert!(reached.count("/victim") >= 6 * smuggling("").len());
}

/// Others get their own answers, over the connections that the proxy has open to the server.
#[track_caller]
fn assert_undisturbed(front: &Front, token: &str, what: &str) {
    let known = Request::get("/victim").authorization(format!("Bearer {token}"));
    let answer = send_to(front.address(), &known);
    assert_eq!(
        (answer.status, answer.text()),
        (200, "/victim by eve"),
        "{what}"
    );
    let answer = send_to(front.address(), &Request::get("/victim"));
    assert_eq!(
        (answer.status, answer.text()),
        (200, "/victim by nobody"),
        "{what}"
    );
}

/// Which paths were asked for.
#[derive(Debug, Clone, Default)]
struct Reached(Arc<Mutex<Vec<String>>>);

impl Reached {
    fn answer(&self, path: &str, who: Option<&Identity>) -> String {
        self.0.lock().unwrap().push(path.to_owned());
        format!("{path} by {}", who.map_or("nobody", Identity::username))
    }

    fn count(&self, path: &str) -> usize {
        let reached = self.0.lock().unwrap();
        reached.iter().filter(|asked| *asked == path).count()
    }
}

/// Every path is for everybody, but `/refused`, which is for nobody here; `/read` reads its body.
fn serve(adapter: Adapter, world: &World, reached: &Reached) -> Server {
    let reached = reached.clone();
    let (everybody, known) = (world.auth().optional(), world.auth());
    match adapter {
        Adapter::Tower => {
            let read = {
                let reached = reached.clone();
                move |_: Bytes| async move { reached.answer("/read", None) }
            };
            let answer = move |who: tower::MaybeAuthenticated, request: AxumRequest| async move {
                reached.answer(request.uri().path(), who.0.as_ref())
            };
            let refused = Router::new().route("/refused", any(async || "in"));
            serve_tower(
                Router::new()
                    .route("/read", any(read))
                    .fallback(answer)
                    .layer(tower::TokenAuth::from(everybody))
                    .merge(refused.layer(tower::TokenAuth::from(known))),
            )
        }
        Adapter::Actix => {
            let known = actix::TokenAuth::from(known);
            serve_actix(Some(actix::TokenAuth::from(everybody)), move |config| {
                let (read, rest) = (reached.clone(), reached.clone());
                let read = move |_: Bytes| {
                    let reached = read.clone();
                    async move { reached.answer("/read", None) }
                };
                let answer = move |who: actix::MaybeAuthenticated, request: HttpRequest| {
                    let reached = rest.clone();
                    async move { reached.answer(request.path(), who.0.as_ref()) }
                };
                let refused = web::scope("/refused").wrap(known.clone());
                config
                    .route("/read", web::to(read))
                    .service(refused.route("", web::to(async || "in")))
                    .default_service(web::to(answer));
            })
        }
    }
}
