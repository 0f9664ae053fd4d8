//! Rows in processes of their own: what ran before in a process, and where its memory lies, would count with them.

use std::process::Command;

use super::sample::{Figures, median};

/// What a process is told that is to measure one row.
const ROW: &str = "--row";

/// The row that this process is to measure.
pub(crate) fn asked_for() -> Option<String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != ROW);
    arguments.nth(1)
}

/// Makes this process one that has had several threads, as a server has: in others glibc's memory is quicker, since it
/// needs no atomic operations.
pub(crate) fn have_threads() {
    std::thread::spawn(|| ()).join().expect("nothing panics");
}

/// Tells the process that asked.
pub(crate) fn answer(figures: &Figures) {
    println!("{}", serde_json::to_string(figures).expect("figures are JSON"));
}

/// The median of what so many processes find, with the lowest and the highest of their ratios.
pub(crate) fn measure(row: &str, processes: usize) -> (Figures, [f64; 2]) {
    let all: Vec<Figures> = (0..processes).map(|_| ask(row)).collect();
    let ratios = || all.iter().map(|figures| figures.ratio);
    let (lowest, highest) = (ratios().fold(f64::MAX, f64::min), ratios().fold(0.0, f64::max));
    let figures = Figures {
        ours: median(all.iter().map(|figures| figures.ours).collect()),
        base: median(all.iter().map(|figures| figures.base).collect()),
        ratio: median(ratios().collect()),
    };
    (figures, [lowest, highest])
}

fn ask(row: &str) -> Figures {
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program).args([ROW, row]).output().expect("this program runs");
    assert!(output.status.success(), "{row}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a process answers with figures")
}
