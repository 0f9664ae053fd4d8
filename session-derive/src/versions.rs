//! `version` and `migrate`: which version a key's values have, and the functions that lead there from older ones.

use proc_macro2::{Ident, TokenStream};
use syn::parse::{Parse, ParseStream};
use syn::{LitInt, LitStr, Token};

use crate::attr::path;
use crate::items::pieces;
use crate::report::Report;

/// The versions of one key's values.
#[derive(Default)]
pub(crate) struct Versions {
    /// Today's version, and where it stands; 1 unless the attribute says otherwise.
    pub(crate) current: Option<(u32, LitInt)>,
    /// As they are written.
    pub(crate) migrations: Vec<Migration>,
}

/// One `1 = "path"`: the function that makes a value of version 2 out of one of version 1.
pub(crate) struct Migration {
    pub(crate) from: u32,
    pub(crate) number: LitInt,
    pub(crate) path: TokenStream,
}

impl Versions {
    pub(crate) fn parse(
        version: Option<LitInt>,
        migrate: Option<(Ident, TokenStream)>,
        report: &mut Report,
    ) -> Self {
        let current = version.and_then(|number| Some((counted(&number, report)?, number)));
        let Some((word, list)) = migrate else {
            return Self { current, ..Self::default() };
        };
        if list.is_empty() {
            report.error(word, "an empty list; write for example `migrate(1 = \"cart_v1_to_v2\")`");
        }
        let mut migrations = Vec::new();
        for piece in pieces(list) {
            match syn::parse2::<Pair>(piece) {
                Ok(pair) => migrations.extend(pair.migration(report)),
                Err(error) => report.push(error),
            }
        }
        Self { current, migrations }
    }

    /// The same versions, the functions' paths in other words.
    pub(crate) fn respelt(mut self, respell: impl Fn(TokenStream) -> TokenStream) -> Self {
        for migration in &mut self.migrations {
            migration.path = respell(std::mem::take(&mut migration.path));
        }
        self
    }

    /// The version that is written.
    pub(crate) fn newest(&self) -> u32 {
        self.current.as_ref().map_or(1, |(version, _)| *version)
    }
}

struct Pair {
    number: LitInt,
    path: LitStr,
}

impl Parse for Pair {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let wanted = "expected a version and the function that migrates from it: `1 = \"cart_v1_to_v2\"`";
        let pair = |input: ParseStream<'_>| {
            let number = input.parse()?;
            input.parse::<Token![=]>()?;
            Ok(Self { number, path: input.parse()? })
        };
        let pair = pair(input).map_err(|error: syn::Error| syn::Error::new(error.span(), wanted))?;
        match input.is_empty() {
            true => Ok(pair),
            false => Err(input.error("expected `,`")),
        }
    }
}

impl Pair {
    fn migration(self, report: &mut Report) -> Option<Migration> {
        let wanted = "expected the path of a function, for example `1 = \"cart_v1_to_v2\"`";
        let from = counted(&self.number, report);
        let path = path(&self.path, wanted, report);
        Some(Migration { from: from?, number: self.number, path: path? })
    }
}

fn counted(number: &LitInt, report: &mut Report) -> Option<u32> {
    let version = number.base10_parse().ok().filter(|version| *version > 0 && number.suffix().is_empty());
    if version.is_none() {
        report.error(number, "versions are counted from 1: write a whole number such as `2`");
    }
    version
}
