//! From the model to code. Generated code is calls; what they do is in the runtime.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::attr::Default;
use crate::model::{Key, Model};
use crate::versions::Migration;
use crate::{docs, schema, tokens};

/// Everything the derive generates for a struct without mistakes.
pub(crate) fn expand(model: &Model<'_>) -> TokenStream {
    let ident = &model.ident;
    let methods = model.keys.iter().enumerate().map(|(at, key)| {
        let signature = signature(model, key);
        let body = body(model, at, key);
        quote!(#signature { #body })
    });
    let accessors = accessors(model, methods);
    let data = session_data(model, &quote!(impl), &quote!(#ident), &read_all(model));
    let fields = fields(model);
    let schema = model.schema.as_ref().map(|asked| {
        let keys = model.keys.iter().enumerate().map(|(at, key)| schema::key_schema(model, at, key));
        let keys: Vec<TokenStream> = keys.collect();
        let data = schema::session_schema(model, asked, [&quote!(impl), &quote!(#ident)], &keys);
        let test = schema::schema_test(model, asked);
        quote!(#data #test)
    });
    quote!(#accessors #data #fields #schema)
}

/// The struct with one method per key.
pub(crate) fn accessors(model: &Model<'_>, methods: impl Iterator<Item = TokenStream>) -> TokenStream {
    let Model { vis, accessors, krate, allowed, .. } = model;
    let docs = docs::overview(model);
    let formatter = own("formatter");
    quote! {
        #[doc = #docs]
        #(#allowed)*
        #vis struct #accessors {
            handle: #krate::Handle,
        }

        #[automatically_derived]
        #(#allowed)*
        impl #accessors {
            #(#methods)*
        }

        #[automatically_derived]
        impl ::core::ops::Deref for #accessors {
            type Target = #krate::Handle;

            #[inline]
            fn deref(&self) -> &Self::Target {
                &self.handle
            }
        }

        #[automatically_derived]
        impl ::core::clone::Clone for #accessors {
            #[inline]
            fn clone(&self) -> Self {
                Self { handle: ::core::clone::Clone::clone(&self.handle) }
            }
        }

        #[automatically_derived]
        impl ::core::fmt::Debug for #accessors {
            fn fmt(&self, #formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.handle, #formatter)
            }
        }
    }
}

/// The trait; `start` and `ty` are the `impl` with its generics and the type.
pub(crate) fn session_data(
    model: &Model<'_>,
    start: &TokenStream,
    ty: &TokenStream,
    read_all: &TokenStream,
) -> TokenStream {
    let Model { accessors, krate, allowed, .. } = model;
    let handle = own("handle");
    let keys = model.keys.iter().map(|key| info(model, key));
    let forms = model.schema.as_ref().map(|asked| schema::stored_forms(model, asked));
    quote! {
        #[automatically_derived]
        #(#allowed)*
        #start #krate::SessionData for #ty {
            type Accessors = #accessors;

            const KEYS: &'static [#krate::KeyInfo] = &[#(#keys),*];

            #[inline]
            fn accessors(#handle: #krate::Handle) -> Self::Accessors {
                #accessors { handle: #handle }
            }

            #read_all
            #forms
        }
    }
}

/// The method that reads every key.
fn read_all(model: &Model<'_>) -> TokenStream {
    let krate = &model.krate;
    let (all, tell) = (own("accessors"), own("tell"));
    let reads = model.keys.iter().map(|key| {
        // A deprecated accessor may be called there.
        let accessor = tokens::generated(&key.accessor);
        quote!(#krate::__private::read(&#all.#accessor(), #tell);)
    });
    quote! {
        fn read_all(
            #all: &Self::Accessors,
            #tell: &mut dyn ::core::ops::FnMut(
                &'static #krate::KeyInfo,
                ::core::result::Result<bool, #krate::Error>,
            ),
        ) {
            let _ = (#all, &#tell);
            #(#reads)*
        }
    }
}

/// An accessor without its body.
pub(crate) fn signature(model: &Model<'_>, key: &Key<'_>) -> TokenStream {
    let krate = &model.krate;
    let Key { vis, value, carried, allowed, .. } = key;
    let accessor = tokens::generated(&key.accessor);
    let docs = (!key.documented).then(|| {
        let text = docs::sentence(key);
        quote!(#[doc = #text])
    });
    let mode = match key.defaulted {
        true => quote!(Defaulted),
        false => quote!(Required),
    };
    let (generics, _, bounds) = model.generics.split_for_impl();
    quote! {
        #docs
        #(#carried)*
        #(#allowed)*
        #[inline]
        #vis fn #accessor #generics (&self) -> #krate::Entry<'_, #value, #krate::#mode> #bounds
    }
}

pub(crate) fn body(model: &Model<'_>, at: usize, key: &Key<'_>) -> TokenStream {
    let krate = &model.krate;
    let info = row(model, at);
    let codec = migrating(krate, key, codec(model, key));
    match fallback(key) {
        None => quote!(#krate::__private::required(&self.handle, #info, #codec)),
        Some(default) => quote!(#krate::__private::defaulted(&self.handle, #info, #codec, #default)),
    }
}

/// A variable of generated code. A function of the user's with its name is another thing, thanks to its place; a constant
/// or a unit struct would not be, as patterns look for these too, hence the underscores.
pub(crate) fn own(name: &str) -> Ident {
    own_at(name, Span::call_site())
}

/// Such a variable; what rustc has to say about it is said at `place`.
fn own_at(name: &str, place: Span) -> Ident {
    format_ident!("__{name}", span = Span::mixed_site().located_at(place))
}

/// A key's place in the table of keys.
pub(crate) fn row(model: &Model<'_>, at: usize) -> TokenStream {
    let Model { ident, krate, .. } = model;
    let at = Literal::usize_unsuffixed(at);
    quote!(&<#ident as #krate::SessionData>::KEYS[#at])
}

/// How the key's values are written and read.
pub(crate) fn codec(model: &Model<'_>, key: &Key<'_>) -> TokenStream {
    let krate = &model.krate;
    let value = &key.value;
    match &key.convert {
        None => {
            let serde = Ident::new("serde", span_of_last(value));
            let span = span_of(value);
            quote_spanned!(span=> <#krate::__private::Codec<#value>>::#serde())
        }
        Some(path) => {
            // What rustc has to say about the functions is said at their path.
            let here = |name| own_at(name, path.span());
            let (content, output, input) = (here("value"), here("output"), here("input"));
            quote_spanned! {span_of(path)=>
                #krate::__private::Codec::<#value>::new(
                    |#content, #output| #path::serialize(#content, #output),
                    |#input| #path::deserialize(#input),
                )
            }
        }
    }
}

/// The function that makes the key's default.
pub(crate) fn fallback(key: &Key<'_>) -> Option<TokenStream> {
    let value = &key.value;
    let span = span_of(value);
    key.default.as_ref().map(|default| match default {
        Default::Trait => quote_spanned!(span=> <#value as ::core::default::Default>::default),
        Default::Path(path) => quote!(#path),
    })
}

/// What rustc has to say about a type is said at the type.
pub(crate) fn span_of(value: &TokenStream) -> Span {
    Span::call_site().located_at(value.span())
}

/// The codec with what makes today's values out of older ones, oldest first.
fn migrating(krate: &Path, key: &Key<'_>, codec: TokenStream) -> TokenStream {
    let mut migrations: Vec<_> = key.versions.migrations.iter().collect();
    if migrations.is_empty() {
        return codec;
    }
    migrations.sort_by_key(|migration| migration.from);
    let value = &key.value;
    let last = migrations.len() - 1;
    let steps = migrations.iter().enumerate().map(|(at, Migration { from, path, .. })| {
        // What rustc has to say about a function is said at its path.
        let span = Span::call_site().located_at(path.span());
        let serde = Ident::new("serde", span);
        let reader = quote_spanned!(span=> <#krate::__private::Reader<_>>::#serde());
        let step = Ident::new(if at == last { "last" } else { "step" }, span);
        let from = Literal::u32_unsuffixed(*from);
        quote!(.#step(#from, #reader, #path))
    });
    let (version, input) = (own("version"), own("input"));
    quote! {
        #codec.migrating(
            |#version, #input| #krate::__private::older::<#value, _>(#version, #input) #(#steps)*
        )
    }
}

/// Where the type ends, so that an error about the codec covers all of it.
pub(crate) fn span_of_last(value: &TokenStream) -> Span {
    let last = value.clone().into_iter().last();
    Span::call_site().located_at(last.map_or(value.span(), |token| token.span()))
}

/// The key's row in the table of keys.
fn info(model: &Model<'_>, key: &Key<'_>) -> TokenStream {
    let krate = &model.krate;
    let (name, accessor, type_name) = (&key.name, key.accessor.unraw().to_string(), &key.type_name);
    let docs = (!key.docs.is_empty()).then_some(&key.docs).into_iter();
    let ttl = key.ttl.iter().map(|ttl| {
        let millis = Literal::u128_unsuffixed(ttl.as_millis());
        quote!(.expiring(::core::time::Duration::from_millis(#millis)))
    });
    let defaulted = key.default.is_some().then(|| quote!(.defaulted()));
    let hidden = key.sensitive.then(|| quote!(.hidden()));
    let interrupting = key.interrupt.then(|| quote!(.interrupting()));
    let tolerant = key.absent_on_mismatch.then(|| quote!(.absent_on_mismatch()));
    let functions = key.convert.iter().map(|path| {
        let path = tokens::text(path.clone());
        quote!(.stored_as(#path))
    });
    let versioned = key.versions.current.iter().map(|(version, _)| {
        let version = Literal::u32_unsuffixed(*version);
        quote!(.versioned(#version))
    });
    let value = &key.value;
    let typed = (!key.flawed && model.generics.params.is_empty()).then(|| quote!(.of::<#value>()));
    let allowed = &key.allowed;
    quote! {
        #(#allowed)*
        #krate::KeyInfo::new(#name, #accessor, #type_name)
            #typed #(.documented(#docs))* #defaulted #(#ttl)* #hidden #interrupting #(#versioned)* #tolerant
            #(#functions)*
    }
}

/// A read of every field: the struct is never built, and rustc would say that its fields are never used.
fn fields(model: &Model<'_>) -> TokenStream {
    let ident = &model.ident;
    let declaration = own("declaration");
    let fields = model.keys.iter().enumerate().map(|(at, key)| {
        let (field, unused) = (key.field, own(&format!("field_{at}")));
        quote!(#field: #unused)
    });
    quote! {
        const _: fn(&#ident) = |#declaration| {
            let #ident { #(#fields),* } = #declaration;
        };
    }
}
