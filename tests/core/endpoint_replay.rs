//! A forger has recorded a whole connection. At an endpoint with a living session he sends its datagrams again: whole, cut
//! short at any length, followed by something, with any bit turned; from the address of the living session and from one
//! of his own. The session goes on, nothing is left behind, and no answer is longer than what it answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use openssl_dtls::core::Association;

use crate::replay::mutations;
use crate::support::{Crowd, Guest, Identity, events_of, guest_address, packets, packets_of};

const STRANGER: usize = 7;

/// Lets a client connect, send a packet, get one and leave, if it is to. Returns all datagrams of both sides.
fn record(crowd: &mut Crowd, address: SocketAddr, leaves: bool) -> (Vec<Vec<u8>>, Arc<Association>, Guest) {
    crowd.invite(address);
    let mut guest = crowd.guests.pop().unwrap();
    let mut recorded = Vec::new();
    let mut association = None;
    for step in 0..5 {
        if step == 4 {
            assert_eq!(packets(&mut guest.session), [b"to the client"]);
            if leaves {
                guest.session.close();
            }
        }
        for datagram in guest.datagrams() {
            crowd.arrive(address, &datagram);
            recorded.push(datagram);
        }
        crowd.handle_timeout();
        if step == 2 {
            let taken = crowd.endpoint.take().unwrap();
            taken.send(b"to the client", &crowd.sent, || crowd.now).unwrap();
            association = Some(taken);
        }
        for (_, datagram) in crowd.take_sent() {
            guest.session.handle_datagram(&datagram, crowd.now);
            recorded.push(datagram);
        }
        if step == 2 {
            guest.session.send(b"to the server").unwrap();
        }
    }
    let association = association.unwrap();
    assert_eq!(packets_of(&association), [b"to the server"]);
    (recorded, association, guest)
}

/// An endpoint with one living session, and what its client and others have sent and got.
struct Victim {
    crowd: Crowd,
    association: Arc<Association>,
    guest: Guest,
    /// Of the session's own client, of one at the same address before it, and of one at another address.
    recordings: [Vec<Vec<u8>>; 3],
}

impl Victim {
    fn new() -> Self {
        let identity = Identity::self_signed(&["server.test"]);
        let mut client = identity.client_options();
        // All handshakes are full ones.
        client.settings.resumption = false;
        let mut crowd = Crowd::with(&client, &identity.server_options());
        let (past, _, _) = record(&mut crowd, guest_address(0), true);
        let (others, _, _) = record(&mut crowd, guest_address(1), true);
        crowd.now += Duration::from_millis(1);
        let (own, association, guest) = record(&mut crowd, guest_address(0), false);
        events_of(&association);
        crowd.endpoint.news();
        Victim {
            crowd,
            association,
            guest,
            recordings: [own, past, others],
        }
    }

    /// Lets `datagram` come from `address`, and looks whether anything has changed. What is wrong then?
    fn replay(&mut self, address: SocketAddr, datagram: &[u8]) -> Result<(), &'static str> {
        self.crowd.arrive(address, datagram);
        let answers = self.crowd.take_sent();
        self.crowd.handle_timeout();
        if answers.iter().any(|(to, _)| *to != address) {
            return Err("an answer to another address");
        }
        if answers.iter().map(|(_, answer)| answer.len()).sum::<usize>() > datagram.len() {
            return Err("more bytes out than in");
        }
        let endpoint = &self.crowd.endpoint;
        if endpoint.is_available() || endpoint.next_timeout().is_some() || endpoint.statistics().half_open > 0 {
            return Err("an association is left behind");
        }
        if !events_of(&self.association).is_empty() || !packets_of(&self.association).is_empty() {
            return Err("the session has noticed");
        }
        self.guest.session.send(b"to the server").unwrap();
        for datagram in self.guest.datagrams() {
            self.crowd.arrive(self.guest.address, &datagram);
        }
        let now = self.crowd.now;
        let sent = self.association.send(b"to the client", &self.crowd.sent, || now);
        for (_, datagram) in self.crowd.take_sent() {
            self.guest.session.handle_datagram(&datagram, now);
        }
        let arrived = (packets_of(&self.association), packets(&mut self.guest.session));
        if sent.is_err() || arrived != (vec![b"to the server".to_vec()], vec![b"to the client".to_vec()]) {
            return Err("the session does not go on");
        }
        Ok(())
    }
}

/// Replays everything from the address of the guest with this number.
fn replay_from(number: usize) {
    let mut victim = Victim::new();
    let recordings = victim.recordings.clone();
    let (mut tried, mut wrong) = (0, Vec::new());
    for (recording, datagrams) in ["own", "past", "others'"].iter().zip(recordings) {
        for (index, datagram) in datagrams.iter().enumerate() {
            for (kind, mutation) in mutations(datagram).enumerate() {
                tried += 1;
                if let Err(error) = victim.replay(guest_address(number), &mutation) {
                    wrong.push(format!("{recording} {index}, made {kind}: {error}"));
                    victim = Victim::new();
                    if wrong.len() == 10 {
                        panic!("of {tried}:\n{}", wrong.join("\n"));
                    }
                }
            }
        }
    }
    println!("{tried} replayed");
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_session_goes_on_whatever_its_own_address_sends_again() {
    replay_from(0);
}

#[test]
fn a_session_goes_on_whatever_a_stranger_sends_again() {
    replay_from(STRANGER);
}
