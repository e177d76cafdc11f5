//! Building the console: its packages, then the static files that the server embeds.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use crate::shell::{self, Outcome, npm, root};

/// Says in one sentence when Node is missing or too old, before npm says it in fifty.
pub fn check_node() -> Outcome {
    let version = shell::output(Command::new("node").arg("--version")).unwrap_or_default();
    if is_new_enough(&version) {
        return Ok(());
    }
    let found = if version.is_empty() {
        "none was found".into()
    } else {
        format!("{} was found", version.trim())
    };
    Err(format!(
        "Tenantry's console needs Node 20.19 or newer (22.12 or newer of the 22s), and {found}: install it and try again."
    ))
}

/// The range that the console's bundler supports.
fn is_new_enough(version: &str) -> bool {
    let mut numbers = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .map_while(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(20), Some(minor)) => minor >= 19,
        (Some(22), Some(minor)) => minor >= 12,
        (Some(major), Some(_)) => major > 22,
        _ => false,
    }
}

/// Installs exactly what the lock file says, unless that is there already.
pub fn install_packages() -> Outcome {
    let console = root().join("console");
    let installed = modified(&console.join("node_modules/.package-lock.json"));
    if installed.is_some() && installed >= modified(&console.join("package-lock.json")) {
        println!("The console's packages are installed already.");
        return Ok(());
    }
    // No package's own script runs here: none is needed, and it is the usual way in for a bad one.
    shell::run(npm().args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))
}

/// Builds `console/dist`, unless nothing in the console is newer than the last build.
pub fn build() -> Outcome {
    let console = root().join("console");
    // Not its page: the server puts one there that says how to build the console.
    let built = modified(&console.join("dist/assets"));
    // The guide is part of it.
    let changed = newest(&console).max(newest(&root().join("docs/guide")));
    if built.is_some() && built >= changed {
        println!("The console is built already.");
        return Ok(());
    }
    shell::run(npm().args(["run", "--silent", "build"]))
}

/// When something below the folder last changed; a folder's own time tells that a file in it came or went.
fn newest(folder: &Path) -> Option<SystemTime> {
    const NOT_BUILT_FROM: [&str; 5] = [
        "node_modules",
        "dist",
        "e2e",
        "test-results",
        "playwright-report",
    ];
    let entries = fs::read_dir(folder).ok()?.flatten();
    entries
        .filter(|entry| !NOT_BUILT_FROM.iter().any(|name| entry.file_name() == *name))
        .map(|entry| entry.path())
        .map(|path| {
            if path.is_dir() {
                newest(&path).max(modified(&path))
            } else {
                modified(&path)
            }
        })
        .max()
        .flatten()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_told_apart() {
        for good in ["v20.19.0\n", "v20.20.2", "v22.12.0", "v23.0.0", "v24.1.0"] {
            assert!(is_new_enough(good), "{good}");
        }
        for bad in [
            "",
            "v18.19.0",
            "v20.18.3",
            "v21.7.0",
            "v22.11.0",
            "not found",
        ] {
            assert!(!is_new_enough(bad), "{bad}");
        }
    }
}
