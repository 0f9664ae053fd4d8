//! The end of a writing: the pieces are put into the order of their numbers.

use super::{SHELL, Writer};
use crate::devalue::document::Document;
use crate::devalue::error::{Error, ErrorKind};
use crate::devalue::slot::Slot;

impl Writer {
    /// The whole text, with `root` as its value.
    pub(crate) fn finish(self: Box<Self>, root: Slot) -> Result<String, Error> {
        self.check_count()?;
        let mut text = Vec::new();
        self.lay_out(root, &mut text);
        self.recycle();
        String::from_utf8(text).map_err(|_| not_text())
    }

    /// The whole text, with `root` as its value, and where its entries start.
    pub(crate) fn finish_document(mut self: Box<Self>, root: Slot) -> Result<Document, Error> {
        self.check_count()?;
        let (mut text, mut starts) = std::mem::take(&mut self.whole);
        text.clear();
        starts.clear();
        self.lay_out(root, &mut text);
        if root.index().is_some() {
            self.locate(&mut starts);
        }
        if u32::try_from(text.len()).is_err() {
            return Err(Error::new(ErrorKind::Limit, "a text of more than 4 GiB"));
        }
        let document = Document::written(str::from_utf8(&text).map_err(|_| not_text())?, &starts, root);
        self.whole = (text, starts);
        self.recycle();
        Ok(document)
    }

    fn check_count(&self) -> Result<(), Error> {
        match Slot::entry(self.starts.len()) {
            Some(_) => Ok(()),
            None => Err(Error::new(ErrorKind::Limit, "more entries than a text may have")),
        }
    }

    fn lay_out(&self, root: Slot, out: &mut Vec<u8>) {
        if root.index().is_none() {
            return root.push_to(out);
        }
        out.reserve_exact(self.primitives.len() + self.closed.len() + 1);
        let mut from = 0;
        for shell in &self.shells {
            out.extend_from_slice(self.primitives.get(from..shell.before).unwrap_or_default());
            out.extend_from_slice(self.closed.get(shell.start..shell.end).unwrap_or_default());
            from = shell.before;
        }
        out.extend_from_slice(self.primitives.get(from..).unwrap_or_default());
        // In place of the comma before the first entry.
        if let Some(first) = out.first_mut() {
            *first = b'[';
        }
        out.push(b']');
    }

    /// Where the entries start in what [`Self::lay_out`] writes: the bracket stands where the first comma would, so
    /// every primitive is as far on as the containers before it are long.
    #[allow(clippy::cast_possible_truncation, reason = "the whole text has less than 4 GiB")]
    fn locate(&self, starts: &mut Vec<u32>) {
        let (mut shells, mut containers) = (self.shells.iter(), 0_u32);
        starts.extend(self.starts.iter().map(|&start| match (start, shells.as_slice()) {
            (SHELL, [shell, ..]) => {
                let place = shell.before as u32 + containers + 1;
                containers += (shell.end - shell.start) as u32;
                shells.next();
                place
            }
            _ => start.wrapping_add(containers),
        }));
    }
}

fn not_text() -> Error {
    Error::new(ErrorKind::Unsupported, "a string that is not UTF-8")
}
