//! Arrays and objects of which nothing has to be known but their children's numbers: their text is written as those come.

use super::Writer;
use crate::devalue::slot::{Printer, Slot};
use crate::devalue::text;

/// A container that was begun: its text so far is the last of the drafts.
pub(crate) struct Draft {
    slot: Slot,
    shell: usize,
    start: usize,
    /// Its last bracket.
    closing: u8,
    printer: Printer,
}

impl Writer {
    pub(crate) fn begin_array(&mut self) -> Draft {
        self.begin(*b"[]")
    }

    pub(crate) fn begin_object(&mut self) -> Draft {
        self.begin(*b"{}")
    }

    fn begin(&mut self, [opening, closing]: [u8; 2]) -> Draft {
        let ((slot, shell), start) = (self.take_shell(), self.drafts.len());
        self.drafts.extend_from_slice(&[b',', opening]);
        Draft { slot, shell, start, closing, printer: Printer::new() }
    }

    /// The key of the child that comes next.
    #[inline]
    pub(crate) fn draft_key(&mut self, key: &str) {
        text::push_key(&mut self.drafts, key);
    }

    #[inline]
    pub(crate) fn draft_child(&mut self, draft: &mut Draft, child: Slot) {
        draft.printer.push_item(child, &mut self.drafts);
    }

    /// Ends it and gives its number.
    pub(crate) fn end(&mut self, draft: &Draft) -> Slot {
        // In place of the comma behind the last child.
        match self.drafts.last_mut() {
            Some(last @ b',') => *last = draft.closing,
            _ => self.drafts.push(draft.closing),
        }
        let start = self.closed.len();
        self.closed.extend_from_slice(self.drafts.get(draft.start..).unwrap_or_default());
        self.drafts.truncate(draft.start);
        self.shut(draft.shell, start);
        draft.slot
    }
}
