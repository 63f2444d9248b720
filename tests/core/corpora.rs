//! The inputs that `cargo xtask fuzz` has found worth keeping, each once more.

use std::fs;
use std::path::Path;

#[path = "../fuzz/lib.rs"]
#[allow(unreachable_pub, reason = "the programs of the fuzzers take them from a library")]
mod fuzz;

fn replay(target: &str, take: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fuzz/corpus")
        .join(target);
    let inputs: Vec<_> = fs::read_dir(corpus)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(!inputs.is_empty());
    for input in inputs {
        // Shown if the test fails.
        println!("{}", input.display());
        take(&fs::read(input).unwrap());
    }
}

#[test]
fn listener() {
    replay("listener", fuzz::listener);
}

#[test]
fn server() {
    replay("server", fuzz::server);
}

#[test]
fn client() {
    replay("client", fuzz::client);
}

#[test]
fn endpoint() {
    replay("endpoint", fuzz::endpoint);
}

#[test]
fn options() {
    replay("options", fuzz::options);
}
