//! The shop's pages. `html!` escapes whatever is put between parentheses.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use crate::catalogue::{Line, PRODUCTS, Product};
use crate::routes::MOST;
use crate::session::{Flash, PendingSignIn, User};

/// What every page shows of the visitor's session.
pub(crate) struct Visitor {
    pub(crate) user: Option<User>,
    pub(crate) in_cart: u32,
    pub(crate) flash: Option<Flash>,
}

pub(crate) fn front(visitor: &Visitor, last_visit: Option<Timestamp>) -> Markup {
    let content = html! {
        header.lead {
            h1 { "Six teas. All of them good." }
            p {
                @match &visitor.user {
                    Some(user) => { "Good to see you, " (user.name) "." }
                    None => { "Loose leaf in small tins, 100 g each." }
                }
                @if let Some(at) = last_visit {
                    " You were last here on " (time(at)) "."
                }
            }
        }
        ul.shelf {
            @for product in PRODUCTS {
                li.card {
                    a.picture href={ "/tea/" (product.id) } tabindex="-1" aria-hidden="true" { (tin(product)) }
                    h2 { a href={ "/tea/" (product.id) } { (product.name) } }
                    p.muted { (product.origin) }
                    div.buy {
                        strong { (product.price) }
                        form method="post" action="/cart/add" {
                            input type="hidden" name="product" value=(product.id);
                            input type="hidden" name="quantity" value="1";
                            button { "Add" span.hidden { " " (product.name) } " to cart" }
                        }
                    }
                }
            }
        }
    };
    layout("Leaf & Kettle", Some(visitor), &content)
}

pub(crate) fn product(visitor: &Visitor, product: &Product) -> Markup {
    let content = html! {
        p.back { a href="/" { "← All teas" } }
        article.product {
            div.picture { (tin(product)) }
            div {
                h1 { (product.name) }
                p.muted { (product.origin) }
                p.text { (product.text) }
                dl {
                    dt { "Brewing" } dd { (product.brewing) }
                    dt { "Tin" } dd { "100 g" }
                    dt { "Price" } dd { strong { (product.price) } }
                }
                form.inline method="post" action="/cart/add" {
                    input type="hidden" name="product" value=(product.id);
                    label for="quantity" { "Tins" }
                    (quantity_field("quantity", 1))
                    button { "Add to cart" }
                }
            }
        }
    };
    layout(product.name, Some(visitor), &content)
}

pub(crate) fn cart(visitor: &Visitor, lines: &[Line]) -> Markup {
    let content = html! {
        h1 { "Your cart" }
        @if lines.is_empty() {
            div.panel.empty {
                p { "Nothing in it yet." }
                p { a.button href="/" { "Choose a tea" } }
            }
        } @else {
            ul.cart { @for line in lines { (cart_line(line)) } }
            div.total {
                p { "Total" }
                p { strong { (lines.iter().map(|line| line.price).sum::<crate::catalogue::Cents>()) } }
            }
            p.muted { "This is where the demonstration ends: there is no checkout, and no tea." }
        }
    };
    layout("Your cart", Some(visitor), &content)
}

fn cart_line(line: &Line) -> Markup {
    let Line { product, quantity, price } = line;
    let field = format!("quantity-{}", product.id);
    html! {
        li {
            a.picture href={ "/tea/" (product.id) } tabindex="-1" aria-hidden="true" { (tin(product)) }
            div.what {
                h2 { a href={ "/tea/" (product.id) } { (product.name) } }
                p.muted { (product.price) " each" }
            }
            form.inline method="post" action="/cart/change" {
                input type="hidden" name="product" value=(product.id);
                label.hidden for=(field) { "Tins of " (product.name) }
                (quantity_field(&field, *quantity))
                button.quiet { "Update" span.hidden { " " (product.name) } }
            }
            strong.price { (price) }
            form.remove method="post" action="/cart/change" {
                input type="hidden" name="product" value=(product.id);
                input type="hidden" name="quantity" value="0";
                button.quiet { "Remove" span.hidden { " " (product.name) } }
            }
        }
    }
}

pub(crate) fn sign_in(visitor: &Visitor) -> Markup {
    let content = html! {
        h1 { "Sign in" }
        form.panel method="post" action="/sign-in" {
            label for="name" { "Your name" }
            input #name name="name" required maxlength="40" autocomplete="name" autofocus aria-describedby="name-help";
            p.muted #name-help { "Any name will do. The next page asks for a one-time code." }
            button { "Continue" }
        }
    };
    layout("Sign in", Some(visitor), &content)
}

pub(crate) fn code(visitor: &Visitor, pending: &PendingSignIn) -> Markup {
    let content = html! {
        h1 { "Hello, " (pending.name) }
        div.panel.mail {
            p.muted { "A real shop would send this by e-mail." }
            p { "Your code: " strong.code { (pending.code) } }
        }
        form.panel method="post" action="/sign-in/code" {
            label for="code" { "One-time code" }
            input #code name="code" required inputmode="numeric" pattern="[0-9 ]{6,}" maxlength="8"
                autocomplete="one-time-code" autofocus aria-describedby="code-help";
            p.muted #code-help { "Six digits, good for ten minutes and for one try." }
            label.choice { input type="checkbox" name="stay"; "Stay signed in on this device for four weeks" }
            button { "Sign in" }
        }
    };
    layout("One-time code", Some(visitor), &content)
}

pub(crate) fn not_found() -> Markup {
    message("This tea is not on our shelf", "The page you are looking for does not exist, or no longer does.")
}

/// The page for a session that could not be read or written.
pub(crate) fn sorry(status: u16) -> Markup {
    match status {
        409 => message(
            "That came too late",
            "Your session was ended or renewed by another request, so nothing was changed.",
        ),
        503 => message(
            "One moment, please",
            "We cannot reach our notes at the moment. Please try again in a minute.",
        ),
        _ => message(
            "Something broke",
            "The mistake is on our side, and it is in our log. Please try again later.",
        ),
    }
}

fn message(title: &str, text: &str) -> Markup {
    let content = html! {
        div.panel.empty {
            h1 { (title) }
            p { (text) }
            p { a.button href="/" { "Back to the teas" } }
        }
    };
    layout(title, None, &content)
}

/// The frame around every page; without a visitor it shows nothing that comes out of a session.
fn layout(title: &str, visitor: Option<&Visitor>, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) @if title != "Leaf & Kettle" { " · Leaf & Kettle" } }
                link rel="stylesheet" href="/style.css";
                link rel="icon" href="/icon.svg" type="image/svg+xml";
            }
            body {
                a.skip href="#content" { "Skip to content" }
                header.top { div.wrap {
                    a.brand href="/" { "Leaf " span { "&" } " Kettle" }
                    @if let Some(visitor) = visitor { (navigation(visitor)) }
                } }
                main.wrap #content {
                    @if let Some(flash) = visitor.and_then(|visitor| visitor.flash.as_ref()) { (notice(flash)) }
                    (content)
                }
                footer.wrap { p { "An example for the Rust crate " code { "session-runtime" } "." } }
            }
        }
    }
}

fn navigation(visitor: &Visitor) -> Markup {
    html! {
        nav aria-label="Shop" {
            a href="/cart" { "Cart" span.badge.none[visitor.in_cart == 0] { (visitor.in_cart) } }
            @match &visitor.user {
                Some(user) => {
                    span.user { (user.name) }
                    form method="post" action="/sign-out" { button.quiet { "Sign out" } }
                }
                None => a href="/sign-in" { "Sign in" },
            }
        }
    }
}

fn notice(flash: &Flash) -> Markup {
    match flash {
        Flash::Done(text) => html! { p.flash role="status" { (text) } },
        Flash::Problem(text) => html! { p.flash.problem role="alert" { (text) } },
    }
}

fn quantity_field(id: &str, value: u32) -> Markup {
    html! { input id=(id) type="number" name="quantity" value=(value) min="1" max=(MOST) required; }
}

fn time(at: Timestamp) -> String {
    at.strftime("%-d %B %Y at %H:%M:%S UTC").to_string()
}

/// A tin of this tea, drawn.
fn tin(product: &Product) -> Markup {
    let (tin, label) = product.colours;
    html! {
        svg viewBox="0 0 120 130" role="img" aria-label={ "A tin of " (product.name) } {
            ellipse cx="60" cy="119" rx="44" ry="5" fill="#000" fill-opacity=".12" {}
            rect x="22" y="30" width="76" height="88" rx="7" fill=(tin) {}
            rect x="22" y="30" width="16" height="88" rx="7" fill="#fff" fill-opacity=".14" {}
            rect x="84" y="30" width="14" height="88" rx="7" fill="#000" fill-opacity=".14" {}
            rect x="19" y="14" width="82" height="22" rx="6" fill=(tin) {}
            rect x="19" y="14" width="82" height="22" rx="6" fill="#000" fill-opacity=".22" {}
            rect x="21" y="52" width="78" height="48" fill=(label) {}
            path fill=(tin) d="M60 92c-13-6-17-20-10-32 10 2 18 9 17 19-.5 6-3 10-7 13z" {}
            path fill=(tin) fill-opacity=".55" d="M62 92c0-8 5-17 16-19 2 9-4 18-16 19z" {}
        }
    }
}
