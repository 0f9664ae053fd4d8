//! A part of a file that belongs to one struct, between two lines that mark it. The rest belongs to whoever wrote it.

/// What marks the part of a struct.
pub(super) struct Section<'a> {
    /// The struct's name.
    pub(super) name: &'a str,
}

/// Why a file cannot be taken apart.
#[derive(Debug, PartialEq)]
pub(super) struct Damaged(pub(super) String);

impl Section<'_> {
    fn begin(&self) -> String {
        format!("// <session-runtime {}>", self.name)
    }

    fn end(&self) -> String {
        format!("// </session-runtime {}>", self.name)
    }

    /// The section with its marks.
    pub(super) fn text(&self, body: &str) -> String {
        let name = self.name;
        let note = format!(
            "// Generated from the Rust struct `{name}`. To write it anew: SESSION_BLESS=1 cargo test"
        );
        format!("{}\n{note}\n{body}{}\n", self.begin(), self.end())
    }

    /// The file's text before the section, the section, and the text behind it.
    pub(super) fn find<'t>(&self, file: &'t str) -> Result<Option<[&'t str; 3]>, Damaged> {
        let mark = |mark: &str| -> Vec<(usize, usize, usize)> {
            let mut at = 0;
            let mut found = Vec::new();
            for (number, line) in file.split_inclusive('\n').enumerate() {
                if line.trim() == mark {
                    found.push((number + 1, at, at + line.len()));
                }
                at += line.len();
            }
            found
        };
        match (&mark(&self.begin())[..], &mark(&self.end())[..]) {
            ([], []) => Ok(None),
            ([(_, begin, _)], [(_, _, end)]) if begin < end => {
                Ok(Some([&file[..*begin], &file[*begin..*end], &file[*end..]]))
            }
            (begins, ends) => {
                let mut lines: Vec<usize> = begins.iter().chain(ends).map(|(line, ..)| *line).collect();
                lines.sort_unstable();
                let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
                let (begin, end, lines) = (self.begin(), self.end(), lines.join(", "));
                Err(Damaged(format!(
                    "expected one line `{begin}` and behind it one line `{end}` (see line {lines})"
                )))
            }
        }
    }

    /// The file with this section in it: in its old place, or at the end.
    pub(super) fn put(&self, file: &str, section: &str) -> Result<String, Damaged> {
        Ok(match self.find(file)? {
            Some([before, _, behind]) => format!("{before}{section}{behind}"),
            None if file.trim().is_empty() => section.to_owned(),
            None => format!("{}\n\n{section}", file.trim_end()),
        })
    }
}

/// Whether what stands outside of all sections makes the file a module, whose declarations are its own.
pub(super) fn is_module(file: &str) -> bool {
    file.lines().any(|line| line.starts_with("import ") || line.starts_with("export "))
}

#[cfg(test)]
mod tests {
    use super::{Section, is_module};

    #[test]
    fn what_is_outside_stays() {
        let shop = Section { name: "Shop" };
        let hand = "/// <reference types=\"astro/client\" />\n\n";
        let first = shop.put(hand, &shop.text("one\n")).unwrap();
        let file = format!("{first}\n// <session-runtime ShopTwo>\n// </session-runtime ShopTwo>\n// more");
        let second = shop.put(&file, &shop.text("two\nthree\n")).unwrap();
        assert_eq!(second, file.replace("one\n", "two\nthree\n"));
        assert_eq!(shop.find(&second).unwrap().unwrap()[1], shop.text("two\nthree\n"));
        assert_eq!(shop.put("", "x\n").unwrap(), "x\n");
    }

    #[test]
    fn marks_that_do_not_match_are_reported() {
        let shop = Section { name: "Shop" };
        for file in [
            "// <session-runtime Shop>\n",
            "// </session-runtime Shop>\n",
            "// </session-runtime Shop>\n// <session-runtime Shop>\n",
            "// <session-runtime Shop>\n// <session-runtime Shop>\n// </session-runtime Shop>\n",
        ] {
            assert!(shop.find(file).unwrap_err().0.contains("line 1"), "{file}");
            assert!(shop.put(file, "").is_err(), "{file}");
        }
    }

    #[test]
    fn modules() {
        assert!(is_module("// a\nimport { a } from './a';\n"));
        assert!(is_module("export {};\n"));
        assert!(!is_module("/// <reference types=\"astro/client\" />\n// import nothing\n"));
    }
}
