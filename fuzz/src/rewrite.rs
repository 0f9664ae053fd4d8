use session_runtime::devalue::{Document, Field, MapWriter, Part, Value};

use crate::entropy::Entropy;
use crate::graft::{Places, Record};
use crate::value::{Features, value};

/// A record rewritten by `MapWriter` is what a rebuild through `Value` gives, byte for byte.
///
/// # Panics
/// If that does not hold.
pub fn document_rewrite(data: &[u8]) {
    let mut entropy = Entropy::from_bytes(data);
    let old = record(&mut entropy);
    let document = Document::parse(old.as_str()).expect("it was written just now");
    let parsed = Value::parse(&old).expect("it was written just now");
    let Part::Map(pairs) = parsed.get(parsed.root()) else { panic!("a record is a Map") };
    let new: Vec<(String, String)> =
        (0..entropy.below(4)).map(|at| (format!("new{at}"), text(&mut entropy))).collect();
    let open = |(_, text): &(String, String)| {
        let document = Document::parse(text.as_str()).expect("a text");
        if entropy.once_in(2) { document.root().to_document().expect("a value") } else { document }
    };
    let opened: Vec<Document> = new.iter().map(open).collect();

    let (mut writer, mut wanted, mut places) = (MapWriter::new(), Record::default(), Places::default());
    for ((key, node), &pair) in document.root().map_entries().expect("a Map").zip(pairs) {
        if !entropy.once_in(3) {
            writer.keep(key, node);
            wanted.keep(&parsed, pair, &mut places);
        }
    }
    for ((key, text), document) in new.iter().zip(&opened) {
        let expires = (!entropy.once_in(2)).then(|| f64::from(entropy.byte()));
        let data = if entropy.once_in(4) { Field::Text(text) } else { Field::Node(document.root()) };
        writer.put(key, &[("data", data), ("expires", expires.map_or(Field::Undefined, Field::Number))]);
        wanted.put(key, &Value::parse(text).expect("a text"), expires);
    }
    let written = writer.finish().expect("all of it is well-formed");
    let text = &**written.text();
    assert_eq!(text, wanted.finish().expect("all of it has a form"));
    let read = Document::parse(text).expect("a text");
    assert_eq!(read.root().to_text().expect("it is well-formed"), text, "it is canonical");
    assert_eq!(read, written, "its entries are where they were said to be");
}

fn text(entropy: &mut Entropy<'_>) -> String {
    let size = entropy.below(12);
    value(entropy, size, Features { modern: true, custom: false })
        .to_text()
        .expect("every such value has a text")
}

/// A record whose entries may share parts.
fn record(entropy: &mut Entropy<'_>) -> String {
    let size = 2 + entropy.below(24);
    let mut value = value(entropy, size, Features { modern: true, custom: false });
    let refs: Vec<_> = std::iter::once(value.root()).chain(value.get(value.root()).children()).collect();
    let count = entropy.below(6);
    let mut pairs = Vec::new();
    for at in 0..count {
        let key = value.add(format!("key{at}"));
        let data = *entropy.pick(&refs);
        pairs.push((key, value.add(Part::object([("data", data)]))));
    }
    let root = value.add(Part::map(pairs));
    value.set_root(root);
    value.to_text().expect("every such value has a text")
}
