//! The memory of a writer that is done goes to the thread's next one: for a session of 100 kB new memory costs as much
//! as the writing.

use std::cell::Cell;

use super::frame::Frame;
use super::{Item, Shell, Writer};

thread_local! {
    static SPARE: Cell<Option<Box<Writer>>> = const { Cell::new(None) };
}

/// How much memory a thread keeps at most for its next writer, whatever that will write.
const KEPT: usize = 4 << 20;

/// How much it keeps at most where large texts are usual.
const MOST: usize = 64 << 20;

/// How much memory a text may be expected to need, as many times its length. What is held beyond is not in use.
const PER_BYTE: usize = 8;

impl Writer {
    pub(crate) fn new() -> Box<Self> {
        match SPARE.try_with(Cell::take).ok().flatten() {
            Some(writer) if writer.primitives.capacity() > 0 => writer,
            empty => Self::with_room(empty.unwrap_or_default()),
        }
    }

    /// Takes what a small session needs: it would ask for more fifteen times.
    #[cold]
    fn with_room(mut self: Box<Self>) -> Box<Self> {
        self.primitives.reserve_exact(512);
        self.closed.reserve_exact(256);
        self.drafts.reserve_exact(256);
        self.frames.reserve_exact(4);
        self.shells.reserve_exact(8);
        self.starts.reserve_exact(64);
        self
    }

    /// Leaves the memory for the thread's next writer; of more than a little only what two texts in a row had need of.
    pub(super) fn recycle(mut self: Box<Self>) {
        let length = self.primitives.len() + self.closed.len();
        let usual = length.min(self.length_before).saturating_mul(PER_BYTE);
        if self.held() > usual.clamp(KEPT, MOST) {
            *self = Self::default();
        }
        self.length_before = length;
        self.clear();
        // Without a place for it, at the very end of a thread, the memory is simply freed.
        let _ = SPARE.try_with(|spare| spare.set(Some(self)));
    }

    /// How many bytes of memory it has.
    fn held(&self) -> usize {
        let entries = self.primitives.capacity() + self.closed.capacity() + self.starts.capacity() * 4;
        let texts = self.drafts.capacity() + self.keys.capacity();
        let whole = self.whole.0.capacity() + self.whole.1.capacity() * 4;
        let lists = self.shells.capacity() * size_of::<Shell>() + self.items.capacity() * size_of::<Item>();
        let frames = self.frames.capacity() * size_of::<Frame>();
        entries + texts + whole + lists + frames + self.table.bytes()
    }

    fn clear(&mut self) {
        self.primitives.clear();
        self.closed.clear();
        self.drafts.clear();
        self.frames.clear();
        self.shells.clear();
        self.starts.clear();
        self.items.clear();
        self.keys.clear();
        self.table.clear();
        self.constants = [None; 3];
        self.out_of_order = false;
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, MOST, SPARE, Writer};

    /// What the thread holds after writing as many different numbers.
    fn held_after(numbers: u64) -> usize {
        let mut writer = Writer::new();
        let open = writer.open();
        for number in 0..numbers {
            let slot = writer.small(false, 1_000_000 + number);
            writer.push_item(slot);
        }
        writer.close_array(&open);
        writer.finish(open.slot).expect("a text");
        SPARE.with(|spare| {
            let writer = spare.take();
            let held = writer.as_ref().map_or(0, |writer| writer.held());
            spare.set(writer);
            held
        })
    }

    #[test]
    fn much_memory_is_kept_where_it_is_needed_again_and_again() {
        let held = [100, 400_000, 400_000, 400_000, 100, 400_000, 100].map(held_after);
        let [small, first, second, third, small_again, single, last] = held;
        assert!((1..KEPT).contains(&small), "{held:?}");
        assert_eq!([first, small_again, single], [0; 3], "{held:?}");
        assert!((KEPT..MOST).contains(&second) && second == third, "{held:?}");
        assert_eq!(last, small, "{held:?}");
        let held = [3_000_000, 3_000_000].map(held_after);
        assert_eq!(held, [0; 2], "more than is ever kept");
    }
}
