//! Who sent the request on, according to one element of `Forwarded`?
//!
//! Read so that a value which a client had a hand in (`host`, an extension) cannot add a `for`: the
//! whole element is well formed and names one sender, or it names none.

use crate::parameters::is_token;

/// The node of the only `for` pair of an element.
///
/// Source: [RFC 7239 §4](https://www.rfc-editor.org/rfc/rfc7239#section-4).
pub(super) fn node(element: &str) -> Option<&str> {
    let mut node = None;
    for pair in element.split(';') {
        let pair = pair.trim_matches([' ', '\t']);
        if pair.is_empty() {
            continue;
        }
        let (name, text) = pair.split_once('=')?;
        let text = value(text)?;
        if !is_token(name) || (name.eq_ignore_ascii_case("for") && node.replace(text).is_some()) {
            return None;
        }
    }
    node
}

/// The text within the quotes, or all of it if there are none.
///
/// An escape, a quote inside and an empty text are refused: no address has one.
pub(super) fn value(text: &str) -> Option<&str> {
    let inner = match text.strip_prefix('"') {
        Some(quoted) => quoted.strip_suffix('"')?,
        None => text,
    };
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\".contains(&byte);
    (!inner.is_empty() && inner.bytes().all(is_plain)).then_some(inner)
}
