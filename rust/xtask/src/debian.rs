//! Programs of Debian, unpacked into `target/godot` without root. Nothing of the system is changed.
//!
//! Each program is given its own dynamic loader and libraries, so it runs as an ordinary program on any distribution
//! that has apt and Debian's keyring, however old its C library is.

use crate::{apt, workspace};
use anyhow::{Context, Result, bail, ensure};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The release that has a Godot that is new enough.
const SUITE: &str = "forky";
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The packages that come whatever is asked for: the command-line peers of the tests, and what the unpacking needs.
const SMALL_PACKAGES: [&str; 3] = ["gnutls-bin", "openssl", "patchelf"];
/// Godot, its export templates, and a screen that it can draw on where there is none: an X server without one, and OpenGL
/// in software.
const GODOT_PACKAGES: [&str; 6] = [
    "godot",
    "godot-template-debug",
    "godot-template-release",
    "xvfb",
    "libgl1",
    "libglx-mesa0",
];
/// What is made to run by itself, of these packages.
const PROGRAMS: [&str; 8] = [
    "godot",
    "godot-template-debug",
    "godot-template-release",
    "gnutls-cli",
    "gnutls-serv",
    "openssl",
    XVFB,
    "xkbcomp",
];
/// Those that come with Godot.
const PROGRAMS_OF_GODOT: [&str; 4] = ["godot", "godot-template-debug", "godot-template-release", XVFB];
const XVFB: &str = "Xvfb";

/// One of `PROGRAMS`, installed if it is not there yet.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let root = workspace::path("target/godot");
    let program = root.join("usr/bin").join(name);
    fs::create_dir_all(workspace::path("target"))?;
    let lock = File::create(workspace::path("target/godot.lock"))?;
    lock.lock()?; // Until the end of this function: another xtask may be about to install the same.
    if !runs(&program) {
        let mut packages = SMALL_PACKAGES.to_vec();
        if PROGRAMS_OF_GODOT.contains(&name) {
            packages.extend(GODOT_PACKAGES);
        }
        install(&packages, &root)?;
        ensure!(runs(&program), "{} was installed but does not run", program.display());
    }
    Ok(program)
}

/// Xvfb, as a command that starts it with the keyboard layouts, the compiler of them and the drivers that came with it.
pub(crate) fn xvfb() -> Result<Command> {
    let program = program(XVFB)?;
    let root = workspace::path("target/godot");
    let programs = std::env::var_os("PATH").unwrap_or_default();
    let programs = std::env::join_paths(
        [root.join("usr/bin")]
            .into_iter()
            .chain(std::env::split_paths(&programs)),
    )?;
    let mut command = Command::new(program);
    command.env("PATH", programs);
    command.env(
        "LIBGL_DRIVERS_PATH",
        root.join(Loader::of_this_machine()?.libraries).join("dri"),
    );
    command.arg("-xkbdir").arg(root.join("usr/share/X11/xkb"));
    Ok(command)
}

fn runs(program: &Path) -> bool {
    // Xvfb does not tell its version.
    let question = if program.ends_with(XVFB) { "-help" } else { "--version" };
    let output = Command::new(program).arg(question).stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.status.success())
}

/// Makes `root` in a folder beside it, which takes its name when it is complete.
fn install(packages: &[&str], root: &Path) -> Result<()> {
    let loader = Loader::of_this_machine()?;
    let apt = Apt::new(&root.with_extension("partial"))?;
    let unpacked = apt.folder.join("root");
    eprintln!(
        "Downloading {} of Debian {SUITE} into {}",
        packages.join(", "),
        root.display()
    );
    apt.download(packages)?;
    unpack(&apt.archives()?, &unpacked)?;
    repair_pulseaudio(&unpacked, &loader)?;
    repair_llvm(&unpacked, &loader)?;
    repair_xvfb(&unpacked)?;
    for program in PROGRAMS {
        if unpacked.join("usr/bin").join(program).exists() {
            loader.bind(program, &unpacked, root)?;
        }
    }
    remove(root)?;
    fs::rename(&unpacked, root)?;
    remove(&apt.folder)
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// apt with sources, lists, cache and state of its own, for which no package is installed and none is pinned.
struct Apt {
    folder: PathBuf,
}

impl Apt {
    fn new(folder: &Path) -> Result<Apt> {
        for program in ["apt-get", "dpkg-deb"] {
            ensure!(which::which(program).is_ok(), "there is no {program} here");
        }
        ensure!(
            Path::new(KEYRING).exists(),
            "there is no {KEYRING} (package debian-archive-keyring)"
        );
        let mirror = apt::debian_mirror().context("apt's sources name no mirror of Debian")?;
        remove(folder)?;
        for part in ["lists/partial", "cache/archives/partial", "empty", "root"] {
            fs::create_dir_all(folder.join(part))?;
        }
        fs::write(folder.join("status"), "")?;
        fs::write(
            folder.join("sources.list"),
            format!("deb [signed-by={KEYRING}] {mirror} {SUITE} main\n"),
        )?;
        Ok(Apt {
            folder: folder.to_owned(),
        })
    }

    fn download(&self, packages: &[&str]) -> Result<()> {
        run(self.command().arg("update"))?;
        run(self
            .command()
            .args(["--yes", "--download-only", "--no-install-recommends", "install"])
            .args(packages))
    }

    fn command(&self) -> Command {
        let mut command = Command::new("apt-get");
        // The empty ones: no other sources, no pinning, nothing installed.
        let own = [
            ("Dir::Etc::SourceList", "sources.list"),
            ("Dir::Etc::SourceParts", "empty"),
            ("Dir::Etc::Preferences", "status"),
            ("Dir::Etc::PreferencesParts", "empty"),
            ("Dir::State", "."),
            ("Dir::State::Lists", "lists"),
            ("Dir::State::Status", "status"),
            ("Dir::Cache", "cache"),
        ];
        for (key, path) in own {
            command
                .arg("-o")
                .arg(format!("{key}={}", self.folder.join(path).display()));
        }
        // As root apt would download as a user who cannot write here.
        command.args(["-o", "APT::Sandbox::User=root"]);
        command
    }

    fn archives(&self) -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(self.folder.join("cache/archives"))?;
        let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        Ok(files
            .into_iter()
            .filter(|file| file.extension().is_some_and(|extension| extension == "deb"))
            .collect())
    }
}

fn unpack(archives: &[PathBuf], root: &Path) -> Result<()> {
    eprintln!("Unpacking {} packages", archives.len());
    for archive in archives {
        run(Command::new("dpkg-deb").arg("--extract").arg(archive).arg(root))?;
    }
    Ok(())
}

/// libpulse looks for its private library in a folder of the system, which need not be there: it gets it beside itself.
fn repair_pulseaudio(root: &Path, loader: &Loader) -> Result<()> {
    let libraries = root.join(loader.libraries);
    let private = libraries.join("pulseaudio");
    if !private.exists() {
        return Ok(());
    }
    for entry in fs::read_dir(&private)? {
        let name = entry?.file_name();
        let link = libraries.join(&name);
        if name.to_string_lossy().starts_with("libpulsecommon-") && !link.exists() {
            fs::hard_link(private.join(&name), link)?;
        }
    }
    loader.patch(root, &["--remove-rpath"], &libraries.join("libpulse.so.0"))
}

/// LLVM, with which OpenGL is computed, has a search path of its own, so that it would not get the program's.
fn repair_llvm(root: &Path, loader: &Loader) -> Result<()> {
    let libraries = root.join(loader.libraries);
    for entry in fs::read_dir(&libraries)? {
        let library = entry?.path();
        let name = library.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("libLLVM.so.") && !library.is_symlink() {
            loader.patch(root, &["--remove-rpath"], &library)?;
        }
    }
    Ok(())
}

/// Xvfb has the folder of the compiler of keyboard layouts built in. Where that is empty it looks along the `PATH`.
fn repair_xvfb(root: &Path) -> Result<()> {
    const FOLDER: &[u8] = b"\0/usr/bin\0";
    let program = root.join("usr/bin").join(XVFB);
    if !program.exists() {
        return Ok(());
    }
    let mut bytes = fs::read(&program)?;
    let places: Vec<usize> = (0..bytes.len())
        .filter(|place| bytes[*place..].starts_with(FOLDER))
        .collect();
    ensure!(places.len() == 1, "{} is not as expected", program.display());
    bytes[places[0] + 1] = 0;
    fs::write(&program, bytes).with_context(|| format!("cannot write {}", program.display()))
}

/// Where the dynamic loader and the libraries are below a Debian root.
struct Loader {
    path: &'static str,
    libraries: &'static str,
}

impl Loader {
    fn of_this_machine() -> Result<Loader> {
        match std::env::consts::ARCH {
            "x86_64" => Ok(Loader {
                path: "usr/lib64/ld-linux-x86-64.so.2",
                libraries: "usr/lib/x86_64-linux-gnu",
            }),
            "aarch64" => Ok(Loader {
                path: "usr/lib/ld-linux-aarch64.so.1",
                libraries: "usr/lib/aarch64-linux-gnu",
            }),
            other => bail!("Debian's programs are not set up here for {other}"),
        }
    }

    /// Makes a program, which is still in `unpacked`, use the loader and the libraries that will be in `root`.
    fn bind(&self, program: &str, unpacked: &Path, root: &Path) -> Result<()> {
        let loader = root.join(self.path).display().to_string();
        let libraries = root.join(self.libraries).display().to_string();
        let changes = ["--set-interpreter", &loader, "--force-rpath", "--set-rpath", &libraries];
        self.patch(unpacked, &changes, &unpacked.join("usr/bin").join(program))
    }

    /// Runs Debian's patchelf, by its own loader: it needs a newer C library than the system may have.
    fn patch(&self, root: &Path, changes: &[&str], file: &Path) -> Result<()> {
        let mut patchelf = Command::new(root.join(self.path));
        patchelf
            .arg("--library-path")
            .arg(root.join(self.libraries))
            .arg(root.join("usr/bin/patchelf"));
        run(patchelf.args(changes).arg(file))
    }
}

/// Runs a command with all its output on stderr: stdout is for the path of the engine alone.
fn run(command: &mut Command) -> Result<()> {
    let status = command.stdout(std::io::stderr()).status();
    let status = status.with_context(|| format!("{} does not start", command.get_program().display()))?;
    ensure!(
        status.success(),
        "{} failed ({status})",
        command.get_program().display()
    );
    Ok(())
}
