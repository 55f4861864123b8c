//! Which `; name=value` parameters follow a media type or a disposition?
//!
//! [RFC 9110 §5.6.6](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.6), with one concession to
//! what is sent: an unquoted value may be anything up to the next `;`, and its reader checks it.

use std::borrow::Cow;

/// One parameter; the value is without its quotes.
pub(crate) struct Parameter<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Cow<'a, str>,
}

/// The parameters of a field value, after its first word; ends after the first malformed one.
pub(crate) fn parameters(rest: &str) -> impl Iterator<Item = Result<Parameter<'_>, Malformed>> {
    let mut rest = Some(rest);
    std::iter::from_fn(move || match next_parameter(rest.take()?) {
        Ok(None) => None,
        Ok(Some((parameter, after))) => {
            rest = Some(after);
            Some(Ok(parameter))
        }
        Err(malformed) => Some(Err(malformed)),
    })
}

/// Not a list of parameters.
pub(crate) struct Malformed;

/// Whether `text` is a token: [RFC 9110
/// §5.6.2](https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2).
pub(crate) fn is_token(text: &str) -> bool {
    let is_token_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_byte)
}

fn next_parameter(rest: &str) -> Result<Option<(Parameter<'_>, &str)>, Malformed> {
    let rest = rest.trim_matches(BLANKS);
    if rest.is_empty() {
        return Ok(None);
    }
    let rest = rest.strip_prefix(';').ok_or(Malformed)?;
    let rest = rest.trim_start_matches([' ', '\t', ';']);
    if rest.is_empty() {
        return Ok(None);
    }
    let (name, rest) = rest.split_once('=').ok_or(Malformed)?;
    if !is_token(name) {
        return Err(Malformed);
    }
    let (value, rest) = match rest.strip_prefix('"') {
        Some(quoted) => unquoted(quoted)?,
        None => {
            let (value, after) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
            (Cow::Borrowed(value.trim_end_matches(BLANKS)), after)
        }
    };
    Ok(Some((Parameter { name, value }, rest)))
}

/// The text up to the closing quote, and what follows the quote. Browsers do not escape
/// backslashes: only `\"` and `\\` are taken for escapes.
fn unquoted(quoted: &str) -> Result<(Cow<'_, str>, &str), Malformed> {
    let mut text = Cow::Borrowed("");
    let mut rest = quoted;
    loop {
        let (before, from) = rest.split_at(rest.find(['"', '\\']).ok_or(Malformed)?);
        text += before;
        if let Some(after) = from.strip_prefix('"') {
            return Ok((text, after));
        }
        let escaped = from.get(1..2).filter(|next| ["\"", "\\"].contains(next));
        text += escaped.unwrap_or("\\");
        rest = from
            .get(1 + escaped.map_or(0, str::len)..)
            .ok_or(Malformed)?;
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

#[cfg(test)]
mod tests {
    use super::*;

    type Pairs = &'static [(&'static str, &'static str)];

    #[test]
    fn parameters_are_read_or_refused() {
        let cases: &[(&str, &str, Option<Pairs>)] = &[
            ("none", "", Some(&[])),
            ("blanks only", " \t", Some(&[])),
            ("token", "; a=b", Some(&[("a", "b")])),
            ("no blank", ";a=b;c=d", Some(&[("a", "b"), ("c", "d")])),
            ("empty parameters", "; ; a=b ;", Some(&[("a", "b")])),
            (
                "quoted",
                "; a=\"b;c=d\"; e=f",
                Some(&[("a", "b;c=d"), ("e", "f")]),
            ),
            ("quoted, empty", "; a=\"\"", Some(&[("a", "")])),
            ("escaped quote", r#"; a="b\"c""#, Some(&[("a", "b\"c")])),
            ("escaped backslash", r#"; a="b\\""#, Some(&[("a", "b\\")])),
            (
                "backslash of a browser",
                r#"; a="b\c""#,
                Some(&[("a", r"b\c")]),
            ),
            (
                "not ASCII, after a backslash",
                "; a=\"\\\u{e9}\"",
                Some(&[("a", "\\\u{e9}")]),
            ),
            (
                "unquoted with punctuation",
                "; a=b/c:d",
                Some(&[("a", "b/c:d")]),
            ),
            ("no semicolon", "a=b", None),
            ("no equals sign", "; a", None),
            ("no name", "; =b", None),
            ("blank before the equals sign", "; a =b", None),
            ("unclosed quote", "; a=\"b", None),
            ("unclosed after an escape", r#"; a="b\""#, None),
            ("backslash at the end", r#"; a="b\"#, None),
            ("text after the quote", "; a=\"b\"c", None),
        ];
        for (description, text, expected) in cases {
            let read: Result<Vec<_>, Malformed> = parameters(text).collect();
            let read = read.ok();
            let pairs = read.as_ref().map(|parameters| {
                let pair = |p: &Parameter<'_>| (p.name.to_owned(), p.value.clone().into_owned());
                parameters.iter().map(pair).collect::<Vec<_>>()
            });
            let expected = expected.map(|pairs| {
                let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
                pairs.iter().map(pair).collect()
            });
            assert_eq!(pairs, expected, "{description}");
        }
    }
}
