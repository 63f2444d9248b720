//! Keeps OpenSSL private to the library and stamps the build. Writes nothing outside `OUT_DIR`.

use std::env;

fn main() {
    // It reads nothing else: without such a line cargo would run it whenever any file of the project changes.
    println!("cargo::rerun-if-env-changed=CARGO_CFG_TARGET_OS");
    for argument in link_arguments(&variable("CARGO_CFG_TARGET_OS")) {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
    println!(
        "cargo::rustc-env=OPENSSL_DTLS_BUILD={} for {}",
        variable("CARGO_PKG_VERSION"),
        variable("TARGET")
    );
}

/// What rustc does not ask of the linker by itself. That only the entry point is exported it does ask, on every system.
fn link_arguments(system: &str) -> Vec<String> {
    // No symbol of a static library is exported, and none of ours can be replaced from outside: a game may have another
    // OpenSSL in its process. Relocations are read-only once the library is loaded.
    let elf = ["-Wl,--exclude-libs,ALL", "-Wl,-Bsymbolic", "-Wl,-z,relro,-z,now"].map(str::to_owned);
    match system {
        "linux" | "freebsd" => elf.to_vec(),
        // Android's memory pages may have 16 KiB.
        "android" => [&elf[..], &["-Wl,-z,max-page-size=16384".to_owned()]].concat(),
        // Else the library would be named after the folder that it was built in. Godot gives it another, longer name when
        // it exports for iOS.
        "macos" | "ios" => vec![
            format!("-Wl,-install_name,@rpath/lib{}.dylib", variable("CARGO_PKG_NAME")),
            "-Wl,-headerpad_max_install_names".to_owned(),
        ],
        _ => Vec::new(),
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_default()
}
