//! Collects mistakes, so that all of them are shown at once.

use std::fmt::Display;

use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Report {
    errors: Option<syn::Error>,
    count: usize,
}

impl Report {
    /// Adds a mistake at these tokens.
    pub(crate) fn error(&mut self, at: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(at, message));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        self.count += 1;
        match &mut self.errors {
            Some(errors) => errors.combine(error),
            None => self.errors = Some(error),
        }
    }

    /// How many mistakes there are: a higher number than before says that the last step found one.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn finish(self) -> Option<syn::Error> {
        self.errors
    }
}
