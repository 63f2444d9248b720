//! The sessions of a server whose handshake is not complete: what a flood of clients with real addresses can fill.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::settings::SettingError;

/// How many handshakes a server has at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Of all clients together.
    pub half_open: usize,
    /// Of one IP address. Counts only once the server holds half of `half_open`: behind one address there can be many
    /// players.
    pub half_open_per_address: usize,
}

impl Caps {
    /// One of the caps: 1 to 65536.
    ///
    /// # Errors
    /// [`SettingError::CapOutOfRange`].
    pub fn limit(number: i64) -> Result<usize, SettingError> {
        match usize::try_from(number) {
            Ok(number @ 1..=65_536) => Ok(number),
            _ => Err(SettingError::CapOutOfRange),
        }
    }
}

impl Default for Caps {
    fn default() -> Self {
        Caps {
            half_open: 1024,
            half_open_per_address: 256,
        }
    }
}

/// All half-open sessions of one server.
#[derive(Default)]
pub(crate) struct HalfOpenSessions {
    /// By the order in which they began.
    slots: BTreeMap<u64, Slot>,
    by_address: HashMap<IpAddr, usize>,
    next: u64,
}

struct Slot {
    address: SocketAddr,
    /// The client has sent its flight 5: only the last flight is missing.
    has_answered: bool,
    is_evicted: Arc<AtomicBool>,
}

impl HalfOpenSessions {
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether one more session from `address` is within `caps`. If not, the session that has waited the longest for its
    /// client makes room, for the next one who asks: of those of the address, if that has its share.
    fn make_room(&mut self, address: SocketAddr, caps: Caps) -> Result<(), Full> {
        let host = host(address);
        let of_host = self.by_address.get(&host).copied().unwrap_or(0);
        let has_share = self.slots.len() >= caps.half_open / 2 && of_host >= caps.half_open_per_address;
        if self.slots.len() < caps.half_open && !has_share {
            return Ok(());
        }
        let may_go = |slot: &Slot| !slot.has_answered && (!has_share || self::host(slot.address) == host);
        let waiting = self.slots.iter().find(|(_, slot)| may_go(slot));
        let Some((&id, slot)) = waiting else {
            return Err(Full { evicted: None });
        };
        let evicted = Some(slot.address);
        slot.is_evicted.store(true, Ordering::Relaxed);
        self.remove(id);
        Err(Full { evicted })
    }

    fn add(&mut self, address: SocketAddr, is_evicted: Arc<AtomicBool>) -> u64 {
        let id = self.next;
        self.next += 1;
        *self.by_address.entry(host(address)).or_default() += 1;
        let slot = Slot {
            address,
            has_answered: false,
            is_evicted,
        };
        self.slots.insert(id, slot);
        id
    }

    fn remove(&mut self, id: u64) {
        let Some(slot) = self.slots.remove(&id) else {
            return;
        };
        let host = host(slot.address);
        if let Some(count) = self.by_address.get_mut(&host) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&host);
            }
        }
    }
}

/// What counts as one address: all of its ports.
fn host(address: SocketAddr) -> IpAddr {
    address.ip().to_canonical()
}

/// There is no place.
#[derive(Debug)]
pub(crate) struct Full {
    /// Where the client is whose session has to end, so that there will be one.
    pub(crate) evicted: Option<SocketAddr>,
}

/// The place of one session among the half-open ones, for as long as it lives.
pub(crate) struct HalfOpen {
    sessions: Arc<Mutex<HalfOpenSessions>>,
    id: u64,
    is_evicted: Arc<AtomicBool>,
}

impl HalfOpen {
    /// A place for a client at `address`.
    ///
    /// # Errors
    /// There is none, and the client is not to be answered.
    pub(crate) fn enter(
        sessions: &Arc<Mutex<HalfOpenSessions>>,
        address: SocketAddr,
        caps: Caps,
    ) -> Result<Self, Full> {
        let mut locked = sessions.lock();
        locked.make_room(address, caps)?;
        let is_evicted = Arc::new(AtomicBool::new(false));
        let id = locked.add(address, is_evicted.clone());
        drop(locked);
        Ok(HalfOpen {
            sessions: sessions.clone(),
            id,
            is_evicted,
        })
    }

    /// The client has sent its flight 5.
    pub(crate) fn answered(&self) {
        if let Some(slot) = self.sessions.lock().slots.get_mut(&self.id) {
            slot.has_answered = true;
        }
    }

    /// True if another client was given the place.
    pub(crate) fn is_evicted(&self) -> bool {
        self.is_evicted.load(Ordering::Relaxed)
    }
}

impl Drop for HalfOpen {
    fn drop(&mut self) {
        self.sessions.lock().remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: Caps = Caps {
        half_open: 8,
        half_open_per_address: 2,
    };

    struct Server(Arc<Mutex<HalfOpenSessions>>);

    impl Server {
        fn new() -> Self {
            Server(Arc::default())
        }

        fn enter(&self, host: u8) -> Option<HalfOpen> {
            HalfOpen::enter(&self.0, SocketAddr::from(([192, 0, 2, host], 4242)), CAPS).ok()
        }

        fn len(&self) -> usize {
            self.0.lock().len()
        }
    }

    #[test]
    fn over_the_cap_the_one_that_waits_longest_makes_room_for_the_next() {
        let server = Server::new();
        let sessions: Vec<_> = (0..8).map(|host| server.enter(host).unwrap()).collect();
        sessions[0].answered();
        assert!(server.enter(100).is_none(), "this one is not answered");
        assert!(!sessions[0].is_evicted() && sessions[1].is_evicted());
        assert_eq!(server.len(), 7);
        let next = server.enter(100).unwrap();
        assert_eq!(server.len(), 8);
        drop(next);
        drop(sessions);
        assert_eq!(server.len(), 0);
        assert!(server.0.lock().by_address.is_empty());
    }

    #[test]
    fn whoever_has_answered_is_never_evicted() {
        let server = Server::new();
        let sessions: Vec<_> = (0..8).map(|host| server.enter(host).unwrap()).collect();
        sessions.iter().for_each(HalfOpen::answered);
        assert!(server.enter(100).is_none());
        assert!(server.enter(100).is_none());
        assert!(!sessions.iter().any(HalfOpen::is_evicted));
    }

    #[test]
    fn an_address_that_has_its_share_costs_nobody_a_place() {
        let server = Server::new();
        let greedy: Vec<_> = (0..2).map(|_| server.enter(1).unwrap()).collect();
        greedy.iter().for_each(HalfOpen::answered);
        let others: Vec<_> = (2..8).map(|host| server.enter(host).unwrap()).collect();
        assert!(server.enter(1).is_none());
        assert!(!others.iter().any(HalfOpen::is_evicted));
    }

    #[test]
    fn of_an_address_that_has_its_share_the_one_that_waits_longest_makes_room() {
        let server = Server::new();
        let others: Vec<_> = (2..5).map(|host| server.enter(host).unwrap()).collect();
        let own: Vec<_> = (0..2).map(|_| server.enter(1).unwrap()).collect();
        assert!(server.enter(1).is_none(), "this one is not answered");
        assert!(own[0].is_evicted() && !own[1].is_evicted());
        assert!(!others.iter().any(HalfOpen::is_evicted));
        assert!(server.enter(1).is_some());
    }

    #[test]
    fn one_address_is_limited_once_the_server_is_half_full() {
        let server = Server::new();
        let crowd: Vec<_> = (0..4).map(|_| server.enter(1).unwrap()).collect();
        assert!(server.enter(1).is_none());
        let other = server.enter(2).unwrap();
        drop(crowd);
        assert!(server.enter(1).is_some());
        drop(other);
    }
}
