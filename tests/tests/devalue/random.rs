//! Random values come back as they were, random rewrites are what a rebuild gives, and damaged texts are refused or
//! read: the properties are those of `fuzz/`, fed with random bytes here, and with a fuzzer's there.

use proptest::prelude::*;
use session_runtime::devalue;

use crate::npm::mutations;

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn values_come_back(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
        session_fuzz::roundtrip(&bytes);
    }

    #[test]
    fn rewrites_are_what_a_rebuild_gives(bytes in prop::collection::vec(any::<u8>(), 0..800)) {
        session_fuzz::document_rewrite(&bytes);
    }

    #[test]
    fn strings_and_numbers_come_back(text in any::<String>(), number in any::<f64>(), integer in any::<i128>()) {
        let written = devalue::to_string(&(&text, number, integer)).unwrap();
        let (read, back, whole): (String, f64, i128) = devalue::from_str(&written).unwrap();
        prop_assert_eq!(read, text);
        prop_assert!(back.to_bits() == number.to_bits() || (back.is_nan() && number.is_nan()));
        prop_assert_eq!(whole, integer);
    }

    #[test]
    fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        session_fuzz::decode(&bytes);
    }
}

#[test]
fn damaged_texts_are_refused_or_read() {
    for text in mutations(6_000) {
        session_fuzz::decode(text.as_bytes());
    }
}
