//! The sources of OpenSSL 4, under the version number that `openssl-sys` asks for.
//!
//! `openssl-sys` 0.9 builds `openssl-src` 300.x, which is OpenSSL 3.6.3. That release lets one spoofed datagram end a
//! DTLS session (CVE-2026-75806) and pins 1.7 MB for a half-open handshake (CVE-2026-54874). 4.0.3 has both repaired,
//! and `openssl-sys` builds against its headers.

pub use real::*;
