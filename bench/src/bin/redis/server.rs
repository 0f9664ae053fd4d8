//! A Redis server of this run's own.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    pub fn start() -> Self {
        let program = std::env::var("REDIS_SERVER").unwrap_or_else(|_| "redis-server".to_owned());
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let child = Command::new(&program)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let server = Self { child, port };
        for _ in 0..500 {
            if server.try_connection().is_some() {
                return server;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{program} does not start");
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn version(&self) -> String {
        let info = self.info("server");
        let line = info.lines().find(|line| line.starts_with("redis_version")).unwrap_or_default();
        line.replace("redis_version:", "Redis ")
    }

    pub fn reset(&self) {
        let () = redis::cmd("CONFIG").arg("RESETSTAT").query(&mut self.connection()).expect("reset");
    }

    /// Calls of each command since the reset, but for those that connections begin with.
    pub fn calls(&self) -> Vec<(String, u64)> {
        let own = ["client", "config", "hello", "info", "ping", "select"];
        let info = self.info("commandstats");
        info.lines()
            .filter_map(|line| {
                let (command, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
                let calls = rest.split(',').next()?.parse().ok()?;
                let command = command.split('|').next()?;
                (!own.contains(&command)).then(|| (command.to_owned(), calls))
            })
            .collect()
    }

    /// The processor's time that the server has used, in nanoseconds.
    pub fn cpu_nanos(&self) -> u64 {
        crate::measure::cpu_nanos_of(&self.child.id().to_string())
    }

    fn info(&self, section: &str) -> String {
        redis::cmd("INFO").arg(section).query(&mut self.connection()).expect("information")
    }

    fn connection(&self) -> redis::Connection {
        self.try_connection().expect("a connection")
    }

    fn try_connection(&self) -> Option<redis::Connection> {
        redis::Client::open(self.url()).ok()?.get_connection().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
