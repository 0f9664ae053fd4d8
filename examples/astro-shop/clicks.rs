//! The two halves of the shop, started as everybody starts them and driven as a browser drives them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

const SHOP_LOCK: &str = include_str!("front/package-lock.json");
const TESTS_LOCK: &str = include_str!("../../tests/astro/package-lock.json");

/// `./astro-shop.sh` on free ports.
struct Shop {
    script: Child,
    address: String,
}

impl Shop {
    fn open() -> Self {
        let [port, service_port] = free_ports();
        let script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../astro-shop.sh"))
            .envs([("PORT", port.to_string()), ("SERVICE_PORT", service_port.to_string())])
            .env("SERVICE_BINARY", env!("CARGO_BIN_EXE_astro-shop"))
            .spawn()
            .expect("the script can be run");
        let shop = Self { script, address: format!("http://127.0.0.1:{port}") };
        let begun = Instant::now();
        while [port, service_port].iter().any(|port| TcpStream::connect(("127.0.0.1", *port)).is_err()) {
            assert!(begun.elapsed() < Duration::from_secs(60), "the shop does not open");
            std::thread::sleep(Duration::from_millis(50));
        }
        shop
    }
}

impl Drop for Shop {
    /// Ctrl-C. The script ends what it has started.
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.script.id().to_string()]).status();
        let _ = self.script.wait();
    }
}

fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("it is bound").port())
}

/// A browser: it keeps the shop's cookie and follows redirects.
#[derive(Clone)]
struct Browser {
    shop: String,
    cookie: Option<String>,
}

impl Browser {
    async fn get(&mut self, path: &str) -> String {
        self.send(Request::get(format!("{}{path}", self.shop)), "").await
    }

    async fn post(&mut self, path: &str, form: &'static str) -> String {
        let request = Request::post(format!("{}{path}", self.shop))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ORIGIN, self.shop.as_str());
        self.send(request, form).await
    }

    async fn send(&mut self, mut request: axum::http::request::Builder, body: &'static str) -> String {
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            self.cookie = (!pair.ends_with("=deleted")).then_some(pair);
        }
        if parts.status == StatusCode::SEE_OTHER {
            return Box::pin(self.get(parts.headers[LOCATION].to_str().unwrap())).await;
        }
        let html = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        assert_eq!(parts.status, StatusCode::OK, "{html}");
        html
    }
}

#[track_caller]
fn shows(html: &str, texts: &[&str]) {
    for text in texts {
        assert!(html.contains(text), "{text} is not in {html}");
    }
}

const ASTRO: &str = "This page comes from <strong>Astro</strong>";
const RUST: &str = "This page comes from <strong>Rust</strong>";

/// The script builds the shop with the packages of the tests' app; who copies the shop installs its own.
#[test]
fn the_shops_packages_are_those_it_is_tested_with() {
    let versions = |lock: &str| -> BTreeMap<String, serde_json::Value> {
        let lock: serde_json::Value = serde_json::from_str(lock).unwrap();
        let packages = lock["packages"].as_object().unwrap().iter().filter(|(path, _)| !path.is_empty());
        packages.map(|(path, package)| (path.clone(), package["integrity"].clone())).collect()
    };
    let (shop, tests) = (versions(SHOP_LOCK), versions(TESTS_LOCK));
    assert!(shop.len() > 200);
    for (path, integrity) in shop {
        assert_eq!(tests.get(&path), Some(&integrity), "{path}");
    }
}

#[tokio::test]
async fn a_visitor_clicks_through_both_halves() {
    let shop = Shop::open();
    let mut visitor = Browser { shop: shop.address.clone(), cookie: None };
    shows(&visitor.get("/").await, &[ASTRO, "Darjeeling First Flush", "Sign in"]);
    shows(&visitor.get("/cart").await, &[RUST, "Nothing in it yet."]);
    visitor.get("/tea/assam").await;
    assert_eq!(visitor.cookie, None, "looking around needs no session");

    let front = visitor.post("/cart/add", "product=sencha").await;
    shows(&front, &[ASTRO, "Sencha Uji is in your cart.", "class=\"badge\">1<"]);
    assert!(!visitor.get("/").await.contains("Sencha Uji is in your cart."), "a message is shown once");
    visitor.post("/cart/change", "product=sencha&quantity=2").await;
    visitor.get("/tea/rooibos").await;
    shows(&visitor.get("/cart").await, &[RUST, "€29.00", "You also looked at", "/tea/rooibos"]);

    let before = visitor.clone();
    shows(&visitor.post("/sign-in", "name=Ada").await, &[ASTRO, "Good to see you, Ada.", "badge\">2<"]);
    assert_ne!(visitor.cookie, before.cookie, "signing in changes the id");
    shows(&visitor.get("/").await, &["You were last here on"]);
    shows(&visitor.get("/cart").await, &[RUST, "Ada", "/tea/rooibos"]);

    let mut thief = visitor.clone();
    shows(&visitor.post("/sign-out", "").await, &[ASTRO, "Sign in", "badge none\">0<"]);
    assert_eq!(visitor.cookie, None);
    for mut other in [before, thief.clone()] {
        shows(&other.get("/").await, &["Sign in", "badge none\">0<"]);
    }
    shows(&thief.get("/cart").await, &["Nothing in it yet."]);
}
