//! A defect in one request is a defect in one request: OP-10.

use empress_auth_tests::Request;

use super::Running;

// OP-10, K-14
#[test]
fn a_panic_is_a_500_for_that_request_alone() {
    let running = Running::start();
    let root = running.root();
    let mut other = running.connect();
    other.write(&Request::get("/test/slow").to_bytes());

    let mut connection = running.connect();
    connection.write(&Request::get("/test/panic?hunter2").to_bytes());
    let answer = connection.answer().unwrap();
    assert_eq!(
        (answer.status, answer.member("code").as_str()),
        (500, "server_error")
    );
    assert!(
        answer.header("x-request-id").is_some(),
        "what the log can be searched for"
    );
    assert!(!answer.text().contains("canary"));

    assert_eq!(other.answer().unwrap().text(), "slow");
    connection.write(&Request::get("/api/v1/me").authorization(&root).to_bytes());
    assert_eq!(
        connection.answer().unwrap().status,
        200,
        "on the same connection"
    );

    let metrics = running.metrics();
    assert!(metrics.contains("empress_auth_panics_total 1"));
    assert!(metrics.contains("route=\"/test/panic\",method=\"GET\",status=\"500\"} 1"));
    let log = running.log();
    assert!(
        log.contains("panic.location") && log.contains("tests.rs"),
        "{log}"
    );
    assert!(
        !log.contains("canary") && !log.contains("hunter2"),
        "what it says is not written: {log}"
    );
}

// OP-10: a hundred of them neither block nor exhaust anything
#[test]
fn panics_do_not_add_up() {
    let running = Running::start();
    for _ in 0..100 {
        assert_eq!(running.get("/test/panic").status, 500);
    }
    assert_eq!(running.get("/readyz").status, 200);
}
