//! Markdown tables.

/// A table with a head; each row has its name first.
#[must_use]
pub fn markdown(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let rule = format!("|{}\n", "---|".repeat(head.len()));
    let rows: String = rows.into_iter().map(|row| line(&row)).collect();
    line(&head) + &rule + &rows
}

/// Beside a figure that has a mark: whether it stands there.
#[must_use]
pub fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "**missed**" }
}
