//! "Did you mean": the known word that is closest to an unknown one.

/// The candidate with the fewest edits, if it is close enough to be meant.
pub(crate) fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.chars().count().div_ceil(3);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|&(edits, _)| edits <= limit)
        .min_by_key(|&(edits, _)| edits)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean …?`, or the whole list where nothing is close.
pub(crate) fn hint(word: &str, known: &[&str], intro: &str) -> String {
    match closest(word, known.iter().copied()) {
        Some(close) => format!("; did you mean `{close}`?"),
        None => format!("; {intro} `{}`", known.join("`, `")),
    }
}

/// How many letters are inserted, deleted, replaced or swapped with their neighbour (optimal string alignment).
/// Upper and lower case count as equal.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.to_lowercase().chars().collect();
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let mut edits = (above[column] + usize::from(letter != other)).min(above[column + 1] + 1);
            edits = edits.min(line[column] + 1);
            if row > 0 && column > 0 && *letter == right[column - 1] && left[row - 1] == *other {
                edits = edits.min(before[column - 1] + 1);
            }
            line.push(edits);
        }
        before = std::mem::replace(&mut above, line);
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::{closest, distance};

    #[test]
    fn distances() {
        let cases = [
            ("ttl", "ttl", 0),
            ("tll", "ttl", 1),
            ("tlt", "ttl", 1),
            ("", "ttl", 3),
            ("ttl", "", 3),
            ("renam", "rename", 1),
            ("sensitve", "sensitive", 1),
            ("camelcase", "camelCase", 0),
            ("kitten", "sitting", 3),
        ];
        for (left, right, edits) in cases {
            assert_eq!(distance(left, right), edits, "{left} {right}");
            assert_eq!(distance(right, left), edits, "{right} {left}");
        }
    }

    #[test]
    fn only_what_is_close_is_suggested() {
        let words = ["rename", "accessor", "default", "ttl", "as", "on_conflict", "sensitive"];
        assert_eq!(closest("defualt", words), Some("default"));
        assert_eq!(closest("acessor", words), Some("accessor"));
        assert_eq!(closest("tl", words), Some("ttl"));
        assert_eq!(closest("flatten", words), None);
        assert_eq!(closest("", words), None);
    }
}
