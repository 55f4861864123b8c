//! Forwarding headers: an untrusted peer is never believed, and what a trusted one says is an address or nothing.

#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use empress_auth_core::client_address::ClientAddress;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|lines: Vec<Vec<u8>>| {
    let proxy = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    let stranger = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
    let network = "10.0.0.0/8".parse().expect("a network");
    let behind = ClientAddress::behind([network]).expect("a narrow network");
    for addresses in [
        ClientAddress::peer(),
        behind.clone(),
        behind.with_forwarded(),
    ] {
        let found = addresses.resolve(Some(stranger), lines.iter().map(Vec::as_slice));
        assert_eq!(found, Some(stranger));
        let found = addresses.resolve(Some(proxy), lines.iter().map(Vec::as_slice));
        assert!(found.is_some() || !lines.is_empty());
    }
});
