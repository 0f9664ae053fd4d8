//! The stored counts: one line per case, in a file that is read in a diff.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

/// How far a count may be from the stored one, in parts of a hundred: above what another C library or a patch release of
/// the compiler makes of the same source, below what a change worth a thought costs.
const TOLERANCE: f64 = 3.0;

const SAVE: &str = "cargo run --release -p session-guard -- --save";

/// Counts belong to one kind of processor, as instructions do.
fn path() -> String {
    format!("{}/counts.{}.txt", env!("CARGO_MANIFEST_DIR"), std::env::consts::ARCH)
}

#[derive(Debug)]
pub(crate) struct Baseline {
    compiler: String,
    counts: BTreeMap<String, u64>,
}

impl Baseline {
    pub(crate) fn load() -> Result<Self, String> {
        let path = path();
        let text =
            std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}; {SAVE} makes it"))?;
        let (compiler, lines) = text.split_once('\n').unwrap_or_default();
        let line = |line: &str| {
            let (count, name) = line.trim().split_once("  ")?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        let counts = lines.lines().map(|text| line(text).ok_or_else(|| format!("{path}: no count: {text}")));
        Ok(Self { compiler: compiler.to_owned(), counts: counts.collect::<Result<_, _>>()? })
    }

    /// Whether a case may take so many.
    pub(crate) fn allows(&self, name: &str, count: u64) -> bool {
        self.counts.get(name).is_some_and(|stored| percent(*stored, count) <= TOLERANCE)
    }

    /// Prints a table; an error if a case takes more instructions than it may, or there is nothing to compare it with.
    pub(crate) fn compare(&self, counts: &[(String, u64)]) -> Result<(), String> {
        println!("{:<40} {:>10} {:>10} {:>8}", "instructions per request or call", "stored", "now", "");
        let (mut worse, mut better) = (0, 0);
        for (name, now) in counts {
            let Some(stored) = self.counts.get(name) else {
                println!("{name:<40} {:>10} {now:>10}  NOT STORED", "–");
                worse += 1;
                continue;
            };
            let change = percent(*stored, *now);
            let verdict = if change > TOLERANCE {
                worse += 1;
                "MORE"
            } else if change < -TOLERANCE {
                better += 1;
                "fewer"
            } else {
                ""
            };
            println!("{name:<40} {stored:>10} {now:>10} {change:>+7.2}%  {verdict}");
        }
        if better > 0 {
            println!("{better} of the cases have become cheaper; this keeps them so: {SAVE}");
        }
        if worse == 0 { Ok(()) } else { Err(self.complaint(worse)) }
    }

    fn complaint(&self, worse: usize) -> String {
        let mut text = format!(
            "{worse} of the cases take over {TOLERANCE} % more instructions than stored, or are new. If the change is \
             worth that, store the counts and say why in the commit: {SAVE}"
        );
        let compiler = compiler();
        if compiler != self.compiler {
            let _ = write!(text, "\nThe counts were stored with {}; this is {compiler}.", self.compiler);
        }
        text
    }
}

pub(crate) fn save(counts: &[(String, u64)]) -> Result<(), String> {
    let mut text = compiler() + "\n";
    for (name, count) in counts {
        let _ = writeln!(text, "{count:>8}  {name}");
    }
    print!("{text}");
    let path = path();
    std::fs::write(&path, text).map_err(|error| format!("{path}: {error}"))
}

fn compiler() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "figures to be read")]
fn percent(stored: u64, now: u64) -> f64 {
    (now as f64 / stored as f64 - 1.0) * 100.0
}
