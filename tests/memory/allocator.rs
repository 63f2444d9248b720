//! Counts the bytes that each thread has allocated and not given back. A test runs on one thread.

#![allow(unsafe_code, reason = "stands in for the allocators of Rust and OpenSSL")]

use std::alloc::{GlobalAlloc, Layout, System, alloc, dealloc};
use std::cell::Cell;
use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::Once;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: isize) {
    // A thread that ends frees what it still holds after its counters have gone.
    let _ = HELD.try_with(|held| {
        held.set(held.get() + bytes);
        let _ = MOST.try_with(|most| most.set(most.get().max(held.get())));
    });
}

// SAFETY: the system's allocator, with counting that allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller's own promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the caller's own promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// In front of what OpenSSL gets stands how much it is.
const HEADER: usize = 16;

fn layout(bytes: usize) -> Layout {
    Layout::from_size_align(HEADER + bytes, HEADER).expect("OpenSSL asks for no such amount")
}

unsafe extern "C" fn allocate(bytes: usize, _file: *const c_char, _line: c_int) -> *mut c_void {
    if bytes == 0 {
        return ptr::null_mut();
    }
    // SAFETY: the layout is not empty, and the header fits.
    unsafe {
        let start = alloc(layout(bytes));
        if start.is_null() {
            return ptr::null_mut();
        }
        start.cast::<usize>().write(bytes);
        start.add(HEADER).cast()
    }
}

unsafe extern "C" fn release(pointer: *mut c_void, _file: *const c_char, _line: c_int) {
    if pointer.is_null() {
        return;
    }
    // SAFETY: `allocate` made it, and has written its size in front.
    unsafe {
        let start = pointer.cast::<u8>().sub(HEADER);
        dealloc(start, layout(start.cast::<usize>().read()));
    }
}

unsafe extern "C" fn reallocate(old: *mut c_void, bytes: usize, file: *const c_char, line: c_int) -> *mut c_void {
    // SAFETY: `allocate` made `old`, or it is null; both pieces are at least as long as what is copied.
    unsafe {
        let new = allocate(bytes, file, line);
        if !old.is_null() && !new.is_null() {
            let before = old.cast::<u8>().sub(HEADER).cast::<usize>().read();
            ptr::copy_nonoverlapping(old.cast::<u8>(), new.cast(), before.min(bytes));
        }
        if !new.is_null() || bytes == 0 {
            release(old, file, line);
        }
        new
    }
}

type Allocate = unsafe extern "C" fn(usize, *const c_char, c_int) -> *mut c_void;
type Reallocate = unsafe extern "C" fn(*mut c_void, usize, *const c_char, c_int) -> *mut c_void;
type Release = unsafe extern "C" fn(*mut c_void, *const c_char, c_int);

unsafe extern "C" {
    fn CRYPTO_set_mem_functions(allocate: Allocate, reallocate: Reallocate, release: Release) -> c_int;
}

/// Lets OpenSSL allocate here. To be called by each test before it does anything.
pub(crate) fn count_openssl() {
    static SET: Once = Once::new();
    SET.call_once(|| {
        // SAFETY: the three fit together, and OpenSSL refuses them if it has allocated anything before.
        let is_set = unsafe { CRYPTO_set_mem_functions(allocate, reallocate, release) };
        assert_eq!(is_set, 1, "OpenSSL has been used before");
    });
}

/// The bytes that this thread holds.
pub(crate) fn held() -> isize {
    HELD.get()
}

/// The most that `operation` held at any time beyond what there was before, and what it has left behind.
pub(crate) fn watch(operation: impl FnOnce()) -> (isize, isize) {
    let before = held();
    MOST.set(before);
    operation();
    (MOST.get() - before, held() - before)
}

#[test]
fn what_openssl_allocates_is_counted() {
    count_openssl();
    let context = openssl::ssl::SslContext::builder(openssl::ssl::SslMethod::dtls())
        .unwrap()
        .build();
    let make = || drop(openssl::ssl::Ssl::new(&context).unwrap());
    make();
    let (most, left) = watch(make);
    assert!(most > 1000, "{most}");
    assert_eq!(left, 0);
}
