//! What the service does. Every change is a POST that answers 303 and a page to look at, so that reloading is safe.

use axum::Router;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use session_runtime::{Error, ErrorResponse, Session, SessionConfig, SessionLayer, Store};

use crate::catalogue;
use crate::pages;
use crate::session::{ShopSession, User};

/// The most that a cart holds of one product.
pub(crate) const MOST: u32 = 99;

pub(crate) fn service(store: impl Store) -> Router {
    // Astro's cookie, ids and stored form. The shop speaks plain http on localhost: behind https leave `secure` out.
    let config = SessionConfig::astro().secure(false).on_error(sorry);
    Router::new()
        .route("/cart", get(cart))
        .route("/cart/add", post(add))
        .route("/cart/change", post(change))
        .route("/sign-in", get(sign_in_form).post(sign_in))
        .route("/sign-out", post(sign_out))
        .fallback(nothing_here)
        .layer(SessionLayer::with_config(store, config))
}

async fn cart(session: Session<ShopSession>) -> Result<Response, Error> {
    Ok(page(&pages::cart(&session)?.into_string()))
}

#[derive(Deserialize)]
struct Choice {
    product: String,
    #[serde(default = "one")]
    quantity: u32,
}

fn one() -> u32 {
    1
}

async fn add(session: Session<ShopSession>, Form(choice): Form<Choice>) -> Result<Response, Error> {
    let Some(product) = catalogue::find(&choice.product) else { return Ok(nothing_here().await) };
    // `update` instead of `get` and `set`: of two clicks at the same time both count.
    session.cart().update(move |cart| {
        let quantity = cart.entry(product.id.clone()).or_default();
        *quantity = quantity.saturating_add(choice.quantity).min(MOST);
    })?;
    session.message().set(format!("{} is in your cart.", product.name))?;
    Ok(Redirect::to("/").into_response())
}

/// A new quantity for one line of the cart; none removes the line.
async fn change(session: Session<ShopSession>, Form(choice): Form<Choice>) -> Result<Redirect, Error> {
    session.cart().update(move |cart| {
        if choice.quantity == 0 {
            cart.remove(&choice.product);
        } else if let Some(quantity) = cart.get_mut(&choice.product) {
            *quantity = choice.quantity.min(MOST);
        }
    })?;
    Ok(Redirect::to("/cart"))
}

async fn sign_in_form(session: Session<ShopSession>) -> Result<Response, Error> {
    Ok(page(&pages::sign_in(&session)?.into_string()))
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

async fn sign_in(session: Session<ShopSession>, Form(form): Form<Name>) -> Result<Redirect, Error> {
    let name: String = form.name.trim().chars().take(40).collect();
    if name.is_empty() {
        return Ok(Redirect::to("/sign-in"));
    }
    // A new id for more rights: an id that somebody planted or saw before the sign-in is worth nothing after it.
    session.regenerate()?;
    session.message().set(format!("Welcome, {name}."))?;
    session.user().set(User { name })?;
    Ok(Redirect::to("/"))
}

/// A POST, so that no link and no image on another site can sign somebody out.
async fn sign_out(session: Session<ShopSession>) -> Result<Redirect, Error> {
    session.destroy()?;
    Ok(Redirect::to("/"))
}

async fn nothing_here() -> Response {
    (StatusCode::NOT_FOUND, page(&pages::not_found().into_string())).into_response()
}

fn page(html: &str) -> Response {
    ([(CACHE_CONTROL, "no-store")], Html(html.to_owned())).into_response()
}

/// The page for a session that could not be read or written. The reason is in the log, not on the page.
fn sorry(error: &Error) -> ErrorResponse {
    ErrorResponse::new(error.status(), "text/html; charset=utf-8", pages::sorry().into_string())
}
