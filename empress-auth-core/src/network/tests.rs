//! Networks that parse, that do not, and what they contain.

use super::*;
use crate::mutation::Mutation;

fn network(text: &str) -> Network {
    text.parse().expect(text)
}

#[test]
fn networks_parse_to_one_spelling() {
    let cases = [
        ("IPv4 block", "192.0.2.0/24", "192.0.2.0/24"),
        ("IPv4 address", "192.0.2.1", "192.0.2.1/32"),
        ("all of IPv4", "0.0.0.0/0", "0.0.0.0/0"),
        ("the unspecified address alone", "0.0.0.0", "0.0.0.0/32"),
        ("odd prefix", "172.16.0.0/12", "172.16.0.0/12"),
        ("IPv6 block", "2001:db8::/32", "2001:db8::/32"),
        (
            "IPv6 address, long",
            "2001:0DB8:0:0:0:0:0:1",
            "2001:db8::1/128",
        ),
        ("all of IPv6", "::/0", "::/0"),
        ("IPv4 in disguise", "::ffff:192.0.2.1", "192.0.2.1/32"),
        (
            "IPv4 in disguise, hexadecimal",
            "::ffff:c000:201/128",
            "192.0.2.1/32",
        ),
        (
            "IPv4 block in disguise",
            "::ffff:10.0.0.0/104",
            "10.0.0.0/8",
        ),
        ("all of IPv4 in disguise", "::ffff:0:0/96", "0.0.0.0/0"),
        ("everywhere", "*", "*"),
    ];
    for (description, text, expected) in cases {
        assert_eq!(network(text).to_string(), expected, "{description}");
        assert_eq!(network(expected), network(text), "{description}");
    }
}

#[test]
fn what_is_not_a_network_is_refused() {
    use NetworkErrorKind::{Address, HostBits, Prefix};
    let cases = [
        ("empty", "", Address),
        ("blank around", " 10.0.0.0/8", Address),
        ("three parts", "10.0.0/8", Address),
        ("leading zero in a part", "010.0.0.0/8", Address),
        ("hexadecimal part", "0x0a.0.0.0/8", Address),
        ("one number", "167772160", Address),
        ("brackets", "[::1]/128", Address),
        ("zone", "fe80::1%eth0", Address),
        ("port", "10.0.0.1:80", Address),
        ("host name", "localhost", Address),
        ("star with a prefix", "*/0", Address),
        ("no prefix", "10.0.0.0/", Prefix),
        ("prefix too long", "10.0.0.0/33", Prefix),
        ("IPv6 prefix too long", "::/129", Prefix),
        ("prefix over a byte", "::/300", Prefix),
        ("signed prefix", "10.0.0.0/+8", Prefix),
        ("prefix with a leading zero", "10.0.0.0/08", Prefix),
        ("netmask", "10.0.0.0/255.0.0.0", Prefix),
        ("two prefixes", "10.0.0.0/8/8", Prefix),
        ("host bits", "10.0.0.1/8", HostBits),
        ("host bits with /0", "10.0.0.0/0", HostBits),
        ("IPv6 host bits", "2001:db8::1/64", HostBits),
        ("prefix within the disguise", "::ffff:0:0/90", HostBits),
    ];
    for (description, text, expected) in cases {
        let refused = text.parse::<Network>().expect_err(description);
        assert_eq!(refused.kind(), expected, "{description}");
    }
}

#[test]
fn an_address_is_inside_or_outside_however_it_is_written() {
    let cases = [
        ("first", "192.0.2.0/24", "192.0.2.0", true),
        ("last", "192.0.2.0/24", "192.0.2.255", true),
        ("next", "192.0.2.0/24", "192.0.3.0", false),
        ("alone", "192.0.2.1", "192.0.2.1", true),
        ("beside", "192.0.2.1", "192.0.2.0", false),
        (
            "address in disguise",
            "192.0.2.0/24",
            "::ffff:192.0.2.9",
            true,
        ),
        (
            "network in disguise",
            "::ffff:192.0.2.0/120",
            "192.0.2.9",
            true,
        ),
        (
            "not the deprecated form",
            "192.0.2.0/24",
            "::192.0.2.9",
            false,
        ),
        ("IPv6 first", "2001:db8::/32", "2001:db8::", true),
        ("IPv6 last", "2001:db8::/127", "2001:db8::1", true),
        ("IPv6 next", "2001:db8::/127", "2001:db8::2", false),
        ("all of IPv4", "0.0.0.0/0", "255.255.255.255", true),
        ("IPv4 is not IPv6", "0.0.0.0/0", "2001:db8::1", false),
        ("IPv6 is not IPv4", "::/0", "192.0.2.1", false),
        ("nor in disguise", "::/0", "::ffff:192.0.2.1", false),
        ("everywhere, IPv4", "*", "192.0.2.1", true),
        ("everywhere, IPv6", "*", "2001:db8::1", true),
    ];
    for (description, text, address, expected) in cases {
        let inside = network(text).contains(address.parse().unwrap());
        assert_eq!(inside, expected, "{description}");
    }
}

#[test]
fn around_cuts_to_the_size_asked_for() {
    let around = |address: &str| Network::around(address.parse().unwrap(), 24, 64).to_string();
    assert_eq!(around("192.0.2.77"), "192.0.2.0/24");
    assert_eq!(around("::ffff:192.0.2.77"), "192.0.2.0/24");
    assert_eq!(around("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    let alone = Network::around("192.0.2.77".parse().unwrap(), 99, 200);
    assert_eq!(alone.to_string(), "192.0.2.77/32");
}

#[test]
fn arbitrary_text_never_panics_and_what_parses_is_stable() {
    let seeds: &[&[u8]] = &[
        b"192.0.2.0/24",
        b"::ffff:10.0.0.0/104",
        b"2001:db8::/32",
        b"*",
    ];
    Mutation::feed(100_000, seeds, |bytes| {
        if let Ok(parsed) = String::from_utf8_lossy(bytes).parse::<Network>() {
            assert_eq!(parsed.to_string().parse(), Ok(parsed));
        }
    });
}
