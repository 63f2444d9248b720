//! The package itself: that it is complete, and that it works in an empty project.

use super::{ADDON, FOLDER, archive};
use crate::addon::{self, Library};
use crate::cargo;
use crate::engine::{self, Engine};
use crate::gdscript::printed;
use crate::platform::Platform;
use crate::process::{self, Process};
use crate::summary::Tally;
use crate::{godot, workspace};
use anyhow::{Context, Result, ensure};
use object::Object;
use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::time::{Duration, Instant};

/// What is in it beside the libraries.
const CONTENT: [&str; 15] = [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "THIRDPARTY.md",
    "csharp/DtlsServer.cs",
    "csharp/NativeCalls.cs",
    "csharp/PacketPeerDtls.cs",
    "csharp/Refusal.cs",
    "csharp/TlsOptions.Settings.cs",
    "csharp/TlsOptions.cs",
    "csharp/WrapperTable.cs",
    "icons/DTLSServerOpenSSL.svg",
    "icons/PacketPeerDTLSOpenSSL.svg",
    "icons/TLSOptionsOpenSSL.svg",
    addon::MANIFEST,
];
/// The scripts in the package's README, in their order.
const EXAMPLE: [&str; 2] = ["server.gd", "client.gd"];
/// Theirs, which may be in use.
const PORT: &str = "4242";
/// What they say when all went well.
const LINES: [&str; 2] = ["Received: The answer is... 42!", "Connected: Hello DTLS client"];
const RUNNER: &str = "tests/package/example.gd";
const LIMIT: Duration = Duration::from_secs(60);

/// Makes the package and tests it.
pub(crate) fn test() -> Tally {
    let zip = match super::make() {
        Ok(zip) => zip,
        Err(error) => return Tally::failure(format!("{error:#}")),
    };
    let mut tally = Tally::default();
    for result in [is_reproducible(&zip), is_complete(&zip), names_all_works(), works(&zip)] {
        match result {
            Ok(()) => tally.pass(),
            Err(error) => tally.fail(format!("{error:#}")),
        }
    }
    tally
}

/// Made once more it is the same.
fn is_reproducible(zip: &Path) -> Result<()> {
    let first = fs::read(zip)?;
    let second = fs::read(super::make()?)?;
    ensure!(first == second, "made a second time the package is another one");
    Ok(())
}

/// Everything is in it, and nothing else: libraries apart, which can be those of several platforms.
fn is_complete(zip: &Path) -> Result<()> {
    let in_addon = |name: &str| format!("{ADDON}/{name}");
    let (libraries, others): (Vec<String>, Vec<String>) = archive::names(zip)?
        .into_iter()
        .partition(|name| name.starts_with(&in_addon("bin/")));
    let mut expected = CONTENT.map(in_addon);
    expected.sort();
    ensure!(others == expected, "the package has {others:?} in it");
    let platform = Platform::of_this_machine()?;
    for library in Library::ALL {
        let name = in_addon(&library.path(platform));
        ensure!(libraries.contains(&name), "the package has no {name}");
    }
    Ok(())
}

/// The notice names every crate that is in the library.
fn names_all_works() -> Result<()> {
    let notice = fs::read_to_string(workspace::path(ADDON).join("THIRDPARTY.md"))?;
    let arguments = "tree --package openssl_dtls --edges normal,no-proc-macro --prefix none --format {p}";
    let output = cargo::command().args(arguments.split(' ')).output()?;
    let tree = String::from_utf8(output.stdout)?;
    let crates = tree.lines().filter_map(|line| line.split(' ').next());
    let crates: Vec<&str> = crates.filter(|name| *name != "openssl_dtls").collect();
    ensure!(
        !crates.is_empty(),
        "cargo tells no crates: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    for name in crates {
        ensure!(
            notice.contains(&format!("`{name}`")),
            "THIRDPARTY.md does not name {name}"
        );
    }
    Ok(())
}

/// Its libraries are stripped, and the example of its README runs in a project that has nothing else in it.
fn works(zip: &Path) -> Result<()> {
    let project = workspace::path(FOLDER).join("project");
    if project.exists() {
        fs::remove_dir_all(&project)?;
    }
    archive::unpack(zip, &project)?;
    let addon = project.join(ADDON);
    let platform = Platform::of_this_machine()?;
    for library in Library::ALL {
        has_no_symbols(&addon.join(library.path(platform)))?;
    }
    fs::write(project.join("project.godot"), "config_version=5\n")?;
    let scripts = printed(&fs::read_to_string(addon.join("README.md"))?);
    ensure!(
        scripts.len() == EXAMPLE.len(),
        "the README has {} scripts",
        scripts.len()
    );
    let port = UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    for (name, script) in EXAMPLE.iter().zip(scripts) {
        fs::write(project.join(name), script.replace(PORT, &port))?;
    }
    let mut command = Engine::unpacked(godot::find()?, project.clone())?.foreign_script(RUNNER, &[]);
    command.env("XDG_DATA_HOME", project.join(".home"));
    let limit = Instant::now() + LIMIT;
    let mut process = Process::spawn("example.gd", &mut command)?;
    for expected in LINES {
        process.expect(expected, limit, |line| (line == expected).then_some(()))?;
    }
    process.write_line("quit")?;
    let finished = process.finish(limit)?;
    let mut faults = engine::complaints(&finished.output);
    faults.extend(engine::bad_end(&finished));
    ensure!(
        faults.is_empty(),
        "{}\n{}",
        faults.join("; "),
        process::tail(&finished.output)
    );
    Ok(())
}

fn has_no_symbols(library: &Path) -> Result<()> {
    let bytes = fs::read(library).with_context(|| format!("cannot read {}", library.display()))?;
    let file = object::File::parse(&*bytes)?;
    let is_stripped = file.symbol_table().is_none() || file.format() != object::BinaryFormat::Elf;
    ensure!(is_stripped, "{} has symbols", library.display());
    Ok(())
}
