//! A Godot .NET engine, and what compiles C# for it.

use crate::{debian, workspace};
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A Godot .NET engine and a C# compiler beside the checkout, with a script that sets them up.
const BESIDE: &str = "../shared/godot-dotnet";
/// Where they are set up.
const FOLDER: &str = "target/dotnet";
/// What the script tells about them, in variables.
const VARIABLES: [&str; 5] = ["CSC", "DOTNET_ROOT", "GODOTSHARP", "GODOT_DOTNET", "GODOT_GENERATORS"];

/// An engine and a compiler.
pub(crate) struct Dotnet {
    engine: PathBuf,
    compiler: Compiler,
    /// What both have to be told.
    environment: Vec<(String, String)>,
}

enum Compiler {
    /// The .NET SDK, which finds Godot's part for the project by itself.
    Sdk,
    /// The one beside the checkout.
    Beside(PathBuf),
}

/// `$GODOT_DOTNET` with `dotnet`, else those beside the checkout.
pub(crate) fn find() -> Result<Dotnet> {
    if let Some(named) = std::env::var_os("GODOT_DOTNET").filter(|value| !value.is_empty()) {
        which::which("dotnet").context("$GODOT_DOTNET is set, but there is no dotnet to compile with")?;
        return Ok(Dotnet {
            engine: named.into(),
            compiler: Compiler::Sdk,
            environment: Vec::new(),
        });
    }
    let beside = workspace::path(BESIDE);
    if !beside.exists() {
        bail!("no Godot .NET: name one by $GODOT_DOTNET and install the .NET SDK");
    }
    set_up(&beside)
}

fn set_up(beside: &Path) -> Result<Dotnet> {
    let folder = workspace::path(FOLDER);
    let variables = folder.join("env.sh");
    // What was set up for a checkout that was elsewhere does not run here.
    if fs::read_to_string(&variables).is_ok_and(|text| !text.contains(&folder.display().to_string())) {
        fs::remove_dir_all(&folder)?;
    }
    debian::program("godot").context("the engine needs the libraries of Debian's package godot")?;
    let mut script = Command::new(beside.join("setup.sh"));
    succeed(script.arg(&folder).arg(workspace::path("target/godot")))?;
    let environment = VARIABLES
        .into_iter()
        .map(|name| Ok((name.to_owned(), variable(&variables, name)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(Dotnet {
        engine: variable(&variables, "GODOT_DOTNET")?.into(),
        compiler: Compiler::Beside(beside.join("compile.sh")),
        environment,
    })
}

/// What the shell script `file` sets a variable to.
fn variable(file: &Path, name: &str) -> Result<String> {
    let mut shell = Command::new("bash");
    shell
        .args(["-c", ". \"$0\" && printf %s \"${!1}\""])
        .arg(file)
        .arg(name);
    let output = succeed(&mut shell)?;
    String::from_utf8(output.stdout).with_context(|| format!("${name} is no text"))
}

impl Dotnet {
    pub(crate) fn engine(&self) -> &Path {
        &self.engine
    }

    pub(crate) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// Compiles all C# of a Godot project, with warnings as errors, to where the engine looks for it.
    pub(crate) fn compile(&self, project: &Path, assembly: &str) -> Result<()> {
        let mut command = match &self.compiler {
            Compiler::Sdk => {
                let mut dotnet = Command::new("dotnet");
                dotnet.arg("build").arg(project.join(format!("{assembly}.csproj")));
                dotnet
            }
            Compiler::Beside(script) => {
                let mut compile = Command::new(script);
                compile.arg(project).arg(assembly);
                compile
            }
        };
        succeed(command.envs(self.environment.iter().cloned())).map(drop)
    }

    /// Compiles all C# of a Godot project once more, with the analyzers that come with Godot: the SDK runs them anyway,
    /// the compiler beside the checkout does not.
    pub(crate) fn analyze(&self, project: &Path) -> Result<()> {
        match &self.compiler {
            Compiler::Sdk => Ok(()),
            Compiler::Beside(_) => {
                let mut command = Command::new(workspace::path("tests/analyzers/run.sh"));
                command.arg(project).arg(workspace::path(FOLDER));
                succeed(command.envs(self.environment.iter().cloned())).map(drop)
            }
        }
    }
}

/// Runs a command. What it has printed is shown if it fails.
fn succeed(command: &mut Command) -> Result<Output> {
    let program = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("{program} does not start"))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    ensure!(
        output.status.success(),
        "{program} failed ({})\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    );
    Ok(output)
}
