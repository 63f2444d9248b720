//! libFuzzer's program for [`fuzz::listener`].

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::listener(input));
