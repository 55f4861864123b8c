//! By which pieces would somebody recognise a secret, in whatever form it was written down?

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Every piece of every secret: some characters in a row, as they are, in hexadecimal and in base64.
///
/// A piece is so long that none turns up by accident, and so short that a shortened secret is noticed, too.
#[derive(Default)]
pub(super) struct Secrets {
    by_length: BTreeMap<usize, Pieces>,
}

struct Pieces {
    /// Whether a piece begins like this: most of what is searched is out of the question at once.
    beginnings: Vec<bool>,
    /// The pieces, and whose they are.
    whose: HashMap<Vec<u8>, String>,
}

impl Secrets {
    pub(super) fn add(&mut self, what: &str, secret: &str) {
        let secret = hidden_part(secret).as_bytes();
        let is_hex = secret.iter().all(u8::is_ascii_hexdigit);
        self.add_pieces(what, if is_hex { 12 } else { 8 }, secret);
        let hex = secret.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        });
        self.add_pieces(what, 16, hex.as_bytes());
        self.add_pieces(what, 16, hex.to_uppercase().as_bytes());
        // What stands before it shifts the letters; the first and the last of them depend on the neighbours.
        for before in 0..3 {
            let shifted = [&[0; 2][..before], secret].concat();
            for text in [
                STANDARD_NO_PAD.encode(&shifted),
                URL_SAFE_NO_PAD.encode(&shifted),
            ] {
                let own = (before * 8).div_ceil(6)..shifted.len() * 8 / 6;
                self.add_pieces(what, 12, &text.as_bytes()[own]);
            }
        }
    }

    fn add_pieces(&mut self, what: &str, length: usize, text: &[u8]) {
        assert!(text.len() >= length, "too short to be recognised: {what}");
        let pieces = self.by_length.entry(length).or_insert_with(|| Pieces {
            beginnings: vec![false; 1 << 24],
            whose: HashMap::new(),
        });
        for piece in text.windows(length) {
            pieces.beginnings[beginning(piece)] = true;
            pieces.whose.insert(piece.to_vec(), what.to_owned());
        }
    }

    /// Whose piece is in there, and what stands around it.
    pub(super) fn find_in(&self, bytes: &[u8]) -> Option<String> {
        self.by_length.iter().find_map(|(length, pieces)| {
            let windows = bytes.windows(*length).enumerate();
            let mut possible = windows.filter(|(_, window)| pieces.beginnings[beginning(window)]);
            possible.find_map(|(at, window)| {
                let what = pieces.whose.get(window)?;
                let around = &bytes[at.saturating_sub(80)..bytes.len().min(at + 80)];
                Some(format!("{what}: {}", String::from_utf8_lossy(around)))
            })
        })
    }
}

/// The first three bytes.
fn beginning(piece: &[u8]) -> usize {
    usize::from(piece[0]) << 16 | usize::from(piece[1]) << 8 | usize::from(piece[2])
}

/// Of a token, what is neither its kind, its id nor its checksum: these are shown and listed. All of anything else.
fn hidden_part(secret: &str) -> &str {
    match secret
        .strip_prefix("emp_")
        .and_then(|rest| rest.split_once('_'))
    {
        Some((_, digits)) if digits.len() == 44 => &digits[11..38],
        _ => secret,
    }
}

#[test]
fn a_piece_is_found_in_every_form_and_nothing_else_is() {
    let mut secrets = Secrets::default();
    secrets.add(
        "a token",
        "emp_pat_0123456789Aabcdefghijklmnopqrstuvwxyz0SUMsum",
    );
    secrets.add("a password", "Tr0ub4dor&3:?>~ö");
    for told in [
        "…cdefghij…".to_owned(),
        "6364656667686970".replace("6970", "696a"),
        "ub4dor&3".to_owned(),
        STANDARD_NO_PAD.encode("a:Tr0ub4dor&3:?>~ö"),
        STANDARD_NO_PAD.encode("ab:Tr0ub4dor&3:?>~ö"),
        URL_SAFE_NO_PAD.encode("abc:Tr0ub4dor&3:?>~ö"),
        format!("{:X?}", b"Tr0ub4dor&3").replace([',', ' ', '[', ']'], ""),
    ] {
        assert!(secrets.find_in(told.as_bytes()).is_some(), "{told}");
    }
    for told in ["emp_pat_0123456789A", "SUMsum", "abcdefg", "Tr0ub4d", ""] {
        assert_eq!(secrets.find_in(told.as_bytes()), None, "{told}");
    }
}
