//! A small tea shop: products, a cart, sign-in and sign-out, all on one typed session.
//!
//! | variable | |
//! |---|---|
//! | `SESSION_STORE` | where sessions are kept: `file` (the default: they survive a restart), `memory`, `redis://…` or `postgres://…` |
//! | `HOST`, `PORT` | where to listen: `127.0.0.1` and `3000`; port 0 takes a free one |
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to whoever started it")]

mod catalogue;
mod pages;
mod routes;
mod session;
mod stores;
#[cfg(test)]
mod tests;

use std::env;
use std::io;
use std::process::ExitCode;

use session_runtime::Store;
use tokio::net::TcpListener;
use tokio::signal;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_target(false).init();
    let store = match stores::open(env::var("SESSION_STORE").ok().as_deref()).await {
        Ok(store) => store,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match serve(store).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The shop cannot be served: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(store: Box<dyn Store>) -> io::Result<()> {
    let host = env::var("HOST").unwrap_or_else(|_| "127.0.0.1".to_owned());
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("{host}:{port}"))
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("HOST={host} PORT={port}: {error}")))?;
    println!("The shop is open: http://{}  (Ctrl-C closes it)", listener.local_addr()?);
    axum::serve(listener, routes::shop(store)).with_graceful_shutdown(closing_time()).await?;
    println!("\nThe shop is closed.");
    Ok(())
}

async fn closing_time() {
    if let Err(error) = signal::ctrl_c().await {
        eprintln!("Ctrl-C cannot be heard: {error}");
        std::future::pending::<()>().await;
    }
}
