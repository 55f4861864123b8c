//! What outlives the request that was checked ends with the credential: websockets and streams. H-25.

use std::time::Duration;

use empress_auth_core::NewToken;
use empress_auth_tests::{Frame, Request, Server, Stage, WebSocket, World};

struct Open {
    world: World,
    server: Server,
    id: empress_auth_core::TokenId,
    value: String,
}

fn open(stage: Stage, new: NewToken) -> Open {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let (id, token) = world.token_with_id("ada", new);
    Open {
        world,
        server,
        id,
        value: format!("Bearer {token}"),
    }
}

fn converse(open: &Open) -> WebSocket {
    let request = WebSocket::request("/ws").authorization(&open.value);
    let mut socket = WebSocket::open(&open.server, &request).expect("a websocket");
    socket.send("who am I?");
    assert_eq!(socket.receive(), Some(Frame::Text("ada".to_owned())));
    socket
}

#[track_caller]
fn assert_closes(mut socket: WebSocket) {
    assert!(matches!(socket.receive(), Some(Frame::Close) | None));
}

// H-25
pub(crate) fn a_websocket_needs_a_credential(stage: Stage) {
    let open = open(stage, NewToken::named("live"));
    for request in [
        WebSocket::request("/ws"),
        WebSocket::request("/ws").authorization("Bearer x"),
        WebSocket::request("/ws").header("Sec-WebSocket-Protocol", &open.value),
    ] {
        let refused = WebSocket::open(&open.server, &request).expect_err("refused");
        assert_eq!(refused.status, 401);
        assert!(!refused.challenges().is_empty());
    }
}

// `Identity::revoked()`
pub(crate) fn a_live_websocket_closes_when_its_token_is_revoked(stage: Stage) {
    let open = open(stage, NewToken::named("live"));
    let socket = converse(&open);
    open.world.revoke(open.id);
    assert_closes(socket);
}

pub(crate) fn a_live_websocket_closes_when_its_user_is_disabled(stage: Stage) {
    let open = open(stage, NewToken::named("live"));
    let socket = converse(&open);
    open.world.disable("ada");
    assert_closes(socket);
}

pub(crate) fn a_live_websocket_closes_when_its_secret_is_replaced(stage: Stage) {
    let world = stage.world();
    let server = stage.adapter().serve_behind(world.auth());
    let pair = format!("Token {}", world.keys("ada"));
    world.clock.advance(Duration::from_secs(1));
    let request = WebSocket::request("/ws").authorization(pair);
    let mut socket = WebSocket::open(&server, &request).expect("a websocket");
    socket.send("who am I?");
    assert_eq!(socket.receive(), Some(Frame::Text("ada".to_owned())));
    let _ = world.keys("ada");
    assert_closes(socket);
}

pub(crate) fn a_live_websocket_survives_what_is_not_its_business(stage: Stage) {
    let open = open(stage, NewToken::named("live"));
    let mut socket = converse(&open);
    let (other, _) = open.world.token_with_id("ada", NewToken::named("other"));
    open.world.revoke(other);
    open.world.disable("eve");
    socket.send("still there?");
    assert_eq!(socket.receive(), Some(Frame::Text("ada".to_owned())));
}

// H-25
pub(crate) fn an_event_stream_ends_with_its_token(stage: Stage) {
    let open = open(stage, NewToken::named("live"));
    assert_eq!(open.server.get("/sse").status, 401);
    let mut connection = open.server.connect();
    let request = Request::get("/sse").authorization(&open.value);
    connection.write(&request.to_bytes());
    let head = connection.head();
    assert_eq!(head.status, 200);
    assert_eq!(connection.chunk().as_deref(), Some(&b"data: ada\n\n"[..]));
    open.world.revoke(open.id);
    assert_eq!(connection.chunk(), None);
}
