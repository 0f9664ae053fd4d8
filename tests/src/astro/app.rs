//! The app: built once, started, stopped.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running Astro app. It ends when this is dropped, and when this process ends, however it does.
#[derive(Debug)]
pub struct App {
    address: SocketAddr,
    child: Child,
}

impl App {
    /// Starts the tests' app on a free port, in an environment that says where it keeps its sessions (see
    /// `tests/astro/src/session-driver.js`). Builds it first if that is not done yet.
    ///
    /// # Panics
    /// npm is missing, the app cannot be built, or it does not start: its own words are on standard error.
    #[must_use]
    pub fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_in(directory(), environment)
    }

    /// Starts the app in another directory, after it was built with the packages of the tests' app.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    #[must_use]
    pub fn start_in(directory: &Path, environment: &[(&str, &str)]) -> Self {
        let mut child = Command::new(build(directory))
            .arg(self::directory().join("start.mjs"))
            .current_dir(directory)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped()) // its end, at the latest the end of this process, ends the app
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut says = String::new();
        let stdout = child.stdout.take().expect("it was piped");
        BufReader::new(stdout).read_line(&mut says).expect("the app's first line can be read");
        let port = says.trim().strip_prefix("port ").and_then(|port| port.parse().ok());
        let port: u16 = port.unwrap_or_else(|| panic!("the Astro app did not start; it said {says:?}"));
        Self { address: (Ipv4Addr::LOCALHOST, port).into(), child }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The folder with the packages of the app, which are installed by then.
///
/// # Panics
/// npm is missing, or the app cannot be built: its own words are on standard error.
#[must_use]
pub fn packages() -> PathBuf {
    build(directory());
    directory().join("node_modules")
}

/// The directory of the app.
fn directory() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/astro"))
}

/// Builds the app in a directory, unless that is done, and gives the node that runs it.
fn build(app: &Path) -> PathBuf {
    // Test binaries run side by side, and the first of them builds.
    let lock = File::create(directory().join(".lock")).expect("the app's directory can be written to");
    lock.lock().expect("the build can be locked");
    let script = directory().join("build.sh");
    let built = Command::new(script).arg(app).stderr(Stdio::inherit()).output().expect("build.sh can be run");
    assert!(built.status.success(), "an Astro app is not built: see above, or run tests/astro/build.sh");
    String::from_utf8(built.stdout).expect("a path in UTF-8").trim().into()
}
