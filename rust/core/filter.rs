//! What stands between the network and OpenSSL: records that could only be noise or forgery never reach it.
//!
//! OpenSSL takes many an unexpected plaintext record for a fatal error. Plaintext can be forged by whoever knows the
//! addresses, so each such record would be a way to end a session.

use super::record::{self, ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, CLIENT_HELLO, HANDSHAKE, Message, Record};

/// The tag of the shortest protected record: ChaCha20-Poly1305 has nothing else around the payload.
const SHORTEST_PROTECTED: usize = 16;

/// The handshake messages that a server sends, and those that a client sends, before encryption begins (RFC 5246).
const FROM_SERVER: [u8; 8] = [SERVER_HELLO, 3, NEW_SESSION_TICKET, 11, 12, 13, 14, 22];
const FROM_CLIENT: [u8; 4] = [CLIENT_HELLO, 11, 15, 16];

pub(crate) const SERVER_HELLO: u8 = 2;
const NEW_SESSION_TICKET: u8 = 4;

/// What the filter has to know of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Situation {
    pub(crate) is_server: bool,
    pub(crate) is_connected: bool,
    /// The peer's first message has come.
    pub(crate) is_answered: bool,
    /// A server that goes on with an earlier session: its client answers with nothing in plaintext but a ChangeCipherSpec.
    pub(crate) is_resuming: bool,
    /// A client for which the server's NewSessionTicket can come next.
    pub(crate) awaits_ticket: bool,
}

/// What is to be done with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// OpenSSL may see it.
    Pass,
    /// The beginning of a ClientHello, for a server: the session's own, late, or that of a client that has restarted.
    ClientHello,
    /// A plaintext alert that would end the handshake. Anyone could have sent it.
    Alert(u8),
    /// No DTLS.
    Malformed,
    /// DTLS that has no place in this situation.
    Unexpected,
}

/// Judges one record.
pub(crate) fn judge(record: &Record<'_>, situation: Situation) -> Verdict {
    match record.epoch {
        0 => judge_plaintext(record, situation),
        1 if record.content_type == CHANGE_CIPHER_SPEC => Verdict::Unexpected,
        1 if record.fragment.len() < SHORTEST_PROTECTED => Verdict::Malformed,
        1 => Verdict::Pass,
        _ => Verdict::Unexpected,
    }
}

fn judge_plaintext(record: &Record<'_>, situation: Situation) -> Verdict {
    match record.content_type {
        HANDSHAKE => match record::messages(record.fragment) {
            Some(messages) => judge_messages(&messages, situation),
            None => Verdict::Malformed,
        },
        _ if situation.is_connected => Verdict::Unexpected,
        CHANGE_CIPHER_SPEC if record.fragment == [1] => Verdict::Pass,
        ALERT => match record.fragment {
            [2, number] | [1, number @ 0] => Verdict::Alert(*number),
            [1, _] => Verdict::Unexpected,
            _ => Verdict::Malformed,
        },
        APPLICATION_DATA => Verdict::Unexpected,
        _ => Verdict::Malformed,
    }
}

fn judge_messages(messages: &[Message<'_>], situation: Situation) -> Verdict {
    let expected: &[u8] = match situation {
        Situation { is_server: false, .. } => &FROM_SERVER,
        Situation { is_resuming: true, .. } => &[],
        _ => &FROM_CLIENT,
    };
    let is_possible = |message: &Message<'_>| {
        expected.contains(&message.message_type)
            && (message.message_type != NEW_SESSION_TICKET || situation.awaits_ticket)
    };
    // Of what comes before the first message of a server OpenSSL would keep what it can, and it is most likely of a past
    // handshake, or forged.
    let is_first = messages.first().is_some_and(|message| message.message_seq == 0);
    let is_too_early = !situation.is_server && !situation.is_answered && !is_first;
    let begins = |message: &Message<'_>| message.message_type == CLIENT_HELLO && message.fragment_offset == 0;
    if situation.is_server && messages.first().is_some_and(begins) {
        Verdict::ClientHello
    } else if situation.is_connected || is_too_early || !messages.iter().all(is_possible) {
        Verdict::Unexpected
    } else {
        Verdict::Pass
    }
}

/// True if the record begins with a ServerHello: what follows it in the same datagram is the rest of that flight.
pub(crate) fn is_server_hello(record: &Record<'_>) -> bool {
    record.epoch == 0
        && record.content_type == HANDSHAKE
        && record::first_message(record.fragment).is_some_and(|message| message.message_type == SERVER_HELLO)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: Situation = Situation {
        is_server: true,
        is_connected: false,
        is_answered: true,
        is_resuming: false,
        awaits_ticket: false,
    };
    const CLIENT: Situation = Situation {
        is_server: false,
        is_connected: false,
        is_answered: true,
        is_resuming: false,
        awaits_ticket: false,
    };

    fn connected(situation: Situation) -> Situation {
        Situation {
            is_connected: true,
            ..situation
        }
    }

    fn verdict(content_type: u8, epoch: u8, fragment: &[u8], situation: Situation) -> Verdict {
        let mut bytes = vec![content_type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 0];
        bytes.extend_from_slice(&(fragment.len() as u16).to_be_bytes());
        bytes.extend_from_slice(fragment);
        let record = record::records(&bytes).next().unwrap().unwrap();
        judge(&record, situation)
    }

    fn message(message_type: u8, offset: u8) -> [u8; 13] {
        [message_type, 0, 0, 9, 0, 0, 0, 0, offset, 0, 0, 1, 0]
    }

    #[test]
    fn each_side_takes_only_the_messages_of_the_other() {
        for message_type in 0..=255 {
            let pass = |list: &[u8]| {
                if list.contains(&message_type) {
                    Verdict::Pass
                } else {
                    Verdict::Unexpected
                }
            };
            let fragment = message(message_type, 1);
            assert_eq!(
                verdict(HANDSHAKE, 0, &fragment, SERVER),
                pass(&FROM_CLIENT),
                "{message_type} to a server"
            );
            let awaiting_ticket = Situation {
                awaits_ticket: true,
                ..CLIENT
            };
            assert_eq!(
                verdict(HANDSHAKE, 0, &fragment, awaiting_ticket),
                pass(&FROM_SERVER),
                "{message_type} to a client"
            );
        }
    }

    #[test]
    fn a_client_hello_is_a_servers_business_in_every_state() {
        for situation in [SERVER, connected(SERVER)] {
            assert_eq!(
                verdict(HANDSHAKE, 0, &message(CLIENT_HELLO, 0), situation),
                Verdict::ClientHello
            );
        }
        for situation in [CLIENT, connected(CLIENT)] {
            assert_eq!(
                verdict(HANDSHAKE, 0, &message(CLIENT_HELLO, 0), situation),
                Verdict::Unexpected
            );
        }
    }

    #[test]
    fn a_plaintext_alert_is_told_apart_only_before_the_handshake_is_done() {
        assert_eq!(verdict(ALERT, 0, &[2, 40], CLIENT), Verdict::Alert(40));
        assert_eq!(verdict(ALERT, 0, &[1, 0], SERVER), Verdict::Alert(0));
        assert_eq!(verdict(ALERT, 0, &[1, 90], SERVER), Verdict::Unexpected);
        assert_eq!(verdict(ALERT, 0, &[2], SERVER), Verdict::Malformed);
        assert_eq!(verdict(ALERT, 0, &[2, 40], connected(CLIENT)), Verdict::Unexpected);
    }

    #[test]
    fn a_ticket_passes_only_where_it_can_come_next() {
        let ticket = message(NEW_SESSION_TICKET, 0);
        assert_eq!(verdict(HANDSHAKE, 0, &ticket, CLIENT), Verdict::Unexpected);
        let awaiting = Situation {
            awaits_ticket: true,
            ..CLIENT
        };
        assert_eq!(verdict(HANDSHAKE, 0, &ticket, awaiting), Verdict::Pass);
    }

    #[test]
    fn a_client_takes_the_first_message_of_a_server_first() {
        let waiting = Situation {
            is_answered: false,
            ..CLIENT
        };
        let numbered = |number| {
            let mut message = message(SERVER_HELLO, 0);
            message[5] = number;
            verdict(HANDSHAKE, 0, &message, waiting)
        };
        assert_eq!(numbered(0), Verdict::Pass);
        assert_eq!(numbered(1), Verdict::Unexpected);
    }

    #[test]
    fn a_client_that_resumes_sends_no_plaintext_message_after_its_hello() {
        let resuming = Situation {
            is_resuming: true,
            ..SERVER
        };
        for message_type in FROM_CLIENT {
            assert_eq!(
                verdict(HANDSHAKE, 0, &message(message_type, 1), resuming),
                Verdict::Unexpected
            );
        }
        assert_eq!(verdict(CHANGE_CIPHER_SPEC, 0, &[1], resuming), Verdict::Pass);
    }

    #[test]
    fn plaintext_data_and_odd_cipher_changes_are_dropped() {
        assert_eq!(verdict(APPLICATION_DATA, 0, b"x", CLIENT), Verdict::Unexpected);
        assert_eq!(verdict(CHANGE_CIPHER_SPEC, 0, &[1], CLIENT), Verdict::Pass);
        assert_eq!(verdict(CHANGE_CIPHER_SPEC, 0, &[2], CLIENT), Verdict::Malformed);
        assert_eq!(
            verdict(CHANGE_CIPHER_SPEC, 0, &[1], connected(CLIENT)),
            Verdict::Unexpected
        );
        assert_eq!(
            verdict(HANDSHAKE, 0, &message(2, 0), connected(CLIENT)),
            Verdict::Unexpected
        );
    }

    #[test]
    fn only_the_first_protected_epoch_passes_and_no_runts() {
        assert_eq!(verdict(APPLICATION_DATA, 1, &[0; 16], SERVER), Verdict::Pass);
        assert_eq!(verdict(APPLICATION_DATA, 1, &[0; 15], SERVER), Verdict::Malformed);
        assert_eq!(verdict(APPLICATION_DATA, 2, &[0; 16], SERVER), Verdict::Unexpected);
        assert_eq!(verdict(CHANGE_CIPHER_SPEC, 1, &[0; 16], SERVER), Verdict::Unexpected);
    }
}
