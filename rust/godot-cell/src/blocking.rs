//! A cell that one thread at a time may borrow from, as often as [`panicking::GdCell`] allows; the others wait.
//!
//! It is that cell behind a lock that its holder may take again. What differs from upstream's: two threads cannot be in
//! `&self` methods of the same object at once.

use std::error::Error;
use std::ops::{Deref, DerefMut};

use parking_lot::{ReentrantMutex, ReentrantMutexGuard};

use real::panicking;

/// See the [module](self).
pub struct GdCell<T> {
    lock: ReentrantMutex<()>,
    cell: panicking::GdCell<T>,
}

// SAFETY: nothing reaches `cell` without the lock, and every guard keeps the lock until its borrow has ended. So one
// thread at a time reaches the value, which may be sent there.
unsafe impl<T: Send> Sync for GdCell<T> {}

impl<T> GdCell<T> {
    /// A cell with this value.
    pub fn new(value: T) -> Self {
        GdCell {
            lock: ReentrantMutex::new(()),
            cell: panicking::GdCell::new(value),
        }
    }

    /// Waits until no other thread has a borrow. Fails if this one has a mutable one that is accessible.
    pub fn borrow(&self) -> Result<RefGuard<'_, T>, Box<dyn Error>> {
        let lock = self.lock.lock();
        Ok(RefGuard {
            inner: self.cell.borrow()?,
            _lock: lock,
        })
    }

    /// Waits until no other thread has a borrow. Fails if this one has one that is accessible.
    pub fn borrow_mut(&self) -> Result<MutGuard<'_, T>, Box<dyn Error>> {
        let lock = self.lock.lock();
        Ok(MutGuard {
            inner: self.cell.borrow_mut()?,
            _lock: lock,
        })
    }

    /// Lets this thread borrow anew while it does not use `current_ref`, which it has from a [`MutGuard`].
    pub fn make_inaccessible<'cell: 'val, 'val>(
        &'cell self,
        current_ref: &'val mut T,
    ) -> Result<InaccessibleGuard<'val, T>, Box<dyn Error>> {
        let lock = self.lock.lock();
        Ok(InaccessibleGuard {
            _inner: self.cell.make_inaccessible(current_ref)?,
            _lock: lock,
        })
    }

    /// Whether this thread has a borrow. Waits until no other has.
    pub fn is_currently_bound(&self) -> bool {
        let _lock = self.lock.lock();
        self.cell.is_currently_bound()
    }
}

// In each guard the borrow stands before the lock, and so ends before it.

/// A shared borrow.
#[derive(Debug)]
pub struct RefGuard<'a, T> {
    inner: panicking::RefGuard<'a, T>,
    _lock: ReentrantMutexGuard<'a, ()>,
}

impl<T> Deref for RefGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

/// A mutable borrow.
#[derive(Debug)]
pub struct MutGuard<'a, T> {
    inner: panicking::MutGuard<'a, T>,
    _lock: ReentrantMutexGuard<'a, ()>,
}

impl<T> Deref for MutGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> DerefMut for MutGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

/// A mutable borrow that is set aside.
#[derive(Debug)]
pub struct InaccessibleGuard<'a, T> {
    _inner: panicking::InaccessibleGuard<'a, T>,
    _lock: ReentrantMutexGuard<'a, ()>,
}

#[cfg(test)]
mod tests {
    use super::GdCell;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    #[test]
    fn a_borrow_keeps_other_threads_waiting() {
        let cell = Arc::new(Shared(GdCell::new(0)));
        let done = Arc::new(AtomicBool::new(false));
        let guard = cell.0.borrow_mut().unwrap();
        let (theirs, flag) = (cell.clone(), done.clone());
        let other = thread::spawn(move || {
            *theirs.0.borrow_mut().unwrap() += 1;
            flag.store(true, Ordering::SeqCst);
        });
        thread::yield_now();
        assert!(!done.load(Ordering::SeqCst));
        drop(guard);
        other.join().unwrap();
        assert_eq!(*cell.0.borrow().unwrap(), 1);
    }

    #[test]
    fn threads_that_add_lose_nothing() {
        let cell = Arc::new(Shared(GdCell::new(0)));
        let adders: Vec<_> = (0..4)
            .map(|_| {
                let cell = cell.clone();
                thread::spawn(move || (0..10_000).for_each(|_| *cell.0.borrow_mut().unwrap() += 1))
            })
            .collect();
        adders.into_iter().for_each(|adder| adder.join().unwrap());
        assert_eq!(*cell.0.borrow().unwrap(), 40_000);
    }

    #[test]
    fn one_thread_is_told_of_its_own_conflict() {
        let cell = GdCell::new(0);
        let guard = cell.borrow_mut().unwrap();
        assert!(cell.borrow().is_err() && cell.borrow_mut().is_err());
        drop(guard);
        assert!(!cell.is_currently_bound());
    }

    #[test]
    fn a_borrow_that_is_set_aside_allows_another() {
        let cell = GdCell::new(1);
        let mut guard = cell.borrow_mut().unwrap();
        {
            let _aside = cell.make_inaccessible(&mut guard).unwrap();
            *cell.borrow_mut().unwrap() += 1;
        }
        assert_eq!(*guard, 2);
    }

    /// As the `godot` crate shares an object between threads: by its address.
    struct Shared(GdCell<i32>);

    // SAFETY: the cell is never moved out of the Arc.
    unsafe impl Send for Shared {}
}
