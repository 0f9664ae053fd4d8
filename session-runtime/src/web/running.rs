//! The exchange of a handler that is not done.

use crate::Exchange;

/// The status that an inner service's failure counts as: what its handler changed is not written.
pub(super) const FAILED: u16 = 500;

/// Gives up the changes of a request that is dropped before its handler is done, as when its client has gone away.
#[derive(Debug)]
pub(super) struct Running(pub(super) Option<Exchange>);

impl Running {
    /// The handler is done: its exchange, if it used its session.
    pub(super) fn end(&mut self) -> Option<Exchange> {
        self.0.take_if(|exchange| !exchange.is_untouched())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(exchange) = &self.0 {
            exchange.abandon();
        }
    }
}
