//! The docs of what is generated.

use syn::Visibility;
use syn::ext::IdentExt;

use crate::model::{Key, Model};

/// The docs of the struct with the accessors. They list what those who see the struct may call.
pub(crate) fn overview(model: &Model<'_>) -> String {
    let mut text = format!("The keys of `{}`, one method each.\n", model.ident.unraw());
    let shown = |key: &&Key<'_>| !key.doc_hidden && reach(key.vis) >= reach(model.vis);
    let keys: Vec<&Key<'_>> = model.keys.iter().filter(shown).collect();
    if !keys.is_empty() {
        text.push_str("\n| method | key | type |\n|---|---|---|\n");
    }
    for key in keys {
        let cells = [&key.accessor.to_string(), &key.name, &key.type_name].map(|text| cell(text));
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}

/// The docs of an accessor whose field has none.
pub(crate) fn sentence(key: &Key<'_>) -> String {
    format!("Session key {}, a {}.", code(&key.name), code(&key.type_name))
}

/// How far a visibility reaches, for comparing. A path may name any module, so that all paths count as equal.
fn reach(vis: &Visibility) -> u8 {
    match vis {
        Visibility::Inherited => 0,
        Visibility::Restricted(vis) if vis.path.is_ident("self") => 0,
        Visibility::Restricted(vis) if vis.path.is_ident("crate") => 2,
        Visibility::Restricted(_) => 1,
        Visibility::Public(_) => 3,
    }
}

/// The text as code in a table, whose cells end at a bar even there.
fn cell(text: &str) -> String {
    code(text).replace('|', "\\|")
}

/// The text as code in Markdown: on one line, and between more backticks than it has itself.
fn code(text: &str) -> String {
    let text: String = text.chars().map(shown).collect();
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // One blank at each end is not shown, if there is one at both.
    let blank = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// The letter, or how it is written in a string where it would not be seen.
fn shown(letter: char) -> String {
    match letter.is_control() {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use syn::{DeriveInput, parse_quote};

    use super::{cell, code, overview};
    use crate::expand::signature;
    use crate::model::Model;
    use crate::report::Report;

    fn shop() -> DeriveInput {
        parse_quote! {
            #[session(prefix = "a|b`:")]
            pub struct Shop {
                pub cart: Result<u8, String>,
                #[doc(hidden)]
                pub hidden: u8,
                secret: u8,
                pub(crate) inner: u8,
                #[doc = concat!("not ", "a literal")]
                pub computed: u8,
                /// Words.
                pub words: u8,
                ///
                pub blank: u8,
            }
        }
    }

    #[test]
    fn the_table_lists_what_can_be_called() {
        let rows = |input: &DeriveInput| -> Vec<String> {
            let text = overview(&Model::parse(input, &mut Report::default()));
            text.lines().skip(4).map(str::to_owned).collect()
        };
        let methods = |rows: Vec<String>| -> Vec<String> {
            rows.iter().filter_map(|row| Some(row.split('`').nth(1)?.to_owned())).collect()
        };
        let mut input = shop();
        assert_eq!(rows(&input)[0], r"| `cart` | ``a\|b`:cart`` | `Result<u8, String>` |");
        assert_eq!(methods(rows(&input)), ["cart", "computed", "words", "blank"]);
        input.vis = parse_quote!(pub(crate));
        assert_eq!(methods(rows(&input)), ["cart", "inner", "computed", "words", "blank"]);
    }

    #[test]
    fn only_a_field_without_docs_gets_a_sentence() {
        let input = shop();
        let model = Model::parse(&input, &mut Report::default());
        let described =
            model.keys.iter().filter(|key| signature(&model, key).to_string().contains("Session key"));
        let names: Vec<String> = described.map(|key| key.field.to_string()).collect();
        assert_eq!(names, ["cart", "hidden", "secret", "inner", "blank"]);
    }

    #[test]
    fn code_is_what_the_text_is() {
        let cases = [
            ("cart", "`cart`"),
            ("a`b", "``a`b``"),
            ("a``b`", "``` a``b` ```"),
            ("a\nb\u{7}", r"`a\nb\u{7}`"),
            (" a ", "`  a  `"),
            ("a|b", "`a|b`"),
        ];
        for (text, expected) in cases {
            assert_eq!(code(text), expected);
        }
        assert_eq!(cell("a|b`"), r"`` a\|b` ``");
    }
}
