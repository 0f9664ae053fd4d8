//! Programs that run in Node, with packages of npm. Node and npm have to be on the machine: without them tests fail.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use serde_json::Value as Json;

/// Installs what `package-lock.json` of a folder under `tests/` names, once, and gives the folder.
///
/// Tests that run at the same time wait for each other.
///
/// # Panics
/// If npm is missing or fails.
pub fn installed(folder: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let wanted = fs::read(folder.join("package-lock.json")).expect("the folder has a package-lock.json");
    let stamp = folder.join("node_modules/.installed");
    fs::create_dir_all(folder.join("node_modules")).expect("the folder can be written to");
    let lock = File::create(folder.join("node_modules.lock")).expect("the folder can be written to");
    lock.lock().expect("the lock can be waited for");
    if fs::read(&stamp).is_ok_and(|found| found == wanted) {
        return folder;
    }
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    let output = Command::new("npm").args(arguments).current_dir(&folder).output();
    let output = output.expect("npm starts: this test needs Node and npm");
    assert!(output.status.success(), "npm ci: {}", String::from_utf8_lossy(&output.stderr));
    fs::write(&stamp, wanted).expect("the folder can be written to");
    folder
}

/// A script that answers one line of JSON with one line of JSON.
#[derive(Debug)]
pub struct Script {
    child: Child,
    answers: BufReader<ChildStdout>,
}

impl Script {
    /// Starts a script of an installed folder.
    ///
    /// # Panics
    /// If Node is missing.
    pub fn start(folder: &Path, script: &str) -> Self {
        let mut command = Command::new("node");
        command.arg(script).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("node starts: this test needs Node");
        let answers = BufReader::new(child.stdout.take().expect("it was piped"));
        Self { child, answers }
    }

    /// Sends all requests and gives an answer for each.
    ///
    /// # Panics
    /// If the script ends, or answers something else than JSON.
    pub fn ask(&mut self, requests: &[Json]) -> Vec<Json> {
        let mut input = self.child.stdin.take().expect("it was piped");
        let answers = thread::scope(|scope| {
            scope.spawn(|| {
                // A script that has ended is noticed by its missing answers.
                let _ = requests.iter().try_for_each(|request| writeln!(input, "{request}"));
            });
            let answers: Result<Vec<Json>, String> = requests.iter().map(|_| self.answer()).collect();
            if answers.is_err() {
                let _ = self.child.kill();
            }
            answers
        });
        self.child.stdin = Some(input);
        answers.expect("the script answers every request with a line of JSON")
    }

    fn answer(&mut self) -> Result<Json, String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(|error| error.to_string())?;
        serde_json::from_str(&line).map_err(|error| format!("{error} in {line:?}"))
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
