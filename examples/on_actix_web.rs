//! README's first example on actix-web.
//!
//! `cargo run -p session-examples --bin on_actix_web`, then `curl -L -c jar -b jar -d '' http://127.0.0.1:3000/add/tea`.

use actix_web::http::header::LOCATION;
use actix_web::{App, HttpResponse, HttpServer, web};
use session_runtime::{Error, MemoryStore, Session, SessionConfig, SessionData, SessionMiddleware, Sessions};

#[derive(SessionData)]
struct Shop {
    #[session(default)]
    cart: Vec<String>,
}

async fn show(session: Session<Shop>) -> Result<String, Error> {
    let cart = session.cart().get()?;
    Ok(format!("{} in your cart: {}\n", cart.len(), cart.join(", ")))
}

async fn add(session: Session<Shop>, item: web::Path<String>) -> Result<HttpResponse, Error> {
    let item = item.into_inner();
    session.cart().update(move |cart| cart.push(item.clone()))?;
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, "/")).finish())
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    let config = SessionConfig::default().secure(false); // for plain http on localhost; leave it out behind https
    // Before the server: each of its threads makes an app of its own, and all share these sessions.
    let sessions = Sessions::new(MemoryStore::new(), config).serves::<Shop>();
    let app = move || {
        App::new()
            .wrap(SessionMiddleware::new(sessions.clone()))
            .route("/", web::get().to(show))
            .route("/add/{item}", web::post().to(add))
    };
    HttpServer::new(app).bind("127.0.0.1:3000")?.run().await
}
