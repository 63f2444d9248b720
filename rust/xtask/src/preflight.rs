//! What has to be installed before OpenSSL can be compiled, asked before the long build starts.

use anyhow::{Result, bail};
use std::process::{Command, Stdio};

/// The modules beyond perl's core that OpenSSL's Configure uses; some distributions package each by itself.
const PERL_MODULES: [&str; 5] = ["FindBin", "IPC::Cmd", "File::Compare", "File::Copy", "Time::Piece"];

/// Fails with one line that names everything that is missing.
pub(crate) fn check() -> Result<()> {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    bail!(
        "the build needs {}: please install it first (the README names the packages)",
        missing.join(", ")
    )
}

fn missing() -> Vec<String> {
    let mut missing = Vec::new();
    if cfg!(unix) {
        if !has_c_compiler() {
            missing.push("a C compiler (cc)".to_owned());
        }
        if which::which("make").is_err() {
            missing.push("make".to_owned());
        }
    }
    if cfg!(all(windows, target_arch = "x86_64")) && which::which("nasm").is_err() {
        // OpenSSL would be built all the same, with ciphers that do without the processor's instructions for them.
        missing.push("the assembler nasm".to_owned());
    }
    if which::which("perl").is_err() {
        missing.push("perl".to_owned());
    } else {
        let modules = PERL_MODULES.into_iter().filter(|module| !has_perl_module(module));
        missing.extend(modules.map(|module| format!("perl's module {module}")));
    }
    if which::which("cargo").is_err() {
        missing.push("cargo".to_owned());
    }
    missing
}

fn has_c_compiler() -> bool {
    std::env::var_os("CC").is_some() || which::which("cc").is_ok()
}

fn has_perl_module(module: &str) -> bool {
    let mut perl = Command::new("perl");
    perl.arg(format!("-M{module}"))
        .args(["-e", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    perl.status().is_ok_and(|status| status.success())
}
