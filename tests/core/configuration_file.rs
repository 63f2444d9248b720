//! The file that configures OpenSSL for all programs of a computer.

use std::process::Command;

use openssl_dtls::core::ignore_configuration_files;

use crate::support::Peers;

/// All algorithms are those of a provider that has none.
const WITHOUT_ALGORITHMS: &str = "openssl_conf = all\n[all]\nproviders = providers\n[providers]\nnull = null\n\
                                  [null]\nactivate = 1\n";

/// In a process of its own: OpenSSL reads it once, when it is first used.
#[test]
fn it_changes_nothing() {
    let file = std::env::temp_dir().join(format!("openssl-dtls-{}.cnf", std::process::id()));
    std::fs::write(&file, WITHOUT_ALGORITHMS).unwrap();
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "configuration_file::connects_where_it_is_ignored"])
        .env("OPENSSL_CONF", &file)
        .output();
    std::fs::remove_file(&file).unwrap();
    let output = String::from_utf8(child.unwrap().stdout).unwrap();
    assert!(output.contains("1 passed"), "{output}");
}

#[test]
fn connects_where_it_is_ignored() {
    ignore_configuration_files();
    Peers::new().connect();
}
