//! A way to a server whose connections can die without a word.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// A way to a server, on which the connections of a moment can die while new ones are well.
#[derive(Debug)]
pub struct Relay {
    port: u16,
    deaths: watch::Sender<u32>,
    connections: Arc<AtomicUsize>,
}

impl Relay {
    /// A way to the server at a port.
    ///
    /// # Panics
    /// There is no free port.
    pub async fn to(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let relay = Self { port, deaths: watch::Sender::new(0), connections: Arc::default() };
        let (deaths, connections) = (relay.deaths.clone(), Arc::clone(&relay.connections));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(pass_on(client, target, deaths.subscribe()));
            }
        });
        relay
    }

    /// The port at which it begins.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Nothing comes through any more on the connections that there are, and nobody is told.
    pub fn kill_connections(&self) {
        self.deaths.send_modify(|deaths| *deaths += 1);
    }

    /// How many connections were made so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn pass_on(mut client: TcpStream, target: u16, mut death: watch::Receiver<u32>) {
    let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        // Both stay open.
        _ = death.changed() => std::future::pending().await,
    }
}
