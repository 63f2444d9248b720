//! The packet that each thread was given last.
//!
//! Godot copies a packet when the call that hands it out has returned. Another thread may be in the methods of the same
//! peer by then, so the packet belongs to the thread that has asked for it.

use std::cell::RefCell;

use crate::core;

thread_local! {
    static LAST: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps `packet` where it is until this thread calls again, and returns where that is. None: the thread is about to
/// end, and keeps nothing.
pub(super) fn keep(packet: Vec<u8>) -> Option<*const [u8]> {
    let kept = LAST.try_with(|last| {
        core::recycle(last.replace(packet));
        std::ptr::from_ref(last.borrow().as_slice())
    });
    kept.ok()
}
