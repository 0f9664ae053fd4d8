//! The goods, read from the file that Astro reads too.

use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(crate) struct Product {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) origin: String,
    pub(crate) cents: Cents,
    /// The colour of the tin and that of its label, for the drawing.
    pub(crate) tin: String,
    pub(crate) label: String,
}

/// An amount of money. Whole cents, because fractions of a binary number lose money.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Cents(u32);

impl Cents {
    pub(crate) fn times(self, quantity: u32) -> Self {
        Self(self.0.saturating_mul(quantity))
    }
}

impl std::iter::Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.fold(0, |total, amount| total.saturating_add(amount.0)))
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "€{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

static PRODUCTS: LazyLock<Vec<Product>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../catalogue.json")).expect("catalogue.json is a list of products")
});

pub(crate) fn products() -> &'static [Product] {
    &PRODUCTS
}

/// The product of this id, if it is still sold.
pub(crate) fn find(id: &str) -> Option<&'static Product> {
    products().iter().find(|product| product.id == id)
}
