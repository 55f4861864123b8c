//! Which part of a list is asked for?
//!
//! A cursor is the key of the last item shown, so that a page is the same work however far along it is, and nothing is
//! skipped or shown twice when items come and go. Clients are told to take it as it is: a checksum refuses what was
//! tampered with (K-18). It protects no secret; a client may ask for any part of a list that it may see.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::endpoint::refused::Refused;
use crate::fields::Fields;

/// What a list is ordered by; a cursor of one list is none of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Users,
    Tokens,
}

/// A part of a list.
#[derive(Debug)]
pub(super) struct Page {
    list: List,
    limit: usize,
    /// The key behind which it begins.
    pub(super) after: Option<String>,
}

const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

impl Page {
    pub(super) fn of(list: List, query: &Fields) -> Result<Self, Refused> {
        Ok(Self {
            list,
            limit: match parameter(query, "limit")? {
                None => DEFAULT_LIMIT,
                Some(text) => limit(text).ok_or_else(|| Refused::invalid("limit: 1 to 200"))?,
            },
            after: match parameter(query, "after")? {
                None => None,
                Some(text) => Some(read(list, text).ok_or_else(wrong_cursor)?),
            },
        })
    }

    /// How many items to ask a store for: one more than is shown, which tells whether there is a next page.
    pub(super) const fn wanted(&self) -> usize {
        self.limit + 1
    }

    /// The answer: the items that fit, and the cursor of the next page.
    pub(super) fn answer<T>(
        &self,
        items: &[T],
        key: impl Fn(&T) -> String,
        view: impl Fn(&T) -> Value,
    ) -> Value {
        let shown = items.get(..self.limit).unwrap_or(items);
        let last = shown.last().filter(|_| items.len() > shown.len());
        let next = last.map(|item| write(self.list, &key(item)));
        json!({ "items": shown.iter().map(view).collect::<Vec<_>>(), "next": next })
    }
}

/// A parameter of a query, which may not be repeated.
pub(super) fn parameter<'q>(query: &'q Fields, name: &str) -> Result<Option<&'q str>, Refused> {
    query
        .single(name)
        .map_err(|error| Refused::invalid(&format!("{name}: {error}")))
}

pub(super) fn wrong_cursor() -> Refused {
    Refused::invalid("after: take `next` of the page before as it is")
}

fn limit(text: &str) -> Option<usize> {
    let limit = text
        .parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))?;
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(limit)
}

fn write(list: List, key: &str) -> String {
    let mut bytes = checksum(list, key).to_be_bytes().to_vec();
    bytes.extend(key.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn read(list: List, cursor: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (sum, key) = bytes.split_first_chunk::<4>()?;
    let key = std::str::from_utf8(key).ok()?;
    // No store has to bear a NUL or a megabyte.
    let fits = key.len() <= MAX_KEY_BYTES && !key.chars().any(char::is_control);
    let is_whole = u32::from_be_bytes(*sum) == checksum(list, key);
    (fits && is_whole).then(|| key.to_owned())
}

/// A user name: 140 characters of at most four bytes.
const MAX_KEY_BYTES: usize = 560;

fn checksum(list: List, key: &str) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(match list {
        List::Users => b"users:",
        List::Tokens => b"tokens",
    });
    hasher.update(key.as_bytes());
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::parse_form;
    use crate::mutation::Mutation;

    fn page(query: &str) -> Result<Page, Refused> {
        Page::of(List::Users, &parse_form(query.as_bytes()).unwrap())
    }

    #[test]
    fn a_limit_is_one_to_two_hundred() {
        for (query, limit) in [
            ("", 50),
            ("limit=1", 1),
            ("limit=200", 200),
            ("limit=007", 7),
        ] {
            assert_eq!(page(query).unwrap().limit, limit, "{query}");
        }
        for query in [
            "limit=0",
            "limit=201",
            "limit=",
            "limit=-1",
            "limit=%2B1",
            "limit=1&limit=1",
        ] {
            assert!(page(query).is_err(), "{query}");
        }
    }

    // K-18
    #[test]
    fn a_cursor_is_read_back_only_whole_and_only_for_its_list() {
        for key in ["ada", "ada@example.org", "\u{e9}va", ""] {
            let cursor = write(List::Users, key);
            assert_eq!(read(List::Users, &cursor).as_deref(), Some(key));
            assert_eq!(read(List::Tokens, &cursor), None);
        }
        for hostile in ["a\0", "a\n", &"x".repeat(561)] {
            assert_eq!(
                read(List::Users, &write(List::Users, hostile)),
                None,
                "{hostile:?}"
            );
        }
    }

    // K-18
    #[test]
    fn no_tampered_cursor_is_taken() {
        let cursor = write(List::Users, "ada@example.org");
        let mut taken = 0;
        Mutation::feed(100_000, &[cursor.as_bytes()], |bytes| {
            let text = String::from_utf8_lossy(bytes);
            taken += usize::from(text != cursor && read(List::Users, &text).is_some());
        });
        assert_eq!(taken, 0);
    }

    #[test]
    fn the_next_page_begins_where_this_one_ends() {
        let page = page("limit=2").unwrap();
        let answer =
            |items: &[&str]| page.answer(items, |item| (*item).to_owned(), |item| json!(item));
        assert_eq!(page.wanted(), 3);
        assert_eq!(
            answer(&["a", "b"]),
            json!({ "items": ["a", "b"], "next": null })
        );
        let three = answer(&["a", "b", "c"]);
        assert_eq!(three["items"], json!(["a", "b"]));
        let next = read(List::Users, three["next"].as_str().unwrap());
        assert_eq!(next.as_deref(), Some("b"));
    }
}
