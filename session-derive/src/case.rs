//! The eight words of `rename_all`, with the meaning serde gives them for fields.

/// How field names become keys.
#[derive(Clone, Copy)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

/// The words, in serde's order.
pub(crate) const WORDS: [(&str, Case); 8] = [
    ("lowercase", Case::Lower),
    ("UPPERCASE", Case::Upper),
    ("PascalCase", Case::Pascal),
    ("camelCase", Case::Camel),
    ("snake_case", Case::Snake),
    ("SCREAMING_SNAKE_CASE", Case::ScreamingSnake),
    ("kebab-case", Case::Kebab),
    ("SCREAMING-KEBAB-CASE", Case::ScreamingKebab),
];

impl Case {
    /// The case that `word` names.
    pub(crate) fn of(word: &str) -> Option<Self> {
        WORDS.iter().find(|(name, _)| *name == word).map(|&(_, case)| case)
    }

    /// The key of a field; fields are taken to be in `snake_case`.
    pub(crate) fn apply(self, field: &str) -> String {
        match self {
            Self::Lower | Self::Snake => field.to_owned(),
            Self::Upper | Self::ScreamingSnake => field.to_ascii_uppercase(),
            Self::Pascal => joined(field),
            Self::Camel => {
                let pascal = joined(field);
                let mut chars = pascal.chars();
                chars
                    .next()
                    .map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + chars.as_str())
            }
            Self::Kebab => field.replace('_', "-"),
            Self::ScreamingKebab => field.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

/// Without underscores, the letter after each one a capital.
fn joined(field: &str) -> String {
    let mut key = String::with_capacity(field.len());
    let mut capital = true;
    for letter in field.chars() {
        if letter == '_' {
            capital = true;
        } else {
            key.push(if capital { letter.to_ascii_uppercase() } else { letter });
            capital = false;
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::WORDS;

    #[test]
    fn every_word_gives_what_serde_gives() {
        let of = |field: &str| WORDS.map(|(_, case)| case.apply(field));
        assert_eq!(
            of("last_visit"),
            [
                "last_visit",
                "LAST_VISIT",
                "LastVisit",
                "lastVisit",
                "last_visit",
                "LAST_VISIT",
                "last-visit",
                "LAST-VISIT"
            ]
        );
        assert_eq!(of("otp"), ["otp", "OTP", "Otp", "otp", "otp", "OTP", "otp", "OTP"]);
        assert_eq!(
            of("_a__b2_"),
            ["_a__b2_", "_A__B2_", "AB2", "aB2", "_a__b2_", "_A__B2_", "-a--b2-", "-A--B2-"]
        );
    }

    #[test]
    fn odd_names_do_not_panic() {
        for (_, case) in WORDS {
            case.apply("_");
            assert!(!case.apply("größe").is_empty());
            assert!(!case.apply("élan").is_empty());
        }
    }
}
