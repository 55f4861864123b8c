//! Which fields did a query, a form or a multipart body carry?
//!
//! One type for all three, in the order sent and with every repetition, because endpoints differ in
//! what they make of a repeated name: OAuth refuses it ([`Fields::single`]), Django takes the last
//! ([`Fields::last`]).

use std::fmt;

use zeroize::Zeroize;

/// The decoded fields of one request, in the order sent.
///
/// Fields carry passwords and client secrets: they are wiped when dropped, and `Debug` shows only
/// how many there are.
///
/// # Examples
///
/// ```
/// use empress_auth_core::form::parse_form;
///
/// let fields = parse_form(b"scope=read&client_id=a&client_id=b")?;
/// assert_eq!(fields.single("scope"), Ok(Some("read")));
/// assert_eq!(fields.single("state"), Ok(None));
/// assert!(fields.single("client_id").is_err());
/// assert_eq!(fields.last("client_id"), Some("b"));
/// # Ok::<(), empress_auth_core::form::FormError>(())
/// ```
#[derive(Default)]
pub struct Fields {
    entries: Vec<(String, String)>,
}

impl Fields {
    pub(crate) fn push(&mut self, name: String, value: String) {
        self.entries.push((name, value));
    }

    /// The value of a field that must not be repeated.
    ///
    /// A field sent without a value is `Some("")`; OAuth treats it as omitted, Django as blank.
    ///
    /// Source: [RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1): "Request and
    /// response parameters MUST NOT be included more than once."
    ///
    /// # Errors
    ///
    /// [`Repeated`] if the name occurs more than once, with equal values too.
    pub fn single(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self.all(name);
        let value = values.next();
        match values.next() {
            None => Ok(value),
            Some(_) => Err(Repeated(())),
        }
    }

    /// The last value of a field, as Django reads forms.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&str> {
        self.all(name).next_back()
    }

    /// Every value of a field, in the order sent, such as the `resource` of
    /// [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2).
    #[must_use]
    pub fn all<'f>(&'f self, name: &str) -> impl DoubleEndedIterator<Item = &'f str> {
        self.iter()
            .filter(move |(candidate, _)| *candidate == name)
            .map(|(_, value)| value)
    }

    /// Every name and value, in the order sent.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &str)> {
        self.entries
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// How many fields there are, repetitions included.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no field at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fields")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl Drop for Fields {
    fn drop(&mut self) {
        for (name, value) in &mut self.entries {
            name.zeroize();
            value.zeroize();
        }
    }
}

/// A field that may occur once occurs more often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a parameter is repeated; send it once")]
pub struct Repeated(());

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Fields {
        let mut fields = Fields::default();
        for (name, value) in [("a", "1"), ("b", "2"), ("a", "1"), ("A", "3")] {
            fields.push(name.into(), value.into());
        }
        fields
    }

    #[test]
    fn a_repeated_name_is_refused_even_with_equal_values() {
        assert_eq!(fields().single("a"), Err(Repeated(())));
        assert_eq!(fields().single("b"), Ok(Some("2")));
        assert_eq!(fields().single("c"), Ok(None));
    }

    #[test]
    fn names_are_compared_exactly() {
        assert_eq!(fields().single("A"), Ok(Some("3")));
        assert_eq!(fields().single("B"), Ok(None));
        assert_eq!(fields().last("a[]"), None);
    }

    #[test]
    fn order_and_repetitions_are_kept() {
        let fields = fields();
        let names: Vec<_> = fields.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "a", "A"]);
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "1"]);
        assert_eq!(fields.len(), 4);
    }

    #[test]
    fn debug_shows_no_value_and_no_name() {
        assert_eq!(format!("{:?}", fields()), "Fields { len: 4, .. }");
    }
}
