//! Text that is usually so short that it needs no allocation of its own.

/// Text, up to 22 bytes of it in place: the ids of tokens, keys and users are not longer.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ShortText(Place);

#[derive(Clone, PartialEq, Eq)]
enum Place {
    Here { length: u8, bytes: [u8; MAX_HERE] },
    Elsewhere(Box<str>),
}

/// As many as fit beside the length and the variant into the place of a `Box<str>` and its variant.
const MAX_HERE: usize = 22;

impl ShortText {
    pub(crate) fn as_str(&self) -> &str {
        match &self.0 {
            Place::Here { length, bytes } => bytes
                .get(..usize::from(*length))
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .unwrap_or_default(),
            Place::Elsewhere(text) => text,
        }
    }
}

impl From<Box<str>> for ShortText {
    fn from(text: Box<str>) -> Self {
        let mut bytes = [0; MAX_HERE];
        let length = u8::try_from(text.len()).ok();
        Self(match (length, bytes.get_mut(..text.len())) {
            (Some(length), Some(place)) => {
                place.copy_from_slice(text.as_bytes());
                Place::Here { length, bytes }
            }
            _ => Place::Elsewhere(text),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_any_length_comes_back_from_three_words() {
        for length in [0, 1, 11, 15, 21, 22, 23, 300] {
            let text = "é".repeat(length / 2) + &"x".repeat(length % 2);
            assert_eq!(
                ShortText::from(text.as_str().to_owned().into_boxed_str()).as_str(),
                text
            );
        }
        assert_eq!(size_of::<ShortText>(), 3 * size_of::<usize>());
    }
}
