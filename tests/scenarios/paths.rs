//! However a path is written, it is not let by: H-23.

use empress_auth_tests::{Request, Stage};

/// Ways of writing `/plain`, and of leaving it.
const WRITTEN: [&str; 44] = [
    "/plain",
    "//plain",
    "///plain",
    "/./plain",
    "/../plain",
    "/x/../plain",
    "/%2e/plain",
    "/%2e%2e/plain",
    "/x/%2e%2e/plain",
    "/x/..%2fplain",
    "/x/..%5cplain",
    "/%2fplain",
    "/%5cplain",
    "\\plain",
    "/\\plain",
    "/plain/",
    "/plain//",
    "/plain/.",
    "/plain/..",
    "/plain/../plain",
    "/plain%2f",
    "/plain%00",
    "/plain%0a",
    "/plain%20",
    "/plain%09",
    "/plain.",
    "/plain.json",
    "/plain;x=y",
    "/plain;",
    "/;x=y/plain",
    "/plain?",
    "/plain?x=/healthz",
    "/plain%3fx",
    "/plain%23x",
    "/PLAIN",
    "/Plain",
    "/pl%61in",
    "/%70%6c%61%69%6e",
    "/%2570lain",
    "/pl%c0%afain",
    "/healthz/../plain",
    "/login/../plain",
    "/.well-known/../plain",
    "/static/..;/plain",
];

// H-23, RS-9110-8
pub(crate) fn no_way_of_writing_a_path_is_let_by(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    for path in WRITTEN {
        let answer = server.get(path);
        // 400 is the server's own: it may refuse a target before any layer sees it.
        assert!(
            matches!(answer.status, 400 | 401),
            "{path}: {}",
            answer.status
        );
        let absolute = server.get(&format!("http://app.example{path}"));
        assert!(
            matches!(absolute.status, 400 | 401),
            "{path}: {}",
            absolute.status
        );
    }
    for target in ["*", "app.example:80", "http://app.example", "plain", "?x"] {
        for method in ["GET", "OPTIONS", "CONNECT"] {
            let request = Request::new(method, target);
            let mut connection = server.connect();
            connection.write(&request.to_bytes());
            if let Some(answer) = connection.answer_to("HEAD") {
                assert!(answer.status >= 400, "{method} {target}: {}", answer.status);
            }
        }
    }
}

// H-23: the same paths with a credential, so that the test above tests something
pub(crate) fn with_a_credential_the_plain_path_opens(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let token = format!("Bearer {}", world.token("ada"));
    let opened = WRITTEN
        .iter()
        .filter(|path| server.get_as(path, &token).status == 200);
    assert!(opened.count() >= 3);
}
