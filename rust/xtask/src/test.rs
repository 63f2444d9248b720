//! `cargo xtask test`.

use crate::addon::Library;
use crate::engine::Engine;
use crate::interop::Case;
use crate::summary::{Summary, Tally};
use crate::{
    addon, api, cargo, csharp, demo, editor, exported, exports, gdscript, mutate, package, preflight, soak, suite,
};
use anyhow::{Result, bail};

/// The Godot project of the suites.
pub(crate) const PROJECT: &str = "tests/godot";

/// The stages that put a load on a server, and whether that listens by itself.
const SOAKS: [(&str, bool); 2] = [("soak", false), ("soak/listen", true)];

#[derive(clap::Args)]
pub(crate) struct Selection {
    /// Run the tests that take long as well
    #[arg(long)]
    all: bool,
    /// Run only the stages and suites whose name has one of these in it: xtask, mutations, core, exports, api, editor,
    /// gdscript, suite/NAME, interop/PEER/FEATURE, soak, soak/listen, demo/NAME, csharp/NAME, exported, package
    filter: Vec<String>,
}

impl Selection {
    fn has(&self, name: &str) -> bool {
        self.filter.is_empty() || self.filter.iter().any(|part| name.contains(part.as_str()))
    }
}

/// Runs what is selected and prints the summary. True if nothing failed.
pub(crate) fn run(selection: &Selection) -> Result<bool> {
    preflight::check()?;
    let mut summary = Summary::default();
    if selection.has("xtask") {
        summary.add("xtask", cargo::test(&["--package", "xtask"], &[])?);
    }
    if selection.has("mutations") {
        summary.add("mutations", mutate::check()?);
    }
    if selection.has("core") {
        summary.add("core", test_core(selection.all)?);
        if !cfg!(target_os = "linux") {
            let reason =
                "OpenSSL reads the wall clock on this system: the tests of timers and lost datagrams are left out";
            summary.add("core/timers", Tally::not_run(reason, false));
        }
    }
    test_addon(selection, &mut summary)?;
    if summary.is_empty() {
        bail!(
            "no stage or suite has a name with {} in it",
            selection.filter.join(" or ")
        );
    }
    println!("\n{summary}");
    Ok(summary.all_passed())
}

/// Without the Godot classes: so the tests link in seconds. `all` lives through more weather and replays more.
fn test_core(all: bool) -> Result<Tally> {
    let arguments = [
        "--release",
        "--package",
        "openssl_dtls",
        "--no-default-features",
        "--no-fail-fast",
    ];
    let more: &[_] = if all {
        &[("WEATHER_SEEDS", "1000"), ("REPLAY_EVERY", "10")]
    } else {
        &[]
    };
    cargo::test(&arguments, more)
}

/// What needs the built addon.
fn test_addon(selection: &Selection, summary: &mut Summary) -> Result<()> {
    let suites: Vec<String> = suite::names()?
        .into_iter()
        .filter(|name| selection.has(&suite_name(name)))
        .collect();
    let cases: Vec<Case> = Case::all().filter(|case| selection.has(&case_name(*case))).collect();
    let demos: Vec<demo::Test> = demo::Test::ALL
        .into_iter()
        .filter(|demo| selection.has(&demo_name(*demo)))
        .collect();
    let in_csharp: Vec<csharp::Suite> = csharp::Suite::all()?
        .into_iter()
        .filter(|suite| selection.has(&suite.stage()))
        .collect();
    let checks_exports = selection.has("exports");
    let of_package = selection.has("exported") || selection.has("package");
    let others = ["api", "editor", "gdscript"].map(|stage| selection.has(stage));
    let soaks = SOAKS.map(|(stage, _)| selection.has(stage));
    let in_engine =
        others.contains(&true) || soaks.contains(&true) || !suites.is_empty() || !cases.is_empty() || !demos.is_empty();
    let needs_engine = in_engine || of_package;
    if !checks_exports && !needs_engine && in_csharp.is_empty() {
        return Ok(());
    }
    // The engine of the tests has an editor: it loads the editor's library.
    let libraries = if checks_exports || of_package {
        &Library::ALL[..]
    } else {
        &[Library::Editor]
    };
    if let Err(error) = addon::build(libraries) {
        summary.add("build", Tally::failure(format!("{error:#}")));
        return Ok(());
    }
    if checks_exports {
        summary.add("exports", exports::check(libraries)?);
    }
    if !in_csharp.is_empty() {
        csharp::run(&in_csharp, |stage, tally| summary.add(stage, tally))?;
    }
    if !needs_engine {
        return Ok(());
    }
    let engine = match Engine::new(PROJECT) {
        Ok(engine) => engine,
        Err(error) => {
            summary.add("engine", Tally::failure(format!("{error:#}")));
            return Ok(());
        }
    };
    if selection.has("api") {
        summary.add("api", api::check(&engine));
    }
    if selection.has("editor") {
        summary.add("editor", editor::check()?);
    }
    if selection.has("gdscript") {
        summary.add("gdscript", gdscript::check());
    }
    for suite in suites {
        summary.add(&suite_name(&suite), suite::run(&engine, &suite, selection.all)?);
    }
    for case in cases {
        summary.add(&case_name(case), case.run(&engine));
    }
    for (stage, listens) in SOAKS {
        if selection.has(stage) {
            summary.add(stage, soak::test(&engine, listens)?);
        }
    }
    for demo in demos {
        summary.add(&demo_name(demo), demo.run());
    }
    if selection.has("exported") {
        summary.add("exported", exported::test());
    }
    if selection.has("package") {
        summary.add("package", package::test());
    }
    Ok(())
}

fn suite_name(suite: &str) -> String {
    format!("suite/{suite}")
}

fn case_name(case: Case) -> String {
    format!("interop/{}", case.name())
}

fn demo_name(demo: demo::Test) -> String {
    format!("demo/{}", demo.name())
}
