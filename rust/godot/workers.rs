//! The threads on which a server's handshakes are computed when several clients join, so that no frame waits for them.
//!
//! A session goes to a worker with the datagrams that have come for it, and comes back with what it answers. Nothing of
//! Godot goes along.

use std::thread;
use std::time::Instant;

use godot::register::info::PropertyHint;

use super::project_setting::ProjectSetting;
use crate::core::{Session, Work};
use crate::pool::{Errand, Pool};

/// Datagrams that a session takes along. What comes later waits in the socket.
pub(super) const MAX_DATAGRAMS: usize = 16;

static POOL: Pool = Pool::new("dtls handshake");

/// How many threads there are. They are made when there is something to do. 0: handshakes are computed where they are
/// polled. -1, the default: one fewer than the processor has cores, and at least one.
const THREADS: ProjectSetting<i64> = ProjectSetting {
    name: "openssl_dtls/handshake_threads",
    default: -1,
    hint: PropertyHint::RANGE,
    hint_string: "-1,64,1",
};

/// Registers the project setting and allows as many threads as it asks for.
pub(super) fn start() {
    let asked = THREADS.register().try_to::<i64>().unwrap_or(THREADS.default);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    POOL.start(usize::try_from(asked).unwrap_or((cores - 1).max(1)).min(64));
}

/// True if there are none.
pub(super) fn are_off() -> bool {
    POOL.is_off()
}

/// Sends `session` away with `datagrams`, to take them and do what is due.
///
/// There are never more sessions away than half-open ones, whose number is limited.
pub(super) fn send(mut session: Box<Session>, datagrams: Vec<Vec<u8>>) -> Errand<Box<Session>> {
    POOL.send(move || {
        let now = Instant::now();
        for datagram in &datagrams {
            session.handle_datagram(datagram, now);
        }
        if session.next_timeout().is_some_and(|due| due <= now) {
            session.handle_timeout(now);
        }
        session
    })
}

/// Sends a step of a handshake away that an endpoint has left to others.
pub(super) fn compute(mut work: Work) -> Errand<Work> {
    POOL.send(move || {
        work.run(Instant::now());
        work
    })
}

/// Ends all threads, and waits for what they are at.
pub(super) fn stop() {
    POOL.stop();
}
