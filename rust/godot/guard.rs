//! The border that no panic crosses.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs `body`. None: it panicked.
///
/// A panic that leaves a method which Godot calls would leave its return value uninitialised. The panic hook of the
/// `godot` crate has printed the message and its place by then.
pub(super) fn guard<T>(body: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(body)).ok()
}
