//! The way of a datagram into a session.

use std::time::Instant;

use openssl::ssl::{ErrorCode, SslStream};

use super::{Phase, Role, Session, Withheld};
use crate::core::failure::Failure;
use crate::core::filter::{self, Situation, Verdict};
use crate::core::hello::ClientHello;
use crate::core::listener::{Contact, Successor};
use crate::core::psk;
use crate::core::record::{self, APPLICATION_DATA, HANDSHAKE, Record};
use crate::core::transport::Transport;
use crate::core::{MAX_PAYLOAD, clock, ffi, packets};

/// What one datagram holds for OpenSSL.
#[derive(Clone, Copy, Default)]
pub(super) struct Fed {
    pub(super) records: usize,
    /// Those with application data.
    pub(super) data: usize,
    /// The length of the longest fragment: no payload is longer.
    pub(super) longest: usize,
    /// There is a message of the handshake among them.
    has_message: bool,
}

impl Session {
    /// Takes one datagram, whatever it holds. What is not for this session is dropped and counted.
    pub fn handle_datagram(&mut self, datagram: &[u8], now: Instant) {
        self.now = now;
        let bytes = datagram.len() as u64;
        self.counters.count(|counted| {
            counted.datagrams_in += 1;
            counted.bytes_in += bytes;
        });
        if self.has_ended() {
            return;
        }
        self.socket_errors.0 = 0;
        if self.is_first_contact() {
            self.first_contact(datagram);
        } else {
            self.begin();
            self.take(datagram);
        }
    }

    /// Takes a datagram for the session's `SSL`.
    pub(super) fn take(&mut self, datagram: &[u8]) {
        let fed = self.feed(datagram);
        if fed.records > 0 && !self.has_ended() {
            self.advance(Some(fed));
        }
    }

    /// Puts the records that pass the filter in front of OpenSSL.
    fn feed(&mut self, datagram: &[u8]) -> Fed {
        let mut situation = self.situation();
        let mut fed = Fed::default();
        for record in record::records(datagram) {
            let Some(record) = self.admit(record.ok(), situation) else {
                continue;
            };
            situation.awaits_ticket |= filter::is_server_hello(&record);
            situation.is_answered |= record.epoch == 0 && record.content_type == HANDSHAKE;
            self.is_doubted |= self.contradicts(&record);
            if self.withholds(&record, datagram) {
                return Fed::default();
            }
            let Some(stream) = &mut self.stream else {
                continue;
            };
            if fed.records == 0 {
                stream.get_mut().discard();
            }
            stream.get_mut().feed(&record);
            fed.records += 1;
            fed.data += usize::from(record.content_type == APPLICATION_DATA);
            fed.longest = fed.longest.max(record.fragment.len());
            fed.has_message |= record.content_type == HANDSHAKE;
        }
        if fed.has_message
            && let Some(half_open) = self.accepted_client().and_then(|client| client.half_open.as_ref())
        {
            half_open.answered();
        }
        fed
    }

    /// True if `datagram` has to wait, because `record` names a pre-shared key that the caller has to be asked for.
    fn withholds(&mut self, record: &Record<'_>, datagram: &[u8]) -> bool {
        let Some(client) = self.accepted_client().filter(|client| client.asks_for_psk) else {
            return false;
        };
        let is_known = |identity| {
            let attachment = client.attachment.as_ref();
            attachment.is_some_and(|attachment| attachment.psk().knows(identity))
        };
        match psk::identity_in(record) {
            // One that cannot be read is nobody's.
            None | Some([]) => false,
            Some(identity) if is_known(identity) => false,
            Some(identity) => {
                client.withheld.get_or_insert_with(|| Withheld {
                    identity: identity.to_vec(),
                    datagram: datagram.to_vec(),
                });
                true
            }
        }
    }

    /// Before a server has a client, the listener answers in its place.
    fn first_contact(&mut self, datagram: &[u8]) {
        match self.ask_listener(datagram) {
            Contact::Reply(reply) => {
                self.replies.push(reply.to_vec());
                self.fail(Failure::CookieExchange);
            }
            Contact::Accepted(accepted) => self.accept(accepted),
            Contact::Full { .. } => self.fail(Failure::Refused),
            Contact::Drop => self.drop_malformed(),
        }
    }

    fn ask_listener(&self, datagram: &[u8]) -> Contact {
        match (&self.role, self.peer) {
            (Role::Server { listener, .. }, Some(peer)) => listener.lock().handle(peer, datagram, self.now),
            _ => Contact::Drop,
        }
    }

    /// Applies the filter to one record. Some: OpenSSL may see it.
    fn admit<'a>(&mut self, record: Option<Record<'a>>, situation: Situation) -> Option<Record<'a>> {
        let Some(record) = record else {
            self.drop_malformed();
            return None;
        };
        match filter::judge(&record, situation) {
            Verdict::Pass => return Some(record),
            Verdict::ClientHello => self.handle_client_hello(&record),
            Verdict::Alert(number) => self.suspect(Failure::PeerAlert(number)),
            Verdict::Malformed => self.drop_malformed(),
            Verdict::Unexpected => self.drop_unexpected(),
        }
        None
    }

    fn drop_malformed(&mut self) {
        self.counters.count(|counted| counted.dropped_malformed += 1);
    }

    fn drop_unexpected(&mut self) {
        self.counters.count(|counted| counted.dropped_unexpected += 1);
    }

    /// A ClientHello that reaches a session which has one: a late one, or the client has restarted. Only a valid cookie
    /// proves the latter (RFC 6347, section 4.2.8), and one that is no older than the session's own.
    fn handle_client_hello(&mut self, record: &Record<'_>) {
        let (Role::Server { listener, client }, Some(peer)) = (&self.role, self.peer) else {
            return;
        };
        let Some(client) = client else {
            return;
        };
        if client.is_hosted {
            self.drop_unexpected();
            return;
        }
        let is_own = ClientHello::parse(record.bytes).is_some_and(|hello| hello.random == client.random);
        if is_own {
            self.drop_unexpected();
            return;
        }
        let successor = listener
            .lock()
            .handle_successor(peer, record.bytes, &client.cookie, self.now);
        match successor {
            Successor::Reply(reply) => {
                // Once: anyone can ask again and again, and no flight would ever be sent.
                if let Some(client) = self.accepted_client()
                    && !std::mem::replace(&mut client.has_yielded, true)
                {
                    self.withhold_flight();
                }
                self.replies.push(reply.to_vec());
            }
            // The client's next ClientHello will find its place.
            Successor::Restarted => self.give_way(),
            Successor::Drop => self.drop_unexpected(),
        }
    }

    /// Ends the session because its client has restarted. If that has said before by an alert why, it is the reason.
    pub(super) fn give_way(&mut self) {
        self.withhold_flight();
        let reason = self.suspicion.take().map(|(failure, _)| failure);
        self.fail(reason.unwrap_or(Failure::PeerRestarted));
    }

    /// Takes back what has not been sent of a handshake: it would only confuse a client that has restarted. If it has
    /// not, it gets this flight when it is sent again.
    pub(super) fn withhold_flight(&mut self) {
        if let (Phase::Handshaking, Some(stream)) = (&self.phase, &mut self.stream) {
            stream.get_mut().outgoing().clear();
        }
    }

    /// Lets OpenSSL go as far as what it was fed carries it, or begin if that is None.
    pub(super) fn advance(&mut self, fed: Option<Fed>) {
        let was_connected = matches!(self.phase, Phase::Connected);
        clock::at(self.now, || {
            if !was_connected {
                self.handshake(fed.is_some());
            }
            if matches!(self.phase, Phase::Connected) {
                self.read(fed.filter(|_| was_connected));
            }
            self.schedule_retransmission();
        });
    }

    /// Takes all payloads that OpenSSL has, each a packet. None: records from before may be among them.
    fn read(&mut self, fed: Option<Fed>) {
        let longest = fed.map_or(MAX_PAYLOAD, |fed| fed.longest);
        let is_single = fed.is_some_and(|fed| fed.records == 1);
        let mut packets = 0;
        let mut packet = packets::buffer();
        packet.resize(longest, 0);
        loop {
            let Some(stream) = &mut self.stream else {
                return;
            };
            ffi::clear_errors();
            match stream.ssl_read(&mut packet) {
                Ok(length) => {
                    self.heard = self.now;
                    packets += 1;
                    if is_single {
                        packet.truncate(length);
                        self.received.push(packet);
                        return;
                    }
                    // A short one must not hold the memory of the longest.
                    self.received.push(packet.get(..length).unwrap_or_default().to_vec());
                }
                Err(error) => {
                    packets::recycle(packet);
                    match error.code() {
                        ErrorCode::WANT_READ => {}
                        ErrorCode::ZERO_RETURN => {
                            // Answers with our own close_notify. If that fails, the peer has gone anyway.
                            let _ = stream.shutdown();
                            self.end(Phase::Closed);
                        }
                        _ => {
                            let failure = Failure::of(&error, stream.ssl(), None);
                            self.fail(failure);
                        }
                    }
                    break;
                }
            }
        }
        let invalid = fed.map_or(0, |fed| fed.data.saturating_sub(packets)) as u64;
        if invalid > 0 {
            self.counters.count(|counted| counted.dropped_invalid += invalid);
            if matches!(self.phase, Phase::Connected) {
                self.closes_for_worn_keys();
            }
        }
    }

    fn situation(&self) -> Situation {
        let is_connected = matches!(self.phase, Phase::Connected);
        let is_resuming = |stream: &SslStream<Transport>| stream.ssl().session_reused();
        let awaits_ticket = |stream: &SslStream<Transport>| ffi::awaits_ticket(stream.ssl());
        Situation {
            is_server: matches!(self.role, Role::Server { .. }),
            is_connected,
            is_answered: self.is_answered,
            is_resuming: !is_connected && self.stream.as_ref().is_some_and(is_resuming),
            awaits_ticket: !is_connected && self.stream.as_ref().is_some_and(awaits_ticket),
        }
    }
}
