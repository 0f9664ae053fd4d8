//! The crates that are built: the same struct with one derive, another, or none.

use std::fmt::Write as _;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    pub derive: Derive,
    pub used: Use,
    pub keys: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Derive {
    None,
    SessionData,
    Serde,
}

/// Whether the program does something with each key, or only has the struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    Declared,
    Used,
}

impl Derive {
    pub const ALL: [Self; 3] = [Self::None, Self::SessionData, Self::Serde];

    fn attribute(self) -> &'static str {
        match self {
            Self::None => "",
            Self::SessionData => "#[derive(session_runtime::SessionData)]",
            Self::Serde => "#[derive(serde::Serialize, serde::Deserialize)]",
        }
    }
}

impl Use {
    pub const ALL: [Self; 2] = [Self::Declared, Self::Used];
}

/// What sessions hold, in turn.
const TYPES: [&str; 6] = ["u64", "String", "Vec<String>", "bool", "Option<u32>", "f64"];

impl Package {
    pub fn name(self) -> String {
        format!("{:?}-{:?}-{}", self.derive, self.used, self.keys).to_lowercase()
    }

    /// All crates have the same dependencies, so that linking them costs the same.
    pub fn manifest(self, runtime: &str) -> String {
        format!(
            "[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             session-runtime = {{ path = {runtime:?}, default-features = false }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\nserde_json = \"1\"\n",
            self.name()
        )
    }

    pub fn program(self) -> String {
        let mut text = format!("{}\npub struct Keys {{\n", self.derive.attribute());
        for (nth, of) in (0..self.keys).zip(TYPES.iter().cycle()) {
            let _ = writeln!(text, "    pub key{nth}: {of},");
        }
        text.push_str("}\n");
        text.push_str(&match (self.used, self.derive) {
            (Use::Declared, _) | (_, Derive::None) => "fn main() {}\n".to_owned(),
            (Use::Used, Derive::Serde) => USE_SERDE.to_owned(),
            (Use::Used, Derive::SessionData) => self.accessors(),
        });
        text
    }

    /// In functions of ten keys, as handlers would have them.
    fn accessors(self) -> String {
        let mut text = String::new();
        let parts = self.keys.div_ceil(10);
        for part in 0..parts {
            let _ = writeln!(text, "fn part{part}(session: &Session) -> Result<(), Error> {{");
            for nth in part * 10..self.keys.min(part * 10 + 10) {
                let _ = writeln!(
                    text,
                    "    let value = session.key{nth}().get()?.unwrap_or_default();\n    session.key{nth}().set(value)?;"
                );
            }
            text.push_str("    Ok(())\n}\n");
        }
        let calls: String = (0..parts).map(|part| format!("part{part}(&session)?; ")).collect();
        format!(
            "use session_runtime::Error;\ntype Session = session_runtime::Session<Keys>;\n{text}\
             fn main() {{ std::hint::black_box(all as fn(Session) -> Result<(), Error>); }}\n\
             fn all(session: Session) -> Result<(), Error> {{ {calls}Ok(()) }}\n"
        )
    }
}

const USE_SERDE: &str = "fn main() {
    std::hint::black_box(all as fn(&str) -> serde_json::Result<String>);
}
fn all(text: &str) -> serde_json::Result<String> {
    let keys: Keys = serde_json::from_str(text)?;
    serde_json::to_string(&keys)
}
";
