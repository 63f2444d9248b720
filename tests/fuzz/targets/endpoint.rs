//! libFuzzer's program for [`fuzz::endpoint`].

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::endpoint(input));
