//! Which part of a path is which parameter?
//!
//! The routes may be mounted under a prefix that nobody here knows, so a path is matched from its end. The framework
//! has matched it before; doing it again costs little and does not rely on how the framework normalises paths.

use crate::percent::decode_segment;

/// A path with parameters: `/api/v1/tokens/{id}`.
#[derive(Debug, Clone)]
pub(super) struct Template(Vec<Segment>);

#[derive(Debug, Clone)]
enum Segment {
    Literal(Box<str>),
    Parameter(Box<str>),
}

/// The values of the parameters, by name.
pub(super) type Parameters = Vec<(Box<str>, Box<str>)>;

/// Why a path does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mismatch {
    /// It is another path.
    Elsewhere,
    /// A parameter is not percent-encoded UTF-8.
    Encoding,
}

impl Template {
    pub(super) fn new(path: &str) -> Self {
        let segment = |text: &str| match parameter_name(text) {
            Some(name) => Segment::Parameter(name.into()),
            None => Segment::Literal(text.into()),
        };
        let relative = path.strip_prefix('/').unwrap_or(path);
        Self(relative.split('/').map(segment).collect())
    }

    /// How many parameters there are: with fewer a path is more specific.
    pub(super) fn parameter_count(&self) -> usize {
        let is_parameter = |segment: &&Segment| matches!(segment, Segment::Parameter(_));
        self.0.iter().filter(is_parameter).count()
    }

    /// The parameters in the last segments of `raw_path`, decoded.
    pub(super) fn parameters(&self, raw_path: &str) -> Result<Parameters, Mismatch> {
        let mut raw_segments = raw_path.rsplit('/');
        let mut parameters = Parameters::new();
        for segment in self.0.iter().rev() {
            let raw = raw_segments.next().ok_or(Mismatch::Elsewhere)?;
            let decoded = decode_segment(raw).map_err(|_| Mismatch::Encoding)?;
            match segment {
                Segment::Parameter(_) if decoded.is_empty() => return Err(Mismatch::Elsewhere),
                Segment::Parameter(name) => parameters.push((name.clone(), decoded.into())),
                Segment::Literal(literal) if **literal == *decoded => {}
                Segment::Literal(_) => return Err(Mismatch::Elsewhere),
            }
        }
        Ok(parameters)
    }
}

fn parameter_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(template: &str, path: &str) -> Result<Vec<(String, String)>, Mismatch> {
        let owned = |(name, value): (Box<str>, Box<str>)| (name.into(), value.into());
        let found = Template::new(template).parameters(path)?;
        Ok(found.into_iter().map(owned).collect())
    }

    // H-23
    #[test]
    fn parameters_are_found_from_the_end_under_any_prefix() {
        let template = "/users/{name}/keys";
        let cases = [
            ("at the root", "/users/ada/keys", Ok("ada")),
            ("under a prefix", "/auth/users/ada/keys", Ok("ada")),
            ("an encoded address", "/users/a%40b/keys", Ok("a@b")),
            ("an encoded slash", "/users/a%2Fkeys/keys", Ok("a/keys")),
            ("decoded once", "/users/%2541/keys", Ok("%41")),
            ("an encoded literal", "/%75sers/ada/keys", Ok("ada")),
            ("nothing", "/users//keys", Err(Mismatch::Elsewhere)),
            ("a broken escape", "/users/%4/keys", Err(Mismatch::Encoding)),
            ("not UTF-8", "/users/%ff/keys", Err(Mismatch::Encoding)),
            (
                "another path",
                "/users/ada/tokens",
                Err(Mismatch::Elsewhere),
            ),
            (
                "a slash at the end",
                "/users/ada/keys/",
                Err(Mismatch::Elsewhere),
            ),
            ("too short", "keys", Err(Mismatch::Elsewhere)),
        ];
        for (description, path, expected) in cases {
            let expected = expected.map(|name| vec![("name".to_owned(), name.to_owned())]);
            assert_eq!(parameters(template, path), expected, "{description}");
        }
    }

    #[test]
    fn a_slash_at_the_end_is_part_of_the_template() {
        assert_eq!(parameters("/login/", "/x/login/"), Ok(Vec::new()));
        assert_eq!(parameters("/login/", "/x/login"), Err(Mismatch::Elsewhere));
    }
}
