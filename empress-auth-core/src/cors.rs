//! What is a CORS preflight, and what an answer to one?
//!
//! A browser sends a preflight without credentials, and it must be answered without them (Fetch, "CORS-preflight
//! fetch"). Anybody else can write one by hand, so it passes to the CORS middleware that may stand further in, and
//! whatever else was answered to it is withheld.

use crate::head::{Field, Head, field};

pub(crate) fn is_preflight(head: &impl Head) -> bool {
    head.method() == "OPTIONS"
        && field(head, "access-control-request-method") != Field::Absent
        && field(head, "origin") != Field::Absent
}

/// Whether a response is CORS's answer to a preflight; `has_field` says whether it has a field, named in lower case.
///
/// A middleware that knows the origin names it; for one that it does not know tower-http still names the methods.
pub fn is_preflight_answer(has_field: impl Fn(&str) -> bool) -> bool {
    has_field("access-control-allow-origin") || has_field("access-control-allow-methods")
}
