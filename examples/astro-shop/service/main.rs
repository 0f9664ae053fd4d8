//! The Rust half of a shop whose other half is an Astro app: cart, sign-in and sign-out, on the session that both share.
//!
//! | variable | |
//! |---|---|
//! | `SESSIONS` | Astro's session folder, as its `sessionDrivers.fs({ base })` names it |
//! | `PORT` | where to listen on 127.0.0.1 (default: 3001) |
#![allow(clippy::print_stdout, reason = "a program talks to whoever started it")]

mod catalogue;
mod pages;
mod routes;
mod session;

use std::env;
use std::io;
use std::net::Ipv4Addr;

use session_runtime::FileStore;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    tracing_subscriber::fmt().with_target(false).init();
    let folder =
        env::var("SESSIONS").unwrap_or_else(|_| "examples/astro-shop/front/.astro/session".to_owned());
    let port = env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3001);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("The Rust service listens on http://{}", listener.local_addr()?);
    axum::serve(listener, routes::service(FileStore::astro(folder))).await
}
