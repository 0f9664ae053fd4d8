//! What the compiler says about mistakes: one file each, named after the rule.
//!
//! `TRYBUILD=overwrite cargo test -p session-tests --test ui` writes the expected texts anew. Those in `types/` and `migrations/` are
//! rustc's own and belong to the version that `rust-version` names.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/shape/*.rs");
    cases.compile_fail("tests/ui/container/*.rs");
    cases.compile_fail("tests/ui/key/*.rs");
    cases.compile_fail("tests/ui/many/*.rs");
    cases.compile_fail("tests/ui/types/*.rs");
    cases.compile_fail("tests/ui/versions/*.rs");
    cases.compile_fail("tests/ui/migrations/*.rs");
    cases.compile_fail("tests/ui/schema/*.rs");
}
