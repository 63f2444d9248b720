//! No datagram of a handshake is larger than the MTU.

use std::time::Duration;

use openssl_dtls::core::Failure;

use crate::support::{Direction, Fate, MTU, Pair};

fn assert_all_fit(pair: &Pair) {
    for (number, (time, direction, datagram)) in pair.sent.iter().enumerate() {
        assert!(
            datagram.len() <= MTU,
            "{number}, {direction:?} at {time:?}: {} bytes",
            datagram.len()
        );
    }
}

#[test]
fn a_large_chain_is_sent_in_datagrams_that_fit() {
    let mut pair = Pair::with_large_chain();
    pair.run();
    assert!(pair.is_connected());
    let chain: usize = pair
        .sent
        .iter()
        .filter(|sent| sent.1 == Direction::ToClient)
        .map(|sent| sent.2.len())
        .sum();
    assert!(chain > 3 * MTU, "the chain is {chain} bytes");
    assert_all_fit(&pair);
}

#[test]
fn a_large_chain_is_sent_again_in_datagrams_that_fit() {
    let mut pair = Pair::with_large_chain().network(|number, direction, _| {
        if direction == Direction::ToClient && number > 1 {
            Fate::Drop
        } else {
            Fate::Deliver
        }
    });
    pair.pass(Duration::from_secs(20));
    assert_eq!(
        pair.server_failures,
        [Failure::CookieExchange, Failure::HandshakeTimeout]
    );
    assert_eq!(
        pair.sent_at(Direction::ToClient),
        [0, 1, 3, 7, 15].map(Duration::from_secs)
    );
    assert_all_fit(&pair);
}
