//! libFuzzer's program for the header filter.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| openssl_dtls::core::fuzzing::header_filter(input));
