//! A real PostgreSQL server for tests: a private process on a free port of the loopback interface, gone with its handles.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use session_runtime::PostgresStore;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::certificates::Certificates;
use crate::redis_server::free_port;

/// How long a server may take to start.
const STARTING: Duration = Duration::from_secs(30);

const USER: &str = "sessions";
const PASSWORD: &str = "secret";

/// A server process of its own, with a folder of its own.
#[derive(Debug)]
pub struct PostgresServer {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    settings: Vec<String>,
    child: Option<Child>,
}

impl PostgresServer {
    /// Starts the newest server that is installed.
    ///
    /// # Panics
    /// There is none, or it does not start.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts it with further settings, such as `["max_connections=20"]`.
    ///
    /// # Panics
    /// There is none, or it does not start.
    #[must_use]
    pub fn start_with(settings: &[&str]) -> Self {
        Self::make(settings, None)
    }

    /// Starts one that encrypts its connections.
    ///
    /// # Panics
    /// There is none, or it does not start.
    #[must_use]
    pub fn start_encrypted(certificates: &Certificates) -> Self {
        Self::make(&["ssl=on"], Some(certificates))
    }

    fn make(settings: &[&str], certificates: Option<&Certificates>) -> Self {
        let folder = TempDir::with_prefix("session-postgres-").expect("a folder");
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let mut server = Self { programs: programs(), folder, port: 0, settings, child: None };
        server.make_cluster();
        if let Some(certificates) = certificates {
            server.write("data/server.crt", &certificates.certificate);
            server.write("data/server.key", &certificates.key);
        }
        // Between the look for a free port and the start somebody else may take it.
        for _ in 0..5 {
            server.port = free_port();
            if server.try_start() {
                return server;
            }
        }
        panic!("{}: the server does not start", server.programs.display());
    }

    /// The server that the tests of this process share; it ends with the last of its handles.
    ///
    /// # Panics
    /// There is none, or it does not start.
    #[must_use]
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<PostgresServer>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start_with(&["max_connections=1000"]));
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// The port it listens to.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of its database.
    #[must_use]
    pub fn url(&self) -> String {
        url_at(self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A store on it that has not connected yet.
    ///
    /// # Panics
    /// Never: the URL is one.
    #[must_use]
    pub fn store(&self) -> PostgresStore {
        store_at(&self.url())
    }

    /// Runs statements as somebody else would, and gives the first column of what came back.
    ///
    /// # Panics
    /// The server does not answer, or with an error.
    pub async fn run(&self, statements: &str) -> Vec<String> {
        let messages = self.client().await.simple_query(statements).await.expect("an answer");
        let first = |message| match message {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("null").to_owned()),
            _ => None,
        };
        messages.into_iter().filter_map(first).collect()
    }

    /// A connection of somebody else's.
    ///
    /// # Panics
    /// The server does not answer.
    pub async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.expect("a connection");
        tokio::spawn(connection);
        client
    }

    /// Ends it as a crash would.
    pub fn kill(&mut self) {
        // As the postmaster itself is told of a crash; it takes the others with it.
        self.end(Signal::QUIT);
    }

    /// Starts it again on the same port, with what was saved.
    ///
    /// # Panics
    /// It does not start.
    pub fn restart(&mut self) {
        self.kill();
        assert!(self.try_start(), "the server does not start again");
    }

    /// Halts all its processes, as a machine that hangs does; they go on when told to.
    pub fn halt(&self, halted: bool) {
        let signal = if halted { Signal::STOP } else { Signal::CONT };
        let Some(postmaster) = self.child.as_ref().and_then(|child| pid(child.id())) else { return };
        let _ = kill_process(postmaster, signal);
        // Its backends are its children.
        let children = format!("/proc/{0}/task/{0}/children", postmaster.as_raw_nonzero());
        for child in std::fs::read_to_string(children).unwrap_or_default().split_whitespace() {
            let _ = child.parse().ok().and_then(pid).map(|child| kill_process(child, signal));
        }
    }

    fn end(&mut self, signal: Signal) {
        let Some(mut child) = self.child.take() else { return };
        let _ = pid(child.id()).map(|postmaster| kill_process(postmaster, signal));
        let _ = child.wait();
    }

    fn make_cluster(&self) {
        give_away(self.folder.path());
        let password = self.write("password", PASSWORD);
        let made = self
            .command("initdb")
            .args(["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256"])
            .arg(format!("--username={USER}"))
            .arg(["--pwfile=", password.to_str().expect("UTF-8")].concat())
            .arg(self.data())
            .output()
            .expect("initdb");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
    }

    /// Writes a file that nobody but the server's user may read.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("set");
        give_away(&path);
        path
    }

    /// Whether it answers in the end.
    fn try_start(&mut self) -> bool {
        let mut server = self.command("postgres");
        server.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        // What is stored has to outlive the server, not the machine.
        for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off"]
            .into_iter()
            .chain(self.settings.iter().map(String::as_str))
        {
            server.args(["-c", setting]);
        }
        self.child = Some(server.spawn().expect("a process"));
        let begun = Instant::now();
        while begun.elapsed() < STARTING
            && self.child.as_mut().is_some_and(|it| matches!(it.try_wait(), Ok(None)))
        {
            if self.is_ready() {
                return true;
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.end(Signal::QUIT);
        false
    }

    /// Whether this process takes connections, and not another that took the port before it: it says so in a file.
    fn is_ready(&self) -> bool {
        let status = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let mut lines = status.lines();
        let is_own = lines.next() == self.child.as_ref().map(|child| child.id().to_string()).as_deref();
        is_own
            && lines.last().is_some_and(|state| state.trim() == "ready")
            && TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        if let Some(owner) = owner() {
            command.uid(owner.user).gid(owner.group);
        }
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        self.end(Signal::QUIT);
    }
}

/// The URL of a server's database behind another port.
#[must_use]
pub fn url_at(port: u16) -> String {
    format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{port}/postgres")
}

/// A store that has not connected yet.
///
/// # Panics
/// The URL is none.
#[must_use]
pub fn store_at(url: &str) -> PostgresStore {
    PostgresStore::from_config(url.parse().expect("a URL"), NoTls).expect("a store")
}

fn pid(id: u32) -> Option<Pid> {
    Pid::from_raw(id.try_into().ok()?)
}

/// The folder of the newest server's programs.
fn programs() -> PathBuf {
    let version =
        |path: &Path| path.file_name().and_then(OsStr::to_str).and_then(|name| name.parse::<u32>().ok());
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest =
        debian.map(|entry| entry.path()).max_by_key(|path| version(path)).map(|path| path.join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    newest
        .into_iter()
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
        .expect("a PostgreSQL server. Install it: apt-get install postgresql")
}

struct Owner {
    user: u32,
    group: u32,
}

/// Who is to run the server, if we are root: the user that its package makes.
fn owner() -> Option<Owner> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("the users");
    let line = users.lines().find(|line| line.starts_with("postgres:")).expect("a user `postgres`");
    let mut numbers = line.split(':').skip(2).map(|number| number.parse().expect("a number"));
    Some(Owner { user: numbers.next()?, group: numbers.next()? })
}

/// The server refuses to be root's.
fn give_away(path: &Path) {
    if let Some(owner) = owner() {
        std::os::unix::fs::chown(path, Some(owner.user), Some(owner.group)).expect("given away");
    }
}
