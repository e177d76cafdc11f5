//! The server binary: building it and finding it.

use std::path::PathBuf;

use crate::shell::{self, Outcome, cargo};

#[derive(Clone, Copy)]
pub enum Profile {
    Debug,
    Release,
}

/// Builds `tenantry` alone. The console must be built before: the server embeds its files.
pub fn build(profile: Profile) -> Outcome {
    let mut command = cargo();
    command.args(["build", "--package", "server"]);
    if let Profile::Release = profile {
        command.arg("--release");
    }
    shell::run(&mut command)
}

/// Builds everything the way the tests use it. A part by itself would have other features, and cargo
/// would build all that it depends on once more.
///
/// All but the macros by themselves: cargo builds those another way when asked for by name, and then
/// nextest would build them, and all that uses them, once more.
pub fn build_workspace() -> Outcome {
    let mut build = cargo();
    build.args([
        "build",
        "--workspace",
        "--all-targets",
        "--exclude",
        "derive",
    ]);
    shell::run(&mut build)
}

/// Where cargo puts `tenantry`: beside this program, whatever the target directory is.
pub fn binary(profile: Profile) -> Outcome<PathBuf> {
    let own = std::env::current_exe()
        .map_err(|error| format!("The target directory cannot be found: {error}."))?;
    let folder = match profile {
        Profile::Debug => own.with_file_name(""),
        Profile::Release => own.with_file_name("").join("../release"),
    };
    let binary = folder.join(if cfg!(windows) {
        "tenantry.exe"
    } else {
        "tenantry"
    });
    binary.canonicalize().map_err(|_| {
        format!(
            "The server was not built: there is no {}.",
            binary.display()
        )
    })
}
