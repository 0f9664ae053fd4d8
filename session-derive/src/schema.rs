//! What a struct that asks for a schema gets besides: the trait that describes its keys, and the test of its files.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::expand::{codec, fallback, own, row, span_of, span_of_last};
use crate::model::{Key, Model, Schema};

/// The trait for a struct that asks for a schema; `start` and `ty` are the `impl` with its generics and the type.
pub(crate) fn session_schema(
    model: &Model<'_>,
    schema: &Schema,
    [start, ty]: [&TokenStream; 2],
    keys: &[TokenStream],
) -> TokenStream {
    let Model { ident, krate, docs, allowed, .. } = model;
    let name = ident.unraw().to_string();
    let all = own("keys");
    // That the feature is missing is said at the attribute.
    let module = Ident::new("schema", Span::call_site().located_at(schema.span));
    quote! {
        #[automatically_derived]
        #(#allowed)*
        #start #krate::#module::SessionSchema for #ty {
            const NAME: &'static str = #name;
            const DOCS: &'static str = #docs;

            fn keys(#all: &mut #krate::schema::Keys) {
                let _ = #all;
                #(#keys)*
            }
        }
    }
}

/// Tells the schema of one key.
pub(crate) fn key_schema(model: &Model<'_>, at: usize, key: &Key<'_>) -> TokenStream {
    let (value, info, keys) = (&key.value, row(model, at), own("keys"));
    let add = match &key.convert {
        None => {
            let add = Ident::new("own", span_of_last(value));
            quote_spanned!(span_of(value)=> #keys.#add::<#value>(#info);)
        }
        Some(path) => {
            let schema = Ident::new("schema", Span::call_site().located_at(path.span()));
            let generator = own("generator");
            quote!(#keys.add::<#value>(#info, |#generator| #path::#schema(#generator));)
        }
    };
    let allowed = &key.allowed;
    let default = fallback(key).map(|default| {
        let codec = codec(model, key);
        quote!(#(#allowed)* #keys.default::<#value>(#codec, #default);)
    });
    quote!(#(#allowed)* #add #default)
}

/// A test function of the module: inside a function it would never run. There `self` is the module around the function, and
/// the name that says so is not in it.
pub(crate) fn schema_test(model: &Model<'_>, schema: &Schema) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let test = format_ident!("{}_schema", ident.unraw());
    let span = Span::call_site().located_at(ident.span());
    let place = format_ident!(
        "{}_must_stand_in_a_module_because_its_schema_test_never_runs_in_a_function",
        ident.unraw(),
        span = span
    );
    let of = own("of");
    let typescript = schema.typescript.iter();
    let lock = schema.lock.iter();
    quote! {
        #[doc(hidden)]
        type #place = #ident;

        const _: fn(&#ident) -> &self::#place = |#of| #of;

        #[cfg(test)]
        #[::core::prelude::v1::test]
        fn #test() -> ::core::result::Result<(), #krate::schema::Outdated> {
            #krate::schema::Files::of_crate(::core::env!("CARGO_MANIFEST_DIR"))
                #(.typescript(#typescript))* #(.lock(#lock))*
                .check::<#ident>()
        }
    }
}

/// The method that tells the stored form of every key, for a struct with a schema.
pub(crate) fn stored_forms(model: &Model<'_>, schema: &Schema) -> TokenStream {
    let krate = &model.krate;
    let module = Ident::new("schema", Span::call_site().located_at(schema.span));
    quote! {
        fn stored_forms() -> #krate::__private::Forms {
            #krate::__private::Forms::Some(#krate::#module::stored_forms::<Self>())
        }
    }
}
