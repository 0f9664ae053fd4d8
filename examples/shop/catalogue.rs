//! The goods. A real shop would ask its database.

use std::fmt;

use crate::session::Cart;

/// One kind of tea.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) origin: &'static str,
    pub(crate) text: &'static str,
    pub(crate) brewing: &'static str,
    pub(crate) price: Cents,
    /// The tin's colour and its label's, for the drawing.
    pub(crate) colours: (&'static str, &'static str),
}

/// An amount of money. Whole cents, because fractions of a binary number lose money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cents(pub(crate) u32);

impl Cents {
    fn times(self, quantity: u32) -> Self {
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

/// A cart's line as a page shows it.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) product: &'static Product,
    pub(crate) quantity: u32,
    pub(crate) price: Cents,
}

/// The product of this id, if it is still sold.
pub(crate) fn find(id: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.id == id)
}

/// The cart in the catalogue's order, at today's prices. What is no longer sold is left out.
pub(crate) fn lines(cart: &Cart) -> Vec<Line> {
    let line = |product: &'static Product| {
        let quantity = *cart.get(product.id)?;
        Some(Line { product, quantity, price: product.price.times(quantity) })
    };
    PRODUCTS.iter().filter_map(line).collect()
}

pub(crate) const PRODUCTS: &[Product] = &[
    Product {
        id: "assam",
        name: "Assam Mangalam",
        origin: "Brahmaputra valley, India",
        text: "Malty and strong, with golden tips. The one for milk and for early mornings.",
        brewing: "95 °C, four minutes",
        price: Cents(890),
        colours: ("#8f3b2c", "#f3ddc2"),
    },
    Product {
        id: "sencha",
        name: "Sencha Uji",
        origin: "Kyoto, Japan",
        text: "Steamed, rolled to needles, bright green in the cup. Fresh grass and a little sea.",
        brewing: "70 °C, ninety seconds",
        price: Cents(1450),
        colours: ("#3f6f4a", "#e8efcf"),
    },
    Product {
        id: "darjeeling",
        name: "Darjeeling First Flush",
        origin: "Margaret’s Hope, India",
        text: "Picked in March after the winter’s rest. Light, flowery, gone by June.",
        brewing: "90 °C, three minutes",
        price: Cents(1690),
        colours: ("#c08a2b", "#fbf0d3"),
    },
    Product {
        id: "earl-grey",
        name: "Earl Grey",
        origin: "Ceylon and Calabria",
        text: "Black tea with the oil of real bergamot, and nothing blue in it.",
        brewing: "95 °C, three minutes",
        price: Cents(940),
        colours: ("#3d5573", "#e6ebf2"),
    },
    Product {
        id: "tieguanyin",
        name: "Tie Guan Yin",
        origin: "Anxi, China",
        text: "A green oolong, rolled to pearls that open over six infusions. Orchid and cream.",
        brewing: "90 °C, one minute, many times",
        price: Cents(1820),
        colours: ("#2f6d70", "#dcefe9"),
    },
    Product {
        id: "rooibos",
        name: "Rooibos",
        origin: "Cederberg, South Africa",
        text: "Red, round and sweet without sugar. No caffeine, so also at midnight.",
        brewing: "100 °C, as long as you like",
        price: Cents(620),
        colours: ("#b4532a", "#fbe3d0"),
    },
];
