//! Threads for what must not hold up a frame.
//!
//! A job goes to one of them, and its result comes back. Whoever sent it looks in from time to time; nobody ever waits.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use log::error;
use parking_lot::{Condvar, Mutex};

/// A job that is away.
///
/// Dropping it lets the job go: if it has not begun, it never does, and its result has nobody to come back to.
pub(crate) struct Errand<T>(Arc<Mutex<Outcome<T>>>);

enum Outcome<T> {
    Pending,
    Done(T),
    Panicked,
}

/// What [`Errand::look`] finds.
pub(crate) enum Look<T> {
    /// The result is not there yet.
    Away(Errand<T>),
    /// It is.
    Back(T),
    /// The job panicked: a defect of ours, which the panic hook has printed.
    Lost,
}

impl<T> Errand<T> {
    /// Looks whether the job is done.
    pub(crate) fn look(self) -> Look<T> {
        let outcome = std::mem::replace(&mut *self.0.lock(), Outcome::Pending);
        match outcome {
            Outcome::Pending => Look::Away(self),
            Outcome::Done(result) => Look::Back(result),
            Outcome::Panicked => Look::Lost,
        }
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// Threads that are made when there is something to do, and the jobs that wait for them.
pub(crate) struct Pool {
    name: &'static str,
    state: Mutex<State>,
    wake: Condvar,
}

struct State {
    /// How many threads there may be.
    size: usize,
    threads: Vec<JoinHandle<()>>,
    idle: usize,
    jobs: VecDeque<Job>,
}

impl Pool {
    /// No threads, which will be called `name`.
    pub(crate) const fn new(name: &'static str) -> Self {
        Pool {
            name,
            state: Mutex::new(State {
                size: 0,
                threads: Vec::new(),
                idle: 0,
                jobs: VecDeque::new(),
            }),
            wake: Condvar::new(),
        }
    }

    /// Allows `size` threads.
    pub(crate) fn start(&self, size: usize) {
        self.state.lock().size = size;
    }

    /// True if no thread is allowed: a job is then done by whoever sends it.
    pub(crate) fn is_off(&self) -> bool {
        self.state.lock().size == 0
    }

    /// Sends `job` away. It may panic: that is its own loss and nobody else's.
    pub(crate) fn send<T: Send + 'static>(&'static self, job: impl FnOnce() -> T + Send + 'static) -> Errand<T> {
        let outcome = Arc::new(Mutex::new(Outcome::Pending));
        let place = outcome.clone();
        self.submit(Box::new(move || {
            if Arc::strong_count(&place) > 1 {
                let done = catch_unwind(AssertUnwindSafe(job));
                *place.lock() = done.map_or(Outcome::Panicked, Outcome::Done);
            }
        }));
        Errand(outcome)
    }

    fn submit(&'static self, job: Job) {
        let mut state = self.state.lock();
        state.jobs.push_back(job);
        if state.jobs.len() > state.idle && state.threads.len() < state.size {
            match thread::Builder::new().name(self.name.to_owned()).spawn(|| self.work()) {
                Ok(thread) => state.threads.push(thread),
                Err(error) => {
                    // Said once: it is not tried again.
                    state.size = state.threads.len();
                    error!("no more than {} threads \"{}\": {error}", state.size, self.name);
                }
            }
        }
        let nobody = state.threads.is_empty();
        drop(state);
        if nobody {
            while let Some(job) = self.take_job() {
                run(job);
            }
        } else {
            self.wake.notify_one();
        }
    }

    fn take_job(&self) -> Option<Job> {
        self.state.lock().jobs.pop_front()
    }

    /// The life of a thread.
    fn work(&self) {
        while let Some(job) = self.wait_for_job() {
            run(job);
        }
    }

    /// None: the thread has to end.
    fn wait_for_job(&self) -> Option<Job> {
        let mut state = self.state.lock();
        while state.jobs.is_empty() && state.size > 0 {
            state.idle += 1;
            self.wake.wait(&mut state);
            state.idle -= 1;
        }
        if state.size == 0 { None } else { state.jobs.pop_front() }
    }

    /// Ends all threads, and waits for what they are at. What has not begun is let go.
    pub(crate) fn stop(&self) {
        let (threads, jobs) = {
            let mut state = self.state.lock();
            state.size = 0;
            (std::mem::take(&mut state.threads), std::mem::take(&mut state.jobs))
        };
        drop(jobs);
        self.wake.notify_all();
        for thread in threads {
            // Jobs cannot make it panic.
            let _ = thread.join();
        }
    }
}

/// Also what a job leaves behind, when nobody waits for its result, may panic as it is dropped.
fn run(job: Job) {
    let _ = catch_unwind(AssertUnwindSafe(job));
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::mpsc::channel;
    use std::time::{Duration, Instant};

    use super::*;

    /// A pool that lives as long as the process, as pools do.
    fn pool(size: usize) -> &'static Pool {
        let pool: &'static Pool = Box::leak(Box::new(Pool::new("test")));
        pool.start(size);
        pool
    }

    /// Some: the result. None: it was lost.
    fn result<T>(mut errand: Errand<T>) -> Option<T> {
        let limit = Instant::now() + Duration::from_secs(60);
        while Instant::now() < limit {
            errand = match errand.look() {
                Look::Away(errand) => errand,
                Look::Back(result) => return Some(result),
                Look::Lost => return None,
            };
            thread::yield_now();
        }
        panic!("still away");
    }

    #[test]
    fn results_come_back_to_whoever_sent_the_job() {
        let pool = pool(3);
        let errands: Vec<_> = (0..100).map(|number| pool.send(move || number * number)).collect();
        for (number, errand) in errands.into_iter().enumerate() {
            assert_eq!(result(errand), Some(number * number));
        }
        assert!((1..=3).contains(&pool.state.lock().threads.len()));
    }

    #[test]
    fn a_job_that_panics_is_lost_and_no_other() {
        let pool = pool(1);
        let job = |number| {
            assert!(number % 3 != 0, "as the test wants it");
            number
        };
        let errands: Vec<_> = (1..10).map(|number| pool.send(move || job(number))).collect();
        let results: Vec<_> = errands.into_iter().map(result).collect();
        let expected = [Some(1), Some(2), None, Some(4), Some(5), None, Some(7), Some(8), None];
        assert_eq!(results, expected);
        assert_eq!(result(pool.send(|| 10)), Some(10), "the one thread goes on");
        assert_eq!(pool.state.lock().threads.len(), 1);
    }

    #[test]
    fn a_result_that_panics_when_it_is_dropped_harms_no_thread() {
        struct Fragile;
        impl Drop for Fragile {
            fn drop(&mut self) {
                panic!("as the test wants it");
            }
        }
        let pool = pool(1);
        let (begun, begins) = channel();
        let (go, goes) = channel();
        let errand = pool.send(move || {
            begun.send(()).unwrap();
            goes.recv().unwrap();
            Fragile
        });
        begins.recv().unwrap();
        drop(errand);
        go.send(()).unwrap();
        assert_eq!(result(pool.send(|| 1)), Some(1));
    }

    #[test]
    fn a_job_that_nobody_waits_for_is_not_begun() {
        let pool = pool(1);
        let (go, goes) = channel::<()>();
        let first = pool.send(move || goes.recv().is_ok());
        let (begun, begins) = channel();
        drop(pool.send(move || begun.send(())));
        go.send(()).unwrap();
        assert_eq!(result(first), Some(true));
        assert!(begins.recv().is_err(), "the job was dropped unused");
    }

    #[test]
    fn jobs_that_wait_for_each_other_have_a_thread_each() {
        let pool = pool(3);
        let barrier = Arc::new(Barrier::new(3));
        let errands: Vec<_> = (0..3)
            .map(|_| {
                let barrier = barrier.clone();
                pool.send(move || barrier.wait().is_leader())
            })
            .collect();
        let leaders = errands.into_iter().filter_map(result).filter(|leader| *leader).count();
        assert_eq!(leaders, 1);
    }

    #[test]
    fn without_threads_a_job_is_done_by_whoever_sends_it() {
        let pool = pool(0);
        assert!(pool.is_off());
        let sender = thread::current().id();
        let errand = pool.send(move || thread::current().id() == sender);
        assert!(matches!(errand.look(), Look::Back(true)));
    }

    #[test]
    fn a_stop_waits_for_what_has_begun_and_lets_go_of_the_rest() {
        let pool = pool(1);
        let (begun, begins) = channel();
        let (go, goes) = channel();
        let first = pool.send(move || {
            begun.send(()).unwrap();
            goes.recv().unwrap();
        });
        let second = pool.send(|| ());
        begins.recv().unwrap();
        let stopper = thread::spawn(|| pool.stop());
        while !pool.is_off() {
            thread::yield_now();
        }
        assert!(!stopper.is_finished());
        go.send(()).unwrap();
        stopper.join().unwrap();
        assert!(matches!(first.look(), Look::Back(())));
        assert!(matches!(second.look(), Look::Away(_)));
        assert!(pool.state.lock().jobs.is_empty());
    }
}
