//! The app: built once, started, stopped.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::iter;
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

/// Checks the types of an app in another directory, as `astro check` does: one line per error or warning, which begins with the
/// file's path in the app and has TypeScript's number.
///
/// # Panics
/// As [`packages`]; or the checker itself fails.
#[must_use]
pub fn check(app: &Path) -> Vec<String> {
    let mut checker = Command::new(build_with(app, &["--packages"]));
    checker.args(["node_modules/astro/bin/astro.mjs", "check", "--minimumSeverity", "warning"]);
    checker.args(["--minimumFailingSeverity", "warning"]);
    let output = checker.current_dir(app).env("ASTRO_TELEMETRY_DISABLED", "1").output().expect("node starts");
    let text = without_colors(&String::from_utf8_lossy(&output.stdout));
    let is_finding = |line: &&str| line.contains(" - error ts(") || line.contains(" - warning ts(");
    let findings: Vec<String> = text.lines().filter(is_finding).map(str::to_owned).collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("\nResult ("), "astro check did not come to an end:\n{text}\n{errors}");
    assert_eq!(output.status.success(), findings.is_empty(), "{text}\n{errors}");
    findings
}

/// The checker colors its words whatever it is told.
fn without_colors(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default();
    let rest = parts.map(|part| part.split_once('m').map_or(part, |(_, text)| text));
    iter::once(first).chain(rest).collect()
}

/// The directory of the app.
fn directory() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/astro"))
}

/// Builds the app in a directory, unless that is done, and gives the node that runs it.
fn build(app: &Path) -> PathBuf {
    build_with(app, &[])
}

fn build_with(app: &Path, options: &[&str]) -> PathBuf {
    // Test binaries run side by side, and the first of them builds.
    let lock = File::create(directory().join(".lock")).expect("the app's directory can be written to");
    lock.lock().expect("the build can be locked");
    let script = directory().join("build.sh");
    let built = Command::new(script)
        .args(options)
        .arg(app)
        .stderr(Stdio::inherit())
        .output()
        .expect("build.sh can be run");
    assert!(built.status.success(), "an Astro app is not built: see above, or run tests/astro/build.sh");
    String::from_utf8(built.stdout).expect("a path in UTF-8").trim().into()
}
