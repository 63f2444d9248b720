//! The way of a datagram into a session.

use std::time::{Duration, Instant};

use openssl::ssl::ErrorCode;

use super::{Phase, Role, Session};
use crate::core::failure::Failure;
use crate::core::filter::{self, Situation, Verdict};
use crate::core::hello::ClientHello;
use crate::core::listener::Contact;
use crate::core::record::{self, Record};
use crate::core::{MAX_PAYLOAD, clock, ffi};

/// How long a plaintext alert waits for something valid to prove it forged.
const ALERT_DELAY: Duration = Duration::from_secs(1);

/// How long before its time OpenSSL's timer can fire within another call.
const TIMER_SLACK: Duration = Duration::from_millis(15);

/// What one datagram holds for OpenSSL.
pub(super) struct Fed {
    pub(super) records: usize,
    /// Of all fragments: no payload is longer.
    pub(super) bytes: usize,
}

impl Session {
    /// Takes one datagram, whatever it holds. What is not for this session is dropped and counted.
    pub fn handle_datagram(&mut self, datagram: &[u8], now: Instant) {
        self.now = now;
        self.statistics.datagrams_in += 1;
        self.statistics.bytes_in += datagram.len() as u64;
        if self.has_ended() {
            return;
        }
        self.socket_errors = 0;
        if self.stream.is_none() {
            self.first_contact(datagram);
            return;
        }
        let fed = self.feed(datagram);
        if fed.records > 0 && !self.has_ended() {
            self.advance(Some(fed));
        }
    }

    /// Puts the records that pass the filter in front of OpenSSL.
    fn feed(&mut self, datagram: &[u8]) -> Fed {
        let situation = self.situation();
        let mut fed = Fed { records: 0, bytes: 0 };
        for record in record::records(datagram) {
            let (Some(record), Some(stream)) = (self.admit(record.ok(), situation), &mut self.stream) else {
                continue;
            };
            if fed.records == 0 {
                stream.get_mut().discard();
            }
            stream.get_mut().feed(&record);
            fed.records += 1;
            fed.bytes += record.fragment.len();
        }
        fed
    }

    /// A server has no `SSL` of its own before the listener has accepted a ClientHello.
    fn first_contact(&mut self, datagram: &[u8]) {
        match self.ask_listener(datagram) {
            Contact::Reply(reply) => {
                self.replies.push(reply);
                self.fail(Failure::CookieExchange);
            }
            Contact::Accepted(accepted) => {
                self.stream = Some(accepted.stream);
                if let Role::Server { client_random, .. } = &mut self.role {
                    *client_random = Some(accepted.client_random);
                }
                self.advance(None);
            }
            Contact::Drop => self.statistics.dropped_malformed += 1,
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
            self.statistics.dropped_malformed += 1;
            return None;
        };
        match filter::judge(&record, situation) {
            Verdict::Pass => return Some(record),
            Verdict::ClientHello => self.handle_client_hello(&record),
            Verdict::Alert(number) => {
                self.alert.get_or_insert((number, self.now + ALERT_DELAY));
            }
            Verdict::Malformed => self.statistics.dropped_malformed += 1,
            Verdict::Unexpected => self.statistics.dropped_unexpected += 1,
        }
        None
    }

    /// A ClientHello that reaches a session which has one: a late duplicate of its own, or the client has restarted.
    /// Only a valid cookie proves the latter (RFC 6347, section 4.2.8), so the listener answers.
    fn handle_client_hello(&mut self, record: &Record<'_>) {
        let hello = ClientHello::parse(record.bytes);
        let is_own = matches!((&self.role, &hello),
            (Role::Server { client_random: Some(own), .. }, Some(hello)) if *own == hello.random);
        if is_own {
            self.statistics.dropped_unexpected += 1;
            return;
        }
        match self.ask_listener(record.bytes) {
            Contact::Reply(reply) => self.replies.push(reply),
            Contact::Accepted(_) => self.fail(Failure::PeerRestarted),
            Contact::Drop => self.statistics.dropped_malformed += 1,
        }
    }

    /// Lets OpenSSL go as far as what it was fed carries it, or begin if that is None.
    pub(super) fn advance(&mut self, fed: Option<Fed>) {
        let was_connected = matches!(self.phase, Phase::Connected);
        clock::at(self.now, || {
            if !was_connected {
                self.handshake();
            }
            if matches!(self.phase, Phase::Connected) {
                self.read(fed.filter(|_| was_connected));
            }
            self.schedule_retransmission();
        });
    }

    fn handshake(&mut self) {
        let Some(stream) = &mut self.stream else {
            return;
        };
        let state = ffi::handshake_state(stream.ssl());
        let waiting = stream.get_mut().outgoing().len();
        ffi::clear_errors();
        let result = stream.do_handshake();
        // An answer is a sign too, unless it can be OpenSSL's own timer: a HelloVerifyRequest leaves the state as it is.
        let has_answered = stream.get_mut().outgoing().len() > waiting
            && self.retransmission.is_none_or(|due| due > self.now + TIMER_SLACK);
        if has_answered || ffi::handshake_state(stream.ssl()) != state {
            // Something valid came: what looked like an alert was forged, or was not meant.
            self.alert = None;
        }
        match result {
            Ok(()) => {
                self.phase = Phase::Connected;
                self.established = true;
            }
            Err(error) if error.code() == ErrorCode::WANT_READ => {}
            Err(error) => {
                let failure = Failure::of(&error, stream.ssl());
                self.fail(failure);
            }
        }
    }

    /// Takes all payloads that OpenSSL has, each a packet. None: records from before may be among them.
    fn read(&mut self, fed: Option<Fed>) {
        let largest = fed.as_ref().map_or(MAX_PAYLOAD, |fed| fed.bytes);
        let is_single = fed.is_some_and(|fed| fed.records == 1);
        loop {
            let Some(stream) = &mut self.stream else {
                return;
            };
            let mut packet = self.received.buffer();
            packet.resize(largest, 0);
            ffi::clear_errors();
            match stream.ssl_read(&mut packet) {
                Ok(length) => {
                    packet.truncate(length);
                    self.received.push(packet);
                    if is_single {
                        return;
                    }
                }
                Err(error) => {
                    self.received.recycle(packet);
                    match error.code() {
                        ErrorCode::WANT_READ => {}
                        ErrorCode::ZERO_RETURN => {
                            // Answers with our own close_notify. If that fails, the peer has gone anyway.
                            let _ = stream.shutdown();
                            self.end(Phase::Closed);
                        }
                        _ => {
                            let failure = Failure::of(&error, stream.ssl());
                            self.fail(failure);
                        }
                    }
                    return;
                }
            }
        }
    }

    pub(super) fn schedule_retransmission(&mut self) {
        let handshaking = matches!(self.phase, Phase::Handshaking);
        let timeout = self
            .stream
            .as_ref()
            .filter(|_| handshaking)
            .and_then(|s| ffi::retransmission_timeout(s.ssl()));
        self.retransmission = timeout.map(|timeout| self.now + timeout);
    }

    fn situation(&self) -> Situation {
        Situation {
            is_server: matches!(self.role, Role::Server { .. }),
            is_connected: matches!(self.phase, Phase::Connected),
        }
    }
}
