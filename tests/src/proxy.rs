//! A TCP proxy that makes a good connection a bad one: slow, silent, or cut at the worst moment.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Stands between clients and a server on this machine, for as long as it is kept.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    target: AtomicU16,
    delay_ms: AtomicU64,
    silent: watch::Sender<bool>,
    answers_until_cut: AtomicU64,
    cut: watch::Sender<u64>,
}

impl Proxy {
    /// A proxy for the server at a port.
    ///
    /// # Panics
    /// There is no free port.
    pub async fn to(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let state = Arc::new(State {
            target: AtomicU16::new(target),
            delay_ms: AtomicU64::new(0),
            silent: watch::Sender::new(false),
            answers_until_cut: AtomicU64::new(0),
            cut: watch::Sender::new(0),
        });
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(Arc::clone(&shared).serve(client));
            }
        });
        Self { port, state, task }
    }

    /// The URL of the server as seen through this.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Every piece of data is late by this much, in both directions.
    pub fn delay(&self, delay: Duration) {
        self.state.delay_ms.store(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// From now on nothing comes through, and nobody is told; or again everything does, late.
    pub fn silent(&self, silent: bool) {
        self.state.silent.send_replace(silent);
    }

    /// The `nth` answer of the server from now on is lost, and its connection with it; 1 is the next one.
    pub fn cut_answer(&self, nth: u64) {
        self.state.answers_until_cut.store(nth, Ordering::SeqCst);
    }

    /// Ends all connections.
    pub fn cut(&self) {
        self.state.cut.send_modify(|cuts| *cuts += 1);
    }

    /// From now on new connections lead to another server; those that there are stay.
    pub fn lead_to(&self, target: u16) {
        self.state.target.store(target, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        self.cut();
    }
}

impl State {
    async fn serve(self: Arc<Self>, client: TcpStream) {
        let mut cut = self.cut.subscribe();
        let both = async {
            self.hearing().await;
            let Ok(server) =
                TcpStream::connect((Ipv4Addr::LOCALHOST, self.target.load(Ordering::SeqCst))).await
            else {
                return;
            };
            let _ = (client.set_nodelay(true), server.set_nodelay(true));
            let ((from_client, to_client), (from_server, to_server)) =
                (client.into_split(), server.into_split());
            tokio::select! {
                () = self.pass_on(from_client, to_server, false) => {}
                () = self.pass_on(from_server, to_client, true) => {}
            }
        };
        tokio::select! {
            () = both => {}
            _ = cut.changed() => {}
        }
    }

    async fn hearing(&self) {
        let _ = self.silent.subscribe().wait_for(|silent| !silent).await;
    }

    fn cuts_this_answer(&self) -> bool {
        let left = self.answers_until_cut.load(Ordering::SeqCst);
        self.answers_until_cut.store(left.saturating_sub(1), Ordering::SeqCst);
        left == 1
    }

    async fn pass_on(&self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, answers: bool) {
        let mut piece = vec![0; 64 << 10];
        while let Ok(len @ 1..) = from.read(&mut piece).await {
            if answers && self.cuts_this_answer() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(self.delay_ms.load(Ordering::SeqCst))).await;
            self.hearing().await;
            if to.write_all(&piece[..len]).await.is_err() {
                return;
            }
        }
    }
}
