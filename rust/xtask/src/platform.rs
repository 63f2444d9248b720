//! The platforms that the addon has libraries for, and what it takes to build them.

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use std::env::consts::{ARCH, EXE_SUFFIX, OS};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Android 5.0, which is what Godot 4.3 asks for.
const ANDROID_API: u32 = 21;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Platform {
    #[value(name = "linux-x86_64")]
    LinuxX86_64,
    LinuxArm64,
    #[value(name = "windows-x86_64")]
    WindowsX86_64,
    WindowsArm64,
    /// Both processors in one library
    Macos,
    AndroidArm64,
    #[value(name = "android-x86_64")]
    AndroidX86_64,
    IosArm64,
}

impl Platform {
    /// The one that this program runs on.
    pub(crate) fn of_this_machine() -> Result<Platform> {
        Ok(match (OS, ARCH) {
            ("linux", "x86_64") => Platform::LinuxX86_64,
            ("linux", "aarch64") => Platform::LinuxArm64,
            ("windows", "x86_64") => Platform::WindowsX86_64,
            ("windows", "aarch64") => Platform::WindowsArm64,
            ("macos", _) => Platform::Macos,
            _ => bail!("the addon has no libraries for {OS} on {ARCH}: the manifest names those that it has"),
        })
    }

    /// The folder of its libraries, below `bin`.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Platform::LinuxX86_64 => "linux-x86_64",
            Platform::LinuxArm64 => "linux-arm64",
            Platform::WindowsX86_64 => "windows-x86_64",
            Platform::WindowsArm64 => "windows-arm64",
            Platform::Macos => "macos",
            Platform::AndroidArm64 => "android-arm64",
            Platform::AndroidX86_64 => "android-x86_64",
            Platform::IosArm64 => "ios-arm64",
        }
    }

    /// What rustc calls it. Several are made into one library.
    pub(crate) fn targets(self) -> &'static [&'static str] {
        match self {
            Platform::LinuxX86_64 => &["x86_64-unknown-linux-gnu"],
            Platform::LinuxArm64 => &["aarch64-unknown-linux-gnu"],
            Platform::WindowsX86_64 => &["x86_64-pc-windows-msvc"],
            Platform::WindowsArm64 => &["aarch64-pc-windows-msvc"],
            Platform::Macos => &["aarch64-apple-darwin", "x86_64-apple-darwin"],
            Platform::AndroidArm64 => &["aarch64-linux-android"],
            Platform::AndroidX86_64 => &["x86_64-linux-android"],
            Platform::IosArm64 => &["aarch64-apple-ios"],
        }
    }

    /// Whether Godot's editor for desktops runs there. Elsewhere the library for games is all that is needed.
    pub(crate) fn has_editor(self) -> bool {
        !matches!(
            self,
            Platform::AndroidArm64 | Platform::AndroidX86_64 | Platform::IosArm64
        )
    }

    /// The name of a package's library.
    pub(crate) fn file_name(self, package: &str) -> String {
        match self {
            Platform::WindowsX86_64 | Platform::WindowsArm64 => format!("{package}.dll"),
            Platform::Macos | Platform::IosArm64 => format!("lib{package}.dylib"),
            _ => format!("lib{package}.so"),
        }
    }

    /// The variables that tell cargo, and through it OpenSSL, the compiler and the linker of another platform.
    pub(crate) fn cross_environment(self) -> Result<Vec<(String, OsString)>> {
        match self {
            Platform::AndroidArm64 | Platform::AndroidX86_64 => android_environment(self.targets()[0]),
            // As Debian, Ubuntu and Fedora name them.
            Platform::LinuxArm64 if ARCH != "aarch64" => {
                let tool = |name| OsString::from(format!("aarch64-linux-gnu-{name}"));
                Ok(toolchain(self.targets()[0], tool("gcc"), tool("ar"), tool("ranlib")))
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// The tools of the NDK that `$ANDROID_NDK_HOME` names.
fn android_environment(target: &str) -> Result<Vec<(String, OsString)>> {
    let ndk = std::env::var_os("ANDROID_NDK_HOME").context("please name Android's NDK by $ANDROID_NDK_HOME")?;
    let tools = ndk_tools(Path::new(&ndk))?;
    // The compiler of a target is a script.
    let script = if cfg!(windows) { ".cmd" } else { "" };
    let compiler = tools.join(format!("{target}{ANDROID_API}-clang{script}"));
    let tool = |name| tools.join(format!("{name}{EXE_SUFFIX}")).into();
    Ok(toolchain(target, compiler.into(), tool("llvm-ar"), tool("llvm-ranlib")))
}

/// The one folder of programs in the NDK, which is named after the machine that they run on.
fn ndk_tools(ndk: &Path) -> Result<PathBuf> {
    let prebuilt = ndk.join("toolchains/llvm/prebuilt");
    let mut hosts = std::fs::read_dir(&prebuilt)
        .with_context(|| format!("there is no NDK in {}", ndk.display()))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    match (hosts.pop(), hosts.is_empty()) {
        (Some(host), true) => Ok(host.join("bin")),
        _ => bail!("{} is not as expected", prebuilt.display()),
    }
}

/// The variables by which cargo and the crate `cc`, which OpenSSL is compiled through, know the tools of a target.
fn toolchain(target: &str, compiler: OsString, archiver: OsString, indexer: OsString) -> Vec<(String, OsString)> {
    let name = target.replace('-', "_");
    vec![
        (format!("CARGO_TARGET_{}_LINKER", name.to_uppercase()), compiler.clone()),
        (format!("CC_{name}"), compiler),
        (format!("AR_{name}"), archiver),
        (format!("RANLIB_{name}"), indexer),
    ]
}

#[cfg(test)]
mod tests {
    use super::{Platform, toolchain};
    use clap::ValueEnum;

    #[test]
    fn a_platform_is_asked_for_by_the_name_of_its_folder() {
        for platform in Platform::value_variants() {
            assert_eq!(Platform::from_str(platform.folder(), false), Ok(*platform));
        }
    }

    #[test]
    fn the_tools_of_a_target_are_named_as_cargo_and_cc_look_for_them() {
        let tools = toolchain("aarch64-linux-android", "clang".into(), "ar".into(), "ranlib".into());
        let names: Vec<&str> = tools.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "CARGO_TARGET_AARCH64_LINUX_ANDROID_LINKER",
                "CC_aarch64_linux_android",
                "AR_aarch64_linux_android",
                "RANLIB_aarch64_linux_android"
            ]
        );
    }
}
