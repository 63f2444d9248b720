//! Beginning anew: a client whose handshake was spoilt tries another.
//!
//! Before the peer's Finished has come nothing proves that a message is the peer's. Whoever knows the addresses can put a
//! message of his own, or an old one, in the place of a real one. OpenSSL takes it and has no use for the real one any
//! more: the handshake fails, or stands still, though the peer is there. Another handshake, with another client random,
//! owes nothing to what came before. To the server it is a client that has restarted.

use std::time::Duration;

use super::{Role, Session, client_stream};
use crate::core::failure::Failure;
use crate::core::filter::SERVER_HELLO;
use crate::core::record::{self, CLIENT_KEY_EXCHANGE, HANDSHAKE, HELLO_VERIFY_REQUEST, Message, Record};

/// How often a client begins another handshake. A peer with which none is possible is told apart by then.
const MAX_ANEW: u32 = 2;

/// How long something valid may take to disprove what anyone can have caused.
const SUSPICION_DELAY: Duration = Duration::from_secs(1);

/// The alerts with which a server lets a client begin anew (RFC 5246, section 7.2).
const DECRYPT_ERROR: u8 = 51;
pub(super) const USER_CANCELED: u8 = 90;

impl Session {
    /// Ends the handshake for this reason in a second, unless something valid comes before.
    pub(super) fn suspect(&mut self, failure: Failure) {
        let due = self.now + SUSPICION_DELAY;
        self.suspicion.get_or_insert((failure, due));
    }

    /// Ends the handshake for this reason, or begins another if the reason may be a forger's work. If that is not even
    /// answered, the reason was the peer's.
    pub(super) fn fail_handshake(&mut self, failure: Failure) {
        if failure.may_be_forged() && self.begin_anew() {
            self.suspect(failure);
        } else {
            self.fail(failure);
        }
    }

    /// Begins another handshake within the time that is left. False: this is no client, or it has done so often enough.
    pub(super) fn begin_anew(&mut self) -> bool {
        if self.begun_anew >= MAX_ANEW {
            return false;
        }
        let Role::Client {
            config,
            name,
            awaited_address,
        } = &mut self.role
        else {
            return false;
        };
        if let Some(sessions) = config.sessions() {
            sessions.remove(name);
        }
        let Ok((stream, checks)) = client_stream(config, name) else {
            return false;
        };
        *awaited_address = checks.awaited_address;
        self.refusal = checks.refusal;
        let past = self.stream.replace(stream);
        // The peer may be at a loss too, and need not wait for its deadline.
        if let Some(alert) = past.and_then(|mut past| past.get_mut().take_alert()) {
            self.replies.push(alert);
        }
        self.begun_anew += 1;
        self.is_doubted = false;
        self.lost_flights = 0;
        self.is_answered = false;
        self.suspicion = None;
        if let Some(peer) = self.peer {
            self.set_peer_address(peer);
        }
        self.advance(None);
        true
    }

    /// True if two messages have come where the peer sends one. Whichever is forged or late, OpenSSL has taken the first.
    pub(super) fn contradicts(&mut self, record: &Record<'_>) -> bool {
        if record.epoch != 0 || record.content_type != HANDSHAKE {
            return false;
        }
        let begins = |message: &Message<'_>| message.fragment_offset == 0;
        let (Some(message), Some(stream)) = (record::first_message(record.fragment).filter(begins), &self.stream)
        else {
            return false;
        };
        match (&mut self.role, message.message_type) {
            // It asks for another cookie than the one in what it answers, or for a first one after the ServerHello; or it
            // stands where the ServerHello does.
            (Role::Client { .. }, HELLO_VERIFY_REQUEST) => {
                let is_in_its_place = record.sequence == stream.get_ref().last_plaintext();
                self.is_answered && (is_in_its_place || message.message_seq > 0)
            }
            (Role::Client { .. }, SERVER_HELLO) => {
                let mut taken = [0; 32];
                stream.ssl().server_random(&mut taken);
                let random = message.body.get(2..34);
                taken != [0; 32] && random.is_some_and(|random| random != taken)
            }
            (
                Role::Server {
                    client: Some(client), ..
                },
                CLIENT_KEY_EXCHANGE,
            ) => {
                let this = (message.message_seq, message.body.to_vec());
                let before = client.key_exchange.replace(this);
                before.is_some_and(|(number, body)| {
                    // Either may be the first fragment only.
                    let is_same = body.iter().zip(message.body).all(|(one, other)| one == other);
                    number == message.message_seq && !is_same
                })
            }
            _ => false,
        }
    }

    /// What becomes of a handshake that stands still since a message contradicted another. False: it goes on waiting.
    pub(super) fn resolve_doubt(&mut self) -> bool {
        match self.role {
            Role::Client { .. } => self.begin_anew(),
            Role::Server { .. } => {
                self.dismiss(Failure::Protocol("two messages where there is one"), DECRYPT_ERROR);
                true
            }
        }
    }

    /// Ends a server's handshake and says so to the client, in plaintext: it need not wait for its deadline.
    pub(super) fn dismiss(&mut self, failure: Failure, alert: u8) {
        let sequence = self
            .stream
            .as_ref()
            .map_or(0, |stream| stream.get_ref().last_plaintext());
        self.replies.push(record::fatal_alert(sequence + 1, alert).to_vec());
        self.fail(failure);
    }
}
