//! How the time of a request grows with the number of sessions, of keys, and of bytes: exponents, and a plot of each.
//!
//! `cargo run --release --bin scale [SESSIONS]`: up to so many stored sessions (1,000,000). Plots go to `bench/plots`.

mod fit;
mod grow;
mod plot;

use session_bench::contenders;
use session_bench::table::{markdown, verdict};

use self::grow::{Curve, Grown};

/// Three curves for reading one key, three for changing it.
const AXES: [(&str, &str); 3] = [
    ("sessions", "stored sessions"),
    ("keys", "keys in the session, 12 bytes each"),
    ("bytes", "bytes in the session's ten keys"),
];

fn main() {
    let sessions = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let grown: Vec<Grown> = actix_web::rt::System::new().block_on(async {
        let mut grown = Vec::new();
        let mut contenders = contenders::keeping(None).await;
        // Each is gone before the next one fills its store.
        while !contenders.is_empty() {
            grown.push(grow::all(contenders.remove(0), sessions).await);
        }
        grown
    });
    println!(
        "Exponents of a line through the times on logarithmic axes (0: flat, 1: twice the size takes twice the time), and \
         how many times longer a request takes at the largest size than at the smallest.\n"
    );
    println!("{}", table(&grown));
    println!("{}", mark(&grown));
    for (nth, (name, axis)) in AXES.iter().enumerate() {
        for (what, curve) in [("read", Grown::read as fn(&Grown, usize) -> &Curve), ("change", Grown::change)]
        {
            let series: Vec<(&str, &Curve)> = grown.iter().map(|of| (of.name, curve(of, nth))).collect();
            let file = format!("plots/{name}-{what}.svg");
            let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
            plot::draw(&path, &format!("{what} one key"), axis, &series).expect("a plot");
            println!("![Processor time to {what} one key, by {axis}]({file})");
        }
    }
    println!();
}

/// The cost against the number of sessions.
fn mark(grown: &[Grown]) -> String {
    const FLAT: f64 = 0.05;
    let ours = grown.iter().find(|of| of.name == "session-runtime").expect("a contender");
    let exponents = [ours.read(0), ours.change(0)].map(|curve| fit::exponent(curve));
    let [read, change] = exponents;
    let reached = verdict(exponents.iter().all(|exponent| *exponent <= FLAT));
    format!(
        "Ours against the number of sessions: {read:.3} to read, {change:.3} to change (mark: flat, which is below {FLAT}), \
         {reached}.\n"
    )
}

fn table(grown: &[Grown]) -> String {
    let head = ["", "sessions: read", "change", "keys: read", "change", "bytes: read", "change"];
    let rows = grown.iter().map(|of| {
        let cells = (0..AXES.len()).flat_map(|nth| [of.read(nth), of.change(nth)]).map(|curve| {
            let (first, last) = (curve[0], curve[curve.len() - 1]);
            format!("{:.2} ({:.1}×)", fit::exponent(curve), last.1 / first.1)
        });
        [of.name.to_owned()].into_iter().chain(cells).collect()
    });
    markdown(&head, rows)
}
