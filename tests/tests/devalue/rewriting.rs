//! `MapWriter` fed with damaged texts.

use session_runtime::devalue::{Document, ErrorKind, Field, MapWriter};

#[test]
fn a_damaged_part_makes_the_whole_fail() {
    let damaged = [r#"[{"a":7}]"#, r#"[[1,{"a":2}]]"#, r#"[["RegExp","a",["g"]]]"#, "[", "-2"];
    for text in damaged {
        let mut writer = MapWriter::new();
        writer.put("a", &[("data", Field::Text(text)), ("expires", Field::Undefined)]);
        writer.put("b", &[("data", Field::Text("[[1],2]")), ("expires", Field::Number(1.0))]);
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::Syntax, "{text}");
        let Ok(document) = Document::parse(text) else { continue };
        let mut writer = MapWriter::new();
        writer.put("a", &[("data", Field::Node(document.root()))]);
        writer.keep(document.root(), document.root());
        assert_eq!(writer.finish().unwrap_err().kind(), ErrorKind::Syntax, "{text}");
    }
}
