//! What a provider keeps, from inside.

mod full;
#[expect(dead_code, reason = "tests outside use the rest")]
#[path = "../../../tests/sqlite/provider/support.rs"]
mod support;
mod sweeping;
