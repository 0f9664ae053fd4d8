//! The docs of what is generated.

use syn::ext::IdentExt;

use crate::model::Model;

/// The docs of the struct with the accessors.
pub(crate) fn overview(model: &Model<'_>) -> String {
    let mut text = format!("The keys of `{}`, one method each.\n", model.ident.unraw());
    if !model.keys.is_empty() {
        text.push_str("\n| method | key | type |\n|---|---|---|\n");
    }
    for key in &model.keys {
        let row =
            format!("| `{}` | `{}` | `{}` |\n", key.accessor, key.name, key.type_name.replace('|', "\\|"));
        text.push_str(&row);
    }
    text
}
