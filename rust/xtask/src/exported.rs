//! Exported games: the demo with the addon from the package, made by Debian's Godot of Debian's export templates.

use crate::addon::Library;
use crate::engine::{self, Engine};
use crate::platform::Platform;
use crate::process::{self, Finished, Process};
use crate::summary::Tally;
use crate::{debian, package, workspace};
use anyhow::{Context, Result, ensure};
use std::env::consts::ARCH;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const DEMO: &str = "demo_project";
/// The scene that the exported game starts with, in place of the demo's.
const SCENE: [&str; 2] = ["game.gd", "game.tscn"];
const DEMO_SCENE: &str = "res://window/window.tscn";
const FOLDER: &str = "target/exported";
const PRESET: &str = "Linux";
/// For the export, which imports the project first, and for a game, which gives up after a minute: on a computer that has
/// much else to do.
const LIMIT: Duration = Duration::from_secs(240);
/// What an exported game must not print.
const COMPLAINTS: [&str; 2] = ["WARNING", "ERROR"];
/// A part of the class reference, which only the editor needs.
const REFERENCE: &[u8] = b"<class name=\"DTLSServerOpenSSL\"";

/// What a game is exported as.
#[derive(Clone, Copy)]
enum Build {
    Debug,
    Release,
}

impl Build {
    const ALL: [Build; 2] = [Build::Debug, Build::Release];

    fn name(self) -> &'static str {
        match self {
            Build::Debug => "debug",
            Build::Release => "release",
        }
    }

    fn template(self) -> Result<PathBuf> {
        debian::program(&format!("godot-template-{}", self.name()))
    }

    fn folder(self) -> PathBuf {
        workspace::path(FOLDER).join(self.name())
    }

    fn game(self) -> PathBuf {
        self.folder().join("game")
    }

    /// Where the export puts the library for games.
    fn library(self) -> Result<PathBuf> {
        let library = Library::Game.staged(Platform::of_this_machine()?);
        Ok(self.folder().join(library.file_name().unwrap_or_default()))
    }

    fn other(self) -> Build {
        match self {
            Build::Debug => Build::Release,
            Build::Release => Build::Debug,
        }
    }
}

/// Exports the demo both ways, and lets each of the games host the other one.
pub(crate) fn test() -> Tally {
    let engine = match debian::program("godot").and_then(|godot| Ok((godot, templates()?))) {
        Ok((godot, templates)) => prepare(godot, &templates),
        Err(error) => return Tally::cannot_run(&format!("{error:#}")),
    };
    let engine = match engine {
        Ok(engine) => engine,
        Err(error) => return Tally::failure(format!("{error:#}")),
    };
    let mut tally = Tally::default();
    let exports = Build::ALL.map(|build| export(&engine, build));
    let games = Build::ALL.map(|build| meet(build, build.other()));
    for result in exports.into_iter().chain(games) {
        match result {
            Ok(()) => tally.pass(),
            Err(error) => tally.fail(format!("{error:#}")),
        }
    }
    tally
}

fn templates() -> Result<[PathBuf; 2]> {
    Ok([Build::Debug.template()?, Build::Release.template()?])
}

/// The demo in a project of its own, with the addon of the package.
fn prepare(godot: PathBuf, templates: &[PathBuf; 2]) -> Result<Engine> {
    let folder = workspace::path(FOLDER);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let project = folder.join("project");
    copy_demo(&project)?;
    package::unpack(&package::make()?, &project)?;
    for file in SCENE {
        fs::copy(workspace::path("tests/exported").join(file), project.join(file))?;
    }
    let settings = project.join("project.godot");
    let text = fs::read_to_string(&settings)?;
    ensure!(text.contains(DEMO_SCENE), "the demo does not start with {DEMO_SCENE}");
    fs::write(&settings, text.replace(DEMO_SCENE, &format!("res://{}", SCENE[1])))?;
    fs::write(project.join("export_presets.cfg"), presets(templates))?;
    Engine::unpacked(godot, project)
}

/// Without the link to the addon, and without what the engine keeps of it.
fn copy_demo(project: &Path) -> Result<()> {
    fs::create_dir_all(project)?;
    for name in file_names(&workspace::path(DEMO))? {
        let (from, to) = (workspace::path(DEMO).join(&name), project.join(&name));
        match name.as_str() {
            "addons" | ".godot" => {}
            _ if from.is_dir() => engine::copy_folder(&from, &to)?,
            _ => fs::copy(from, to).map(drop)?,
        }
    }
    Ok(())
}

fn file_names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

fn presets([debug, release]: &[PathBuf; 2]) -> String {
    let architecture = if ARCH == "aarch64" { "arm64" } else { ARCH };
    format!(
        "[preset.0]\nname=\"{PRESET}\"\nplatform=\"Linux\"\nrunnable=true\nexport_filter=\"all_resources\"\n\
         include_filter=\"\"\nexclude_filter=\"\"\n\
         [preset.0.options]\ndebug/export_console_wrapper=0\ncustom_template/debug=\"{}\"\ncustom_template/release=\"{}\"\n\
         binary_format/architecture=\"{architecture}\"\n",
        debug.display(),
        release.display()
    )
}

/// Exports a game. Beside it lies the library for games, and no other.
fn export(engine: &Engine, build: Build) -> Result<()> {
    fs::create_dir_all(build.folder())?;
    let mut command = engine.export(build.name(), PRESET, &build.game());
    let finished = Process::spawn("the export", &mut command)?.finish(Instant::now() + LIMIT)?;
    check(&finished, "the export")?;
    let library = build.library()?;
    let mut files = file_names(&build.folder())?;
    files.retain(|file| !file.starts_with("game"));
    ensure!(
        files.len() == 1 && library.exists(),
        "beside the exported game lies {}",
        files.join(", ")
    );
    let bytes = fs::read(&library)?;
    let has_reference = bytes.windows(REFERENCE.len()).any(|window| window == REFERENCE);
    ensure!(!has_reference, "{} has the class reference in it", library.display());
    Ok(())
}

/// Two games talk to each other: one hosts, the other one joins.
fn meet(host: Build, guest: Build) -> Result<()> {
    let home = workspace::fresh_folder(&format!("{FOLDER}/home-{}", host.name()))?;
    let limit = Instant::now() + LIMIT;
    let mut hosting = start(host, "open", &home)?;
    hosting.expect("HOSTING", limit, |line| (line == "HOSTING").then_some(()))?;
    check_loaded(&hosting, host)?;
    let joining = start(guest, "join", &home)?.finish(limit)?;
    let hosting = hosting.finish(limit)?;
    for (finished, build) in [(&joining, guest), (&hosting, host)] {
        let game = format!("the game for {}", build.name());
        check(finished, &game)?;
        let met = format!("MET in a {} build", build.name());
        ensure!(finished.output.contains(&met), "{game} has not printed: {met}");
    }
    Ok(())
}

fn start(build: Build, role: &str, home: &Path) -> Result<Process> {
    let mut game = Command::new(build.game());
    game.env_remove("RUST_BACKTRACE").env("XDG_DATA_HOME", home);
    Process::spawn(build.name(), game.args(["--headless", "--", role]))
}

/// A game has loaded the library that lies beside it, and no other one of the addon.
fn check_loaded(game: &Process, build: Build) -> Result<()> {
    let maps = fs::read_to_string(format!("/proc/{}/maps", game.id()))?;
    let paths = maps
        .lines()
        .filter_map(|line| Some(Path::new(line.get(line.find('/')?..)?)));
    let is_library = |path: &&Path| {
        path.file_name()
            .is_some_and(|name| name.to_string_lossy().contains("openssl_dtls"))
    };
    let mut loaded: Vec<&Path> = paths.filter(is_library).collect();
    loaded.dedup();
    ensure!(loaded == [build.library()?], "the game has loaded {loaded:?}");
    Ok(())
}

/// It ended well and printed nothing that a player would wonder about.
fn check(finished: &Finished, what: &str) -> Result<()> {
    let mut faults: Vec<String> = engine::bad_end(finished).into_iter().collect();
    let complaint = |line: &&String| COMPLAINTS.iter().any(|complaint| line.contains(complaint));
    faults.extend(finished.output.iter().find(complaint).cloned());
    ensure!(
        faults.is_empty(),
        "{what}: {}\n{}",
        faults.join("; "),
        process::tail(&finished.output)
    );
    Ok(())
}
