//! The service's pages, in the frame that Astro's pages have too. `html!` escapes whatever is put between parentheses.

use maud::{DOCTYPE, Markup, html};
use session_runtime::{Error, Session};

use crate::catalogue::{self, Cents, Product};
use crate::routes::MOST;
use crate::session::ShopSession;

pub(crate) fn cart(session: &Session<ShopSession>) -> Result<Markup, Error> {
    let (cart, looked_at) = (session.cart().get()?, session.looked_at().get()?);
    let lines: Vec<_> =
        catalogue::products().iter().filter_map(|product| Some((product, *cart.get(&product.id)?))).collect();
    let others: Vec<_> =
        looked_at.iter().filter(|id| !cart.contains_key(*id)).filter_map(|id| catalogue::find(id)).collect();
    let content = html! {
        h1 { "Your cart" }
        @if lines.is_empty() {
            div.panel.empty {
                p { "Nothing in it yet." }
                p { a.button href="/" { "Choose a tea" } }
            }
        } @else {
            ul.cart { @for (product, quantity) in &lines { (line(product, *quantity)) } }
            div.total {
                p { "Total" }
                p { strong { (lines.iter().map(|(product, quantity)| product.cents.times(*quantity)).sum::<Cents>()) } }
            }
        }
        @if !others.is_empty() {
            p.muted {
                "You also looked at "
                @for (nth, product) in others.iter().enumerate() {
                    @if nth > 0 { ", " }
                    a href={ "/tea/" (product.id) } { (product.name) }
                }
                "."
            }
        }
    };
    layout("Your cart", session, &content)
}

fn line(product: &Product, quantity: u32) -> Markup {
    let field = format!("quantity-{}", product.id);
    html! {
        li {
            div.picture {
                svg viewBox="20 14 80 104" role="img" aria-label={ "A tin of " (product.name) } {
                    rect x="22" y="30" width="76" height="88" rx="7" fill=(product.tin) {}
                    rect x="20" y="14" width="80" height="22" rx="6" fill=(product.tin) {}
                    rect x="20" y="14" width="80" height="22" rx="6" fill="#000" fill-opacity=".22" {}
                    rect x="22" y="52" width="76" height="46" fill=(product.label) {}
                }
            }
            div.what {
                h2 { a href={ "/tea/" (product.id) } { (product.name) } }
                p.muted { (product.origin) }
            }
            form.inline method="post" action="/cart/change" {
                input type="hidden" name="product" value=(product.id);
                label.hidden for=(field) { "Tins of " (product.name) }
                input id=(field) type="number" name="quantity" value=(quantity) min="1" max=(MOST) required;
                button.quiet { "Update" span.hidden { " " (product.name) } }
            }
            strong.price { (product.cents.times(quantity)) }
            form.remove method="post" action="/cart/change" {
                input type="hidden" name="product" value=(product.id);
                input type="hidden" name="quantity" value="0";
                button.quiet { "Remove" span.hidden { " " (product.name) } }
            }
        }
    }
}

pub(crate) fn sign_in(session: &Session<ShopSession>) -> Result<Markup, Error> {
    let content = html! {
        h1 { "Sign in" }
        form.panel method="post" action="/sign-in" {
            label for="name" { "Your name" }
            input #name name="name" required maxlength="40" autocomplete="name" autofocus aria-describedby="name-help";
            p.muted #name-help { "Any name will do: this is a demonstration." }
            button { "Sign in" }
        }
    };
    layout("Sign in", session, &content)
}

pub(crate) fn not_found() -> Markup {
    message("This tea is not on our shelf", "The page you are looking for does not exist, or no longer does.")
}

/// The page for a session that could not be read or written.
pub(crate) fn sorry() -> Markup {
    message(
        "That did not work",
        "Your session was changed elsewhere, or cannot be reached. Please try again.",
    )
}

fn message(title: &str, text: &str) -> Markup {
    let content = html! {
        div.panel.empty {
            h1 { (title) }
            p { (text) }
            p { a.button href="/" { "Back to the teas" } }
        }
    };
    frame(title, None, &content)
}

fn layout(title: &str, session: &Session<ShopSession>, content: &Markup) -> Result<Markup, Error> {
    let (user, cart) = (session.user().get()?, session.cart().get()?);
    let in_cart: u32 = cart.values().sum();
    let navigation = html! {
        nav aria-label="Shop" {
            a href="/cart" { "Cart" span.badge.none[in_cart == 0] { (in_cart) } }
            @match user {
                Some(user) => {
                    span.user { (user.name) }
                    form method="post" action="/sign-out" { button.quiet { "Sign out" } }
                }
                None => a href="/sign-in" { "Sign in" },
            }
        }
    };
    Ok(frame(title, Some(&navigation), content))
}

/// The frame around every page; style and icon are served by Astro.
fn frame(title: &str, navigation: Option<&Markup>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Leaf & Kettle" }
                link rel="stylesheet" href="/style.css";
                link rel="icon" href="/icon.svg" type="image/svg+xml";
            }
            body {
                a.skip href="#content" { "Skip to content" }
                header.top { div.wrap {
                    a.brand href="/" { "Leaf " span { "&" } " Kettle" }
                    @if let Some(navigation) = navigation { (navigation) }
                } }
                main.wrap #content { (content) }
                footer.wrap { p {
                    "This page comes from " strong { "Rust" } ". The shelves come from " strong { "Astro" }
                    ". Both use one session."
                } }
            }
        }
    }
}
