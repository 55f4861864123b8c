use std::time::SystemTime;

use super::*;
use crate::client::AuthMethod;

// O-1, AS-9700-3, AS-6749-13, MCP-AS-8
#[test]
fn only_what_can_be_read_in_one_way_is_registered() {
    use RedirectUriError::{DotSegment, Fragment, Malformed, PlainHttp, Scheme, User, Wildcard};
    let long = format!("https://a.example/{}", "x".repeat(2_000));
    for (uri, expected) in [
        ("https://a.example", Ok(())),
        ("https://a.example/", Ok(())),
        ("https://a.example/cb?x=y&z=%20", Ok(())),
        ("https://a.example:8443/cb", Ok(())),
        ("https://xn--bcher-kva.example/cb", Ok(())),
        ("https://localhost/cb", Ok(())),
        ("https://[2001:db8::1]:8443/cb", Ok(())),
        ("https://192.0.2.1/cb", Ok(())),
        ("https://a.example/a..b", Ok(())),
        ("https://a.example/cb?to=../x", Ok(())),
        ("http://127.0.0.1/cb", Ok(())),
        ("http://127.0.0.1:8080/cb", Ok(())),
        ("http://[::1]/cb", Ok(())),
        ("http://[::1]:8080/cb", Ok(())),
        ("http://localhost:3000/cb", Ok(())),
        ("com.example.app:/cb", Ok(())),
        ("com.example.app://host/cb", Ok(())),
        ("", Err(Malformed)),
        ("cb", Err(Malformed)),
        ("/cb", Err(Malformed)),
        ("//a.example/cb", Err(Malformed)),
        ("https:", Err(Malformed)),
        ("https:/a.example/cb", Err(Malformed)),
        ("https:a.example/cb", Err(Malformed)),
        ("https://", Err(Malformed)),
        ("https:///cb", Err(Malformed)),
        ("https://:443/cb", Err(Malformed)),
        ("https://a.example:/cb", Err(Malformed)),
        ("https://a.example:0/cb", Err(Malformed)),
        ("https://a.example:080/cb", Err(Malformed)),
        ("https://a.example:65536/cb", Err(Malformed)),
        ("https://a.example:+80/cb", Err(Malformed)),
        ("https://a.example:80:80/cb", Err(Malformed)),
        ("https://A.example/cb", Err(Malformed)),
        ("HTTPS://a.example/cb", Err(Malformed)),
        ("https://a.example./cb", Err(Malformed)),
        ("https://.a.example/cb", Err(Malformed)),
        ("https://a..example/cb", Err(Malformed)),
        ("https://-a.example/cb", Err(Malformed)),
        ("https://bücher.example/cb", Err(Malformed)),
        ("https://a%2eexample/cb", Err(Malformed)),
        ("https://a.example%00.evil/cb", Err(Malformed)),
        ("https://[::1/cb", Err(Malformed)),
        ("https://[::x]/cb", Err(Malformed)),
        ("https://[fe80::1%25eth0]/cb", Err(Malformed)),
        ("https://a.example/cb[0]", Err(Malformed)),
        ("https://a.example/c b", Err(Malformed)),
        ("https://a.example/cb\n", Err(Malformed)),
        (" https://a.example/cb", Err(Malformed)),
        ("https://a.example\\@evil.example/cb", Err(Malformed)),
        ("https://a.example/\\evil", Err(Malformed)),
        ("https://a.example/<x>", Err(Malformed)),
        ("https://a.example/\"x", Err(Malformed)),
        ("https://a.example/é", Err(Malformed)),
        ("https://a.example/%", Err(Malformed)),
        ("https://a.example/%4", Err(Malformed)),
        ("https://a.example/%ff", Err(Malformed)),
        (&long, Err(Malformed)),
        ("https://a.example/cb#", Err(Fragment)),
        ("https://a.example/cb#top", Err(Fragment)),
        ("com.example.app:/cb#top", Err(Fragment)),
        ("https://user@a.example/cb", Err(User)),
        ("https://user:pw@a.example/cb", Err(User)),
        ("https://a.example@evil.example/cb", Err(User)),
        ("https://@a.example/cb", Err(User)),
        ("http://127.0.0.1@evil.example/cb", Err(User)),
        ("https://*.a.example/cb", Err(Wildcard)),
        ("https://a.example/*", Err(Wildcard)),
        ("https://a.example/cb?*", Err(Wildcard)),
        ("https://a.example/../cb", Err(DotSegment)),
        ("https://a.example/./cb", Err(DotSegment)),
        ("https://a.example/x/..", Err(DotSegment)),
        ("https://a.example/%2e%2E/cb", Err(DotSegment)),
        ("https://a.example/.%2e/cb", Err(DotSegment)),
        ("com.example.app:/../cb", Err(DotSegment)),
        ("http://a.example/cb", Err(PlainHttp)),
        ("http://127.0.0.1.evil.example/cb", Err(PlainHttp)),
        ("http://127.0.0.2/cb", Err(PlainHttp)),
        ("http://0.0.0.0/cb", Err(PlainHttp)),
        ("http://2130706433/cb", Err(PlainHttp)),
        ("http://127.1/cb", Err(PlainHttp)),
        ("http://[::ffff:127.0.0.1]/cb", Err(PlainHttp)),
        ("http://[0:0:0:0:0:0:0:1]/cb", Err(PlainHttp)),
        ("http://localhost.evil.example/cb", Err(PlainHttp)),
        ("http://127.0.0.1:x/cb", Err(Malformed)),
        ("http://127.0.0.1:/cb", Err(Malformed)),
        ("javascript:alert(1)", Err(Scheme)),
        ("data:text/html,x", Err(Scheme)),
        ("file:///etc/passwd", Err(Scheme)),
        ("vbscript:x", Err(Scheme)),
        ("blob:x", Err(Scheme)),
        ("about:blank", Err(Scheme)),
        ("urn:ietf:wg:oauth:2.0:oob", Err(Scheme)),
        ("myapp://cb", Err(Scheme)),
        ("JavaScript:alert(1)", Err(Malformed)),
        ("com.Example.app:/cb", Err(Malformed)),
        ("1.2:/cb", Err(Malformed)),
        ("com.example.app:", Err(Malformed)),
    ] {
        assert_eq!(check_redirect_uri(uri), expected, "{uri:?}");
    }
}

fn client(registered: &[&str]) -> Client {
    let mut client = Client::new("c", "C", SystemTime::UNIX_EPOCH);
    client.redirect_uris = registered.iter().map(|uri| (*uri).into()).collect();
    client
}

// O-1, AS-9700-1: byte by byte, whatever URLs would be equal to a browser.
#[test]
fn what_is_asked_for_equals_what_is_registered() {
    let registered = "https://a.example/cb?x=1";
    for other in [
        "",
        "https://a.example",
        "https://a.example/cb",
        "https://a.example/cb?",
        "https://a.example/cb?x=1&y=2",
        "https://a.example/cb?x=1#",
        "https://a.example/cb?x=1#top",
        "https://a.example/cb?x=1 ",
        " https://a.example/cb?x=1",
        "https://a.example/cb/?x=1",
        "https://a.example/cb/..?x=1",
        "https://a.example/../cb?x=1",
        "https://a.example/./cb?x=1",
        "https://a.example/%63b?x=1",
        "https://a.example/c%62?x=1",
        "https://a.example%2fcb?x=1",
        "https://a.example/CB?x=1",
        "https://A.EXAMPLE/cb?x=1",
        "HTTPS://a.example/cb?x=1",
        "https://a.example:443/cb?x=1",
        "https://a.example:8443/cb?x=1",
        "https://a.example./cb?x=1",
        "https://www.a.example/cb?x=1",
        "https://a.example.evil.example/cb?x=1",
        "https://evil.example/https://a.example/cb?x=1",
        "https://evil.example\\@a.example/cb?x=1",
        "https://a.example@evil.example/cb?x=1",
        "https://user@a.example/cb?x=1",
        "http://a.example/cb?x=1",
        "https:/a.example/cb?x=1",
        "https:\\\\a.example/cb?x=1",
        "//a.example/cb?x=1",
        "javascript:alert(1)",
        "https://a.example/cb?x=1\0",
        "https://a.example/cb?x=1%00",
        "https://a.example/cb?x=1\r\nx: y",
        "https://a.example/cb?x=2",
        "https://a.example/cb?X=1",
        "https://а.example/cb?x=1",
    ] {
        let client = client(&[registered, "https://b.example/"]);
        assert_eq!(
            RegisteredRedirectUri::of(&client, Some(other)),
            None,
            "{other:?}"
        );
    }
    let client = client(&[registered, "https://b.example/"]);
    let found = RegisteredRedirectUri::of(&client, Some(registered));
    assert_eq!(found.unwrap().as_str(), registered);
}

// AS-9700-2, FR-11, S30
#[test]
fn a_public_client_listens_on_any_port_of_this_device() {
    for (registered, requested, expected) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:8080/cb", true),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:8080/cb", true),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1/cb", true),
        ("http://[::1]/cb", "http://[::1]:8080/cb", true),
        ("http://[::1]:1/cb?x", "http://[::1]:8080/cb?x", true),
        ("http://127.0.0.1", "http://127.0.0.1:8080", true),
        ("http://127.0.0.1/cb", "http://[::1]:8080/cb", false),
        ("http://127.0.0.1/cb", "http://localhost:8080/cb", false),
        ("http://localhost/cb", "http://localhost:8080/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:8080/cb/", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:8080/cb?x", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:8080/cb#x", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:8080/CB", false),
        ("http://127.0.0.1/cb", "https://127.0.0.1:8080/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:0/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:99999/cb", false),
        ("http://127.0.0.1/cb", "http://127.0.0.1:80:80/cb", false),
        (
            "http://127.0.0.1/cb",
            "http://127.0.0.1:80@evil.example/cb",
            false,
        ),
        (
            "http://127.0.0.1/cb",
            "http://127.0.0.1.evil.example/cb",
            false,
        ),
        (
            "http://127.0.0.1/cb",
            "http://127.0.0.1\\evil.example/cb",
            false,
        ),
        ("http://127.0.0.1/cb", "http://127.0.0.2:8080/cb", false),
        ("http://127.0.0.1/cb", "HTTP://127.0.0.1:8080/cb", false),
        ("https://127.0.0.1/cb", "https://127.0.0.1:8080/cb", false),
        ("https://a.example/cb", "https://a.example:8080/cb", false),
        ("com.example.app:/cb", "com.example.app:/cb", true),
        ("com.example.app:/cb", "com.example.app:/cb2", false),
    ] {
        let public = client(&[registered]);
        let found = RegisteredRedirectUri::of(&public, Some(requested));
        assert_eq!(found.is_some(), expected, "{registered} {requested}");
        let mut confidential = public;
        confidential
            .auth_methods
            .insert(AuthMethod::ClientSecretBasic);
        let found = RegisteredRedirectUri::of(&confidential, Some(requested));
        assert_eq!(found.is_some(), registered == requested, "{requested}");
    }
}

// AS-6749-14
#[test]
fn a_client_with_one_uri_need_not_name_it() {
    let one = RegisteredRedirectUri::of(&client(&["https://a.example/"]), None);
    assert_eq!(one.unwrap().as_str(), "https://a.example/");
    let two = client(&["https://a.example/", "https://b.example/"]);
    assert_eq!(RegisteredRedirectUri::of(&two, None), None);
    assert_eq!(RegisteredRedirectUri::of(&client(&[]), None), None);
}

#[test]
fn after_a_logout_only_its_own_list_counts() {
    let mut client = client(&["https://a.example/cb"]);
    client.post_logout_redirect_uris = vec!["https://a.example/bye".into()];
    assert!(RegisteredRedirectUri::after_logout(&client, "https://a.example/bye").is_some());
    assert!(RegisteredRedirectUri::after_logout(&client, "https://a.example/cb").is_none());
}

// AS-ROB-1
#[test]
fn arbitrary_text_never_panics() {
    let pieces = [
        "http",
        "https",
        ":",
        "//",
        "/",
        "127.0.0.1",
        "[::1]",
        "[",
        "]",
        ":80",
        "@",
        "#",
        "?",
        "*",
        "..",
        "%2e",
        "é",
        "com.a",
        "\0",
    ];
    let mut state = 7_usize;
    for _ in 0..100_000 {
        let mut uri = String::new();
        for _ in 0..6 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            uri.push_str(pieces[(state >> 33) % pieces.len()]);
        }
        _ = check_redirect_uri(&uri);
        _ = RegisteredRedirectUri::of(&client(&["http://127.0.0.1/cb"]), Some(&uri));
    }
}
