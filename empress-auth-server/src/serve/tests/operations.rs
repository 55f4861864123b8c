//! What operators ask, and who may: DB-7, K-14.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use empress_auth_core::{NewUser, SYSTEM_MANAGER, Scopes, StoreError, StoreErrorKind};
use empress_auth_tests::{Answer, Request};

use super::{Running, Setup};
use crate::serve::health::{Health, Readiness};
use crate::serve::store::Probe;

/// Asks for the metrics of this host, with one more line.
fn metrics_of(running: &Running, host: &str, line: &str) -> Answer {
    let head = format!("GET /metrics HTTP/1.1\r\nHost: {host}\r\n{line}\r\n");
    running.raw(head).unwrap()
}

#[test]
fn this_machine_reads_the_metrics_while_there_is_no_public_url() {
    let running = Running::start();
    let answer = metrics_of(&running, "localhost", "");
    assert_eq!(answer.status, 200);
    assert!(answer.text().ends_with("# EOF\n"));
    assert!(
        answer.text().contains("empress_auth_build_info{version="),
        "{}",
        answer.text()
    );
    for field in [
        "X-Forwarded-For",
        "Forwarded",
        "X-Real-IP",
        "Via",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
    ] {
        let line = format!("{field}: 203.0.113.9\r\n");
        assert_eq!(
            metrics_of(&running, "localhost", &line).status,
            401,
            "{field}: somebody else asks through a proxy"
        );
    }
}

// A page's own name can lead to this machine (DNS rebinding), and a proxy may pass on what it was asked for.
#[test]
fn without_a_credential_the_metrics_are_asked_for_by_a_name_of_this_machine() {
    let running = Running::start();
    for host in [
        "localhost",
        "LocalHost:8000",
        "127.0.0.1",
        "127.8.0.1:9",
        "[::1]",
        "[::1]:8000",
    ] {
        assert_eq!(metrics_of(&running, host, "").status, 200, "{host}");
    }
    for host in [
        "",
        "app.example",
        "app.example:8000",
        "localhost.example",
        "127.0.0.1.example",
        "10.0.0.1",
        "[2001:db8::1]:8000",
        ":8000",
    ] {
        assert_eq!(metrics_of(&running, host, "").status, 401, "{host}");
    }
    let nowhere = running.raw("GET /metrics HTTP/1.0\r\n\r\n").unwrap();
    assert_eq!(nowhere.status, 401);
}

#[test]
fn with_a_public_url_the_metrics_want_a_system_manager() {
    let running =
        Setup::with(|options| options.public_url = Some("https://auth.example".parse().unwrap()))
            .run();
    assert_eq!(metrics_of(&running, "localhost", "").status, 401);
    let manager = |name: &str| NewUser::named(name).with_roles([SYSTEM_MANAGER]);
    let ask = |token: String| {
        running
            .send(&Request::get("/metrics").authorization(format!("Bearer {token}")))
            .status
    };
    assert_eq!(ask(running.token_of(manager("a"), Scopes::all())), 200);
    assert_eq!(
        ask(running.token_of(manager("b"), Scopes::only(["metrics:read"]))),
        200
    );
    assert_eq!(
        ask(running.token_of(manager("c"), Scopes::only(["tokens:read"]))),
        403
    );
    assert_eq!(
        ask(running.token_of(NewUser::named("d"), Scopes::all())),
        403
    );
    assert_eq!(ask("emp_pat_wrong".to_owned()), 401);
    let local =
        Setup::with(|options| options.public_url = Some("http://localhost:8000".parse().unwrap()))
            .run();
    assert_eq!(metrics_of(&local, "localhost", "").status, 200);
}

// K-14: the series are as many as our words, whatever is sent
#[test]
fn no_label_is_a_clients_word() {
    let running = Running::start();
    let root = running.root();
    let series = |metrics: &str| {
        metrics
            .lines()
            .filter(|line| !line.starts_with('#'))
            .count()
    };
    for number in 0..300 {
        let canary = format!("canary{number}");
        let method = if number % 2 == 0 {
            "GET"
        } else {
            &*canary.to_uppercase()
        };
        let request = Request::new(method, &format!("/{canary}?{canary}"))
            .header("User-Agent", &canary)
            .header("X-Request-Id", &canary)
            .authorization(format!("{canary} {canary}"));
        running.send(&request);
        running.send(&Request::get(&format!("/api/v1/users/{canary}")).authorization(&root));
        running.send(&Request::get("/api/v1/me").authorization(format!("Bearer {canary}")));
    }
    let metrics = running.metrics();
    assert!(
        !metrics.to_ascii_lowercase().contains("canary"),
        "{metrics}"
    );
    assert!(metrics.contains(
        "requests_total{route=\"/api/v1/users/{name}\",method=\"GET\",status=\"404\"} 300"
    ));
    assert!(metrics.contains("requests_total{route=\"none\",method=\"other\",status=\"404\"} 150"));
    assert!(metrics.contains("refusals_total{kind=\"invalid\"} 300"));
    assert!(series(&metrics) < 120, "{metrics}");
}

/// A store that answers when it is told to.
#[derive(Default)]
struct Moody(AtomicBool);

#[async_trait]
impl Probe for Moody {
    async fn check(&self) -> Result<(), StoreError> {
        if self.0.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(StoreError::new(StoreErrorKind::Unavailable, "down"))
    }
}

// DB-7
#[tokio::test(start_paused = true)]
async fn readiness_follows_the_store_within_a_second_and_asks_it_no_more_often() {
    let store = Arc::new(Moody::default());
    let health = Health::new(store.clone());
    assert_eq!(health.readiness().await, Readiness::StoreUnavailable);
    store.0.store(true, Ordering::Relaxed);
    assert_eq!(
        health.readiness().await,
        Readiness::StoreUnavailable,
        "not asked again at once"
    );
    tokio::time::advance(Duration::from_millis(1001)).await;
    assert_eq!(health.readiness().await, Readiness::Ready);
    assert!(health.store_answers());
    health.drain();
    assert_eq!(health.readiness().await, Readiness::Draining);
}
