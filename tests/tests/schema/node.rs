//! Programs of npm: installed once, run by the tests.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder with `package.json`.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("typescript")
}

/// Installs what `package-lock.json` lists, unless it is there. Tests and processes wait for each other.
pub(crate) fn install() {
    let folder = folder();
    let modules = folder.join("node_modules");
    fs::create_dir_all(&modules).unwrap();
    let lock = OpenOptions::new().create(true).append(true).open(folder.join("node_modules.lock")).unwrap();
    lock.lock().unwrap();
    let wanted = fs::read(folder.join("package-lock.json")).unwrap();
    let stamp = modules.join(".session-installed");
    if fs::read(&stamp).is_ok_and(|found| found == wanted) {
        return;
    }
    let mut npm = Command::new("npm");
    npm.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    succeeded("npm ci", npm.output());
    fs::write(stamp, wanted).unwrap();
}

/// Runs a program of an installed package, or a script of the folder.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Output {
    install();
    let folder = folder();
    let program = match program.ends_with(".mjs") {
        true => folder.join(program),
        false => folder.join("node_modules/.bin").join(program),
    };
    // Programs of npm are scripts, on every system.
    Command::new("node")
        .arg(fs::canonicalize(program).unwrap())
        .args(arguments)
        .output()
        .expect("node is installed")
}

/// What the program printed; it must have ended well.
pub(crate) fn succeeded(name: &str, output: std::io::Result<Output>) -> String {
    let output = output.unwrap_or_else(|cause| panic!("{name} cannot be started: {cause}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} failed\n{text}\n{errors}");
    text
}
