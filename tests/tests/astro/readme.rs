//! The Astro app of the README, built and run as it stands there. Its Rust half is compiled as a doctest; here is the same.

use std::fs;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::extract::Path;
use axum::response::Redirect;
use axum::routing::{get, post};
use session_runtime::{Error, Session, SessionConfig, SessionData};
use session_tests::astro::Driver;

use crate::drivers::folder;

const README: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md"));

/// The block in this language of the README's section.
fn block(language: &str) -> &'static str {
    let (_, section) = README.split_once("\n## Share a session with Astro\n").expect("the section");
    let (_, block) = section.split_once(&format!("\n```{language}\n")).expect("the block");
    block.split_once("```").expect("its end").0
}

#[derive(SessionData)]
#[session(rename_all = "camelCase")]
struct Shop {
    #[session(default)]
    cart: Vec<String>,
    #[session(as = "session_runtime::devalue::Date")]
    last_visit: SystemTime,
}

async fn add(session: Session<Shop>, Path(item): Path<String>) -> Result<Redirect, Error> {
    session.cart().update(move |cart| cart.push(item.clone()))?;
    Ok(Redirect::to("http://localhost:4321/"))
}

async fn since(session: Session<Shop>) -> Result<String, Error> {
    let visit = session.last_visit().get()?.and_then(|visit| visit.elapsed().ok());
    Ok(visit.is_some_and(|ago| ago < Duration::from_secs(10)).to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readmes_pair_works() {
    let app = folder("readme");
    fs::create_dir_all(app.join("src/pages")).unwrap();
    fs::write(app.join("package.json"), r#"{ "type": "module", "private": true }"#).unwrap();
    fs::write(app.join("astro.config.mjs"), block("js")).unwrap();
    fs::write(app.join("src/pages/index.astro"), block("astro")).unwrap();

    let driver = Driver::of_app(&app);
    let routes = Router::new().route("/add/{item}", post(add)).route("/since", get(since));
    let pair = driver.serve_with(routes, SessionConfig::astro().secure(false)).await;
    let mut visitor = pair.visitor();
    let page = visitor.page("/").await;
    assert!(page.body.contains("<p>0 in your cart: </p>"), "{}", page.body);
    assert!(page.body.contains("action=\"http://localhost:3001/add/tea\""), "{}", page.body);
    for item in ["tea", "milk"] {
        assert_eq!(visitor.post(&format!("/add/{item}")).await.status, 303);
    }
    assert_eq!(visitor.get("/since").await.body, "true");
    let page = visitor.page("/").await;
    assert!(page.body.contains("<p>2 in your cart: tea, milk</p>"), "{}", page.body);
}
