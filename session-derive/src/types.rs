//! Rules about the type of a key's values.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit::Visit;
use syn::{Lifetime, ParenthesizedGenericArguments, Type, TypeFnPtr, TypeReference};

use crate::model::Key;
use crate::report::Report;
use crate::tokens::type_name;

pub(crate) fn check(key: &Key<'_>, report: &mut Report) {
    sized(key, report);
    owned(key, report);
    for lifetime in elided(key.ty) {
        report.error(lifetime, "a key cannot hold borrowed data; write `'static`");
    }
}

/// Whether there is a reference in the type.
pub(crate) fn borrows(ty: &Type) -> bool {
    !references(ty).is_empty()
}

/// A value is read and handed out whole, so its size must be known.
fn sized(key: &Key<'_>, report: &mut Report) {
    let how = match plain(key.ty) {
        ty if owned_form(ty).is_none() => return,
        Type::TraitObject(_) => "the type itself, or an enum of those that it may be".to_owned(),
        Type::Slice(slice) => format!("`Vec<{}>`", type_name(&slice.elem)),
        _ => "`String`".to_owned(),
    };
    report.error(key.ty, format!("a key cannot hold values of unknown size; write {how}"));
}

/// For a type of unknown size one that can stand in its place, so that rustc has nothing to say about that.
pub(crate) fn owned_form(ty: &Type) -> Option<TokenStream> {
    match plain(ty) {
        Type::Path(path) if path.path.is_ident("str") => Some(quote!(::std::string::String)),
        Type::Slice(slice) => {
            let elem = &slice.elem;
            Some(quote!(::std::vec::Vec<#elem>))
        }
        Type::TraitObject(object) => Some(quote!(::std::boxed::Box<#object>)),
        _ => None,
    }
}

/// Without the marks that a macro puts around a type, and parentheses.
fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        _ => ty,
    }
}

/// A session outlives the request, so a key cannot hold a reference into it. Functions named by `as` may give
/// references to something that lives forever.
fn owned(key: &Key<'_>, report: &mut Report) {
    for reference in references(key.ty) {
        let forever = reference.lifetime.as_ref().is_some_and(|lifetime| lifetime.ident == "static");
        if key.convert.is_some() && forever {
            continue;
        }
        let owned = match &*reference.elem {
            Type::Slice(slice) => format!("Vec<{}>", type_name(&slice.elem)),
            other => match &*type_name(other) {
                "str" => "String".to_owned(),
                "Path" | "std::path::Path" => "PathBuf".to_owned(),
                name => name.to_owned(),
            },
        };
        report.error(reference, format!("a key cannot hold borrowed data; write `{owned}`"));
    }
}

/// The outermost references inside the type.
fn references(ty: &Type) -> Vec<&TypeReference> {
    struct Finder<'a>(Vec<&'a TypeReference>);

    impl<'a> Visit<'a> for Finder<'a> {
        fn visit_type_reference(&mut self, reference: &'a TypeReference) {
            self.0.push(reference);
        }
    }

    let mut finder = Finder(Vec::new());
    finder.visit_type(ty);
    finder.0
}

/// The lifetimes `'_` outside of references. In the arguments of a function they are another thing.
fn elided(ty: &Type) -> Vec<&Lifetime> {
    struct Finder<'a>(Vec<&'a Lifetime>);

    impl<'a> Visit<'a> for Finder<'a> {
        fn visit_lifetime(&mut self, lifetime: &'a Lifetime) {
            if lifetime.ident == "_" {
                self.0.push(lifetime);
            }
        }

        fn visit_type_reference(&mut self, _: &'a TypeReference) {}

        fn visit_type_fn_ptr(&mut self, _: &'a TypeFnPtr) {}

        fn visit_parenthesized_generic_arguments(&mut self, _: &'a ParenthesizedGenericArguments) {}
    }

    let mut finder = Finder(Vec::new());
    finder.visit_type(ty);
    finder.0
}
