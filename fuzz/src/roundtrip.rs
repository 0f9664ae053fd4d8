use session_runtime::devalue::{self, Document, Limits, Value};

use crate::entropy::Entropy;
use crate::value::{Features, value};

/// What is written is read as the same value, and written again as the same text.
///
/// # Panics
/// If that does not hold.
pub fn roundtrip(data: &[u8]) {
    let mut entropy = Entropy::from_bytes(data);
    let size = entropy.below(40);
    let made = value(&mut entropy, size, Features { modern: true, custom: true });
    let text = made.to_text().expect("every value of this sort has a text");
    let read =
        Value::parse_with(&text, &Limits::default(), &["Money", "Point"]).expect("what was written is read");
    assert!(read == made, "another value: {text}");
    assert_eq!(read.to_text().expect("it was written before"), text);
    let document = Document::parse(text.as_str()).expect("it is a text");
    assert_eq!(document.root().to_text().expect("it is well-formed"), text);
    let Ok(tree) = devalue::from_str::<serde_json::Value>(&text) else { return };
    // A Map may have the key `__proto__`, an object may not.
    let Ok(again) = devalue::to_string(&tree) else { return };
    assert_eq!(devalue::from_str::<serde_json::Value>(&again).expect("it is a tree's text"), tree);
}
