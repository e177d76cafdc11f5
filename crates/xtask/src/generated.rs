//! `cargo xtask gen`: the files that are made from others, committed so that a change in them is seen in review.
//!
//! server's types -> openapi.json -> the console's API types.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::console;
use crate::server::{self, Profile};
use crate::shell::{self, Outcome, npm, root};

fn document_file() -> PathBuf {
    root().join("openapi.json")
}

fn types_file() -> PathBuf {
    root().join("console/src/api/schema.d.ts")
}

/// Writes both files. The server must be built.
pub fn write() -> Outcome {
    console::check_node()?;
    console::install_packages()?;
    replace(&document_file(), &document()?)?;
    write_types()
}

/// Fails where a committed file is not what would be generated, and leaves it as it was. The server must be built.
pub fn check() -> Outcome {
    console::check_node()?;
    console::install_packages()?;
    let mut stale = Vec::new();
    if fs::read_to_string(document_file()).ok() != Some(document()?) {
        stale.push("openapi.json");
    }
    let committed = fs::read_to_string(types_file()).unwrap_or_default();
    write_types()?;
    if fs::read_to_string(types_file()).unwrap_or_default() != committed {
        replace(&types_file(), &committed)?;
        stale.push("console/src/api/schema.d.ts");
    }
    if stale.is_empty() {
        println!("The generated files are current.");
        return Ok(());
    }
    Err(format!(
        "Not current: {}. To fix it, run: cargo xtask gen",
        stale.join(", ")
    ))
}

/// The API's description as the server itself gives it.
fn document() -> Outcome<String> {
    let tenantry = server::binary(Profile::Debug)?;
    shell::output(Command::new(tenantry).arg("openapi").current_dir(root()))
}

/// The console's types, from the openapi.json that is there.
fn write_types() -> Outcome {
    shell::run(npm().args(["run", "--silent", "gen"]))
}

fn replace(path: &PathBuf, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("{} cannot be written: {error}.", path.display()))
}
