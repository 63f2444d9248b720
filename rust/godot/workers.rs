//! The threads on which a server's handshakes are computed when several clients join, so that no frame waits for them.
//!
//! A session goes to a worker with the datagrams that have come for it, and comes back with what it answers. Nothing of
//! Godot goes along. Whoever sent it looks in from time to time; nobody ever waits.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use godot::register::info::PropertyHint;
use log::error;
use parking_lot::{Condvar, Mutex};

use super::guard::guard;
use super::project_setting::ProjectSetting;
use crate::core::Session;

/// Datagrams that a session takes along. What comes later waits in the socket.
pub(super) const MAX_DATAGRAMS: usize = 16;

/// A session that is away.
///
/// Dropping it lets the session go: when the worker is done, it has nobody to come back to.
pub(super) struct Errand(Arc<Mutex<Outcome>>);

enum Outcome {
    Pending,
    Done(Box<Session>),
    /// A defect of ours, which has been printed.
    Panicked,
}

/// What [`Errand::look`] finds.
pub(super) enum Look {
    /// The session is not back yet.
    Away(Errand),
    /// It is.
    Back(Box<Session>),
    /// It is lost.
    Lost,
}

impl Errand {
    /// Sends `session` away with `datagrams`, to take them and do what is due.
    ///
    /// There are never more errands than half-open sessions, whose number is limited.
    pub(super) fn send(session: Box<Session>, datagrams: Vec<Vec<u8>>) -> Self {
        let outcome = Arc::new(Mutex::new(Outcome::Pending));
        let job = Job {
            session,
            datagrams,
            outcome: outcome.clone(),
        };
        POOL.submit(job);
        Errand(outcome)
    }

    /// Looks whether the session is back.
    pub(super) fn look(self) -> Look {
        let outcome = std::mem::replace(&mut *self.0.lock(), Outcome::Pending);
        match outcome {
            Outcome::Pending => Look::Away(self),
            Outcome::Done(session) => Look::Back(session),
            Outcome::Panicked => Look::Lost,
        }
    }
}

struct Job {
    session: Box<Session>,
    datagrams: Vec<Vec<u8>>,
    outcome: Arc<Mutex<Outcome>>,
}

impl Job {
    fn run(self) {
        let Job {
            mut session,
            datagrams,
            outcome,
        } = self;
        if Arc::strong_count(&outcome) == 1 {
            // Nobody waits for it.
            return;
        }
        let done = guard(move || {
            let now = Instant::now();
            for datagram in &datagrams {
                session.handle_datagram(datagram, now);
            }
            if session.next_timeout().is_some_and(|due| due <= now) {
                session.handle_timeout(now);
            }
            session
        });
        *outcome.lock() = done.map_or(Outcome::Panicked, Outcome::Done);
    }
}

struct Pool {
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

static POOL: Pool = Pool {
    state: Mutex::new(State {
        size: 0,
        threads: Vec::new(),
        idle: 0,
        jobs: VecDeque::new(),
    }),
    wake: Condvar::new(),
};

impl Pool {
    fn submit(&'static self, job: Job) {
        let mut state = self.state.lock();
        state.jobs.push_back(job);
        if state.idle == 0 && state.threads.len() < state.size {
            let thread = thread::Builder::new().name("dtls handshake".to_owned());
            match thread.spawn(|| self.work()) {
                Ok(thread) => state.threads.push(thread),
                Err(error) => error!("no thread for handshakes: {error}"),
            }
        }
        let nobody = state.threads.is_empty();
        drop(state);
        if nobody {
            self.work_off();
        } else {
            self.wake.notify_one();
        }
    }

    /// Does all that there is to do.
    fn work_off(&self) {
        loop {
            let job = self.state.lock().jobs.pop_front();
            let Some(job) = job else {
                return;
            };
            job.run();
        }
    }

    /// The life of a thread.
    fn work(&self) {
        loop {
            let mut state = self.state.lock();
            while state.jobs.is_empty() && state.size > 0 {
                state.idle += 1;
                self.wake.wait(&mut state);
                state.idle -= 1;
            }
            if state.size == 0 {
                return;
            }
            let job = state.jobs.pop_front();
            drop(state);
            if let Some(job) = job {
                job.run();
            }
        }
    }
}

/// How many threads there are. They are made when there is something to do. 0: handshakes are computed where they are
/// polled. -1, the default: one fewer than the processor has cores, and at least one.
const THREADS: ProjectSetting<i64> = ProjectSetting {
    name: "openssl_dtls/handshake_threads",
    default: -1,
    hint: PropertyHint::RANGE,
    hint_string: "-1,64",
};

/// Registers the project setting and allows as many threads as it asks for.
pub(super) fn start() {
    let asked = THREADS.register().try_to::<i64>().unwrap_or(THREADS.default);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    POOL.state.lock().size = usize::try_from(asked).unwrap_or((cores - 1).max(1)).min(64);
}

/// True if there are none.
pub(super) fn are_off() -> bool {
    POOL.state.lock().size == 0
}

/// Ends all threads, and waits for what they are at.
pub(super) fn stop() {
    let threads = {
        let mut state = POOL.state.lock();
        state.size = 0;
        state.jobs.clear();
        std::mem::take(&mut state.threads)
    };
    POOL.wake.notify_all();
    for thread in threads {
        // It panics only if a job's own guard did, and then there is nothing more to say.
        let _ = thread.join();
    }
}
