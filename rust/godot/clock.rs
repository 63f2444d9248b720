//! The time of one call.

use std::cell::OnceCell;
use std::time::Instant;

/// The time of one call from a script, read when it is first needed. A poll of an idle peer, of which a server has many,
/// needs none.
#[derive(Default)]
pub(super) struct Clock(OnceCell<Instant>);

impl Clock {
    /// The same for the whole call.
    pub(super) fn now(&self) -> Instant {
        *self.0.get_or_init(Instant::now)
    }
}
