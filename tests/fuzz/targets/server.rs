//! libFuzzer's program for [`fuzz::server`].

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::server(input));
