//! What the shop does. Every change is a POST that answers 303 and a page to look at, so that reloading is safe.

use std::time::Duration;

use axum::Router;
use axum::extract::{Form, Path};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use maud::Markup;
use serde::Deserialize;
use session_runtime::{Error, ErrorResponse, Session, SessionConfig, SessionLayer, Store};

use crate::catalogue;
use crate::pages::{self, Visitor};
use crate::session::{Flash, PendingSignIn, ShopSession, User};

/// The most that a cart holds of one product.
pub(crate) const MOST: u32 = 99;

/// The whole shop, its sessions kept in `store`.
pub(crate) fn shop(store: impl Store) -> Router {
    let config = SessionConfig::default()
        // The shop speaks plain http on localhost. Behind https leave this line out: the cookie is then
        // `__Host-session`, and no browser sends it over an open connection.
        .secure(false)
        .on_error(sorry);

    Router::new()
        .route("/", get(front))
        .route("/tea/{id}", get(product))
        .route("/cart", get(cart))
        .route("/cart/add", post(add))
        .route("/cart/change", post(change))
        .route("/sign-in", get(sign_in_form).post(sign_in))
        .route("/sign-in/code", get(code_form).post(enter_code))
        .route("/sign-out", post(sign_out))
        .route("/style.css", get(style))
        .route("/icon.svg", get(icon))
        .fallback(nothing_here)
        .layer(SessionLayer::with_config(store, config))
        .layer(map_response(harden))
}

async fn front(session: Session<ShopSession>) -> Result<Page, Error> {
    let last_visit = session.last_visit().get()?;
    // Only for those who have a session already: a visitor who just looks around needs no cookie and no record.
    if session.id().is_some() {
        session.last_visit().set(Timestamp::now())?;
    }
    Ok(page(pages::front(&visitor(&session)?, last_visit)))
}

async fn product(session: Session<ShopSession>, Path(id): Path<String>) -> Result<Response, Error> {
    match catalogue::find(&id) {
        Some(product) => Ok(page(pages::product(&visitor(&session)?, product)).into_response()),
        None => Ok(nothing_here().await),
    }
}

async fn cart(session: Session<ShopSession>) -> Result<Page, Error> {
    let lines = catalogue::lines(&session.cart().get()?);
    Ok(page(pages::cart(&visitor(&session)?, &lines)))
}

#[derive(Deserialize)]
struct Choice {
    product: String,
    quantity: u32,
}

async fn add(session: Session<ShopSession>, Form(choice): Form<Choice>) -> Result<Response, Error> {
    let Some(product) = catalogue::find(&choice.product) else { return Ok(nothing_here().await) };
    // `update` instead of `get` and `set`: of two clicks at the same time both count.
    session.cart().update(move |cart| {
        let quantity = cart.entry(product.id.to_owned()).or_default();
        *quantity = quantity.saturating_add(choice.quantity).min(MOST);
    })?;
    session.flash().set(Flash::Done(format!("{} is in your cart.", product.name)))?;
    Ok(Redirect::to("/cart").into_response())
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
    session.flash().set(Flash::Done("Your cart is up to date.".to_owned()))?;
    Ok(Redirect::to("/cart"))
}

async fn sign_in_form(session: Session<ShopSession>) -> Result<Page, Error> {
    Ok(page(pages::sign_in(&visitor(&session)?)))
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

async fn sign_in(session: Session<ShopSession>, Form(form): Form<Name>) -> Result<Redirect, Error> {
    let name: String = form.name.trim().chars().take(40).collect();
    if name.is_empty() {
        session.flash().set(Flash::Problem("Please tell us your name.".to_owned()))?;
        return Ok(Redirect::to("/sign-in"));
    }
    session.sign_in().set(PendingSignIn::new(name))?;
    Ok(Redirect::to("/sign-in/code"))
}

async fn code_form(session: Session<ShopSession>) -> Result<Response, Error> {
    match session.sign_in().get()? {
        Some(pending) => Ok(page(pages::code(&visitor(&session)?, &pending)).into_response()),
        None => Ok(Redirect::to("/sign-in").into_response()),
    }
}

#[derive(Deserialize)]
struct Code {
    code: String,
    /// There where the box is ticked.
    stay: Option<String>,
}

/// Four weeks in which somebody who stays signed in need not come by.
const STAY: Duration = Duration::from_secs(4 * 7 * 24 * 60 * 60);

async fn enter_code(session: Session<ShopSession>, Form(form): Form<Code>) -> Result<Redirect, Error> {
    // `claim` gives the value to exactly one request, so a code can be tried once, not once per parallel request.
    let Some(PendingSignIn { name, code }) = session.sign_in().claim().await? else {
        session
            .flash()
            .set(Flash::Problem("That code is no longer valid. Please start again.".to_owned()))?;
        return Ok(Redirect::to("/sign-in"));
    };
    if form.code.trim() != code {
        session.flash().set(Flash::Problem("That was not the code. Here is a new one.".to_owned()))?;
        session.sign_in().set(PendingSignIn::new(name))?;
        return Ok(Redirect::to("/sign-in/code"));
    }
    // A new id for more rights: an id that somebody planted or saw before the sign-in is worth nothing after it.
    session.regenerate()?;
    session.remember_for(form.stay.map(|_| STAY))?;
    session.flash().set(Flash::Done(format!("Welcome, {name}.")))?;
    session.user().set(User { name })?;
    Ok(Redirect::to("/"))
}

/// A POST, so that no link and no image on another site can sign somebody out.
async fn sign_out(session: Session<ShopSession>) -> Result<Redirect, Error> {
    session.destroy()?;
    Ok(Redirect::to("/"))
}

async fn nothing_here() -> Response {
    (StatusCode::NOT_FOUND, page(pages::not_found())).into_response()
}

/// No session is extracted here, so none is read: the layer costs such a route next to nothing.
async fn style() -> impl IntoResponse {
    asset("text/css; charset=utf-8", include_str!("style.css"))
}

async fn icon() -> impl IntoResponse {
    asset("image/svg+xml", include_str!("icon.svg"))
}

fn asset(content_type: &'static str, content: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "max-age=300")], content)
}

type Page = Html<String>;

fn page(markup: Markup) -> Page {
    Html(markup.into_string())
}

/// What every page shows of a session. The flash message is taken out of it: it is shown once.
fn visitor(session: &Session<ShopSession>) -> Result<Visitor, Error> {
    Ok(Visitor {
        user: session.user().get()?,
        in_cart: session.cart().get()?.values().sum(),
        flash: session.flash().take()?,
    })
}

/// The page for a session that could not be read or written. The reason is in the log, not on the page.
fn sorry(error: &Error) -> ErrorResponse {
    let page = pages::sorry(error.status()).into_string();
    ErrorResponse::new(error.status(), "text/html; charset=utf-8", page)
}

/// Headers for every response: nothing but the shop's own style, images and forms; pages are not kept by caches.
async fn harden(mut response: Response) -> Response {
    const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; \
                          base-uri 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
