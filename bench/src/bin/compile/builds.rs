//! Builds single crates of a workspace in the target folder and takes their measure.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use super::generate::Package;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    Debug,
    Release,
}

impl Profile {
    pub const ALL: [Self; 2] = [Self::Debug, Self::Release];

    fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Debug => &[],
            Self::Release => &["--release"],
        }
    }
}

pub struct Builds {
    folder: PathBuf,
}

impl Builds {
    /// Writes all packages and builds the first, so that what all of them depend on is there.
    pub fn prepare(packages: &[Package]) -> Self {
        let program = std::env::current_exe().expect("a path");
        let folder = program.ancestors().nth(2).expect("a target folder").join("compile-bench");
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let runtime = here.join("../session-runtime").canonicalize().expect("the crate");
        let names: Vec<String> = packages.iter().map(|package| format!("{:?}", package.name())).collect();
        let workspace = format!(
            "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[profile.release]\nstrip = true\n",
            names.join(", ")
        );
        for package in packages {
            write(
                &folder.join(package.name()).join("Cargo.toml"),
                &package.manifest(&runtime.display().to_string()),
            );
            write(&folder.join(package.name()).join("src/main.rs"), &package.program());
        }
        write(&folder.join("Cargo.toml"), &workspace);
        fs::copy(here.join("Cargo.lock"), folder.join("Cargo.lock")).expect("a lock");
        let builds = Self { folder };
        for profile in Profile::ALL {
            builds.seconds(packages[0], profile);
        }
        builds
    }

    /// Processor time of building the package anew, and nothing else.
    pub fn seconds(&self, package: Package, profile: Profile) -> f64 {
        write(&self.folder.join(package.name()).join("src/main.rs"), &package.program());
        let before = children_seconds();
        self.cargo(&[&["build", "--package", &package.name()], profile.flags()].concat());
        children_seconds() - before
    }

    /// The size of the release program.
    #[expect(clippy::cast_precision_loss, reason = "figures to be read")]
    pub fn bytes(&self, package: Package) -> f64 {
        let program = self.folder.join("target").join(Profile::Release.folder()).join(package.name());
        fs::metadata(program).expect("a program").len() as f64
    }

    /// Lines of code that rustc hands to LLVM.
    pub fn lines(&self, package: Package) -> f64 {
        let name = package.name();
        let output = self.folder.join("target").join(format!("{name}.ll"));
        let emit = format!("--emit=llvm-ir={}", output.display());
        self.cargo(&["rustc", "--package", &name, "--", &emit, "-Ccodegen-units=1"]);
        let text = fs::read_to_string(output).expect("LLVM code");
        text.lines().filter(|line| line.starts_with(' ')).map(|_| 1.0).sum()
    }

    fn cargo(&self, words: &[&str]) {
        let output = Command::new("cargo")
            .arg("--quiet")
            .args(words)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .env("CARGO_INCREMENTAL", "0")
            .output()
            .expect("cargo");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

/// User and system time of all processes that were waited for.
#[expect(clippy::cast_precision_loss, reason = "figures to be read")]
fn children_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("Unix");
    (usage.user_time().num_microseconds() + usage.system_time().num_microseconds()) as f64 / 1e6
}
