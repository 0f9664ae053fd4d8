//! Rules about the finished model: those that need more than one attribute or field.

use syn::GenericParam;
use syn::ext::IdentExt;

use crate::model::{Key, Model, Schema};
use crate::report::Report;
use crate::types;
use crate::versions::Migration;

/// Methods that every session has: a key of such a name would hide them.
const METHODS: [&str; 18] = [
    "id",
    "regenerate",
    "destroy",
    "load",
    "save",
    "discard",
    "remember_for",
    "view",
    "untyped",
    "detach",
    "clone",
    "borrow",
    "borrow_mut",
    "type_id",
    "to_owned",
    "into",
    "try_into",
    "deref",
];

/// Keys that cannot be stored.
const RESERVED: [(&str, &str); 2] = [
    ("__proto__", "JavaScript gives it a meaning of its own"),
    ("$session", "the library keeps its own notes there"),
];

/// Checks the model and marks the keys that have a mistake.
pub(crate) fn check(model: &mut Model<'_>, report: &mut Report) {
    for at in 0..model.keys.len() {
        let before = report.count();
        let (earlier, rest) = model.keys.split_at(at);
        if let Some(key) = rest.first() {
            name(key, earlier, report);
            accessor(key, earlier, report);
            types::check(key, report);
            if !key.flawed {
                versions(key, report);
            }
        }
        let key = &mut model.keys[at];
        key.flawed |= report.count() > before;
        key.value = types::owned_form(key.ty).unwrap_or(std::mem::take(&mut key.value));
    }
    generics(model, report);
    files(model, report);
    if let Some(packed) = model.packed {
        let message =
            "a session struct is never built; leave out `packed`, which forbids references to its fields";
        report.push(syn::Error::new(packed, message));
    }
}

/// The files of a schema: written below the crate, each by one attribute.
fn files(model: &Model<'_>, report: &mut Report) {
    let Some(Schema { typescript, lock, .. }) = &model.schema else { return };
    let kinds =
        [("typescript", typescript, ".ts", "web/src/env.d.ts"), ("lock", lock, ".json", "session.lock.json")];
    for (name, path, ending, example) in kinds {
        let Some(path) = path else { continue };
        let text = path.value();
        let how = format!("write for example `{name} = \"{example}\"`");
        if text.starts_with('/') || text.contains('\\') || text.get(1..2) == Some(":") {
            report
                .error(path, format!("the path is relative to the crate, with `/` between its parts; {how}"));
        } else if !text.ends_with(ending) || text.rsplit('/').next() == Some(ending) {
            report.error(path, format!("expected the path of a file that ends in `{ending}`; {how}"));
        }
    }
}

fn name(key: &Key<'_>, earlier: &[Key<'_>], report: &mut Report) {
    let name = &*key.name;
    let mut wrong = |message: String| report.push(syn::Error::new(key.name_span, message));
    if name.is_empty() {
        wrong("an empty key".to_owned());
    } else if let Some((_, reason)) = RESERVED.iter().find(|(reserved, _)| *reserved == name) {
        wrong(format!("`{name}` cannot be a key: {reason}"));
    } else if let Some(first) = earlier.iter().find(|other| other.name == name) {
        let first = first.field.unraw();
        wrong(format!("the key `{name}` is already that of field `{first}`; a key belongs to one field"));
    }
}

fn accessor(key: &Key<'_>, earlier: &[Key<'_>], report: &mut Report) {
    let accessor = key.accessor.unraw();
    if METHODS.iter().any(|method| accessor == method) {
        let message =
            format!("every session has a method `{accessor}`; choose another name for this key's accessor");
        let how = format!(": `#[session(accessor = \"…\")]` (the key stays `{}`)", key.name);
        report.error(&key.accessor, message + &how);
    } else if let Some(first) = earlier.iter().find(|other| other.accessor.unraw() == accessor) {
        let first = first.field.unraw();
        report.error(&key.accessor, format!("field `{first}` already has an accessor `{accessor}`"));
    }
}

/// Every version below the newest has its migration, once: a chain without gaps. Where values that cannot be read count
/// as absent, the chain may begin later, and what is older is one of them.
fn versions(key: &Key<'_>, report: &mut Report) {
    let versions = &key.versions;
    let newest = versions.newest();
    let before = report.count();
    let mut known: Vec<u32> = Vec::new();
    for Migration { from, number, .. } in &versions.migrations {
        if known.contains(from) {
            report.error(number, format!("there are two migrations from version {from}"));
        } else if *from >= newest {
            let how = match newest {
                1 => format!("give the key a newer version: `version = {}`", from.saturating_add(1)),
                _ => "a migration begins at an older one".to_owned(),
            };
            report.error(number, format!("version {from} is not older than the key's own, {newest}; {how}"));
        }
        known.push(*from);
    }
    if report.count() > before {
        return;
    }
    let first = match key.absent_on_mismatch {
        true => known.iter().copied().min().unwrap_or(newest),
        false => 1,
    };
    if let Some(missing) = (first..newest).find(|version| !known.contains(version)) {
        let next = missing + 1;
        let example = format!("{missing} = \"{}_v{missing}_to_v{next}\"", key.field.unraw());
        let way_out = match versions.migrations.is_empty() {
            true => format!("write `migrate({example})`"),
            false => format!("add `{example}` to `migrate`"),
        };
        let drop = match missing {
            1 => ", or drop what is stored as version 1: `on_mismatch = \"absent\"`",
            _ => "",
        };
        let message = format!("there is no migration from version {missing} to {next}; {way_out}{drop}");
        let later = versions.migrations.iter().find(|migration| migration.from > missing);
        match (&versions.current, later) {
            (_, Some(later)) => report.error(&later.number, message),
            (Some((_, number)), None) => report.error(number, message),
            (None, None) => {}
        }
    }
}

/// Lifetimes are reported where they are used, if that is a reference.
fn generics(model: &Model<'_>, report: &mut Report) {
    let borrowed = model.keys.iter().any(|key| types::borrows(key.ty));
    for param in &model.generics.params {
        match param {
            GenericParam::Lifetime(_) if borrowed => {}
            GenericParam::Lifetime(param) => {
                report
                    .error(&param.lifetime, "a session struct cannot borrow; use types that own their data");
            }
            GenericParam::Type(param) => report.error(&param.ident, generic("type")),
            GenericParam::Const(param) => report.error(&param.ident, generic("const")),
        }
    }
}

fn generic(kind: &str) -> String {
    format!("a session struct cannot have {kind} parameters; write the type into the field")
}
