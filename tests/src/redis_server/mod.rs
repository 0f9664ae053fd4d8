//! Real Redis servers for tests: private processes on free ports of the loopback interface, gone with their handles.

mod cluster;
mod tls;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use redis::Value;
use tempfile::TempDir;

pub use self::cluster::RedisCluster;
pub use self::tls::TlsServer;

/// How long a server may take to start.
const STARTING: Duration = Duration::from_secs(20);

/// A server process of its own, with a folder of its own. It saves nothing unless it is told to.
#[derive(Debug)]
pub struct RedisServer {
    program: PathBuf,
    arguments: Vec<String>,
    folder: TempDir,
    port: u16,
    child: Option<Child>,
    password: Option<String>,
}

impl RedisServer {
    /// Starts the `redis-server` that is installed.
    ///
    /// # Panics
    /// There is none, or it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts it with further arguments, such as `["--maxmemory", "3mb"]`.
    ///
    /// # Panics
    /// There is none, or it does not start.
    #[must_use]
    pub fn start_with(arguments: &[&str]) -> Self {
        Self::start_program(Path::new("redis-server"), arguments)
    }

    /// Starts another server program that understands the same arguments.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start_program(program: &Path, arguments: &[&str]) -> Self {
        Self::start_in(TempDir::with_prefix("session-redis-").expect("a folder"), program, arguments)
    }

    fn start_in(folder: TempDir, program: &Path, arguments: &[&str]) -> Self {
        let mut server = Self {
            program: program.to_owned(),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            folder,
            port: 0,
            child: None,
            password: password_among(arguments),
        };
        // Between the look for a free port and the start somebody else may take it.
        for _ in 0..5 {
            server.port = free_port();
            if server.try_start() {
                return server;
            }
        }
        panic!("{} does not start", program.display());
    }

    /// Starts a server that knows `SET … IFEQ`, which the installed one may be too old for.
    ///
    /// # Panics
    /// It was not built, or it does not start.
    #[must_use]
    pub fn start_newest() -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/newest-redis/redis-server");
        assert!(program.exists(), "{}: build it with tests/newest-redis.sh", program.display());
        Self::start_program(&program, &[])
    }

    /// Starts a sentinel that watches nobody yet.
    ///
    /// # Panics
    /// It does not start.
    #[must_use]
    pub fn start_sentinel() -> Self {
        // It writes what it learns into its configuration, so it needs a file of its own.
        let folder = TempDir::with_prefix("session-redis-").expect("a folder");
        let file = folder.path().join("sentinel.conf");
        std::fs::write(&file, "").expect("written");
        let path = file.to_str().expect("UTF-8").to_owned();
        Self::start_in(folder, Path::new("redis-server"), &[&path, "--sentinel"])
    }

    /// The port it listens to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its URL, with the password if it asks for one.
    #[must_use]
    pub fn url(&self) -> String {
        let user = self.password.as_ref().map(|password| format!(":{password}@")).unwrap_or_default();
        format!("redis://{user}127.0.0.1:{}", self.port)
    }

    /// The folder it works in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether it is running now.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it again on the same port and in the same folder, with what was saved there.
    ///
    /// # Panics
    /// It does not start.
    pub fn restart(&mut self) {
        self.kill();
        assert!(self.try_start(), "the server does not start again");
    }

    /// Starts it again, and returns before it can answer.
    ///
    /// # Panics
    /// There is no such program any more.
    pub fn restart_without_waiting(&mut self) {
        self.kill();
        self.child = Some(self.spawn());
    }

    /// A connection of the client's own kind, apart from what is tested.
    ///
    /// # Panics
    /// The server does not answer.
    #[must_use]
    pub fn connection(&self) -> redis::Connection {
        let client = redis::Client::open(self.url()).expect("a URL");
        client.get_connection_with_timeout(Duration::from_secs(5)).expect("a connection")
    }

    /// Sends one command, its words separated by spaces, and gives the answer.
    ///
    /// # Panics
    /// The answer is an error.
    pub fn command(&self, words: &str) -> Value {
        let mut command = redis::Cmd::new();
        for word in words.split(' ') {
            command.arg(word);
        }
        command.query(&mut self.connection()).unwrap_or_else(|error| panic!("{words}: {error}"))
    }

    /// How often each command was called since the last [`reset_calls`](Self::reset_calls), by the server's own count,
    /// as in `get=3 set=1`, in alphabetical order.
    ///
    /// # Panics
    /// The server does not answer.
    #[must_use]
    pub fn calls(&self) -> String {
        let text: String =
            redis::cmd("INFO").arg("commandstats").query(&mut self.connection()).expect("statistics");
        let mut calls: Vec<String> = text
            .lines()
            .filter_map(|line| {
                let (command, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
                // What connections say when they are made, and what the tests ask for.
                let own = ["client", "config", "hello", "info", "ping", "select", "auth"];
                let command = command.split('|').next().unwrap_or(command);
                (!own.contains(&command))
                    .then(|| format!("{command}={}", rest.split(',').next().unwrap_or("?")))
            })
            .collect();
        calls.sort();
        calls.join(" ")
    }

    /// Forgets the count of [`calls`](Self::calls).
    pub fn reset_calls(&self) {
        self.command("CONFIG RESETSTAT");
    }

    /// Lets time pass for the keys that begin with `prefix`: each expires so much earlier.
    ///
    /// # Panics
    /// The server does not answer.
    pub fn pass(&self, prefix: &str, time: Duration) {
        let mut connection = self.connection();
        let keys: Vec<String> =
            redis::cmd("KEYS").arg(format!("{prefix}*")).query(&mut connection).expect("keys");
        for key in keys {
            let left: i64 = redis::cmd("PTTL").arg(&key).query(&mut connection).expect("a time");
            let passed = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
            // A time that is over deletes the key; one below 0 says that there is none.
            if left >= 0 {
                let rest = left.saturating_sub(passed).max(0);
                let () = redis::cmd("PEXPIRE").arg(&key).arg(rest).query(&mut connection).expect("set");
            }
        }
    }

    fn spawn(&self) -> Child {
        Command::new(&self.program)
            .args(&self.arguments)
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no"])
            .args(if self.saves() { &["--save", ""][..] } else { &[] })
            .arg("--dir")
            .arg(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("{}: {error}. Install it: apt-get install redis-server", self.program.display())
            })
    }

    /// Whether it is of a kind that would save snapshots if it was not told otherwise.
    fn saves(&self) -> bool {
        !self.arguments.iter().any(|argument| argument == "--sentinel")
    }

    /// Whether it answers in the end.
    fn try_start(&mut self) -> bool {
        self.child = Some(self.spawn());
        let begun = Instant::now();
        while begun.elapsed() < STARTING && self.is_running() {
            if self.answers() {
                return true;
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.kill();
        false
    }

    /// Whether this process answers, and not another that took the port before it; one that is loading does not yet.
    fn answers(&self) -> bool {
        let Some(child) = &self.child else { return false };
        let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) else { return false };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
        let auth = self.password.as_ref().map(|password| format!("AUTH {password}\r\n")).unwrap_or_default();
        // Without QUIT the connection would stay open, and there would be no end to read to.
        if write!(stream, "{auth}PING\r\nINFO server\r\nQUIT\r\n").is_err() {
            return false;
        }
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer.contains("+PONG\r\n") && answer.contains(&format!("process_id:{}\r\n", child.id()))
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port that nobody listens to at the moment.
///
/// # Panics
/// There is none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address").port()
}

fn password_among(arguments: &[&str]) -> Option<String> {
    let at = arguments.iter().position(|argument| *argument == "--requirepass")?;
    arguments.get(at + 1).map(|password| (*password).to_owned())
}
