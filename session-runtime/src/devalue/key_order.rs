//! The order of an object's keys.

/// Whether the keys of an object come in JavaScript's order: array indices ascending, then the others.
#[derive(Default)]
pub(crate) struct KeyOrder {
    last: Option<u32>,
    named: bool,
}

impl KeyOrder {
    /// Takes the next key in; false if it should have come earlier.
    pub(crate) fn accepts(&mut self, key: &str) -> bool {
        let Some(index) = array_index(key) else {
            self.named = true;
            return true;
        };
        let fine = !self.named && self.last.is_none_or(|last| last < index);
        self.last = Some(index);
        fine
    }
}

/// The number that a key is, if JavaScript counts it as an array index.
pub(crate) fn array_index(key: &str) -> Option<u32> {
    let first = *key.as_bytes().first()?;
    if !first.is_ascii_digit() || (first == b'0' && key.len() > 1) || key.len() > 10 {
        return None;
    }
    key.parse().ok().filter(|&index| index < u32::MAX && key.bytes().all(|byte| byte.is_ascii_digit()))
}
