//! The sessions that a client can resume.

use std::collections::VecDeque;

use openssl::ssl::SslSession;
use parking_lot::Mutex;

use super::verify::ServerName;

/// A game talks to few servers.
const MAX_SESSIONS: usize = 32;

/// The last session with each server, for connections that verify in one way.
#[derive(Default)]
pub(crate) struct SessionCache(Mutex<VecDeque<(ServerName, SslSession)>>);

impl SessionCache {
    /// The session to offer to `server`.
    pub(crate) fn get(&self, server: &ServerName) -> Option<SslSession> {
        let sessions = self.0.lock();
        let found = sessions.iter().find(|(name, _)| name == server);
        found.map(|(_, session)| session.clone())
    }

    /// Keeps `session` in the place of the one that there was.
    pub(crate) fn put(&self, server: &ServerName, session: SslSession) {
        let mut sessions = self.0.lock();
        sessions.retain(|(name, _)| name != server);
        sessions.truncate(MAX_SESSIONS - 1);
        sessions.push_front((server.clone(), session));
    }

    /// Forgets the session with `server`.
    pub(crate) fn remove(&self, server: &ServerName) {
        self.0.lock().retain(|(name, _)| name != server);
    }
}
