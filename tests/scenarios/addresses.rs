//! Where does a request come from? Only trusted proxies are believed: H-7.

use empress_auth_core::client_address::ClientAddress;
use empress_auth_tests::{Request, Stage};

/// The network that the token may be used from.
const OFFICE: &str = "203.0.113.0/24";

/// What is sent, and whether a trusted proxy has thereby said that the client sits in the office.
const FIELDS: [(&[(&str, &str)], bool); 22] = [
    (&[], false),
    (&[("X-Forwarded-For", "203.0.113.9")], true),
    (&[("x-forwarded-for", "203.0.113.9")], true),
    (&[("X-Forwarded-For", " 203.0.113.9 ")], true),
    (&[("X-Forwarded-For", "6.6.6.6, 203.0.113.9")], true),
    (&[("X-Forwarded-For", "203.0.113.9, 6.6.6.6")], false),
    (&[("X-Forwarded-For", "203.0.113.9, 127.0.0.1")], true),
    (
        &[("X-Forwarded-For", "203.0.113.9,127.0.0.1,127.0.0.1")],
        true,
    ),
    (
        &[
            ("X-Forwarded-For", "6.6.6.6"),
            ("X-Forwarded-For", "203.0.113.9"),
        ],
        true,
    ),
    (
        &[
            ("X-Forwarded-For", "203.0.113.9"),
            ("X-Forwarded-For", "6.6.6.6"),
        ],
        false,
    ),
    (&[("X-Forwarded-For", "::ffff:203.0.113.9")], true),
    (&[("X-Forwarded-For", "203.0.113.9, unknown")], false),
    (&[("X-Forwarded-For", "203.0.113.9,")], false),
    (&[("X-Forwarded-For", "203.0.113.9 203.0.113.9")], false),
    (&[("X-Forwarded-For", "203.0.113.9;6.6.6.6")], false),
    (&[("X-Forwarded-For", "203.0.113.9%eth0")], false),
    (&[("X-Forwarded-For", "0xCB.0.113.9")], false),
    (&[("X-Forwarded-For", "3405803785")], false),
    (&[("X_Forwarded_For", "203.0.113.9")], false),
    (&[("X-Real-IP", "203.0.113.9")], false),
    (&[("Forwarded", "for=203.0.113.9")], false),
    (
        &[
            ("True-Client-IP", "203.0.113.9"),
            ("CF-Connecting-IP", "203.0.113.9"),
        ],
        false,
    ),
];

fn request(fields: &[(&str, &str)], token: &str) -> Request {
    let request = Request::get("/").authorization(format!("Token {token}"));
    fields.iter().fold(request, |request, (name, value)| {
        request.header(name, value)
    })
}

// AS-9700-19, H-7
pub(crate) fn a_spoofed_address_opens_nothing(stage: Stage) {
    let world = stage.world();
    let token = world.token_from("ada", OFFICE);
    let elsewhere = ClientAddress::behind(["10.0.0.0/8".parse().unwrap()]).unwrap();
    for addresses in [
        ClientAddress::peer(),
        elsewhere.clone(),
        elsewhere.with_forwarded(),
    ] {
        let server = stage
            .adapter()
            .serve_behind(world.auth().client_address(addresses));
        for (fields, _) in FIELDS {
            let answer = server.send(&request(fields, &token));
            assert_eq!(answer.status, 401, "{fields:?}");
        }
    }
}

// H-7
pub(crate) fn behind_a_trusted_proxy_the_rightmost_stranger_is_the_client(stage: Stage) {
    let world = stage.world();
    let token = world.token_from("ada", OFFICE);
    let behind = ClientAddress::behind(["127.0.0.0/8".parse().unwrap()]).unwrap();
    let server = stage
        .adapter()
        .serve_behind(world.auth().client_address(behind));
    for (fields, from_the_office) in FIELDS {
        let answer = server.send(&request(fields, &token));
        let expected = if from_the_office { 200 } else { 401 };
        assert_eq!(answer.status, expected, "{fields:?}");
    }
}

// H-7, RFC 7239
pub(crate) fn behind_a_proxy_that_writes_forwarded_no_other_field_counts(stage: Stage) {
    let world = stage.world();
    let token = world.token_from("ada", OFFICE);
    let behind = ClientAddress::behind(["127.0.0.1".parse().unwrap()]).unwrap();
    let auth = world.auth().client_address(behind.with_forwarded());
    let server = stage.adapter().serve_behind(auth);
    for (name, value, opens) in [
        ("Forwarded", "for=203.0.113.9", true),
        ("Forwarded", "For=\"203.0.113.9:8080\";proto=https", true),
        ("Forwarded", "for=6.6.6.6, for=203.0.113.9", true),
        ("Forwarded", "for=203.0.113.9, for=6.6.6.6", false),
        ("Forwarded", "for=203.0.113.9;for=6.6.6.6", false),
        ("Forwarded", "for=_hidden", false),
        ("Forwarded", "by=203.0.113.9", false),
        ("X-Forwarded-For", "203.0.113.9", false),
    ] {
        let answer = server.send(&request(&[(name, value)], &token));
        assert_eq!(
            answer.status,
            if opens { 200 } else { 401 },
            "{name}: {value}"
        );
    }
}

// H-7: a client that its proxy hides is not at the proxy's own address
pub(crate) fn a_hop_that_cannot_be_read_is_nowhere(stage: Stage) {
    let world = stage.world();
    let token = world.token_from("ada", "127.0.0.0/8");
    let anywhere = world.token("ada");
    let behind = ClientAddress::behind(["127.0.0.1".parse().unwrap()]).unwrap();
    for (name, addresses) in [
        ("X-Forwarded-For", behind.clone()),
        ("Forwarded", behind.with_forwarded()),
    ] {
        let server = stage
            .adapter()
            .serve_behind(world.auth().client_address(addresses));
        assert_eq!(
            server.send(&request(&[], &token)).status,
            200,
            "the proxy itself"
        );
        for value in [
            "unknown",
            "for=unknown",
            "for=_hidden",
            "unix:",
            "",
            "203.0.113.9, ",
        ] {
            let fields = [(name, value)];
            assert_eq!(
                server.send(&request(&fields, &token)).status,
                401,
                "{value:?}"
            );
            assert_eq!(
                server.send(&request(&fields, &anywhere)).status,
                200,
                "{value:?}"
            );
        }
    }
}

// H-7: the peer itself, and a credential that was remembered from there
pub(crate) fn a_remembered_token_is_asked_for_its_network_each_time(stage: Stage) {
    let world = stage.world();
    let here = world.token_from("ada", "127.0.0.0/8");
    let there = world.token_from("ada", OFFICE);
    let peers = stage.adapter().serve_behind(world.auth());
    assert_eq!(peers.get_as("/", format!("Token {here}")).status, 200);
    assert_eq!(peers.get_as("/", format!("Token {there}")).status, 401);
    let behind = ClientAddress::behind(["127.0.0.1".parse().unwrap()]).unwrap();
    let proxied = stage
        .adapter()
        .serve_behind(world.auth().client_address(behind));
    let from_office = [("X-Forwarded-For", "203.0.113.9")];
    for _ in 0..2 {
        assert_eq!(proxied.send(&request(&from_office, &there)).status, 200);
        assert_eq!(proxied.send(&request(&from_office, &here)).status, 401);
        assert_eq!(peers.get_as("/", format!("Token {there}")).status, 401);
    }
}

// H-7
pub(crate) fn nobody_can_be_told_to_trust_everyone(stage: Stage) {
    for network in ["*", "0.0.0.0/0", "128.0.0.0/1", "::/0", "0.0.0.0/7"] {
        assert!(
            ClientAddress::behind([network.parse().unwrap()]).is_err(),
            "{network}"
        );
    }
    let world = stage.world();
    assert_eq!(
        stage.adapter().serve_behind(world.auth()).get("/").status,
        401
    );
}
