//! The documentation of `Store` and the suite say the same sentences, and there is no third list.

use session_runtime::store::conformance::CHECKS;

const SOURCE: &str = include_str!("../../../session-runtime/src/store/mod.rs");

#[test]
fn each_sentence_of_the_documentation_has_its_check_and_each_check_its_sentence() {
    let start = SOURCE.find("/// Keeps session records").expect("the documentation of `Store`");
    let documented: Vec<&str> = SOURCE[start..]
        .split("\\[`")
        .skip(1)
        .map(|rest| rest.split_once("`\\]").expect("a closing bracket").0)
        .collect();
    let checks: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(documented, checks, "in the same order");
    let bullets = SOURCE[start..].lines().filter(|line| line.trim_start().starts_with("/// * ")).count();
    assert_eq!(bullets, checks.len(), "a sentence without a check");
}
