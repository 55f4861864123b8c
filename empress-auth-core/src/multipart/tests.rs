//! Bodies as clients send them, and bodies that must be refused.

use super::*;
use crate::mutation::Mutation;

fn part(headers: &str, value: &str) -> String {
    format!("--x\r\n{headers}\r\n\r\n{value}\r\n")
}

fn field(name: &str, value: &str) -> String {
    part(
        &format!("Content-Disposition: form-data; name=\"{name}\""),
        value,
    )
}

fn parsed(body: impl AsRef<[u8]>) -> Result<Vec<(String, String)>, MultipartErrorKind> {
    parsed_as("multipart/form-data; boundary=x", body)
}

fn parsed_as(
    content_type: &str,
    body: impl AsRef<[u8]>,
) -> Result<Vec<(String, String)>, MultipartErrorKind> {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    parse_multipart(content_type, body.as_ref())
        .map(|fields| fields.iter().map(owned).collect())
        .map_err(|error| error.kind())
}

#[test]
fn what_clients_send_is_read() {
    let login = [("username", "ada"), ("password", "p\u{e4}ss w\u{f6}rd+%41")];
    let crlf = |lines: &str| lines.replace('\n', "\r\n");
    let cases = [
        (
            "python requests, files={'username': (None, 'ada')}",
            "multipart/form-data; boundary=5c7b3b1d2ef94b1b9a38a1f3b3c1a0de",
            "--5c7b3b1d2ef94b1b9a38a1f3b3c1a0de\nContent-Disposition: form-data; name=\"username\"\n\nada\n\
             --5c7b3b1d2ef94b1b9a38a1f3b3c1a0de\nContent-Disposition: form-data; name=\"password\"\n\np\u{e4}ss w\u{f6}rd+%41\n\
             --5c7b3b1d2ef94b1b9a38a1f3b3c1a0de--\n",
        ),
        (
            "curl -F",
            "multipart/form-data; boundary=------------------------d74496d66958873e",
            "--------------------------d74496d66958873e\nContent-Disposition: form-data; name=\"username\"\n\nada\n\
             --------------------------d74496d66958873e\nContent-Disposition: form-data; name=\"password\"\n\np\u{e4}ss w\u{f6}rd+%41\n\
             --------------------------d74496d66958873e--\n",
        ),
        (
            "Chromium, FormData",
            "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
            "------WebKitFormBoundary7MA4YWxkTrZu0gW\nContent-Disposition: form-data; name=\"username\"\n\nada\n\
             ------WebKitFormBoundary7MA4YWxkTrZu0gW\nContent-Disposition: form-data; name=\"password\"\n\np\u{e4}ss w\u{f6}rd+%41\n\
             ------WebKitFormBoundary7MA4YWxkTrZu0gW--\n",
        ),
        (
            "Firefox, FormData",
            "multipart/form-data; boundary=---------------------------9051914041544843365972754266",
            "-----------------------------9051914041544843365972754266\nContent-Disposition: form-data; name=\"username\"\n\nada\n\
             -----------------------------9051914041544843365972754266\nContent-Disposition: form-data; name=\"password\"\n\np\u{e4}ss w\u{f6}rd+%41\n\
             -----------------------------9051914041544843365972754266--\n",
        ),
        (
            ".NET MultipartFormDataContent: quoted boundary, unquoted name, content type",
            "multipart/form-data; boundary=\"1c7e4f6a-0b1d\"",
            "--1c7e4f6a-0b1d\nContent-Type: text/plain; charset=utf-8\nContent-Disposition: form-data; name=username\n\nada\n\
             --1c7e4f6a-0b1d\nContent-Type: text/plain; charset=utf-8\nContent-Disposition: form-data; name=password\n\np\u{e4}ss w\u{f6}rd+%41\n\
             --1c7e4f6a-0b1d--\n",
        ),
        (
            "Apache HttpClient: transfer encoding, small letters",
            "Multipart/Form-Data;charset=UTF-8;BOUNDARY=a'b(c)_d+e,f-g.h/i:j=k?l",
            "--a'b(c)_d+e,f-g.h/i:j=k?l\ncontent-disposition:form-data;name=\"username\"\ncontent-transfer-encoding: 8BIT\n\nada\n\
             --a'b(c)_d+e,f-g.h/i:j=k?l\ncontent-disposition: FORM-DATA; NAME=\"password\"\n\np\u{e4}ss w\u{f6}rd+%41\n\
             --a'b(c)_d+e,f-g.h/i:j=k?l--",
        ),
    ];
    for (description, content_type, body) in cases {
        let fields = parsed_as(content_type, crlf(body)).expect(description);
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(fields, login, "{description}");
    }
}

#[test]
fn values_are_taken_to_the_byte() {
    let long = "v".repeat(60_000);
    let cases = [
        ("empty", ""),
        ("line breaks inside", "a\r\n\r\nb\n"),
        ("line break at the end", "a\r\n"),
        ("dashes", "--"),
        ("the boundary within a line", "a--x--"),
        ("almost the delimiter", "\r\n--"),
        ("long", &long),
        ("NUL is the caller's to refuse", "\0"),
    ];
    for (description, value) in cases {
        let body = field("a", value) + &field("a", "2") + "--x--\r\n";
        let expected = [
            ("a".to_owned(), value.to_owned()),
            ("a".to_owned(), "2".to_owned()),
        ];
        assert_eq!(parsed(body).as_deref(), Ok(&expected[..]), "{description}");
    }
    assert_eq!(parsed("--x--\r\n"), Ok(vec![]));
    let padded = field("a", "1").replace("--x\r\n", "--x \t\r\n") + "--x--";
    assert_eq!(parsed(padded), Ok(vec![("a".into(), "1".into())]));
}

#[test]
fn broken_bodies_are_refused_whole() {
    use MultipartErrorKind::{Encoding, File, Malformed, TooLarge, TooManyFields};
    let end = "--x--\r\n";
    let disposed =
        |disposition: &str| part(&format!("Content-Disposition: {disposition}"), "1") + end;
    let name = "Content-Disposition: form-data; name=\"a\"";
    let cases = [
        ("empty body", String::new(), Malformed),
        ("another boundary", "--y--\r\n".to_owned(), Malformed),
        (
            "preamble",
            format!("hello\r\n{}{end}", field("a", "1")),
            Malformed,
        ),
        (
            "epilogue",
            format!("{}{end}more", field("a", "1")),
            Malformed,
        ),
        ("no last delimiter", field("a", "1"), Malformed),
        (
            "cut within the value",
            "--x\r\n".to_owned() + name + "\r\n\r\n1",
            Malformed,
        ),
        (
            "cut within the headers",
            "--x\r\n".to_owned() + name,
            Malformed,
        ),
        (
            "bare line feeds",
            (field("a", "1") + end).replace("\r\n", "\n"),
            Malformed,
        ),
        (
            "delimiter that goes on",
            field("a", "1\r\n--xy") + end,
            Malformed,
        ),
        ("no headers", format!("--x\r\n\r\n1\r\n{end}"), Malformed),
        (
            "no disposition",
            part("Content-Type: text/plain", "1") + end,
            Malformed,
        ),
        (
            "two dispositions",
            part(&format!("{name}\r\n{name}"), "1") + end,
            Malformed,
        ),
        (
            "folded header",
            part(&name.replace("; ", ";\r\n "), "1") + end,
            Malformed,
        ),
        (
            "header without a colon",
            part(&format!("{name}\r\nfoo"), "1") + end,
            Malformed,
        ),
        (
            "blank before the colon",
            part(&name.replace(':', " :"), "1") + end,
            Malformed,
        ),
        (
            "control in a header",
            part(&format!("{name}\r\nX: \x01"), "1") + end,
            Malformed,
        ),
        ("attachment", disposed("attachment; name=\"a\""), Malformed),
        ("no name", disposed("form-data"), Malformed),
        (
            "two names",
            disposed("form-data; name=a; NAME=b"),
            Malformed,
        ),
        ("unclosed name", disposed("form-data; name=\"a"), Malformed),
        (
            "a file",
            disposed("form-data; name=\"a\"; filename=\"b\""),
            File,
        ),
        (
            "a file without a name",
            disposed("form-data; name=\"a\"; filename=\"\""),
            File,
        ),
        (
            "a file, extended",
            disposed("form-data; name=\"a\"; filename*=UTF-8''b"),
            File,
        ),
        (
            "base64",
            part(
                &format!("{name}\r\nContent-Transfer-Encoding: base64"),
                "MQ==",
            ) + end,
            Encoding,
        ),
        (
            "101 parts",
            field("a", "1").repeat(101) + end,
            TooManyFields,
        ),
        (
            "too large",
            field("a", &"v".repeat(MAX_FORM_BYTES)) + end,
            TooLarge,
        ),
    ];
    for (description, body, expected) in cases {
        assert_eq!(parsed(body), Err(expected), "{description}");
    }
    let latin1 = (field("a", "?") + end).into_bytes();
    let latin1: Vec<u8> = latin1
        .iter()
        .map(|b| if *b == b'?' { 0xe9 } else { *b })
        .collect();
    assert_eq!(parsed(latin1), Err(Encoding), "Latin-1 value");
}

#[test]
fn unusable_boundaries_are_refused() {
    let seventy = "b".repeat(70);
    assert!(
        parsed_as(
            &format!("multipart/form-data; boundary={seventy}"),
            format!("--{seventy}--")
        )
        .is_ok()
    );
    let cases = [
        ("none", "multipart/form-data".to_owned()),
        ("empty", "multipart/form-data; boundary=".to_owned()),
        (
            "empty, quoted",
            "multipart/form-data; boundary=\"\"".to_owned(),
        ),
        (
            "two",
            "multipart/form-data; boundary=x; boundary=x".to_owned(),
        ),
        (
            "71 characters",
            format!("multipart/form-data; boundary={seventy}b"),
        ),
        (
            "blank at the end",
            "multipart/form-data; boundary=\"x \"".to_owned(),
        ),
        (
            "line break",
            "multipart/form-data; boundary=\"x\r\n\"".to_owned(),
        ),
        (
            "not ASCII",
            "multipart/form-data; boundary=\u{e9}".to_owned(),
        ),
        (
            "unclosed quote",
            "multipart/form-data; boundary=\"x".to_owned(),
        ),
        (
            "another multipart type",
            "multipart/mixed; boundary=x".to_owned(),
        ),
        (
            "longer media type",
            "multipart/form-data2; boundary=x".to_owned(),
        ),
    ];
    for (description, content_type) in cases {
        let refused = parsed_as(&content_type, "--x--\r\n");
        assert_eq!(refused, Err(MultipartErrorKind::Boundary), "{description}");
    }
}

#[test]
fn arbitrary_bytes_never_panic() {
    let body = field("username", "ada") + &field("a\\\"b", "1\r\n2") + "--x--\r\n";
    Mutation::feed(100_000, &[body.as_bytes(), b"--x--\r\n"], |bytes| {
        _ = parsed(bytes)
    });
    let content_type = b"multipart/form-data; charset=utf-8; boundary=\"x\\\"y\"";
    Mutation::feed(100_000, &[content_type], |bytes| {
        _ = parsed_as(&String::from_utf8_lossy(bytes), &body);
    });
}
