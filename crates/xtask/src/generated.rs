//! `cargo xtask gen`: the files that are made from others, committed so that a change in them is seen in review.
//!
//! The server's types -> openapi.json -> the console's types and limits.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::console;
use crate::server::{self, Profile};
use crate::shell::{self, Outcome, npm, root};

const DOCUMENT: &str = "openapi.json";

/// What the console's `gen` script makes of the document.
const FROM_DOCUMENT: [&str; 2] = ["console/src/api/schema.d.ts", "console/src/api/limits.ts"];

pub fn is_generated(path: &str) -> bool {
    path == DOCUMENT || FROM_DOCUMENT.contains(&path)
}

/// Writes them all. The server must be built.
pub fn write() -> Outcome {
    console::check_node()?;
    console::install_packages()?;
    replace(DOCUMENT, &document()?)?;
    write_from_document()
}

/// Fails where a committed file is not what would be generated, and leaves it as it was. The server must be built.
pub fn check() -> Outcome {
    console::check_node()?;
    console::install_packages()?;
    let mut stale = Vec::new();
    if read(DOCUMENT) != document()? {
        stale.push(DOCUMENT);
    }
    let committed = FROM_DOCUMENT.map(|path| (path, read(path)));
    write_from_document()?;
    for (path, text) in committed {
        if read(path) != text {
            replace(path, &text)?;
            stale.push(path);
        }
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

fn write_from_document() -> Outcome {
    shell::run(npm().args(["run", "--silent", "gen"]))
}

/// A file that is not there is one that is stale.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

fn replace(path: impl AsRef<Path>, text: &str) -> Outcome {
    let path = root().join(path);
    fs::write(&path, text)
        .map_err(|error| format!("{} cannot be written: {error}.", path.display()))
}
