//! Which fields does a `multipart/form-data` body carry?
//!
//! For one endpoint, `POST /api-token-auth/`, whose clients may send a form this way. The body is
//! complete and small, so there is no streaming and there are no files. Read as [RFC
//! 7578](https://www.rfc-editor.org/rfc/rfc7578) has it sent:
//!
//! 1. the boundary comes from the content type, quoted or not, 1 to 70 characters of RFC 2046;
//! 2. the body starts with the first delimiter and ends with the last: no preamble, no epilogue;
//! 3. each part has one `Content-Disposition: form-data` with a name and without a file name;
//! 4. names and values are UTF-8, whatever the part's own content type says, and not
//!    transfer-encoded.

use memchr::memmem;

use crate::fields::Fields;
use crate::form::{MAX_FIELDS, MAX_FORM_BYTES};
use crate::parameters::{Malformed, is_token, parameters};

/// Parses a complete multipart body; `content_type` is the whole field value, parameters included.
///
/// The limits are those of a form: [`MAX_FORM_BYTES`] and [`MAX_FIELDS`]. Time is linear in the
/// length.
///
/// Source: [RFC 7578 §4](https://www.rfc-editor.org/rfc/rfc7578#section-4),
/// [RFC 2046 §5.1.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1).
///
/// # Errors
///
/// [`MultipartErrorKind`] has one kind for each cause.
///
/// # Examples
///
/// ```
/// use empress_auth_core::multipart::{MultipartErrorKind, parse_multipart};
///
/// let body = b"--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nada\r\n--x--\r\n";
/// let fields = parse_multipart("multipart/form-data; boundary=x", body)?;
/// assert_eq!(fields.last("username"), Some("ada"));
///
/// let refused = parse_multipart("multipart/form-data", body).unwrap_err();
/// assert_eq!(refused.kind(), MultipartErrorKind::Boundary);
/// # Ok::<(), empress_auth_core::multipart::MultipartError>(())
/// ```
pub fn parse_multipart(content_type: &str, body: &[u8]) -> Result<Fields, MultipartError> {
    if body.len() > MAX_FORM_BYTES {
        return Err(MultipartErrorKind::TooLarge.into());
    }
    let delimiter = format!("\r\n--{}", boundary(content_type)?);
    let delimiter = memmem::Finder::new(delimiter.as_bytes());
    // The line break belongs to the delimiter and is missing before the first one.
    let first = delimiter.needle().get(2..).unwrap_or_default();
    let mut rest = body
        .strip_prefix(first)
        .ok_or(MultipartErrorKind::Malformed)?;
    let mut fields = Fields::default();
    while let Some(part) = after_delimiter(rest)? {
        if fields.len() == MAX_FIELDS {
            return Err(MultipartErrorKind::TooManyFields.into());
        }
        let (headers, content) = split_at(part, memmem::find(part, b"\r\n\r\n"), 4)?;
        let name = field_name(utf8(headers)?)?;
        let (value, after) = split_at(content, delimiter.find(content), delimiter.needle().len())?;
        fields.push(name, utf8(value)?.to_owned());
        rest = after;
    }
    Ok(fields)
}

/// A multipart body that is refused as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.kind.text())]
pub struct MultipartError {
    kind: MultipartErrorKind,
}

impl MultipartError {
    /// What is wrong with the body.
    #[must_use]
    pub const fn kind(&self) -> MultipartErrorKind {
        self.kind
    }
}

impl From<MultipartErrorKind> for MultipartError {
    fn from(kind: MultipartErrorKind) -> Self {
        Self { kind }
    }
}

impl From<Malformed> for MultipartError {
    fn from(_: Malformed) -> Self {
        MultipartErrorKind::Malformed.into()
    }
}

/// What is wrong with a multipart body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MultipartErrorKind {
    /// Longer than [`MAX_FORM_BYTES`].
    TooLarge,
    /// More than [`MAX_FIELDS`] parts.
    TooManyFields,
    /// The content type is not `multipart/form-data` with one well-formed boundary.
    Boundary,
    /// The body does not follow RFC 7578.
    Malformed,
    /// A name or a value is not UTF-8, or is transfer-encoded.
    Encoding,
    /// A part is a file; this endpoint takes none.
    File,
}

impl MultipartErrorKind {
    const fn text(self) -> &'static str {
        match self {
            Self::TooLarge => "the form is larger than 64 KiB",
            Self::TooManyFields => "the form has more than 100 fields",
            Self::Boundary => "the content type has no usable boundary",
            Self::Malformed => "the body is not multipart/form-data",
            Self::Encoding => "a field is not plain UTF-8",
            Self::File => "a field is a file; send text",
        }
    }
}

fn boundary(content_type: &str) -> Result<String, MultipartErrorKind> {
    let (media_type, rest) =
        content_type.split_at(content_type.find(';').unwrap_or(content_type.len()));
    if !media_type
        .trim_matches([' ', '\t'])
        .eq_ignore_ascii_case("multipart/form-data")
    {
        return Err(MultipartErrorKind::Boundary);
    }
    let mut boundary = None;
    for parameter in parameters(rest) {
        let parameter = parameter.map_err(|Malformed| MultipartErrorKind::Boundary)?;
        if parameter.name.eq_ignore_ascii_case("boundary")
            && boundary.replace(parameter.value).is_some()
        {
            return Err(MultipartErrorKind::Boundary);
        }
    }
    boundary
        .filter(|boundary| is_boundary(boundary))
        .map(String::from)
        .ok_or(MultipartErrorKind::Boundary)
}

fn is_boundary(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    (1..=70).contains(&text.len()) && text.bytes().all(is_allowed) && !text.ends_with(' ')
}

/// What follows a delimiter: the next part, or `None` after the last one.
fn after_delimiter(rest: &[u8]) -> Result<Option<&[u8]>, MultipartErrorKind> {
    if let Some(epilogue) = rest.strip_prefix(b"--") {
        return match epilogue {
            b"" | b"\r\n" => Ok(None),
            _ => Err(MultipartErrorKind::Malformed),
        };
    }
    let padding = rest.iter().take_while(|byte| b" \t".contains(byte)).count();
    rest.get(padding..)
        .and_then(|line_end| line_end.strip_prefix(b"\r\n"))
        .map(Some)
        .ok_or(MultipartErrorKind::Malformed)
}

fn split_at(
    bytes: &[u8],
    found: Option<usize>,
    width: usize,
) -> Result<(&[u8], &[u8]), MultipartErrorKind> {
    found
        .and_then(|at| Some((bytes.get(..at)?, bytes.get(at + width..)?)))
        .ok_or(MultipartErrorKind::Malformed)
}

fn field_name(headers: &str) -> Result<String, MultipartError> {
    let mut name = None;
    for line in headers.split("\r\n") {
        let (header, value) = line.split_once(':').ok_or(Malformed)?;
        let value = value.trim_matches([' ', '\t']);
        if !is_token(header) || value.contains(|c: char| c.is_control() && c != '\t') {
            return Err(Malformed.into());
        }
        if header.eq_ignore_ascii_case("content-disposition") {
            if name.replace(disposition_name(value)?).is_some() {
                return Err(Malformed.into());
            }
        } else if header.eq_ignore_ascii_case("content-transfer-encoding") {
            check_transfer_encoding(value)?;
        }
    }
    Ok(name.ok_or(Malformed)?)
}

fn disposition_name(value: &str) -> Result<String, MultipartError> {
    let (kind, rest) = value.split_at(value.find(';').unwrap_or(value.len()));
    if !kind.trim_end().eq_ignore_ascii_case("form-data") {
        return Err(Malformed.into());
    }
    let mut name = None;
    for parameter in parameters(rest) {
        let parameter = parameter?;
        match parameter.name.to_ascii_lowercase().as_str() {
            "filename" | "filename*" => return Err(MultipartErrorKind::File.into()),
            "name" if name.is_none() => name = Some(parameter.value.into_owned()),
            "name" => return Err(Malformed.into()),
            _ => {}
        }
    }
    Ok(name.ok_or(Malformed)?)
}

/// [RFC 7578 §4.7](https://www.rfc-editor.org/rfc/rfc7578#section-4.7) deprecates the field; some
/// clients still say that nothing was encoded.
fn check_transfer_encoding(value: &str) -> Result<(), MultipartErrorKind> {
    if ["7bit", "8bit", "binary"]
        .iter()
        .any(|name| value.eq_ignore_ascii_case(name))
    {
        Ok(())
    } else {
        Err(MultipartErrorKind::Encoding)
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, MultipartErrorKind> {
    str::from_utf8(bytes).map_err(|_| MultipartErrorKind::Encoding)
}

#[cfg(test)]
mod tests;
