//! What can be chosen about the protocol, in types that hold no wrong value.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use openssl::ssl::{SslContext, SslMethod, SslVersion};

use super::secret::Secret;

/// What is wrong with a value that the caller chose. The text says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// See [`Mtu`].
    #[error("256 to 4096 bytes are possible")]
    MtuOutOfRange,
    /// OpenSSL finds no suite that it knows in the list.
    #[error("OpenSSL knows no cipher suite of this list: try \"ECDHE+AESGCM:ECDHE+CHACHA20\"")]
    CiphersUnknown,
    /// See [`CipherList`].
    #[error("{0} is not safe over DTLS: only suites with ECDHE and AES-GCM or ChaCha20-Poly1305 are")]
    CipherUnsafe(String),
    /// OpenSSL does not know one of the groups, or there is none.
    #[error("OpenSSL does not know all groups of this list: try \"X25519:P-256\"")]
    GroupsUnknown,
    /// See [`SecurityLevel`].
    #[error("levels from 0 to 5 are possible")]
    SecurityLevelOutOfRange,
    /// See [`AlpnProtocols`].
    #[error("a protocol name has 1 to 255 bytes, and all together have at most 1024")]
    AlpnInvalid,
    /// See the function that returns it.
    #[error("{0} to {1} milliseconds are possible")]
    TimeoutOutOfRange(u64, u64),
    /// See [`idle_timeout`].
    #[error("0 (no limit) or {0} to {1} milliseconds are possible")]
    IdleTimeoutOutOfRange(u64, u64),
    /// See [`Caps`](super::Caps).
    #[error("1 to 65536 are possible")]
    CapOutOfRange,
    /// See [`SharedSecret`].
    #[error("32 to 255 random bytes are possible")]
    SecretLength,
}

/// The largest datagram that is sent during the handshake, in bytes of UDP payload: 256 to 4096.
///
/// Below, OpenSSL cannot cut its messages; above, it merges flights that then never arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mtu(u16);

impl Mtu {
    /// 1200 bytes, which nearly every path carries.
    pub const DEFAULT: Mtu = Mtu(1200);

    /// What is tried when flights get lost: every IPv4 path has to carry 576 bytes, headers included.
    pub(crate) const FALLBACK: Mtu = Mtu(512);

    /// # Errors
    /// [`SettingError::MtuOutOfRange`].
    pub fn new(bytes: i64) -> Result<Self, SettingError> {
        match u16::try_from(bytes) {
            Ok(bytes @ 256..=4096) => Ok(Mtu(bytes)),
            _ => Err(SettingError::MtuOutOfRange),
        }
    }

    /// In bytes.
    pub const fn get(self) -> u32 {
        self.0 as u32
    }
}

/// A protocol version that the linked OpenSSL speaks and that is still safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Version {
    /// DTLS 1.2 (RFC 6347).
    Dtls12,
}

impl Version {
    pub(crate) fn to_openssl(self) -> SslVersion {
        match self {
            Version::Dtls12 => SslVersion::DTLS1_2,
        }
    }
}

/// Cipher suites in OpenSSL's syntax, such as `ECDHE+CHACHA20:ECDHE+AESGCM`, in the order of preference.
///
/// Only suites with forward secrecy (ECDHE) and authenticated encryption are taken: with CBC one forged datagram would
/// end a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CipherList(String);

impl CipherList {
    /// # Errors
    /// [`SettingError::CiphersUnknown`], [`SettingError::CipherUnsafe`].
    pub fn new(list: &str) -> Result<Self, SettingError> {
        if list.contains('\0') {
            return Err(SettingError::CiphersUnknown);
        }
        let mut context = SslContext::builder(SslMethod::dtls()).map_err(|_| SettingError::CiphersUnknown)?;
        context
            .set_cipher_list(list)
            .map_err(|_| SettingError::CiphersUnknown)?;
        let context = context.build();
        let ssl = openssl::ssl::Ssl::new(&context).map_err(|_| SettingError::CiphersUnknown)?;
        let mut count = 0;
        for name in super::ffi::cipher_names(&ssl) {
            // Those of TLS 1.3 are always in the list, and never used by DTLS 1.2.
            if name.starts_with("TLS_") {
                continue;
            }
            if !is_safe(&name) {
                return Err(SettingError::CipherUnsafe(name));
            }
            count += 1;
        }
        if count == 0 {
            return Err(SettingError::CiphersUnknown);
        }
        Ok(CipherList(list.to_owned()))
    }

    /// The list as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_safe(name: &str) -> bool {
    let has_forward_secrecy = name.starts_with("ECDHE-");
    has_forward_secrecy && (name.contains("-GCM-") || name.ends_with("CHACHA20-POLY1305"))
}

/// Key exchange groups in OpenSSL's syntax, such as `X25519:P-256`, in the order of preference.
///
/// The curve of an EC certificate has to be in the list, on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Groups(String);

impl Groups {
    /// # Errors
    /// [`SettingError::GroupsUnknown`].
    pub fn new(list: &str) -> Result<Self, SettingError> {
        let is_known = || SslContext::builder(SslMethod::dtls())?.set_groups_list(list);
        if list.is_empty() || list.contains('\0') || is_known().is_err() {
            return Err(SettingError::GroupsUnknown);
        }
        Ok(Groups(list.to_owned()))
    }

    /// The list as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if one of `names`, which mean the same group, is in the list.
    pub(crate) fn contains(&self, names: &[&str]) -> bool {
        self.0
            .split([':', '/'])
            .map(|name| name.trim_start_matches(['?', '*', '-']))
            .any(|listed| names.iter().any(|name| name.eq_ignore_ascii_case(listed)))
    }
}

impl Default for Groups {
    /// A certificate's curve has to be in the list, so it is longer than key exchange alone would want.
    fn default() -> Self {
        Groups("X25519:P-256:P-384:P-521".to_owned())
    }
}

/// OpenSSL's security level, 0 to 5. 2, the default, asks for 112 bits: RSA from 2048 bits, SHA-2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityLevel(u8);

impl SecurityLevel {
    /// # Errors
    /// [`SettingError::SecurityLevelOutOfRange`].
    pub fn new(level: i64) -> Result<Self, SettingError> {
        match u8::try_from(level) {
            Ok(level @ 0..=5) => Ok(SecurityLevel(level)),
            _ => Err(SettingError::SecurityLevelOutOfRange),
        }
    }

    /// The number.
    pub fn get(self) -> u32 {
        u32::from(self.0)
    }
}

impl Default for SecurityLevel {
    fn default() -> Self {
        SecurityLevel(2)
    }
}

/// Application protocols (RFC 7301) in the order of preference. Empty: ALPN is not used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlpnProtocols(Vec<u8>);

impl AlpnProtocols {
    const MAX_BYTES: usize = 1024;

    /// # Errors
    /// [`SettingError::AlpnInvalid`].
    pub fn new<'a>(names: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, SettingError> {
        let mut wire = Vec::new();
        for name in names {
            match u8::try_from(name.len()) {
                Ok(length @ 1..) => wire.push(length),
                _ => return Err(SettingError::AlpnInvalid),
            }
            wire.extend_from_slice(name);
        }
        if wire.len() > Self::MAX_BYTES {
            return Err(SettingError::AlpnInvalid);
        }
        Ok(AlpnProtocols(wire))
    }

    /// The names, in the order of preference.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        protocols(&self.0)
    }

    /// The names with their lengths before them, as in the extension.
    pub(crate) fn wire(&self) -> &[u8] {
        &self.0
    }

    /// The first of these protocols that is among those of the extension `offered`.
    pub(crate) fn select<'a>(&self, offered: &'a [u8]) -> Option<&'a [u8]> {
        self.names()
            .find_map(|own| protocols(offered).find(|theirs| *theirs == own))
    }
}

/// The names in an extension.
fn protocols(wire: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = wire;
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first()?;
        let (name, behind) = behind.split_at_checked(usize::from(*length))?;
        rest = behind;
        Some(name)
    })
}

/// How long a handshake may take: 100 milliseconds to 10 minutes.
///
/// # Errors
/// [`SettingError::TimeoutOutOfRange`].
pub fn handshake_timeout(milliseconds: i64) -> Result<Duration, SettingError> {
    timeout(milliseconds, 100, 600_000)
}

/// How long a flight waits for its answer before it is sent again; each further time doubles it (RFC 6347, section
/// 4.2.4.1), up to 60 s or a fifth of the [`handshake_timeout`]. 50 milliseconds to 60 s.
///
/// # Errors
/// [`SettingError::TimeoutOutOfRange`].
pub fn retransmit_timeout(milliseconds: i64) -> Result<Duration, SettingError> {
    timeout(milliseconds, 50, 60_000)
}

/// How long a connected session lives without a valid packet of the peer: 1 s to a day. 0, which is None: for ever.
///
/// # Errors
/// [`SettingError::IdleTimeoutOutOfRange`].
pub fn idle_timeout(milliseconds: i64) -> Result<Option<Duration>, SettingError> {
    const RANGE: (u64, u64) = (1_000, 86_400_000);
    if milliseconds == 0 {
        return Ok(None);
    }
    timeout(milliseconds, RANGE.0, RANGE.1)
        .map(Some)
        .map_err(|_| SettingError::IdleTimeoutOutOfRange(RANGE.0, RANGE.1))
}

fn timeout(milliseconds: i64, least: u64, most: u64) -> Result<Duration, SettingError> {
    match u64::try_from(milliseconds) {
        Ok(value) if (least..=most).contains(&value) => Ok(Duration::from_millis(value)),
        _ => Err(SettingError::TimeoutOutOfRange(least, most)),
    }
}

/// A secret that several servers share, so that any of them takes a client of the others: 32 to 255 random bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SharedSecret(Secret);

impl SharedSecret {
    /// # Errors
    /// [`SettingError::SecretLength`].
    pub fn new(bytes: &[u8]) -> Result<Self, SettingError> {
        match bytes.len() {
            32..=255 => Ok(SharedSecret(bytes.into())),
            _ => Err(SettingError::SecretLength),
        }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }
}

/// Where the secrets of sessions go, a line each, in the format of NSS key logs: with them a capture can be decrypted.
///
/// Clones share the sink, and are equal.
#[derive(Clone)]
pub struct KeyLog(Arc<dyn Fn(&str) + Send + Sync>);

impl KeyLog {
    /// `write` is called with each line, without its end, during handshakes.
    pub fn new(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        KeyLog(Arc::new(write))
    }

    pub(crate) fn write(&self, line: &str) {
        (self.0)(line);
    }
}

impl PartialEq for KeyLog {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for KeyLog {}

impl fmt::Debug for KeyLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyLog")
    }
}

/// How much the keys of one session may do before it closes itself. DTLS 1.2 has no way to renew them but another
/// connection, which is resumed.
///
/// RFC 9325, section 4.4, and RFC 9147, section 4.5.3: an attacker's chance stays below 2^-57. Nothing that a game would
/// want to choose, but a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLimits {
    /// Bytes sent. By default those of 2^24.5 full records, which is 388 gigabytes.
    pub sent_bytes: u64,
    /// Records received that were not the peer's. By default 2^36.
    pub invalid_records: u64,
}

impl Default for KeyLimits {
    fn default() -> Self {
        const FULL_RECORDS: u64 = 23_726_566;
        KeyLimits {
            sent_bytes: FULL_RECORDS << 14,
            invalid_records: 1 << 36,
        }
    }
}

/// What either side can choose about the protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether sessions are resumed by ticket (RFC 5077): a handshake in one round trip fewer and without signatures.
    pub resumption: bool,
    /// See [`Mtu`].
    pub mtu: Mtu,
    /// Whether payloads that do not fit one datagram of the MTU are refused.
    pub strict_mtu: bool,
    /// The oldest version. None: DTLS 1.2.
    pub min_version: Option<Version>,
    /// The newest version. None: whatever OpenSSL speaks.
    pub max_version: Option<Version>,
    /// None: ECDHE with AES-GCM, AES-128 first, or ChaCha20-Poly1305; with pre-shared keys the latter.
    pub cipher_list: Option<CipherList>,
    /// See [`Groups`].
    pub groups: Groups,
    /// See [`SecurityLevel`].
    pub security_level: SecurityLevel,
    /// How long a handshake may take, from the making of the session: see [`handshake_timeout`].
    pub handshake_timeout: Duration,
    /// When a flight is sent again for the first time: see [`retransmit_timeout`].
    pub retransmit_timeout: Duration,
    /// How long a connected session lives without a valid packet of the peer. None: for ever.
    pub idle_timeout: Option<Duration>,
    /// See [`KeyLimits`].
    pub key_limits: KeyLimits,
    /// See [`AlpnProtocols`].
    pub alpn: AlpnProtocols,
    /// Where the secrets go. None: nowhere.
    pub key_log: Option<KeyLog>,
}

impl Settings {
    /// The longest time for which a flight waits for its answer.
    ///
    /// RFC 6347, section 4.2.4.1, lets it double up to a minute. Of a handshake that has 20 seconds in all, that would
    /// leave the latter half to a single attempt: on a network that loses every tenth datagram one handshake in some
    /// hundreds would fail, and with this next to none.
    pub(crate) fn longest_wait(&self) -> Duration {
        const LONGEST: Duration = Duration::from_secs(60);
        (self.handshake_timeout / 5).clamp(self.retransmit_timeout.min(LONGEST), LONGEST)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            resumption: true,
            mtu: Mtu::DEFAULT,
            strict_mtu: false,
            min_version: None,
            max_version: None,
            cipher_list: None,
            groups: Groups::default(),
            security_level: SecurityLevel::default(),
            handshake_timeout: Duration::from_secs(20),
            retransmit_timeout: Duration::from_secs(1),
            idle_timeout: None,
            key_limits: KeyLimits::default(),
            alpn: AlpnProtocols::default(),
            key_log: None,
        }
    }
}
