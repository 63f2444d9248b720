//! `cargo xtask`: builds and stages the addon, finds or installs a Godot, runs the demo, the tests and the benchmark.

mod addon;
mod api;
mod apt;
mod bench;
mod cargo;
mod changelog;
mod csharp;
mod debian;
mod demo;
mod display;
mod dotnet;
mod editor;
mod engine;
mod exported;
mod exports;
mod fuzz;
mod gdscript;
mod godot;
mod interop;
mod memcheck;
mod mutate;
mod package;
mod pages;
mod platform;
mod preflight;
mod process;
mod soak;
mod suite;
mod summary;
mod test;
mod workspace;

use addon::Library;
use anyhow::Result;
use clap::{Parser, Subcommand};
use engine::Engine;
use platform::Platform;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Builds, runs, tests and measures the addon"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the libraries and stage addons/openssl_dtls
    Build {
        /// Those of another platform, or all that this one has
        #[arg(long, value_enum)]
        platform: Option<Platform>,
    },
    /// Build, then make target/package/openssl_dtls-VERSION.zip; the last line is its path
    Package {
        /// Take the addon as it is staged, with the libraries of all platforms, and build nothing
        #[arg(long)]
        staged: bool,
    },
    /// Build, then renew the class reference: docs/api (the editor's help) and docs/reference
    Api,
    /// Find a Godot, or install one into target/godot; the last line is its path
    Godot,
    /// Build, then run a scene of the demo project headless, or open its window
    Demo(demo::Selection),
    /// Build, then run the tests
    Test(test::Selection),
    /// Build, then measure the addon's classes beside the engine's own; takes about ten minutes
    Bench(bench::Selection),
    /// Take one defence out after the other and see whether the tests notice; takes about twenty minutes
    Mutate(mutate::Selection),
    /// Print what CHANGELOG.md says of the version in Cargo.toml; fails if it says nothing
    Notes,
    /// Let libFuzzer look for inputs that break a promise of the core; needs a C++ compiler
    Fuzz(fuzz::Selection),
    /// Run core's tests under Valgrind; takes ten minutes
    Memcheck(memcheck::Selection),
    /// Build, then let many clients talk to one server for minutes, and count what is lost
    Soak(soak::Load),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// False: it ran, and what it ran failed and has already said why.
fn run(command: Command) -> Result<bool> {
    match command {
        Command::Build { platform: None } => addon::build(&Library::ALL).map(|()| true),
        Command::Build {
            platform: Some(platform),
        } => addon::build_for(platform).map(|()| true),
        Command::Package { staged } => package::run(staged).map(|()| true),
        Command::Api => {
            addon::build(&[Library::Editor])?;
            api::renew(&Engine::new(test::PROJECT)?).map(|()| true)
        }
        Command::Godot => {
            println!("{}", godot::find()?.display());
            Ok(true)
        }
        Command::Demo(selection) => demo::run(&selection).map(|()| true),
        Command::Test(selection) => test::run(&selection),
        Command::Bench(selection) => bench::run(&selection).map(|()| true),
        Command::Mutate(selection) => mutate::run(&selection),
        Command::Notes => {
            println!("{}", changelog::notes()?);
            Ok(true)
        }
        Command::Fuzz(selection) => fuzz::run(&selection),
        Command::Memcheck(selection) => memcheck::run(&selection),
        Command::Soak(load) => soak::run(&load),
    }
}
