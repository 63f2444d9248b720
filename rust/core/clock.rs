//! OpenSSL's idea of the time is the time that the caller passed in.
//!
//! OpenSSL's DTLS timers read the wall clock through `gettimeofday` and ignore a retransmission that is not due by it:
//! a clock that steps back an hour would stop all retransmission for an hour. OpenSSL is linked statically, so a
//! private `gettimeofday` in this library takes the place of the system's, for OpenSSL alone. It answers with the
//! [`Instant`] that stands while [`at`] runs: monotonic in a game, virtual in a test.
//!
//! Where the linker does not let a library replace the function (anything but Linux), OpenSSL keeps the wall clock.

use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

thread_local! {
    static NOW: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// A moment on both clocks, taken once a process.
static START: OnceLock<(Instant, Duration)> = OnceLock::new();

fn start() -> (Instant, Duration) {
    *START.get_or_init(|| {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (Instant::now(), wall)
    })
}

/// Runs `operation` while OpenSSL's clock, on this thread, stands at `now`.
pub(crate) fn at<T>(now: Instant, operation: impl FnOnce() -> T) -> T {
    struct Restore(Option<Instant>);
    impl Drop for Restore {
        fn drop(&mut self) {
            NOW.set(self.0);
        }
    }
    let _restore = Restore(NOW.replace(Some(now)));
    operation()
}

/// The wall time at the start of the process plus the monotonic time since.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
fn since_epoch() -> Duration {
    let (instant, wall) = start();
    let now = NOW.get().unwrap_or_else(Instant::now);
    // A test may ask for a time before the process started; the epoch is far enough away for that.
    match now.checked_duration_since(instant) {
        Some(later) => wall + later,
        None => wall.saturating_sub(instant - now),
    }
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "takes the place of a C function")]
mod hook {
    use std::ffi::{c_int, c_void};

    // Hidden: the library exports nothing of it, and a program that loads the library keeps its own clock.
    #[cfg(target_arch = "x86_64")]
    std::arch::global_asm!(
        ".pushsection .text.openssl_dtls_gettimeofday,\"ax\",@progbits",
        ".globl gettimeofday",
        ".hidden gettimeofday",
        ".type gettimeofday, @function",
        "gettimeofday:",
        "jmp {implementation}",
        ".popsection",
        implementation = sym gettimeofday,
    );
    #[cfg(target_arch = "aarch64")]
    std::arch::global_asm!(
        ".pushsection .text.openssl_dtls_gettimeofday,\"ax\",%progbits",
        ".globl gettimeofday",
        ".hidden gettimeofday",
        ".type gettimeofday, %function",
        "gettimeofday:",
        "b {implementation}",
        ".popsection",
        implementation = sym gettimeofday,
    );

    /// `gettimeofday(2)` without the time zone, which nobody has used since 4.3BSD.
    ///
    /// # Safety
    /// `time` is null or valid for a write.
    unsafe extern "C" fn gettimeofday(time: *mut libc::timeval, _zone: *mut c_void) -> c_int {
        let now = super::since_epoch();
        if !time.is_null() {
            // SAFETY: the caller gives null or a place for a timeval.
            unsafe {
                (*time).tv_sec = now.as_secs() as libc::time_t;
                (*time).tv_usec = now.subsec_micros() as libc::suseconds_t;
            }
        }
        0
    }
}
