//! What must not compile, and what the compiler says: five classic mistakes, and values that nobody can forge.
//!
//! `TRYBUILD=overwrite cargo test --test compile_fail` writes the expected words anew.

// K-14: of secrets
#[test]
fn mistakes_are_told_in_readable_words_and_proofs_cannot_be_forged() {
    trybuild::TestCases::new().compile_fail("compile_fail/cases/*.rs");
}
