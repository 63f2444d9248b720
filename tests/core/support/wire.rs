//! DTLS records taken apart and forged (RFC 6347, sections 4.1 and 4.2.2).

pub(crate) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(crate) const ALERT: u8 = 21;
pub(crate) const HANDSHAKE: u8 = 22;
pub(crate) const APPLICATION_DATA: u8 = 23;

pub(crate) const CLIENT_HELLO: u8 = 1;
pub(crate) const HELLO_VERIFY_REQUEST: u8 = 3;
pub(crate) const NEW_SESSION_TICKET: u8 = 4;
pub(crate) const CERTIFICATE: u8 = 11;

/// The bytes of a record's header and of a handshake message's header.
pub(crate) const RECORD_HEADER: usize = 13;
pub(crate) const MESSAGE_HEADER: usize = 12;

/// Where the client random stands in a ClientHello that is alone in its record.
pub(crate) const CLIENT_RANDOM: std::ops::Range<usize> = 27..59;

/// A DTLS 1.2 record.
pub(crate) fn record(content_type: u8, epoch: u16, sequence: u64, fragment: &[u8]) -> Vec<u8> {
    let mut bytes = vec![content_type, 0xfe, 0xfd];
    bytes.extend(epoch.to_be_bytes());
    bytes.extend(&sequence.to_be_bytes()[2..]);
    bytes.extend((fragment.len() as u16).to_be_bytes());
    bytes.extend(fragment);
    bytes
}

/// The part of a handshake message's `body` that begins at `offset` and has this length, with its header.
pub(crate) fn fragment(message_type: u8, message_seq: u16, body: &[u8], offset: usize, length: usize) -> Vec<u8> {
    let u24 = |number: usize| (number as u32).to_be_bytes()[1..].to_vec();
    let mut bytes = vec![message_type];
    bytes.extend(u24(body.len()));
    bytes.extend(message_seq.to_be_bytes());
    bytes.extend(u24(offset));
    bytes.extend(u24(length));
    bytes.extend(&body[offset..offset + length]);
    bytes
}

/// A whole handshake message with its header.
pub(crate) fn message(message_type: u8, message_seq: u16, body: &[u8]) -> Vec<u8> {
    fragment(message_type, message_seq, body, 0, body.len())
}

/// The records of a datagram, each with its header.
pub(crate) fn records(datagram: &[u8]) -> Vec<&[u8]> {
    let mut rest = datagram;
    let mut records = Vec::new();
    while !rest.is_empty() {
        let length = usize::from(u16::from_be_bytes([rest[11], rest[12]]));
        let (record, behind) = rest.split_at(RECORD_HEADER + length);
        records.push(record);
        rest = behind;
    }
    records
}

pub(crate) fn epoch(record: &[u8]) -> u16 {
    u16::from_be_bytes([record[3], record[4]])
}

pub(crate) fn sequence(record: &[u8]) -> u64 {
    u64::from_be_bytes([0, 0, record[5], record[6], record[7], record[8], record[9], record[10]])
}

/// The type of the handshake message at the start of a plaintext datagram.
pub(crate) fn message_type(datagram: &[u8]) -> Option<u8> {
    (datagram[0] == HANDSHAKE && epoch(datagram) == 0).then(|| datagram[RECORD_HEADER])
}

/// A ClientHello that is alone in its datagram, cut into two fragments, each in a datagram of its own. They take the
/// sequence numbers 0 and 1, which the client will not use again.
pub(crate) fn split_client_hello(datagram: &[u8], first: usize) -> [Vec<u8>; 2] {
    let message_seq = u16::from_be_bytes([datagram[17], datagram[18]]);
    let body = &datagram[RECORD_HEADER + MESSAGE_HEADER..];
    let part = |offset, length| fragment(CLIENT_HELLO, message_seq, body, offset, length);
    [
        record(HANDSHAKE, 0, 0, &part(0, first)),
        record(HANDSHAKE, 0, 1, &part(first, body.len() - first)),
    ]
}

/// `datagram` with one bit turned.
pub(crate) fn flip_bit(datagram: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = datagram.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// The numbers of the cipher suites in a ClientHello that is alone in its datagram.
pub(crate) fn cipher_suites(hello: &[u8]) -> Vec<u16> {
    let behind_session = CLIENT_RANDOM.end + 1 + usize::from(hello[CLIENT_RANDOM.end]);
    let behind_cookie = behind_session + 1 + usize::from(hello[behind_session]);
    let length = usize::from(u16::from_be_bytes([hello[behind_cookie], hello[behind_cookie + 1]]));
    let suites = &hello[behind_cookie + 2..][..length];
    suites
        .chunks(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect()
}

/// The name in the server_name extension of a ClientHello (RFC 6066, section 3). None: it has no such extension.
pub(crate) fn server_name(hello: &[u8]) -> Option<String> {
    let length = |bytes: &[u8]| usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    let mut rest = &hello[CLIENT_RANDOM.end..];
    // Session id and cookie, cipher suites, compression methods, and the length of the extensions.
    rest = &rest[1 + usize::from(rest[0])..];
    rest = &rest[1 + usize::from(rest[0])..];
    rest = &rest[2 + length(rest)..];
    rest = &rest[1 + usize::from(rest[0])..];
    rest = &rest[2..];
    while !rest.is_empty() {
        let (header, body) = rest.split_at(4);
        let (extension, behind) = body.split_at(length(&header[2..]));
        if length(header) == 0 {
            // A list of one: its length, the type of the name, and its own length stand before it.
            return Some(String::from_utf8(extension[5..].to_vec()).unwrap());
        }
        rest = behind;
    }
    None
}
