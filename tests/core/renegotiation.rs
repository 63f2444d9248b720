//! Renegotiation, in which neither side takes part (RFC 9325, section 3.5). The other side is OpenSSL alone: ours cannot
//! ask for it.

#![allow(unsafe_code, reason = "calls a function that the openssl crate does not wrap")]

use std::collections::VecDeque;
use std::ffi::c_int;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Instant;

use foreign_types::ForeignTypeRef;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslOptions, SslStream};
use openssl_dtls::core::{Failure, Listener, Session, State};
use parking_lot::Mutex;

use crate::support::wire::{self, ALERT};
use crate::support::{CLIENT_ADDRESS, Identity, address, client};

unsafe extern "C" {
    fn SSL_renegotiate(ssl: *mut openssl_sys::SSL) -> c_int;
}

/// The datagrams to and from OpenSSL.
#[derive(Default)]
struct Datagrams {
    incoming: VecDeque<Vec<u8>>,
    outgoing: VecDeque<Vec<u8>>,
}

impl Read for Datagrams {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let datagram = self.incoming.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
        datagram.as_slice().read(buffer)
    }
}

impl Write for Datagrams {
    fn write(&mut self, datagram: &[u8]) -> io::Result<usize> {
        self.outgoing.push_back(datagram.to_vec());
        Ok(datagram.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// OpenSSL alone, a server if it has an identity.
fn openssl(identity: Option<&Identity>) -> SslStream<Datagrams> {
    let mut context = SslContext::builder(SslMethod::dtls()).unwrap();
    context.set_options(SslOptions::NO_QUERY_MTU);
    if let Some(identity) = identity {
        context.set_certificate(identity.leaf()).unwrap();
        context.set_private_key(&identity.key).unwrap();
    }
    let mut ssl = Ssl::new(&context.build()).unwrap();
    ssl.set_mtu(1200).unwrap();
    match identity {
        Some(_) => ssl.set_accept_state(),
        None => ssl.set_connect_state(),
    }
    SslStream::new(ssl, Datagrams::default()).unwrap()
}

/// Carries datagrams until both are silent or `ours` has failed. What `ours` has sent is returned.
fn talk(ours: &mut Session, theirs: &mut SslStream<Datagrams>, now: Instant) -> Vec<Vec<u8>> {
    let mut sent = Vec::new();
    loop {
        // Whether OpenSSL goes on or gives up does not matter here.
        let _ = theirs.do_handshake();
        let _ = theirs.ssl_read(&mut [0; 100]);
        let before = sent.len();
        while let Some(datagram) = theirs.get_mut().outgoing.pop_front() {
            ours.handle_datagram(&datagram, now);
            ours.handle_timeout(now);
        }
        let mut datagram = Vec::new();
        while ours.poll_transmit(&mut datagram) {
            theirs.get_mut().incoming.push_back(datagram.clone());
            sent.push(datagram.clone());
        }
        if sent.len() == before || ours.failure().is_some() {
            return sent;
        }
    }
}

/// Lets `theirs` ask for a new handshake, to which `ours` has to answer with nothing but an alert. OpenSSL then gives up.
fn assert_refuses(ours: &mut Session, theirs: &mut SslStream<Datagrams>, now: Instant) {
    assert_eq!(ours.state(), State::Connected);
    // SAFETY: the `SSL` is valid.
    assert_eq!(unsafe { SSL_renegotiate(theirs.ssl().as_ptr()) }, 1);
    let answers = talk(ours, theirs, now);
    assert_eq!(answers.len(), 1);
    assert_eq!((answers[0][0], wire::epoch(&answers[0])), (ALERT, 1));
}

#[test]
fn a_server_refuses_to_renegotiate() {
    let now = Instant::now();
    let config = Identity::self_signed(&["server.test"]).server_config();
    let listener = Arc::new(Mutex::new(Listener::new(config, now).unwrap()));
    let mut theirs = openssl(None);
    let mut accept = || {
        let mut session = Session::server(listener.clone(), now);
        session.set_peer_address(address(CLIENT_ADDRESS));
        talk(&mut session, &mut theirs, now);
        session
    };
    assert_eq!(accept().failure(), Some(&Failure::CookieExchange));
    let mut ours = accept();
    assert_refuses(&mut ours, &mut theirs, now);
}

#[test]
fn a_client_refuses_to_renegotiate() {
    let now = Instant::now();
    let mut theirs = openssl(Some(&Identity::self_signed(&["server.test"])));
    let mut ours = client(now);
    talk(&mut ours, &mut theirs, now);
    assert_refuses(&mut ours, &mut theirs, now);
}
