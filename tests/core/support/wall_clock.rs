//! Clocks that a test can set: what `SystemTime` and `Instant` read is the system's clock plus what this thread has
//! added.
//!
//! The test program has a `clock_gettime` of its own, which the linker prefers to the C library's.

#![allow(unsafe_code, reason = "takes the place of a C function")]

use std::cell::Cell;
use std::time::{Duration, Instant, SystemTime};

thread_local! {
    static ADDED_SECONDS: Cell<i64> = const { Cell::new(0) };
    static WAITED_SECONDS: Cell<i64> = const { Cell::new(0) };
}

/// Moves the monotonic clock on: for what reads it by itself. Sessions are told the time.
pub(crate) fn wait(time: Duration) {
    let before = Instant::now();
    WAITED_SECONDS.set(WAITED_SECONDS.get() + time.as_secs() as i64);
    assert!(before.elapsed() >= time, "the monotonic clock did not move");
}

/// Steps the wall clock by so many hours, as an administrator or a time service does. The monotonic clock goes on.
pub(crate) fn step(hours: i64) {
    let before = SystemTime::now();
    ADDED_SECONDS.set(ADDED_SECONDS.get() + hours * 3600);
    let after = SystemTime::now();
    let moved = if hours < 0 {
        before.duration_since(after)
    } else {
        after.duration_since(before)
    };
    let hour = Duration::from_secs(hours.unsigned_abs() * 3600);
    assert!(
        moved.unwrap().abs_diff(hour) < Duration::from_secs(60),
        "the wall clock did not step"
    );
}

/// `clock_gettime(2)`.
///
/// # Safety
/// `time` is null or valid for a write.
#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: libc::clockid_t, time: *mut libc::timespec) -> libc::c_int {
    // SAFETY: the arguments are the caller's own, for the system call of the same meaning.
    let result = unsafe { libc::syscall(libc::SYS_clock_gettime, clock, time) };
    let added = match clock {
        libc::CLOCK_REALTIME => ADDED_SECONDS.try_with(Cell::get),
        libc::CLOCK_MONOTONIC => WAITED_SECONDS.try_with(Cell::get),
        _ => Ok(0),
    };
    if result == 0 && !time.is_null() {
        // SAFETY: not null, so valid for a write.
        unsafe { (*time).tv_sec += added.unwrap_or(0) };
    }
    result as libc::c_int
}
