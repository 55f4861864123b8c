//! The disk takes nothing any more, and gives what it has: DU-6, EIO and quotas.
//!
//! Played by the limit on the size of files, behind which the kernel fails each write, which for SQLite is an error of the
//! disk and not one that is full.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use empress_auth_tests::{Answer, Request, send_to};
use serde_json::{Value, json};

use crate::database::Database;
use crate::support::{Place, Serving};

/// The program, which is told of a write behind the limit instead of being ended for it.
fn serve(place: &Place) -> Serving {
    let program = place.command(&[]);
    let mut command = Command::new("sh");
    command
        .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env_clear()
        .current_dir(program.get_current_dir().unwrap());
    let log = File::create(place.file("log")).unwrap();
    Serving::start_with_stderr(&mut command, Stdio::from(log)).unwrap()
}

/// Lets no file of the program grow beyond so many bytes.
fn limit(serving: &Serving, bytes: &str) {
    let pid = serving.pid().to_string();
    let limit = format!("--fsize={bytes}:unlimited");
    let mut set = Command::new("prlimit");
    assert!(
        set.args(["--pid", &pid, &limit])
            .status()
            .unwrap()
            .success()
    );
}

fn send(serving: &Serving, by: &str, method: &str, target: &str, body: &Value) -> Answer {
    let request = Request::new(method, target).authorization(by);
    send_to(
        serving.address,
        &request.body("application/json", body.to_string()),
    )
}

// DU-6
#[test]
fn a_disk_that_takes_nothing_is_an_outage_of_writing_alone() {
    let place = Place::with_users(&["ada"]);
    let serving = serve(&place);
    let token = || {
        let made = place.json(&["token", "create", "ada"]);
        let member = |name: &str| made[name].as_str().unwrap().to_owned();
        (member("id"), format!("Bearer {}", member("token")))
    };
    let (used_id, used) = token();
    let (_, unused) = token();
    let opens = |field: &str| serving.user_of(field).as_deref() == Some("ada");
    let make = || {
        send(
            &serving,
            &used,
            "POST",
            "/api/v1/tokens",
            &json!({ "name": "x" }),
        )
    };
    assert_eq!(make().status, 201);

    // The log of what happens is a file, too, and what is not logged is no matter here.
    let size = fs::metadata(place.file("empress-auth.db-wal"))
        .unwrap()
        .len();
    limit(&serving, &size.to_string());
    let revoke = format!("/api/v1/tokens/{used_id}");
    let mut refused = 0;
    // SQLite writes over the beginning of its log if it may; then over nothing.
    for _ in 0..10 {
        let answer = make();
        if answer.status != 201 {
            assert_eq!(answer.status, 503, "{answer:?}");
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
            refused += 1;
        }
    }
    assert!(refused > 0, "the limit did not bite");
    let answer = send(&serving, &used, "DELETE", &revoke, &json!({}));
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(opens(&used) && opens(&unused) && !opens("Bearer wrong"));

    limit(&serving, "unlimited");
    assert_eq!(make().status, 201);
    let answer = send(&serving, &used, "DELETE", &revoke, &json!({}));
    assert_eq!(answer.status, 204, "{answer:?}");
    assert!(!opens(&used) && opens(&unused));
    drop(serving);
    let database = Database::open(&place.file("empress-auth.db"));
    database.is_sound();
    let tokens: Vec<i64> = database.column("SELECT count(*) FROM tokens", []);
    let made = 1 + (10 - refused) + 1;
    assert_eq!(tokens, [1 + made], "what was answered, and nothing else");
}
