//! Godot, run on a project of this repository: headless, except where its windows are what matters.

use crate::display::Display;
use crate::dotnet::Dotnet;
use crate::process::Finished;
use crate::{godot, workspace};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the engine prints only when something went wrong, whatever its exit code says.
const COMPLAINTS: [&str; 5] = [
    "[panic ",
    "SCRIPT ERROR",
    "Parse Error",
    "ObjectDB instances leaked",
    "resources still in use at exit",
];

/// The engine, and a project that is ready to run in it.
pub(crate) struct Engine {
    program: PathBuf,
    project: PathBuf,
    environment: Vec<(String, String)>,
}

impl Engine {
    /// Finds a Godot for a project that has the staged addon in it.
    pub(crate) fn new(project: &str) -> Result<Engine> {
        let project = workspace::path(project);
        prepare(&project)?;
        Ok(Engine {
            program: godot::find()?,
            project,
            environment: Vec::new(),
        })
    }

    /// The same for a project in C#.
    pub(crate) fn dotnet(dotnet: &Dotnet, project: &str) -> Result<Engine> {
        let project = workspace::path(project);
        prepare(&project)?;
        Ok(Engine {
            program: dotnet.engine().to_owned(),
            project,
            environment: dotnet.environment().to_owned(),
        })
    }

    /// This engine for a project that has an addon of its own, unpacked from a package.
    pub(crate) fn unpacked(program: PathBuf, project: PathBuf) -> Result<Engine> {
        list_extension(&project)?;
        Ok(Engine {
            program,
            project,
            environment: Vec::new(),
        })
    }

    /// The same in a copy of the project, which is made anew: for what writes into the project.
    pub(crate) fn in_copy(project: &str, copy: &str) -> Result<Engine> {
        let folder = workspace::path(copy);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        copy_folder(&workspace::path(project), &folder)?;
        Engine::new(copy)
    }

    /// The command that opens the project in the editor.
    pub(crate) fn editor(&self) -> Command {
        let mut command = self.command();
        command.arg("--editor");
        command
    }

    /// The command that runs a scene of the project.
    pub(crate) fn scene(&self, path: &str) -> Command {
        let mut command = self.command();
        command.arg(format!("res://{path}"));
        command
    }

    fn command(&self) -> Command {
        let mut command = self.window();
        command.arg("--headless");
        command
    }

    /// The command that opens the project's window on the screen of whoever calls.
    pub(crate) fn window(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--path").arg(&self.project);
        command.envs(self.environment.iter().cloned());
        // With it each call into a debug build of the library would record a backtrace.
        command.env_remove("RUST_BACKTRACE");
        command
    }

    /// The command that exports the project as a `debug` or `release` build.
    pub(crate) fn export(&self, build: &str, preset: &str, game: &Path) -> Command {
        let mut command = self.command();
        command.arg(format!("--export-{build}")).arg(preset).arg(game);
        command
    }

    /// The command that writes the class reference of the extension into the folder `doc_classes` below `folder`, and
    /// keeps the texts that are there.
    pub(crate) fn doctool(&self, folder: &Path) -> Command {
        let mut command = self.command();
        command.arg("--doctool").arg(folder).arg("--gdextension-docs");
        command
    }

    /// The command that runs a script of the project, with arguments of its own.
    pub(crate) fn script(&self, path: &str, arguments: &[String]) -> Command {
        let mut command = self.command();
        run_script(&mut command, &format!("res://{path}"), arguments);
        command
    }

    /// The command that runs a script from elsewhere in this repository in the project.
    pub(crate) fn foreign_script(&self, path: &str, arguments: &[String]) -> Command {
        let mut command = self.command();
        run_script(&mut command, &workspace::path(path).display().to_string(), arguments);
        command
    }

    /// The same in a window.
    pub(crate) fn window_script(&self, path: &str, arguments: &[String], display: &Display) -> Command {
        let mut command = self.window();
        command.env("DISPLAY", display.name());
        // As on a screen. Without one nothing else would hold the engine back.
        command.args(["--max-fps", "60"]);
        command.args([
            "--display-driver",
            "x11",
            "--rendering-driver",
            "opengl3",
            "--audio-driver",
            "Dummy",
        ]);
        run_script(&mut command, &workspace::path(path).display().to_string(), arguments);
        command
    }
}

fn run_script(command: &mut Command, path: &str, arguments: &[String]) {
    command.arg("--script").arg(path).arg("--").args(arguments);
}

/// Makes a fresh checkout's project know the extension.
fn prepare(project: &Path) -> Result<()> {
    copy_addons_without_links(project).with_context(|| format!("cannot put the addon into {}", project.display()))?;
    list_extension(project)
}

/// Lists the extension where the engine keeps what it knows of a project. It would learn it by `--import`, which crashes
/// at its end in a project with a new extension.
fn list_extension(project: &Path) -> Result<()> {
    fs::create_dir_all(project.join(".godot"))?;
    fs::write(
        project.join(".godot/extension_list.cfg"),
        "res://addons/openssl_dtls/openssl_dtls.gdextension\n",
    )?;
    Ok(())
}

/// A project's `addons` is a symbolic link. Where git has checked it out as a file, a copy takes its place.
fn copy_addons_without_links(project: &Path) -> Result<()> {
    let addons = project.join("addons");
    if addons.is_symlink() {
        return Ok(());
    }
    if addons.is_file() {
        fs::remove_file(&addons)?;
    }
    copy_folder(&workspace::path("addons"), &addons)
}

pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// What is wrong with the way a run ended: `None` if it ended by itself with exit code 0.
pub(crate) fn bad_end(finished: &Finished) -> Option<String> {
    match finished.status {
        None => Some("still running at its time limit".to_owned()),
        Some(status) if status.success() => None,
        Some(status) => Some(format!("ended with {status}")),
    }
}

/// What is wrong with what a run printed: one entry for each kind of complaint, with the first line of that kind.
pub(crate) fn complaints(output: &[String]) -> Vec<String> {
    let first = |complaint: &&str| output.iter().find(|line| line.contains(complaint));
    COMPLAINTS
        .iter()
        .filter_map(first)
        .map(|line| format!("the engine printed: {}", line.trim()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::complaints;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn complaints_of_the_engine_are_found() {
        let output =
            "fine\nSCRIPT ERROR: Invalid call\nSCRIPT ERROR: Another\nWARNING: 2 ObjectDB instances leaked at exit";
        assert_eq!(
            complaints(&lines(output)),
            [
                "the engine printed: SCRIPT ERROR: Invalid call",
                "the engine printed: WARNING: 2 ObjectDB instances leaked at exit"
            ]
        );
    }

    #[test]
    fn errors_that_a_script_provoked_are_no_complaint() {
        assert!(complaints(&lines("ERROR: Condition \"p_options.is_null()\" is true.")).is_empty());
    }
}
