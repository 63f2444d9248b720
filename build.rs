//! Keeps OpenSSL private to the library and stamps the build. Writes nothing outside `OUT_DIR`.

use std::env;

fn main() {
    // It reads nothing else: without such a line cargo would run it whenever any file of the project changes.
    println!("cargo::rerun-if-env-changed=CARGO_CFG_TARGET_OS");
    let target_os = env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if matches!(target_os.as_str(), "linux" | "android" | "freebsd") {
        // No symbol of a static library is exported, and none of ours can be replaced from outside: a game may have
        // another OpenSSL in its process. Relocations are read-only once the library is loaded.
        for argument in ["-Wl,--exclude-libs,ALL", "-Wl,-Bsymbolic", "-Wl,-z,relro,-z,now"] {
            println!("cargo::rustc-cdylib-link-arg={argument}");
        }
    }
    let version = env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let target = env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=OPENSSL_DTLS_BUILD={version} for {target}");
}
