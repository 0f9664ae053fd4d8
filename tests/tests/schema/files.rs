//! Files that are out of date: shown, written anew, and left alone where they are somebody else's.

use std::fs;
use std::path::Path;
use std::process::Command;

use session_runtime::SessionData;
use session_runtime::schema::{Bless, Files};
use tempfile::TempDir;

#[derive(SessionData)]
#[session(schema)]
struct Shop {
    /// The signed-in customer.
    user: String,
}

#[derive(SessionData)]
#[session(schema)]
struct Lang {
    lang: String,
}

/// A directory of a test's own, removed at the end.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(TempDir::with_prefix("session-schema-").unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, text: &str) {
        fs::write(self.path().join("env.d.ts"), text).unwrap();
    }

    fn read(&self) -> String {
        fs::read_to_string(self.path().join("env.d.ts")).unwrap()
    }

    fn files(&self) -> Files {
        Files::of_crate(self.path()).typescript("env.d.ts")
    }
}

const SHOP: &str = "// <session-runtime Shop>
// Generated from the Rust struct `Shop`. To write it anew: SESSION_BLESS=1 cargo test
declare namespace App {
  interface SessionData {
    /** The signed-in customer. */
    user: string;
  }
}
// </session-runtime Shop>
";

#[test]
fn an_absent_file_is_out_of_date_until_it_is_written() {
    let folder = Folder::new();
    let files = Files::of_crate(folder.path()).typescript("web/src/env.d.ts");
    let message = files.clone().bless(Bless::Never).check::<Shop>().unwrap_err().to_string();
    assert!(
        message.starts_with("web/src/env.d.ts is out of date. To write it anew: SESSION_BLESS=1 cargo test"),
        "{message}"
    );
    assert!(message.contains("+    user: string;"), "{message}");
    assert!(!folder.path().join("web").exists());

    files.clone().bless(Bless::Compatible).check::<Shop>().unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("web/src/env.d.ts")).unwrap(), SHOP);
    files.bless(Bless::Never).check::<Shop>().unwrap();
}

#[test]
fn what_differs_is_shown() {
    let folder = Folder::new();
    folder.write(&SHOP.replace("user: string", "user: number"));
    let error = folder.files().bless(Bless::Never).check::<Shop>().unwrap_err();
    // What a failing test prints is `Debug`.
    let message = format!("{error:?}");
    assert!(message.contains("-    user: number;\n+    user: string;\n"), "{message}");
}

#[test]
fn what_others_wrote_stays_and_structs_share_a_file() {
    let folder = Folder::new();
    let hand =
        "/// <reference types=\"astro/client\" />\n\ndeclare namespace App {\n  interface Locals {}\n}\n";
    folder.write(hand);
    folder.files().bless(Bless::Compatible).check::<Shop>().unwrap();
    folder.files().bless(Bless::Compatible).check::<Lang>().unwrap();
    let text = folder.read();
    assert!(text.starts_with(&format!("{hand}\n{SHOP}\n// <session-runtime Lang>\n")), "{text}");
    folder.write(
        &text
            .replace("user: string", "usr: string")
            .replace("interface Locals {}", "interface Locals { a: 1 }"),
    );
    folder.files().bless(Bless::Never).check::<Lang>().unwrap();
    folder.files().bless(Bless::Compatible).check::<Shop>().unwrap();
    assert_eq!(folder.read(), text.replace("interface Locals {}", "interface Locals { a: 1 }"));
}

#[test]
fn in_a_module_it_is_global() {
    let folder = Folder::new();
    folder.write("import type { A } from \"./a\";\n");
    folder.files().bless(Bless::Compatible).check::<Shop>().unwrap();
    let text = folder.read();
    assert!(text.contains("declare global {\n  namespace App {\n    interface SessionData {\n"), "{text}");
    folder.files().bless(Bless::Never).check::<Shop>().unwrap();
}

#[test]
fn damaged_marks_are_never_written_over() {
    let folder = Folder::new();
    let damaged = SHOP.replace("// </session-runtime Shop>", "");
    folder.write(&damaged);
    let message = folder.files().bless(Bless::Compatible).check::<Shop>().unwrap_err().to_string();
    assert!(message.contains("env.d.ts: expected one line `// <session-runtime Shop>`"), "{message}");
    assert_eq!(folder.read(), damaged);
}

#[test]
fn line_ends_of_another_system_are_no_difference_and_stay() {
    let folder = Folder::new();
    folder.write(&SHOP.replace('\n', "\r\n"));
    folder.files().bless(Bless::Never).check::<Shop>().unwrap();
    folder.write(&SHOP.replace("user", "usr").replace('\n', "\r\n"));
    folder.files().bless(Bless::Compatible).check::<Shop>().unwrap();
    assert_eq!(folder.read(), SHOP.replace('\n', "\r\n"));
}

#[test]
fn writers_wait_for_each_other() {
    let folder = Folder::new();
    std::thread::scope(|scope| {
        for round in 0..8 {
            let files = folder.files().bless(Bless::Compatible);
            scope.spawn(move || match round % 2 {
                0 => files.check::<Shop>().unwrap(),
                _ => files.check::<Lang>().unwrap(),
            });
        }
    });
    folder.files().bless(Bless::Never).check::<Shop>().unwrap();
    folder.files().bless(Bless::Never).check::<Lang>().unwrap();
    assert_eq!(folder.read().matches("Generated from").count(), 2);
}

/// The environment decides, so this runs itself once more in other environments.
#[test]
fn the_environment_says_whether_to_write() {
    const FOLDER: &str = "SESSION_TEST_FOLDER";
    if let Some(folder) = std::env::var_os(FOLDER) {
        return Files::of_crate(folder).typescript("env.d.ts").check::<Shop>().unwrap();
    }
    let name = "files::the_environment_says_whether_to_write";
    let cases: [(&[(&str, &str)], bool); 6] = [
        (&[], false),
        (&[("SESSION_BLESS", "0")], false),
        (&[("SESSION_BLESS", "1"), ("CI", "true")], false),
        (&[("SESSION_BLESS", "yes")], false),
        (&[("SESSION_BLESS", "1"), ("CI", "")], true),
        (&[("SESSION_BLESS", "breaking")], true),
    ];
    for (environment, written) in cases {
        let folder = Folder::new();
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args([name, "--exact"]).env_remove("CI").env_remove("SESSION_BLESS").env(FOLDER, folder.path());
        let output = child.envs(environment.iter().copied()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("running 1 test"), "{text}");
        assert_eq!(output.status.success(), written, "{environment:?}\n{text}");
        assert_eq!(folder.path().join("env.d.ts").exists(), written, "{environment:?}");
    }
}
