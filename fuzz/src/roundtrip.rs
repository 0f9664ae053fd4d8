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
    let held = devalue::to_string(&(&made, 1, Some(&made))).expect("it was written before");
    let (one, _, other): (Value, u8, Value) = devalue::from_str(&held).expect("what was written is read");
    assert!(one == made && other == made, "another value in a field: {held}");
    // Many are no JSON: rings, Maps. What is some can be read. (Larger ones share so much that their trees are huge.)
    if size < 8
        && let Ok(json) = serde_json::to_string(&made)
    {
        let read: Value = serde_json::from_str(&json).expect("it is JSON");
        assert!(read.to_text().is_ok() || json.contains("__proto__"), "it has a text: {json}");
    }
    let Ok(tree) = devalue::from_str::<serde_json::Value>(&text) else { return };
    // A Map may have the key `__proto__`, an object may not.
    let Ok(again) = devalue::to_string(&tree) else { return };
    assert_eq!(devalue::from_str::<serde_json::Value>(&again).expect("it is a tree's text"), tree);
}
