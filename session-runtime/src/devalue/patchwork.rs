//! A text put together of what is copied from others and of short new pieces.

/// From so many bytes on a copied piece is worth an end of what was put together before.
const LONG: usize = 256;

/// Bytes are checked to be text in the end, which takes as long as copying them; long pieces that are copied from a text
/// are spared that.
#[derive(Default)]
pub(crate) struct Patchwork {
    /// What is known to be text.
    whole: String,
    /// What comes behind it.
    rest: Vec<u8>,
}

impl Patchwork {
    pub(crate) fn clear(&mut self) {
        self.whole.clear();
        self.rest.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.whole.len() + self.rest.len()
    }

    pub(crate) fn capacity(&self) -> usize {
        self.whole.capacity() + self.rest.capacity()
    }

    /// Where new pieces are written to. What was there stays.
    #[inline]
    pub(crate) fn rest(&mut self) -> &mut Vec<u8> {
        &mut self.rest
    }

    /// Copies a piece of another text; `None` where that is none of it, or what was written before is no text.
    #[inline]
    pub(crate) fn copy(&mut self, text: &str, (from, to): (usize, usize)) -> Option<()> {
        if to.checked_sub(from)? < LONG {
            self.rest.extend_from_slice(text.as_bytes().get(from..to)?);
        } else {
            self.join()?;
            self.whole.push_str(text.get(from..to)?);
        }
        Some(())
    }

    /// The text, if it is one.
    pub(crate) fn text(&mut self) -> Option<&str> {
        if self.whole.is_empty() {
            return str::from_utf8(&self.rest).ok();
        }
        self.join()?;
        Some(&self.whole)
    }

    fn join(&mut self) -> Option<()> {
        self.whole.push_str(str::from_utf8(&self.rest).ok()?);
        self.rest.clear();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{LONG, Patchwork};

    #[test]
    fn short_and_long_pieces_stand_in_their_order() {
        let long = "ä".repeat(LONG);
        let mut patchwork = Patchwork::default();
        for _ in 0..2 {
            patchwork.clear();
            let mut expected = String::new();
            for to in [0, 2, LONG - 2, LONG, 2 * LONG, 2] {
                patchwork.rest().push(b'<');
                patchwork.copy(&long, (0, to)).expect("a part of it");
                expected = expected + "<" + &long[..to];
                assert_eq!(patchwork.len(), expected.len());
            }
            assert_eq!(patchwork.text(), Some(expected.as_str()));
        }
    }

    #[test]
    fn what_is_no_text_is_none() {
        let long = "ä".repeat(LONG);
        for (from, to) in [(1, LONG + 1), (0, LONG + 1), (0, 4 * LONG), (LONG, 0)] {
            assert_eq!(Patchwork::default().copy(&long, (from, to)), None, "{from}..{to}");
        }
        let mut patchwork = Patchwork::default();
        patchwork.copy(&long, (0, 1)).expect("is seen later");
        assert_eq!(patchwork.text(), None);
        assert_eq!(patchwork.copy(&long, (0, 2 * LONG)), None);
    }
}
