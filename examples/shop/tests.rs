//! The shop, driven like a browser drives it but without a network.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Request, StatusCode};
use futures_util::stream;
use http_body_util::BodyExt;
use session_runtime::MemoryStore;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::{routes, stores};

/// A browser: it keeps the shop's cookie and shows one page at a time.
#[derive(Clone)]
struct Browser {
    shop: Router,
    cookie: Option<String>,
}

struct Page {
    status: StatusCode,
    location: Option<String>,
    set_cookie: Option<String>,
    html: String,
}

impl Browser {
    fn new() -> Self {
        Self { shop: routes::shop(MemoryStore::new()), cookie: None }
    }

    async fn get(&mut self, path: &str) -> Page {
        self.send("GET", path, Body::empty()).await
    }

    async fn post(&mut self, path: &str, form: &str) -> Page {
        self.send("POST", path, Body::from(form.to_owned())).await
    }

    async fn send(&mut self, method: &str, path: &str, body: Body) -> Page {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body).unwrap();
        let (parts, body) = self.shop.clone().oneshot(request).await.unwrap().into_parts();
        let text = |name| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let (location, set_cookie) = (text(LOCATION), text(SET_COOKIE));
        if let Some(set_cookie) = &set_cookie {
            let deleted = set_cookie.contains("Expires=Thu, 01 Jan 1970");
            self.cookie = set_cookie.split(';').next().filter(|_| !deleted).map(str::to_owned);
        }
        let html = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Page { status: parts.status, location, set_cookie, html }
    }

    /// Names itself, and gives the code that the next page shows.
    async fn ask_to_sign_in(&mut self, name: &str) -> String {
        let page = self.post("/sign-in", &format!("name={name}")).await;
        assert_eq!(page.goes_to(), "/sign-in/code");
        let page = self.get("/sign-in/code").await;
        page.html.split("class=\"code\">").nth(1).expect("a code is shown")[..6].to_owned()
    }

    async fn sign_in(&mut self, name: &str) -> Page {
        let code = self.ask_to_sign_in(name).await;
        self.post("/sign-in/code", &format!("code={code}")).await
    }

    /// How many tins are in the cart, as the badge has it.
    async fn in_cart(&mut self) -> u32 {
        let page = self.get("/cart").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.html);
        let badge = page.html.split("<span class=\"badge").nth(1).expect("a badge").split(['>', '<']).nth(1);
        badge.expect("a number").parse().unwrap()
    }
}

impl Page {
    /// Where a change sends the browser.
    fn goes_to(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.html);
        self.location.as_deref().expect("a redirect says where to")
    }
}

/// A form that arrives after everybody has met at the barrier so many times. The shop reads the session before the
/// form, so all requests with such a form have read the same session before the first of them changes it.
fn form_after(meetings: u32, barrier: &Arc<Barrier>, form: &'static str) -> Body {
    let barrier = Arc::clone(barrier);
    Body::from_stream(stream::once(async move {
        for _ in 0..meetings {
            barrier.wait().await;
        }
        Ok::<_, io::Error>(form)
    }))
}

#[tokio::test]
async fn looking_around_needs_no_session() {
    let mut visitor = Browser::new();
    for path in ["/", "/tea/sencha", "/cart", "/sign-in", "/style.css", "/icon.svg"] {
        let page = visitor.get(path).await;
        assert_eq!((page.status, page.set_cookie), (StatusCode::OK, None), "{path}");
    }
    assert!(visitor.get("/").await.html.contains("Darjeeling First Flush"));
    assert_eq!(visitor.get("/tea/coffee").await.status, StatusCode::NOT_FOUND);
    assert_eq!(visitor.post("/cart/add", "product=coffee&quantity=1").await.status, StatusCode::NOT_FOUND);
    assert_eq!(visitor.get("/nowhere").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_cart_is_filled_changed_and_emptied() {
    let mut visitor = Browser::new();
    let page = visitor.post("/cart/add", "product=sencha&quantity=2").await;
    assert_eq!(page.goes_to(), "/cart");
    let cookie = page.set_cookie.expect("the first change starts the session");
    assert!(cookie.starts_with("session=") && cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
    visitor.post("/cart/add", "product=rooibos&quantity=1").await;
    assert!(visitor.get("/cart").await.html.contains("€35.20"), "2 × €14.50 + €6.20");

    visitor.post("/cart/change", "product=sencha&quantity=1").await;
    assert!(visitor.get("/cart").await.html.contains("€20.70"));
    visitor.post("/cart/change", "product=rooibos&quantity=0").await;
    assert_eq!(visitor.in_cart().await, 1);
    visitor.post("/cart/change", "product=assam&quantity=5").await;
    assert_eq!(visitor.in_cart().await, 1, "only what is in the cart can be changed");
    visitor.post("/cart/add", "product=sencha&quantity=4000000000").await;
    assert_eq!(visitor.in_cart().await, routes::MOST);
    visitor.post("/cart/change", "product=sencha&quantity=0").await;
    assert!(visitor.get("/cart").await.html.contains("Nothing in it yet."));
}

#[tokio::test]
async fn parallel_clicks_are_all_counted() {
    const CLICKS: usize = 32;
    let mut visitor = Browser::new();
    visitor.post("/cart/add", "product=assam&quantity=1").await;
    let all_have_read = Arc::new(Barrier::new(CLICKS));
    let mut clicks = JoinSet::new();
    for _ in 0..CLICKS {
        let mut tab = visitor.clone();
        let form = form_after(1, &all_have_read, "product=assam&quantity=1");
        clicks.spawn(async move { tab.send("POST", "/cart/add", form).await.status });
    }
    assert!(clicks.join_all().await.iter().all(|status| *status == StatusCode::SEE_OTHER));
    assert_eq!(visitor.in_cart().await, 33);
}

#[tokio::test]
async fn signing_in_changes_the_id_and_keeps_the_cart() {
    let mut visitor = Browser::new();
    visitor.post("/cart/add", "product=earl-grey&quantity=3").await;
    let mut before = visitor.clone();
    assert_eq!(visitor.sign_in("Ada").await.goes_to(), "/");
    assert_ne!(visitor.cookie, before.cookie);
    assert!(visitor.get("/").await.html.contains("Good to see you, Ada."));
    assert_eq!(visitor.in_cart().await, 3);

    assert_eq!(before.in_cart().await, 0, "the old id leads nowhere");
    assert!(!before.get("/").await.html.contains("Ada"));
    assert_eq!(visitor.in_cart().await, 3, "and whoever tries it does no harm");
}

#[tokio::test]
async fn a_code_is_good_for_one_try() {
    let mut visitor = Browser::new();
    let code = visitor.ask_to_sign_in("Ada").await;
    assert_eq!(visitor.post("/sign-in/code", "code=none").await.goes_to(), "/sign-in/code");
    visitor.post("/sign-in/code", &format!("code={code}")).await;
    assert!(visitor.get("/").await.html.contains("That was not the code."));

    let code = visitor.ask_to_sign_in("Ada").await;
    assert_eq!(visitor.clone().post("/sign-in/code", &format!("code={code}")).await.goes_to(), "/");
    let mut fresh = Browser { shop: visitor.shop.clone(), cookie: None };
    assert_eq!(fresh.post("/sign-in/code", &format!("code={code}")).await.goes_to(), "/sign-in");
    assert_eq!(Browser::new().get("/sign-in/code").await.goes_to(), "/sign-in");
}

#[tokio::test]
async fn who_asks_for_it_stays_signed_in() {
    let mut visitor = Browser::new();
    let signed_in = visitor.sign_in("Ada").await;
    assert!(!signed_in.set_cookie.expect("a new id").contains("Max-Age"), "until the browser closes");

    let mut visitor = Browser::new();
    let code = visitor.ask_to_sign_in("Ada").await;
    let signed_in = visitor.post("/sign-in/code", &format!("code={code}&stay=on")).await;
    assert!(signed_in.set_cookie.expect("a new id").contains("; Max-Age=2419200;"));
    let later = visitor.get("/").await;
    assert!(later.html.contains("Good to see you, Ada."));
    assert!(later.set_cookie.expect("put off by every visit").contains("; Max-Age=2419200;"));
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let mut visitor = Browser::new();
    visitor.post("/cart/add", "product=assam&quantity=1").await;
    visitor.sign_in("Ada").await;
    let mut thief = visitor.clone();
    assert_eq!(visitor.get("/sign-out").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let page = visitor.post("/sign-out", "").await;
    assert_eq!(page.goes_to(), "/");
    let cookie = page.set_cookie.expect("the cookie is deleted");
    assert!(cookie.starts_with("session=deleted; Path=/; Expires=Thu, 01 Jan 1970"), "{cookie}");
    assert_eq!(visitor.cookie, None);
    assert_eq!(visitor.in_cart().await, 0);

    assert_eq!(thief.in_cart().await, 0, "a copied cookie is worth nothing either");
    assert!(!thief.get("/").await.html.contains("Ada"));
}

#[tokio::test]
async fn a_click_that_comes_too_late_does_not_undo_the_sign_out() {
    let mut visitor = Browser::new();
    visitor.post("/cart/add", "product=assam&quantity=1").await;
    let mut late = visitor.clone();
    let barrier = Arc::new(Barrier::new(2));
    let form = form_after(2, &barrier, "product=assam&quantity=1");
    let click = tokio::spawn(async move {
        let page = late.send("POST", "/cart/add", form).await;
        (late, page)
    });
    barrier.wait().await; // the click has read its session
    visitor.post("/sign-out", "").await;
    barrier.wait().await; // now it goes on
    let (mut late, page) = click.await.unwrap();
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(page.html.contains("That came too late") && page.html.contains("</html>"), "{}", page.html);
    assert_eq!(late.in_cart().await, 0);
}

#[tokio::test]
async fn a_message_is_shown_once() {
    let mut visitor = Browser::new();
    visitor.post("/cart/add", "product=assam&quantity=1").await;
    assert!(visitor.get("/cart").await.html.contains("Assam Mangalam is in your cart."));
    assert!(!visitor.get("/cart").await.html.contains("Assam Mangalam is in your cart."));
}

#[tokio::test]
async fn the_last_visit_is_remembered_for_those_who_have_a_session() {
    let mut visitor = Browser::new();
    visitor.get("/").await;
    assert!(!visitor.get("/").await.html.contains("You were last here"));
    visitor.sign_in("Ada").await;
    assert!(!visitor.get("/").await.html.contains("You were last here"));
    assert!(visitor.get("/").await.html.contains("You were last here on"));
}

#[tokio::test]
async fn a_nasty_name_is_only_text() {
    let mut visitor = Browser::new();
    visitor.sign_in("%3Cscript%3Ealert(%22x%22)%3C/script%3E%26").await;
    let page = visitor.get("/").await;
    assert!(page.html.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;"), "{}", page.html);
    assert!(!page.html.contains("<script"));
    assert_eq!(visitor.post("/sign-in", "name=%20%20").await.goes_to(), "/sign-in");
}

#[tokio::test]
async fn an_unknown_store_is_refused_with_the_list_of_known_ones() {
    assert!(stores::open(None).await.is_ok() && stores::open(Some("memory")).await.is_ok());
    let message = stores::open(Some("redis")).await.err().expect("there is none of that name");
    assert!(message.contains("\"redis\"") && message.contains("memory"), "{message}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_said_without_its_password() {
    for url in ["redis://user:secret@127.0.0.1:1", "postgres://user:secret@127.0.0.1:1/shop"] {
        let message = stores::open(Some(url)).await.err().expect("there is no server");
        assert!(message.contains("is the server running") && !message.contains("secret"), "{message}");
    }
}
