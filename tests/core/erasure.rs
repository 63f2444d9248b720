//! What is left in the memory of the process of a secret that is not needed any more: nothing.

use std::fs::{self, File};
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use openssl::rand::rand_bytes;
use openssl_dtls::core::settings::{KeyLog, SharedSecret};
use openssl_dtls::core::{PskAnswer, PskKey};
use parking_lot::Mutex;

use crate::support::{Identity, Pair, Peers, psk_asking_server, psk_client, psk_server};

/// Every byte of a secret is known to the test only in another form, or it would find its own copy.
const MASK: u8 = 0xa5;

/// Held by each test: while one of them reads the memory, it has copies of all that is there, another one's secrets too.
static ALONE: Mutex<()> = Mutex::new(());

/// A secret to look for.
struct Needle(Vec<u8>);

impl Needle {
    fn random(length: usize) -> Self {
        let mut masked = vec![0; length];
        rand_bytes(&mut masked).unwrap();
        Needle(masked)
    }

    fn of_hexadecimal(text: &str) -> Self {
        let digits: Vec<_> = text.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
        Needle(digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) ^ MASK).collect())
    }

    /// Lends the secret to `user`, and takes the copy that was lent back.
    fn lend<T>(&self, user: impl FnOnce(&[u8]) -> T) -> T {
        let mut secret: Vec<_> = self.0.iter().map(|byte| byte ^ MASK).collect();
        let result = user(&secret);
        overwrite(&mut secret);
        result
    }

    fn is_in(&self, memory: &[u8]) -> bool {
        // The beginning is overwritten by the allocator in any case.
        let end = &self.0[self.0.len() / 2..];
        let matches = |window: &[u8]| window.iter().zip(end).all(|(byte, masked)| byte ^ MASK == *masked);
        memory.windows(end.len()).any(matches)
    }

    /// True if the secret is anywhere in what the process can write to.
    fn is_in_memory(&self) -> bool {
        const PIECE: usize = 1 << 20;
        let memory = File::open("/proc/self/mem").unwrap();
        let mut piece = vec![0; PIECE];
        let mut found = false;
        for (start, end) in writable_memory() {
            // Each piece begins with the end of the one before.
            for at in (start..end).step_by(PIECE - self.0.len()) {
                let length = (end - at).min(PIECE as u64) as usize;
                // Some of it may be gone by now: other tests run at the same time.
                found |= memory
                    .read_at(&mut piece[..length], at)
                    .is_ok_and(|read| self.is_in(&piece[..read]));
            }
        }
        overwrite(&mut piece);
        found
    }
}

fn overwrite(bytes: &mut [u8]) {
    bytes.fill(0);
    black_box(bytes);
}

/// First and last address of each mapping, as proc(5) has them.
fn writable_memory() -> Vec<(u64, u64)> {
    let address = |text| u64::from_str_radix(text, 16).unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let writable = maps
        .lines()
        .filter(|line| line.split(' ').nth(1).unwrap().starts_with("rw"));
    writable
        .map(|line| line.split(' ').next().unwrap().split_once('-').unwrap())
        .map(|(start, end)| (address(start), address(end)))
        .collect()
}

fn expect_forgotten<T>(needles: &[Needle], user: T) {
    for needle in needles {
        assert!(needle.is_in_memory(), "it has to be somewhere while it is used");
    }
    drop(user);
    for needle in needles {
        assert!(!needle.is_in_memory());
    }
}

#[test]
fn a_pre_shared_key_is_forgotten() {
    let _alone = ALONE.lock();
    let needle = Needle::random(64);
    let mut pair = needle.lend(|key| Pair::between(&psk_client("player", key), &psk_server(&[("player", key)])));
    pair.connect();
    expect_forgotten(&[needle], pair);
}

#[test]
fn a_pre_shared_key_that_was_asked_for_is_forgotten() {
    let _alone = ALONE.lock();
    let needle = Needle::random(64);
    let mut pair = needle.lend(|key| Pair::between(&psk_client("player", key), &psk_asking_server()));
    pair.deliver();
    assert!(pair.server().psk_request().is_some());
    let now = pair.now;
    needle.lend(|key| pair.server().answer_psk(PskAnswer::Key(PskKey::new(key).unwrap()), now));
    pair.connect();
    expect_forgotten(&[needle], pair);
}

#[test]
fn secrets_that_servers_share_are_forgotten() {
    let _alone = ALONE.lock();
    let (ticket_key, cookie_secret) = (Needle::random(64), Needle::random(64));
    let identity = Identity::self_signed(&["server.test"]);
    let mut options = identity.server_options();
    options.ticket_key = Some(ticket_key.lend(|bytes| SharedSecret::new(bytes).unwrap()));
    options.cookie_secret = Some(cookie_secret.lend(|bytes| SharedSecret::new(bytes).unwrap()));
    let peers = Peers::acquainted_with(&identity.client_options(), &options);
    assert!(peers.resumes());
    expect_forgotten(&[ticket_key, cookie_secret], (options, peers));
}

/// With it a recorded session could be read. A server that gives out tickets leaves it: OpenSSL frees the plain text of
/// each ticket as it is.
#[test]
fn the_master_secret_of_a_session_that_cannot_be_resumed_is_forgotten() {
    let _alone = ALONE.lock();
    let secret = Arc::<Mutex<Option<Needle>>>::default();
    let sink = secret.clone();
    let log = KeyLog::new(move |line| {
        *sink.lock() = Some(Needle::of_hexadecimal(line.rsplit(' ').next().unwrap()));
    });
    let identity = Identity::self_signed(&["server.test"]);
    let mut options = identity.client_options();
    options.settings.key_log = Some(log);
    options.settings.resumption = false;
    let mut pair = Pair::between(&options, &identity.server_options());
    pair.connect();
    let needle = secret.lock().take().unwrap();
    expect_forgotten(&[needle], (options, pair));
}
