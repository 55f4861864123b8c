//! The method changes nothing about who is let in: H-22, RS-9110-5, RS-9110-11.

use empress_auth_tests::{Request, Stage};

const METHODS: [&str; 14] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PURGE",
    "get", "Get", "FOO", "GETX",
];

// H-22
pub(crate) fn no_method_gets_by_without_a_credential(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    for method in METHODS {
        for path in ["/", "/plain", "/no-such-route"] {
            let mut connection = server.connect();
            connection.write(&Request::new(method, path).to_bytes());
            let answer = connection.answer_to(method).expect("an answer");
            assert_eq!(answer.status, 401, "{method} {path}");
        }
    }
}

// H-22, RS-9110-11
pub(crate) fn head_is_get_without_a_body(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let good = format!("Bearer {}", world.token("ada"));
    for (value, status) in [(good.as_str(), 200), ("Bearer x", 401), ("", 401)] {
        let get = server.get_as("/", value);
        let head = server.send(&Request::new("HEAD", "/").authorization(value));
        assert_eq!((get.status, head.status), (status, status));
        assert_eq!(get.challenges(), head.challenges());
        assert_eq!(get.header("content-length"), head.header("content-length"));
    }
}

// H-22
pub(crate) fn a_method_written_elsewhere_is_not_read(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    for (name, value) in [
        ("X-HTTP-Method-Override", "OPTIONS"),
        ("X-HTTP-Method", "OPTIONS"),
        ("X-Method-Override", "OPTIONS"),
        ("_method", "OPTIONS"),
    ] {
        let request = Request::get("/plain")
            .header(name, value)
            .header("Origin", "https://pages.example")
            .header("Access-Control-Request-Method", "GET");
        assert_eq!(server.send(&request).status, 401, "{name}");
    }
    assert_eq!(server.get("/plain?_method=OPTIONS").status, 401);
    let token = format!("Bearer {}", world.token("ada"));
    let overridden = Request::get("/")
        .header("X-HTTP-Method-Override", "POST")
        .authorization(token);
    assert_eq!(server.send(&overridden).text(), "ada");
}

// RS-9110-5
pub(crate) fn a_known_caller_with_a_wrong_method_gets_405_and_allow(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let token = format!("Bearer {}", world.token("ada"));
    for method in ["PUT", "DELETE", "PATCH"] {
        let answer = server.send(&Request::new(method, "/").authorization(&token));
        assert_eq!(answer.status, 405, "{method}");
        let allow = answer.header("allow").unwrap_or_default();
        assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    }
}
