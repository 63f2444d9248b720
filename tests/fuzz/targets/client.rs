//! libFuzzer's program for [`fuzz::client`].

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::client(input));
