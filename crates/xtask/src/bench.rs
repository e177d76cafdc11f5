//! `cargo xtask bench`: speed on both engines, with a bare control beside each.
//!
//! The measuring itself is the program `crates/bench`; here is what it needs: release builds, a PostgreSQL that
//! waits for its disk, and the commit's name.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;
use std::process::Command;

use clap::{Args, Subcommand, ValueEnum};

use crate::compare;
use crate::postgres::Postgres;
use crate::server::{self, Profile};
use crate::shell::{self, Outcome, cargo, root};
use crate::tools::{self, Tool};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Options {
    #[command(subcommand)]
    action: Option<Action>,
    /// Every measurement at full size, instead of a short look
    #[arg(long)]
    full: bool,
    /// Only one engine
    #[arg(long)]
    engine: Option<Engine>,
    /// Only some items, separated by commas: idle, get, list, deep, search, export, backup,
    /// create, import
    #[arg(long)]
    only: Option<String>,
    /// Only show the figures: write no file to bench/results
    #[arg(long)]
    no_record: bool,
}

#[derive(Subcommand)]
enum Action {
    /// Show two recordings side by side
    Compare { before: PathBuf, after: PathBuf },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engine {
    Sqlite,
    Postgres,
}

pub fn bench(options: Options) -> Outcome {
    if let Some(Action::Compare { before, after }) = &options.action {
        print!(
            "{}",
            compare::compare(&shell::read(before)?, &shell::read(after)?)
        );
        return Ok(());
    }
    let on_postgres = options.engine != Some(Engine::Sqlite);
    if on_postgres {
        tools::ensure(&[Tool::Postgres])?;
    }
    // In one go: by themselves they would build their common crates twice, with other features.
    shell::run(cargo().args([
        "build",
        "--release",
        "--package",
        "server",
        "--package",
        "bench",
    ]))?;
    let postgres = match on_postgres {
        true => Some(Postgres::start_durable()?),
        false => None,
    };
    // In the target directory: on the repository's disk, where a memory file system would flatter.
    let folder = root().join("target/bench");
    let tenantry = server::binary(Profile::Release)?;
    let mut command = Command::new(tenantry.with_file_name(format!("bench{}", EXE_SUFFIX)));
    command.arg("run").arg("--tenantry").arg(tenantry);
    command.arg("--folder").arg(folder);
    command.arg("--console").arg(root().join("console/dist"));
    command.args(["--commit", &commit()?]);
    if let Some(server) = &postgres {
        command.arg("--postgres").arg(server.url());
    }
    if !options.no_record {
        command.arg("--results").arg(root().join("bench/results"));
    }
    if options.full {
        command.arg("--full");
    }
    match options.engine {
        Some(Engine::Sqlite) => drop(command.args(["--engine", "sqlite"])),
        Some(Engine::Postgres) => drop(command.args(["--engine", "postgres"])),
        None => {}
    }
    if let Some(only) = &options.only {
        command.args(["--only", only]);
    }
    shell::run(&mut command)
}

/// The commit that is built, and whether anything was changed since.
pub fn commit() -> Outcome<String> {
    let git =
        |arguments: &[&str]| shell::output(Command::new("git").args(arguments).current_dir(root()));
    let commit = git(&["rev-parse", "--short", "HEAD"])?;
    let changed = git(&[
        "status",
        "--porcelain",
        "--",
        "crates",
        "migrations",
        "Cargo.lock",
    ])?;
    let mark = if changed.trim().is_empty() {
        ""
    } else {
        " with changes"
    };
    Ok(format!("{}{mark}", commit.trim()))
}
