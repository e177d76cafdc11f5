//! `cargo xtask campaign`: what machines do to a server, done on purpose.
//!
//! The campaigns themselves are part of the program `crates/bench`, which has the clients; here is
//! what they need: the binaries, a folder, and the commit's name.

use std::path::PathBuf;
use std::process::Command;

use clap::{Args, Subcommand};

use crate::bench::commit;
use crate::server::{self, Profile};
use crate::shell::{self, Outcome, cargo, root};
use crate::tools::{self, Tool};

#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    campaign: Campaign,
}

#[derive(Subcommand)]
enum Campaign {
    /// Kill the server again and again under load: nothing acknowledged is lost, nothing done twice
    #[command(disable_help_flag = true)]
    Crash(Rest),
    /// Let calls to the disk fail and let it be full: no false success, and the server stops or goes on as it must
    #[command(disable_help_flag = true)]
    Faults(Rest),
}

#[derive(Args)]
struct Rest {
    /// Build with optimizations: many more writes a second
    #[arg(long)]
    release: bool,
    /// Write a recording to bench/results
    #[arg(long)]
    record: bool,
    /// Passed on to the campaign; `--help` lists it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub fn campaign(options: Options) -> Outcome {
    let (name, rest) = match options.campaign {
        Campaign::Crash(rest) => ("crash", rest),
        Campaign::Faults(rest) => ("faults", rest),
    };
    if name == "faults" {
        tools::ensure(&[Tool::Strace])?;
    }
    let profile = if rest.release {
        Profile::Release
    } else {
        Profile::Debug
    };
    server::build(profile)?;
    let mut build = cargo();
    build.args(["build", "--package", "bench"]);
    if rest.release {
        build.arg("--release");
    }
    shell::run(&mut build)?;
    let mut command = command(name, profile)?;
    if rest.record {
        command.arg("--results").arg(root().join("bench/results"));
        command.args(["--commit", &commit()?]);
    }
    shell::run(command.args(rest.arguments))
}

/// A campaign with what was built.
pub fn command(name: &str, profile: Profile) -> Outcome<Command> {
    let tenantry = server::binary(profile)?;
    let bench = tenantry.with_file_name("bench");
    let mut command = match name {
        // It mounts a small disk: for itself alone, and so without being root.
        "faults" => {
            let mut command = Command::new("unshare");
            command.args(["--map-root-user", "--mount"]).arg(bench);
            command
        }
        _ => Command::new(bench),
    };
    command.arg(name).arg("--tenantry").arg(tenantry);
    command.arg("--folder").arg(folder(name));
    Ok(command)
}

/// In the target directory: on the repository's disk, where a memory file system would flatter.
fn folder(name: &str) -> PathBuf {
    root().join("target/campaign").join(name)
}
