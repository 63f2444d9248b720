//! The tests in C#, `tests/csharp`: one more Godot project, whose suites run in a Godot .NET engine.

mod example;

use crate::dotnet::{self, Dotnet};
use crate::engine::Engine;
use crate::process::Process;
use crate::summary::Tally;
use crate::{suite, workspace};
use anyhow::{Context, Result};
use std::fs;
use std::time::{Duration, Instant};

const PROJECT: &str = "tests/csharp";
const ASSEMBLY: &str = "OpenSslDtls.Tests";
const LIMIT: Duration = Duration::from_secs(120);

/// A suite of `tests/csharp/suites`: the class `<name>Suite`.
pub(crate) struct Suite(String);

impl Suite {
    /// All suites, in alphabetical order.
    pub(crate) fn all() -> Result<Vec<Suite>> {
        let folder = workspace::path(PROJECT).join("suites");
        let entries = fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        let files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        let sources = files
            .iter()
            .filter(|file| file.extension().is_some_and(|extension| extension == "cs"));
        let mut names: Vec<String> = sources
            .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
            .collect();
        names.sort();
        Ok(names.into_iter().map(Suite).collect())
    }

    /// As a stage: `csharp/bad_input`.
    pub(crate) fn stage(&self) -> String {
        format!("csharp/{}", snake_case(&self.0))
    }

    fn run(&self, engine: &Engine) -> Result<Tally> {
        let mut command = engine.scene("main.tscn");
        let process = Process::spawn(&self.0, command.arg("--").arg(&self.0))?;
        Ok(suite::judge(&process.finish(Instant::now() + LIMIT)?))
    }
}

/// Compiles the tests and runs some suites. Gives each result, by its stage, to `report`.
pub(crate) fn run(suites: &[Suite], mut report: impl FnMut(&str, Tally)) -> Result<()> {
    let dotnet = match dotnet::find() {
        Ok(dotnet) => dotnet,
        Err(error) => {
            report("csharp", Tally::cannot_run(&format!("{error:#}")));
            return Ok(());
        }
    };
    let engine = match prepare(&dotnet) {
        Ok(engine) => engine,
        Err(error) => {
            report("csharp/compile", Tally::failure(format!("{error:#}")));
            return Ok(());
        }
    };
    report("csharp/compile", Tally::success());
    for suite in suites {
        report(&suite.stage(), suite.run(&engine)?);
    }
    Ok(())
}

fn prepare(dotnet: &Dotnet) -> Result<Engine> {
    let engine = Engine::dotnet(dotnet, PROJECT)?;
    let project = workspace::path(PROJECT);
    example::write(&project.join("examples"))?;
    dotnet.compile(&project, ASSEMBLY)?;
    dotnet.analyze(&project)?;
    Ok(engine)
}

fn snake_case(pascal_case: &str) -> String {
    let mut text = String::new();
    for character in pascal_case.chars() {
        if character.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(character.to_lowercase());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn stages_are_named_like_those_of_the_other_suites() {
        assert_eq!(snake_case("Lifetime"), "lifetime");
        assert_eq!(snake_case("BadInput"), "bad_input");
    }
}
