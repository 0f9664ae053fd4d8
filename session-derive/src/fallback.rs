//! What is generated for a struct with mistakes: the mistakes, and everything that keeps rustc from adding to them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{GenericParam, parse_quote};

use crate::model::Model;
use crate::{expand, schema};

/// The errors, an implementation, and an accessor for every field: code that uses the session compiles as it will once
/// the mistakes are gone.
pub(crate) fn expand(model: &Model<'_>, errors: &syn::Error) -> TokenStream {
    let errors = errors.to_compile_error();
    let mut seen = Vec::new();
    let mut methods = Vec::new();
    for (at, key) in model.keys.iter().enumerate() {
        if seen.contains(&&key.accessor) {
            continue;
        }
        seen.push(&key.accessor);
        let signature = expand::signature(model, key);
        let body = match key.flawed || !model.generics.params.is_empty() {
            true => quote!(::core::unreachable!()),
            false => expand::body(model, at, key),
        };
        methods.push(quote!(#signature { #body }));
    }
    let accessors = expand::accessors(model, methods.into_iter());
    let data = session_data(model);
    quote!(#errors #accessors #data)
}

/// The traits for a struct that may have parameters. They want `'static`, so that is what all parameters get.
fn session_data(model: &Model<'_>) -> TokenStream {
    let ident = &model.ident;
    let mut generics = model.generics.clone();
    for param in &mut generics.params {
        match param {
            GenericParam::Lifetime(param) => param.bounds.push(parse_quote!('static)),
            GenericParam::Type(param) => param.bounds.push(parse_quote!('static)),
            GenericParam::Const(_) => {}
        }
    }
    let (params, args, bounds) = generics.split_for_impl();
    let (start, ty) = (quote!(impl #params), quote!(#ident #args #bounds));
    let data = expand::session_data(model, &start, &ty, &quote!());
    let schema = model.schema.as_ref().map(|asked| schema::session_schema(model, asked, [&start, &ty], &[]));
    quote!(#data #schema)
}
