//! Certificates that a revocation list takes back.

use openssl_dtls::core::{
    CertificateFailure, CertificateProblem, ClientVerification, ConfigError, Failure, TrustStore, Verification,
};

use crate::support::{Authority, Identity, Pair};

const HOST: &str = "server.test";

/// What OpenSSL says of a certificate that is refused: numbers of `x509_vfy.h`.
const LIST_MISSING: i32 = 3;
const LIST_SIGNATURE: i32 = 8;
const LIST_NOT_YET_VALID: i32 = 11;
const LIST_EXPIRED: i32 = 12;

const CERTIFICATE_REVOKED: u8 = 44;

fn client(server: &Identity, trust: TrustStore) -> Pair {
    Pair::with(server, &Verification::Full(trust), HOST)
}

/// Why the client refuses.
fn refusal(server: &Identity, trust: TrustStore) -> CertificateFailure {
    let mut pair = client(server, trust);
    pair.run();
    match pair.client.failure() {
        Some(Failure::Certificate(failure)) => failure.clone(),
        other => panic!("{other:?}"),
    }
}

fn refusal_number(server: &Identity, trust: TrustStore) -> i32 {
    let failure = refusal(server, trust);
    assert_eq!(failure.problem(), CertificateProblem::Untrusted);
    assert_eq!(failure.depth, 0);
    failure.result.as_raw()
}

/// What the authority trusts itself for, and this list.
fn with_list(authority: &Authority, list: &str) -> TrustStore {
    authority.trust().with_crls(list).unwrap()
}

#[test]
fn a_revoked_server_is_refused() {
    let authority = Authority::new("root");
    let server = authority.issue(&[HOST]);
    let list = authority.revokes(&[server.leaf()]);
    let failure = refusal(&server, with_list(&authority, &list));
    assert_eq!(failure.problem(), CertificateProblem::Revoked);
    assert_eq!((failure.depth, failure.subject.as_str()), (0, "CN=server.test"));
}

#[test]
fn a_revoked_server_is_told_so() {
    let authority = Authority::new("root");
    let server = authority.issue(&[HOST]);
    let mut pair = client(&server, with_list(&authority, &authority.revokes(&[server.leaf()])));
    pair.run();
    assert_eq!(
        pair.server_failures,
        [Failure::CookieExchange, Failure::PeerAlert(CERTIFICATE_REVOKED)]
    );
}

#[test]
fn a_revoked_server_is_refused_whatever_its_name() {
    let authority = Authority::new("root");
    let server = authority.issue(&[HOST]);
    let trust = with_list(&authority, &authority.revokes(&[server.leaf()]));
    let mut pair = Pair::with(&server, &Verification::Chain(trust), "");
    pair.run();
    assert!(matches!(pair.client.failure(), Some(Failure::Certificate(failure))
        if failure.problem() == CertificateProblem::Revoked));
}

#[test]
fn without_a_list_a_revoked_server_is_taken() {
    let authority = Authority::new("root");
    client(&authority.issue(&[HOST]), authority.trust()).connect();
}

#[test]
fn a_server_beside_a_revoked_one_is_taken() {
    let authority = Authority::new("root");
    let (revoked, server) = (authority.issue(&[HOST]), authority.issue(&[HOST]));
    let list = authority.revokes(&[revoked.leaf()]);
    client(&server, with_list(&authority, &list)).connect();
}

#[test]
fn a_server_is_taken_where_the_list_is_empty() {
    let authority = Authority::new("root");
    let list = authority.revokes(&[]);
    client(&authority.issue(&[HOST]), with_list(&authority, &list)).connect();
}

#[test]
fn each_of_several_lists_counts() {
    let (one, other) = (Authority::new("one"), Authority::new("other"));
    let servers = [one.issue(&[HOST]), other.issue(&[HOST])];
    let certificates = [&one, &other].map(|authority| String::from_utf8(authority.certificate().to_pem().unwrap()));
    let trust = TrustStore::from_pem(&certificates.map(Result::unwrap).concat()).unwrap();
    let lists = [one.revokes(&[servers[0].leaf()]), other.revokes(&[servers[1].leaf()])];
    let trust = trust.with_crls(&lists.concat()).unwrap();
    for server in &servers {
        assert_eq!(refusal(server, trust.clone()).problem(), CertificateProblem::Revoked);
    }
}

#[test]
fn a_server_whose_issuer_has_no_list_is_refused() {
    let authority = Authority::new("root");
    let list = Authority::new("other").revokes(&[]);
    assert_eq!(
        refusal_number(&authority.issue(&[HOST]), with_list(&authority, &list)),
        LIST_MISSING
    );
}

#[test]
fn an_expired_list_proves_nothing() {
    let authority = Authority::new("root");
    let list = authority.revokes_during(-7..-1, &[]);
    assert_eq!(
        refusal_number(&authority.issue(&[HOST]), with_list(&authority, &list)),
        LIST_EXPIRED
    );
}

#[test]
fn a_list_that_is_not_valid_yet_proves_nothing() {
    let authority = Authority::new("root");
    let list = authority.revokes_during(1..7, &[]);
    assert_eq!(
        refusal_number(&authority.issue(&[HOST]), with_list(&authority, &list)),
        LIST_NOT_YET_VALID
    );
}

#[test]
fn a_list_that_another_has_signed_proves_nothing() {
    let authority = Authority::new("root");
    let server = authority.issue(&[HOST]);
    let list = Authority::new("root").revokes(&[]);
    let number = refusal_number(&server, with_list(&authority, &list));
    assert!([LIST_SIGNATURE, LIST_MISSING].contains(&number), "{number}");
}

/// A server whose certificate comes from an intermediate, and the two authorities above it.
fn chain() -> (Authority, Authority, Identity) {
    let root = Authority::new("root");
    let intermediate = root.intermediate("intermediate");
    let server = intermediate.issue(&[HOST]).with_intermediate(&intermediate);
    (root, intermediate, server)
}

#[test]
fn a_list_of_the_issuer_is_enough() {
    let (root, intermediate, server) = chain();
    client(&server, with_list(&root, &intermediate.revokes(&[]))).connect();
}

#[test]
fn a_server_is_refused_that_its_intermediate_has_revoked() {
    let (root, intermediate, server) = chain();
    let failure = refusal(&server, with_list(&root, &intermediate.revokes(&[server.leaf()])));
    assert_eq!((failure.problem(), failure.depth), (CertificateProblem::Revoked, 0));
}

#[test]
fn a_list_of_the_root_alone_is_not_enough() {
    let (root, _, server) = chain();
    assert_eq!(
        refusal_number(&server, with_list(&root, &root.revokes(&[]))),
        LIST_MISSING
    );
}

#[test]
fn a_server_is_refused_whose_intermediate_is_revoked() {
    let (root, intermediate, server) = chain();
    let lists = [intermediate.revokes(&[]), root.revokes(&[intermediate.certificate()])];
    let failure = refusal(&server, with_list(&root, &lists.concat()));
    assert_eq!(failure.problem(), CertificateProblem::Revoked);
    assert_eq!((failure.depth, failure.subject.as_str()), (1, "CN=intermediate"));
}

#[test]
fn lists_of_the_whole_chain_are_taken() {
    let (root, intermediate, server) = chain();
    let lists = [intermediate.revokes(&[]), root.revokes(&[])];
    client(&server, with_list(&root, &lists.concat())).connect();
}

/// A client that shows `player` to a server that trusts `trust`.
fn player(player: &Identity, trust: TrustStore) -> Pair {
    let server = Identity::self_signed(&[HOST]);
    let asking = server.server_asking(ClientVerification::Required(trust));
    Pair::between(&server.client_showing(player), &asking)
}

#[test]
fn a_revoked_client_is_refused_and_told_so() {
    let authority = Authority::new("players");
    let banned = authority.issue_player("banned");
    let list = authority.revokes(&[banned.leaf()]);
    let mut pair = player(&banned, with_list(&authority, &list));
    pair.run();
    assert_eq!(pair.client.failure(), Some(&Failure::PeerAlert(CERTIFICATE_REVOKED)));
    assert!(
        matches!(pair.server_failures.last(), Some(Failure::Certificate(failure))
            if failure.problem() == CertificateProblem::Revoked && failure.subject == "CN=banned"),
        "{:?}",
        pair.server_failures
    );
}

#[test]
fn a_client_beside_a_revoked_one_is_taken() {
    let authority = Authority::new("players");
    let banned = authority.issue_player("banned");
    let list = authority.revokes(&[banned.leaf()]);
    player(&authority.issue_player("player"), with_list(&authority, &list)).connect();
}

#[test]
fn text_without_a_list_is_refused() {
    let authority = Authority::new("root");
    let certificate = String::from_utf8(authority.certificate().to_pem().unwrap()).unwrap();
    for text in ["", "no list", &certificate] {
        assert!(matches!(
            authority.trust().with_crls(text),
            Err(ConfigError::CrlMissing)
        ));
    }
}

#[test]
fn a_damaged_list_is_refused() {
    let authority = Authority::new("root");
    let damaged = "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n";
    for text in [damaged.to_owned(), authority.revokes(&[]) + damaged] {
        assert!(matches!(
            authority.trust().with_crls(&text),
            Err(ConfigError::CrlUnreadable(_))
        ));
    }
}
