//! What a trusted and an untrusted peer can make us believe.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;
use crate::mutation::Mutation;

const PROXY: &str = "10.0.0.5";
const STRANGER: &str = "198.51.100.7";
/// What is known if a hop cannot be read.
const UNKNOWN: &str = "";

fn ip(text: &str) -> Option<IpAddr> {
    (text != UNKNOWN).then(|| text.parse().expect(text))
}

fn behind_proxies() -> ClientAddress {
    let networks = ["10.0.0.0/8", "192.0.2.128/25", "fd00::/8"];
    ClientAddress::behind(networks.map(|network| network.parse().unwrap())).unwrap()
}

fn resolve(address: &ClientAddress, peer: &str, lines: &[&str]) -> Option<IpAddr> {
    address.resolve(ip(peer), lines.iter().map(|line| line.as_bytes()))
}

#[test]
fn x_forwarded_for_is_believed_from_the_right_and_only_behind_a_proxy() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("no field", &[], PROXY),
        ("one hop", &["203.0.113.9"], "203.0.113.9"),
        (
            "what the client made up is left",
            &["6.6.6.6, 203.0.113.9"],
            "203.0.113.9",
        ),
        (
            "trusted hops are passed over",
            &["6.6.6.6, 203.0.113.9, 10.1.1.1, 192.0.2.200"],
            "203.0.113.9",
        ),
        (
            "a trusted name made up by the client",
            &["10.9.9.9, 203.0.113.9"],
            "203.0.113.9",
        ),
        (
            "two field lines",
            &["6.6.6.6", "203.0.113.9"],
            "203.0.113.9",
        ),
        (
            "two field lines, the second trusted",
            &["6.6.6.6, 203.0.113.9", "10.1.1.1"],
            "203.0.113.9",
        ),
        (
            "no blanks",
            &["6.6.6.6,203.0.113.9,10.1.1.1"],
            "203.0.113.9",
        ),
        (
            "blanks and tabs",
            &[" 6.6.6.6 ,\t203.0.113.9\t"],
            "203.0.113.9",
        ),
        ("IPv4 with a port", &["203.0.113.9:4711"], "203.0.113.9"),
        ("IPv6", &["2001:db8::9"], "2001:db8::9"),
        (
            "IPv6 that ends like a port",
            &["2001:db8::9:8080"],
            "2001:db8::9:8080",
        ),
        ("IPv6 in brackets", &["[2001:db8::9]"], "2001:db8::9"),
        (
            "IPv6 in brackets with a port",
            &["[2001:db8::9]:443"],
            "2001:db8::9",
        ),
        ("IPv6 with a zone", &["fe80::9%eth0"], "fe80::9"),
        (
            "IPv6 with a zone and a port",
            &["[fe80::9%25eth0]:443"],
            "fe80::9",
        ),
        ("IPv4 in disguise", &["::ffff:203.0.113.9"], "203.0.113.9"),
        (
            "a trusted hop in disguise",
            &["203.0.113.9, ::ffff:10.1.1.1"],
            "203.0.113.9",
        ),
        ("quoted", &["\"203.0.113.9\""], "203.0.113.9"),
        (
            "quoted, with brackets and port",
            &["\"[2001:db8::9]:443\""],
            "2001:db8::9",
        ),
        ("all hops trusted", &["10.2.2.2, 10.1.1.1"], "10.2.2.2"),
        ("unknown stops", &["6.6.6.6, unknown"], UNKNOWN),
        (
            "unknown behind a trusted hop stops there",
            &["6.6.6.6, unknown, 10.1.1.1"],
            UNKNOWN,
        ),
        ("an empty hop stops", &["6.6.6.6, "], UNKNOWN),
        ("an empty line stops", &["6.6.6.6", ""], UNKNOWN),
        ("a unix socket stops", &["6.6.6.6, unix:"], UNKNOWN),
        ("a leading zero stops", &["6.6.6.6, 203.0.113.09"], UNKNOWN),
        (
            "a port that is none stops",
            &["6.6.6.6, 203.0.113.9:99999"],
            UNKNOWN,
        ),
        ("an empty port stops", &["6.6.6.6, [2001:db8::9]:"], UNKNOWN),
        (
            "text behind the bracket stops",
            &["6.6.6.6, [2001:db8::9]x"],
            UNKNOWN,
        ),
        ("an open bracket stops", &["6.6.6.6, [2001:db8::9"], UNKNOWN),
        ("an open quote stops", &["6.6.6.6, \"203.0.113.9"], UNKNOWN),
        ("an empty zone stops", &["6.6.6.6, fe80::9%"], UNKNOWN),
        (
            "a zone on IPv4 stops",
            &["6.6.6.6, 203.0.113.9%eth0"],
            UNKNOWN,
        ),
        (
            "two addresses in one hop stop",
            &["6.6.6.6, 203.0.113.9 10.1.1.1"],
            UNKNOWN,
        ),
        (
            "semicolon in place of a comma stops",
            &["6.6.6.6; 10.1.1.1"],
            UNKNOWN,
        ),
        ("Forwarded syntax stops", &["for=203.0.113.9"], UNKNOWN),
        ("not ASCII stops", &["6.6.6.6, \u{ff11}.1.1.1"], UNKNOWN),
    ];
    for (description, lines, expected) in cases {
        let address = behind_proxies();
        assert_eq!(
            resolve(&address, PROXY, lines),
            ip(expected),
            "{description}"
        );
        assert_eq!(
            resolve(&address, "::ffff:192.0.2.129", &[]),
            ip("192.0.2.129")
        );
        for untrusted in [STRANGER, "192.0.2.127", "2001:db8::5", "127.0.0.1"] {
            let resolved = resolve(&address, untrusted, lines);
            assert_eq!(resolved, ip(untrusted), "{description}, peer {untrusted}");
        }
        let resolved = resolve(&ClientAddress::peer(), PROXY, lines);
        assert_eq!(resolved, ip(PROXY), "{description}, nobody trusted");
        let unknown_peer = address.resolve(None, lines.iter().map(|line| line.as_bytes()));
        assert_eq!(unknown_peer, None, "{description}, no peer");
    }
}

#[test]
fn forwarded_is_believed_from_the_right_and_only_behind_a_proxy() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("one hop", &["for=203.0.113.9"], "203.0.113.9"),
        ("capitals", &["For=203.0.113.9;Proto=https"], "203.0.113.9"),
        (
            "other pairs",
            &["by=10.0.0.5;for=203.0.113.9;host=a.example:80;proto=https"],
            "203.0.113.9",
        ),
        (
            "what the client made up is left",
            &["for=6.6.6.6, for=203.0.113.9"],
            "203.0.113.9",
        ),
        (
            "trusted hops",
            &["for=6.6.6.6, for=203.0.113.9", "for=10.1.1.1"],
            "203.0.113.9",
        ),
        ("quoted IPv6", &["for=\"[2001:db8::9]\""], "2001:db8::9"),
        (
            "quoted IPv6 with a port",
            &["for=\"[2001:db8::9]:4711\""],
            "2001:db8::9",
        ),
        (
            "quoted IPv4 with an obfuscated port",
            &["for=\"203.0.113.9:_a.b\""],
            "203.0.113.9",
        ),
        ("empty pairs", &["; for=203.0.113.9 ; "], "203.0.113.9"),
        (
            "a quote opened by the client",
            &["for=\"6.6.6.6, for=203.0.113.9"],
            "203.0.113.9",
        ),
        (
            "a list begun by the client",
            &["for=6.6.6.6;host=\", for=203.0.113.9"],
            "203.0.113.9",
        ),
        ("unknown stops", &["for=6.6.6.6, for=unknown"], UNKNOWN),
        ("obfuscated stops", &["for=6.6.6.6, for=_hidden"], UNKNOWN),
        ("no for stops", &["for=6.6.6.6, proto=https"], UNKNOWN),
        ("two for stop", &["for=6.6.6.6;for=203.0.113.9"], UNKNOWN),
        (
            "for in the quotes of host stops",
            &["host=\"a;for=6.6.6.6;b\""],
            UNKNOWN,
        ),
        (
            "element in the quotes of host stops",
            &["for=203.0.113.9;host=\"a, for=6.6.6.6;x=\""],
            UNKNOWN,
        ),
        ("escapes stop", &["for=\"6.6.6.\\6\""], UNKNOWN),
        (
            "text behind the quotes stops",
            &["for=\"6.6.6.6\"x"],
            UNKNOWN,
        ),
        (
            "blank around the equals sign stops",
            &["for = 6.6.6.6"],
            UNKNOWN,
        ),
        ("X-Forwarded-For syntax stops", &["6.6.6.6"], UNKNOWN),
        ("an empty element stops", &["for=6.6.6.6,"], UNKNOWN),
    ];
    for (description, lines, expected) in cases {
        let address = behind_proxies().with_forwarded();
        assert_eq!(
            resolve(&address, PROXY, lines),
            ip(expected),
            "{description}"
        );
        assert_eq!(
            resolve(&address, STRANGER, lines),
            ip(STRANGER),
            "{description}"
        );
    }
}

// Else a proxy that hides its clients could be used to guess without end.
#[test]
fn clients_that_a_proxy_does_not_tell_apart_are_counted_together() {
    let origin = |peer, line: &'static str| {
        let lines = std::iter::once(line.as_bytes());
        behind_proxies().origin(peer, lines)
    };
    for hidden in ["unknown", "203.0.113.9, unknown", ""] {
        assert_eq!(
            origin(ip(PROXY), hidden),
            Origin::Behind(PROXY.parse().unwrap())
        );
        assert_eq!(origin(ip(PROXY), hidden).counted(), ip(PROXY));
        assert_eq!(origin(ip(PROXY), hidden).address(), None);
    }
    assert_eq!(
        origin(ip(PROXY), "203.0.113.9").counted(),
        ip("203.0.113.9")
    );
    assert_eq!(origin(None, "203.0.113.9").counted(), None);
}

#[test]
fn no_other_field_is_read() {
    let mut headers = HeaderMap::new();
    for name in [
        "x_forwarded_for",
        "x-real-ip",
        "x-client-ip",
        "forwarded",
        "true-client-ip",
    ] {
        let value = HeaderValue::from_static("for=6.6.6.6");
        headers.insert(HeaderName::from_static(name), value);
    }
    let address = behind_proxies();
    let lines = headers.get_all(address.field_name()).iter();
    assert_eq!(
        address.resolve(ip(PROXY), lines.map(HeaderValue::as_bytes)),
        ip(PROXY)
    );
    let address = address.with_forwarded();
    let lines = headers.get_all(address.field_name()).iter();
    assert_eq!(
        address.resolve(ip(PROXY), lines.map(HeaderValue::as_bytes)),
        ip("6.6.6.6")
    );
}

#[test]
fn networks_with_strangers_in_them_are_refused() {
    for text in [
        "*",
        "0.0.0.0/0",
        "::/0",
        "0.0.0.0/1",
        "::ffff:0:0/96",
        "2000::/3",
    ] {
        let refused = ClientAddress::behind(["10.0.0.0/8", text].map(|n| n.parse().unwrap()));
        assert_eq!(refused.unwrap_err(), TrustsStrangers(()), "{text}");
    }
    for text in ["10.0.0.0/8", "fc00::/7", "127.0.0.1", "::1"] {
        assert!(
            ClientAddress::behind([text.parse().unwrap()]).is_ok(),
            "{text}"
        );
    }
}

#[test]
fn long_fields_take_linear_time() {
    let address = behind_proxies();
    for piece in [
        "10.1.1.1,",
        ",",
        "\"",
        ";",
        "for=10.1.1.1,",
        "for=\";",
        "1:",
        "[",
        "%",
        " ",
        "=",
    ] {
        let long = piece.repeat(64 * 1024 / piece.len());
        for address in [address.clone(), address.clone().with_forwarded()] {
            let fastest = (0..5)
                .map(|_| time(|| _ = resolve(&address, PROXY, &[&long])))
                .min();
            assert!(fastest.unwrap() < LIMIT, "{piece:?} took {fastest:?}");
        }
    }
}

/// 2 ms are the goal with optimisation; a quadratic reader takes seconds.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 40 } else { 2 });

#[expect(clippy::disallowed_methods, reason = "measures real time")]
fn time(run: impl FnOnce()) -> Duration {
    let start = Instant::now();
    run();
    start.elapsed()
}

#[test]
fn arbitrary_bytes_never_panic() {
    let (address, forwarded) = (behind_proxies(), behind_proxies().with_forwarded());
    let seeds: &[&[u8]] = &[
        b"\"[2001:db8::9%25eth0]:443\", 10.1.1.1:80, 192.0.2.200",
        b"for=\"[2001:db8::9]:_x\";host=a;proto=https, for=10.1.1.1",
    ];
    Mutation::feed(100_000, seeds, |bytes| {
        _ = address.resolve(ip(PROXY), std::iter::once(bytes));
        _ = forwarded.resolve(ip(PROXY), bytes.split(|b| *b == b'\n'));
    });
}
