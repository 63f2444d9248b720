//! Clients that prove who they are with a certificate.

use openssl::nid::Nid;
use openssl_dtls::core::{CertificateProblem, ClientVerification, Failure, Session, State, TrustStore, subject_text};

use crate::support::{Authority, Contents, Identity, Pair, ec_key, p256_key, rsa_key};

/// What a client is told of its certificate (RFC 5246, section 7.2.2).
const HANDSHAKE_FAILURE: u8 = 40;
const BAD_CERTIFICATE: u8 = 42;
const UNSUPPORTED_CERTIFICATE: u8 = 43;
const CERTIFICATE_EXPIRED: u8 = 45;
const UNKNOWN_CA: u8 = 48;

/// A message of the handshake, in plain text.
const CERTIFICATE_REQUEST: u8 = 13;

const HOST: &str = "server.test";

/// A server that asks its clients for this, and a client with this identity.
fn pair(clients: ClientVerification, player: Option<&Identity>) -> Pair {
    let server = Identity::self_signed(&[HOST]);
    let client = match player {
        Some(player) => server.client_showing(player),
        None => server.client_options(),
    };
    Pair::between(&client, &server.server_asking(clients))
}

/// A server that wants certificates of this authority.
fn required(trust: TrustStore, identity: &Identity) -> Pair {
    pair(ClientVerification::Required(trust), Some(identity))
}

fn expect_connected(mut pair: Pair, certificate: Option<&Identity>) {
    pair.connect();
    let expected = certificate.map(|identity| identity.leaf().to_der().unwrap());
    let found = pair.server().peer_certificate();
    assert_eq!(found.map(|found| found.to_der().unwrap()), expected);
}

/// The failure of the server's session, after the one with the cookie. The client is told of it with `alert`.
fn refusal(mut pair: Pair, alert: u8) -> Failure {
    pair.run();
    assert_eq!(pair.client.failure(), Some(&Failure::PeerAlert(alert)));
    assert_eq!(pair.server_failures.len(), 2, "{:?}", pair.server_failures);
    pair.server_failures.pop().unwrap()
}

fn expect_problem(pair: Pair, alert: u8, expected: CertificateProblem) {
    match refusal(pair, alert) {
        Failure::Certificate(found) => assert_eq!(found.problem(), expected, "{found:?}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_that_asks_for_none_sees_none() {
    let player = Authority::new("players").issue_player("player");
    expect_connected(pair(ClientVerification::None, Some(&player)), None);
}

#[test]
fn an_optional_certificate_is_seen() {
    let authority = Authority::new("players");
    let player = authority.issue_player("player");
    let clients = ClientVerification::Optional(authority.trust());
    expect_connected(pair(clients, Some(&player)), Some(&player));
}

#[test]
fn without_an_optional_certificate_a_client_connects() {
    let clients = ClientVerification::Optional(Authority::new("players").trust());
    expect_connected(pair(clients, None), None);
}

#[test]
fn an_optional_certificate_that_is_not_trusted_is_refused() {
    let clients = ClientVerification::Optional(Authority::new("players").trust());
    let stranger = Identity::self_signed(&["stranger"]);
    expect_problem(
        pair(clients, Some(&stranger)),
        UNKNOWN_CA,
        CertificateProblem::Untrusted,
    );
}

#[test]
fn a_required_certificate_is_seen() {
    let authority = Authority::new("players");
    let player = authority.issue_player("player");
    expect_connected(required(authority.trust(), &player), Some(&player));
}

#[test]
fn without_a_required_certificate_a_client_is_refused() {
    let clients = ClientVerification::Required(Authority::new("players").trust());
    assert_eq!(
        refusal(pair(clients, None), HANDSHAKE_FAILURE),
        Failure::PeerCertificateRequired
    );
}

#[test]
fn a_self_signed_certificate_is_taken_where_it_is_trusted() {
    let player = Identity::self_signed(&["player"]);
    expect_connected(required(player.trust(), &player), Some(&player));
}

#[test]
fn rsa_and_other_curves_prove_a_client_too() {
    for key in [rsa_key(2048), ec_key(Nid::SECP384R1), ec_key(Nid::SECP521R1)] {
        let authority = Authority::new("players");
        let contents = Contents {
            common_name: "player",
            ..Contents::default()
        };
        let player = authority.issue_with(key, &contents);
        expect_connected(required(authority.trust(), &player), Some(&player));
    }
}

#[test]
fn a_chain_over_an_intermediate_is_taken() {
    let root = Authority::new("players");
    let intermediate = root.intermediate("guild");
    let player = intermediate.issue_player("player").with_intermediate(&intermediate);
    expect_connected(required(root.trust(), &player), Some(&player));
}

#[test]
fn a_client_without_its_intermediate_is_refused() {
    let root = Authority::new("players");
    let player = root.intermediate("guild").issue_player("player");
    expect_problem(
        required(root.trust(), &player),
        UNKNOWN_CA,
        CertificateProblem::ChainIncomplete,
    );
}

#[test]
fn a_certificate_of_a_stranger_is_refused() {
    let stranger = Identity::self_signed(&["stranger"]);
    expect_problem(
        required(Authority::new("players").trust(), &stranger),
        UNKNOWN_CA,
        CertificateProblem::Untrusted,
    );
}

#[test]
fn an_expired_certificate_is_refused() {
    let authority = Authority::new("players");
    let contents = Contents {
        common_name: "player",
        days: -30..-1,
        ..Contents::default()
    };
    let player = authority.issue_with(p256_key(), &contents);
    expect_problem(
        required(authority.trust(), &player),
        CERTIFICATE_EXPIRED,
        CertificateProblem::Expired,
    );
}

#[test]
fn a_certificate_that_is_not_valid_yet_is_refused() {
    let authority = Authority::new("players");
    let contents = Contents {
        common_name: "player",
        days: 1..30,
        ..Contents::default()
    };
    let player = authority.issue_with(p256_key(), &contents);
    expect_problem(
        required(authority.trust(), &player),
        BAD_CERTIFICATE,
        CertificateProblem::NotYetValid,
    );
}

#[test]
fn a_certificate_for_servers_is_refused() {
    let authority = Authority::new("players");
    let contents = Contents {
        common_name: "player",
        for_servers_only: true,
        ..Contents::default()
    };
    let player = authority.issue_with(p256_key(), &contents);
    expect_problem(
        required(authority.trust(), &player),
        UNSUPPORTED_CERTIFICATE,
        CertificateProblem::Purpose,
    );
}

#[test]
fn both_sides_see_the_others_certificate() {
    let player = Identity::self_signed(&["player"]);
    let mut pair = required(player.trust(), &player);
    pair.connect();
    let subject = |session: &Session| subject_text(&session.peer_certificate().unwrap());
    assert_eq!(subject(&pair.client), "CN=server.test");
    assert_eq!(subject(pair.server()), "CN=player");
}

#[test]
fn the_server_tells_which_authorities_it_trusts() {
    let authority = Authority::new("players");
    let player = authority.issue_player("player");
    let mut pair = required(authority.trust(), &player);
    pair.run();
    let name = authority.certificate().subject_name().to_der().unwrap();
    let request = pair.server_message(CERTIFICATE_REQUEST).unwrap();
    assert!(request.windows(name.len()).any(|bytes| bytes == name));
}

#[test]
fn no_certificate_is_seen_before_the_handshake_is_complete() {
    let mut pair = Pair::new();
    while pair.client.state() == State::Handshaking {
        assert!(pair.client.peer_certificate().is_none());
        assert!(pair.deliver_one());
    }
    assert!(pair.client.peer_certificate().is_some());
}

/// The subject that a server sees of a client's certificate.
fn seen_subject(common_name: &str, organisations: &[&str]) -> String {
    let contents = Contents {
        common_name,
        organisations,
        ..Contents::default()
    };
    let player = Identity::self_signed_with(p256_key(), &contents);
    let mut pair = required(player.trust(), &player);
    pair.connect();
    subject_text(&pair.server().peer_certificate().unwrap())
}

#[test]
fn a_subject_is_written_from_its_last_part_to_its_first() {
    assert_eq!(seen_subject("player", &["guild", "game"]), "O=game,O=guild,CN=player");
}

#[test]
fn what_has_a_meaning_in_a_subject_is_escaped() {
    assert_eq!(
        seen_subject("player,O=admins", &["a+b", "\"quoted\"", "back\\slash", "<less;more>"]),
        r#"O=\<less\;more\>,O=back\\slash,O=\"quoted\",O=a\+b,CN=player\,O=admins"#
    );
}

#[test]
fn spaces_and_hashes_at_the_ends_of_a_part_are_escaped() {
    assert_eq!(
        seen_subject("#player", &[" guild ", "a # b"]),
        r"O=a # b,O=\ guild\ ,CN=\#player"
    );
}

#[test]
fn a_subject_is_in_utf_8() {
    assert_eq!(seen_subject("Zoë 玩家", &["Bücher"]), "O=Bücher,CN=Zoë 玩家");
}

#[test]
fn control_characters_in_a_subject_are_escaped() {
    assert_eq!(seen_subject("a\nb", &["c\0d"]), r"O=c\00d,CN=a\0Ab");
}
