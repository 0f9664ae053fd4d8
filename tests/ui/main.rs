//! What the compiler says about mistakes: one file each, named after the rule.
//!
//! `TRYBUILD=overwrite cargo test -p session-ui-tests` writes the expected texts anew. Those in `types/` and `migrations/` are
//! rustc's own and belong to the version that `rust-version` names.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("shape/*.rs");
    cases.compile_fail("container/*.rs");
    cases.compile_fail("key/*.rs");
    cases.compile_fail("many/*.rs");
    cases.compile_fail("types/*.rs");
    cases.compile_fail("versions/*.rs");
    cases.compile_fail("migrations/*.rs");
    cases.compile_fail("schema/*.rs");
}
