//! Whose `update` closures run on this thread: one that changed its own session would run again and again, since each
//! change of a session makes the `update`s that are under way start anew.

use std::cell::RefCell;

thread_local! {
    /// The innermost last, since a closure may update another session.
    static RUNNING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Lasts while a closure runs.
pub(super) struct Updating;

impl Updating {
    pub(super) fn begin(session: usize) -> Self {
        let _ = RUNNING.try_with(|running| running.borrow_mut().push(session));
        Self
    }

    /// Whether a closure of this session runs on this thread.
    pub(super) fn is_on(session: usize) -> bool {
        RUNNING.try_with(|running| running.borrow().contains(&session)).unwrap_or(false)
    }
}

impl Drop for Updating {
    fn drop(&mut self) {
        let _ = RUNNING.try_with(|running| running.borrow_mut().pop());
    }
}
