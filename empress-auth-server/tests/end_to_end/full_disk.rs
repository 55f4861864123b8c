//! The disk is full: nothing is answered as done that was not, what is stored is still verified, and all is well again
//! as soon as there is room. DU-6.
//!
//! The program runs on a file system of its own where user namespaces are allowed; where they are not, the test says so
//! and passes.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use empress_auth_tests::{Answer, Request, basic, send_to};
use serde_json::{Value, json};

use crate::database::Database;
use crate::support::{Place, Serving};

/// A program on eight megabytes, which go when it does.
struct Confined {
    place: Place,
    serving: Serving,
    operator: String,
}

impl Confined {
    /// `None` where no file system may be mounted.
    fn start() -> Option<Self> {
        let place = Place::new();
        let is_allowed = confined(&place, &["--version"]).output();
        if !is_allowed.is_ok_and(|output| output.status.success()) {
            return None;
        }
        let mut command = confined(&place, &["serve", "--listen", "127.0.0.1:0"]);
        let serving = Serving::start(&mut command).unwrap();
        let mut confined = Self {
            place,
            serving,
            operator: String::new(),
        };
        let password = fs::read_to_string(confined.file("empress-auth.db.initial-password"));
        let body = json!({ "username": "Administrator", "password": password.unwrap().trim() });
        let token = confined.send("POST", "/api-token-auth/", &body);
        confined.operator = format!("Token {}", token.member("token"));
        Some(confined)
    }

    /// A file as the program sees it.
    fn file(&self, name: &str) -> PathBuf {
        let seen = format!("/proc/{}/root", self.pid());
        let path = self.place.file(name);
        Path::new(&seen).join(path.strip_prefix("/").unwrap())
    }

    fn pid(&self) -> String {
        self.place.read("pid").trim().to_owned()
    }

    /// A command of ours on the same files.
    fn run(&self, arguments: &[&str]) -> Output {
        let program = self.place.command(arguments);
        let mut command = Command::new("nsenter");
        command
            .args(["--target", &self.pid(), "--user", "--mount"])
            .args(["--preserve-credentials", "sh", "-c"])
            .arg("cd \"$0\" && exec \"$@\"")
            .arg(program.get_current_dir().unwrap())
            .arg(program.get_program())
            .args(arguments)
            .env_clear();
        command.output().unwrap()
    }

    fn send(&self, method: &str, target: &str, body: &Value) -> Answer {
        let request = Request::new(method, target).authorization(&self.operator);
        let request = request.body("application/json", body.to_string());
        send_to(self.serving.address, &request)
    }

    fn make_token(&self) -> Answer {
        self.send(
            "POST",
            "/api/v1/tokens",
            &json!({ "user": "ada", "name": "one" }),
        )
    }

    /// Takes all room there is.
    fn fill(&self) {
        let mut filler = File::create(self.file("filler")).unwrap();
        for size in [65_536, 4_096, 1] {
            while filler.write_all(&vec![0; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        fs::remove_file(self.file("filler")).unwrap();
    }

    /// The database, copied to where SQLite finds it by its own name.
    fn copied(&self) -> Database {
        for name in ["empress-auth.db", "empress-auth.db-wal"] {
            fs::copy(self.file(name), self.place.file(name)).unwrap();
        }
        Database::open(&self.place.file("empress-auth.db"))
    }

    /// The tokens of ada.
    fn count(&self) -> usize {
        let listed = self.send("GET", "/api/v1/tokens?user=ada&limit=200", &json!({}));
        listed.json()["items"].as_array().unwrap().len()
    }
}

/// A command that runs where the place's directory is a file system of its own.
fn confined(place: &Place, arguments: &[&str]) -> Command {
    let program = place.command(arguments);
    // Entered anew, so that it is the mounted directory that is worked in.
    let script =
        "echo $$ >pid; mount -t tmpfs -o size=8m,mode=700 none .; cd \"$PWD\"; exec \"$0\" \"$@\"";
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "sh", "-ec", script])
        .arg(program.get_program())
        .args(arguments)
        .env_clear()
        .current_dir(program.get_current_dir().unwrap())
        .stdin(Stdio::null());
    command
}

const PASSWORD: &str = "correct horse battery staple";

// DU-6
#[test]
fn a_full_disk_is_told_as_such_and_nothing_is_claimed() {
    let Some(confined) = Confined::start() else {
        println!("skipped: no file system may be mounted here");
        return;
    };
    let ada = json!({ "name": "ada", "password": PASSWORD });
    assert_eq!(confined.send("POST", "/api/v1/users", &ada).status, 201);
    let keys = confined.send("POST", "/api/v1/users/ada/keys", &json!({}));
    let pair = format!("{}:{}", keys.member("api_key"), keys.member("api_secret"));
    let (used, unused) = (confined.make_token(), confined.make_token());
    let used_field = format!("Token {}", used.member("token"));
    let unused_field = format!("Token {}", unused.member("token"));
    let opens = |field: &str| confined.serving.user_of(field).as_deref() == Some("ada");
    assert!(opens(&used_field));

    confined.fill();
    let mut acknowledged = 2;
    let refused = loop {
        match confined.make_token() {
            answer if answer.status == 201 => acknowledged += 1,
            answer => break answer,
        }
    };
    assert_eq!(refused.status, 503, "{refused:?}");
    assert!(refused.header("retry-after").is_some(), "{refused:?}");
    let (id, others) = (used.member("id"), json!({ "ids": [used.member("id")] }));
    let revoke = format!("/api/v1/tokens/{id}");
    let (usr, username) = (
        json!({ "usr": "ada", "pwd": PASSWORD }),
        json!({ "username": "ada", "password": PASSWORD }),
    );
    let nothing = json!({});
    let writes: [(&str, &str, &Value); 10] = [
        ("DELETE", &revoke, &nothing),
        ("PATCH", &revoke, &json!({ "name": "another" })),
        ("POST", "/api/v1/tokens/revoke", &others),
        ("DELETE", "/api/v1/tokens?user=ada", &nothing),
        ("POST", "/api/v1/users/ada/keys", &nothing),
        ("DELETE", "/api/v1/users/ada/keys", &nothing),
        ("PATCH", "/api/v1/users/ada", &json!({ "enabled": false })),
        ("DELETE", "/api/v1/users/ada", &nothing),
        ("POST", "/api/method/login", &usr),
        ("POST", "/api-token-auth/", &username),
    ];
    for (method, target, body) in writes {
        let answer = confined.send(method, target, body);
        assert_eq!(answer.status, 503, "{method} {target}: {answer:?}");
    }
    let ran = confined.run(&["token", "create", "ada", "--json"]);
    let told = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(
        (ran.status.code(), &*ran.stdout),
        (Some(1), &b""[..]),
        "{told}"
    );
    assert_eq!(told.matches('\n').count(), 1, "{told}");
    // What was stored before is verified, whether it is remembered or not, and so is what is wrong.
    for field in [
        &used_field,
        &unused_field,
        &format!("token {pair}"),
        &basic(&pair),
    ] {
        assert!(opens(field), "{field}");
    }
    assert!(!opens("Token wrong"));
    assert_eq!(confined.count(), acknowledged);

    confined.make_room();
    assert_eq!(confined.make_token().status, 201);
    assert_eq!(confined.count(), acknowledged + 1);
    assert_eq!(confined.send("DELETE", &revoke, &nothing).status, 204);
    assert!(!opens(&used_field) && opens(&unused_field));
    assert_eq!(confined.send("POST", "/api/method/login", &usr).status, 200);
    assert!(confined.run(&["keys", "revoke", "ada"]).status.success());
    confined.copied().is_sound();
}
