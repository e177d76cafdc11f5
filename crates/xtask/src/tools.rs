//! What the tests need beside Rust: found where it is usual, installed on Debian by root, asked for elsewhere.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::console;
use crate::shell::{self, Outcome, cargo, find_program};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tool {
    Rustfmt,
    Clippy,
    Node,
    Postgres,
    Chromium,
    /// Makes calls to the disk fail.
    Strace,
}

/// Finds all of them, installs what is missing where that is ours to do, or tells the one command that would.
pub fn ensure(wanted: &[Tool]) -> Outcome {
    if wanted.contains(&Tool::Node) {
        console::check_node()?;
    }
    let components: Vec<_> = [
        (Tool::Rustfmt, "fmt", "rustfmt"),
        (Tool::Clippy, "clippy", "clippy"),
    ]
    .into_iter()
    .filter(|(tool, command, _)| {
        wanted.contains(tool) && shell::output(cargo().args([command, "--version"])).is_err()
    })
    .map(|(_, _, component)| component)
    .collect();
    if !components.is_empty() {
        return Err(format!(
            "Something is missing. Run: rustup component add {}",
            components.join(" ")
        ));
    }
    let packages = missing(wanted);
    if packages.is_empty() {
        return Ok(());
    }
    if !is_root() || !is_debian() {
        return Err(format!(
            "Something is missing. Run: {}",
            install_command(&packages)
        ));
    }
    println!(
        "Installing {} with apt-get, because the tests need it …",
        names(&packages)
    );
    apt_get(&["update"])?;
    apt_get(
        &[
            &["install", "--yes", "--no-install-recommends"],
            debian_packages(&packages).as_slice(),
        ]
        .concat(),
    )?;
    match missing(wanted).as_slice() {
        [] => Ok(()),
        still => Err(format!("{} was installed but is not found.", names(still))),
    }
}

/// The folder with `postgres`, `initdb` and `pg_isready`; the newest where there are several.
pub fn postgres() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut versions: Vec<(u32, PathBuf)> = debian
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, folder)| folder.join("postgres").is_file() && folder.join("initdb").is_file())
        .collect();
    versions.sort();
    let in_path = || {
        find_program("initdb")?
            .canonicalize()
            .ok()?
            .parent()
            .map(Path::to_owned)
    };
    versions.pop().map(|(_, folder)| folder).or_else(in_path)
}

/// The browser: the one named by `CHROMIUM`, or one of the usual ones.
pub fn chromium() -> Option<PathBuf> {
    const NAMES: [&str; 4] = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
    ];
    const ON_A_MAC: [&str; 2] = [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ];
    let named = env::var_os("CHROMIUM")
        .map(PathBuf::from)
        .filter(|file| file.is_file());
    named
        .or_else(|| NAMES.iter().find_map(|name| find_program(name)))
        .or_else(|| {
            ON_A_MAC
                .iter()
                .map(PathBuf::from)
                .find(|file| file.is_file())
        })
}

pub fn is_root() -> bool {
    cfg!(unix) && shell::output(Command::new("id").arg("-u")).is_ok_and(|user| user.trim() == "0")
}

fn missing(wanted: &[Tool]) -> Vec<Tool> {
    let is_missing = |tool: &Tool| match tool {
        Tool::Postgres => postgres().is_none(),
        Tool::Chromium => chromium().is_none(),
        Tool::Strace => find_program("strace").is_none(),
        Tool::Rustfmt | Tool::Clippy | Tool::Node => false,
    };
    wanted.iter().copied().filter(is_missing).collect()
}

fn is_debian() -> bool {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    find_program("apt-get").is_some() && family(&release).contains("debian")
}

fn apt_get(arguments: &[&str]) -> Outcome {
    let mut command = Command::new("apt-get");
    shell::run(
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null()),
    )
}

/// The one command for this machine.
fn install_command(tools: &[Tool]) -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    command_for(&family(&release), cfg!(target_os = "macos"), tools)
}

fn command_for(family: &str, is_mac: bool, tools: &[Tool]) -> String {
    let pick = |postgres: &'static str, chromium: &'static str| {
        called(tools, [postgres, chromium, "strace"]).join(" ")
    };
    if is_mac {
        return format!("brew install {}", pick("postgresql", "chromium"));
    }
    if family.contains("debian") {
        let packages = debian_packages(tools).join(" ");
        return format!("sudo apt-get update && sudo apt-get install --yes {packages}");
    }
    if family.contains("fedora") || family.contains("rhel") {
        return format!("sudo dnf install {}", pick("postgresql-server", "chromium"));
    }
    if family.contains("arch") {
        return format!("sudo pacman -S {}", pick("postgresql", "chromium"));
    }
    format!("your system's package manager to install {}", names(tools))
}

/// `ID` and `ID_LIKE` of os-release.
fn family(release: &str) -> String {
    let lines = release
        .lines()
        .filter(|line| line.starts_with("ID=") || line.starts_with("ID_LIKE="));
    lines.collect::<Vec<_>>().join(" ")
}

fn debian_packages(tools: &[Tool]) -> Vec<&'static str> {
    called(tools, ["postgresql", "chromium", "strace"])
}

/// What PostgreSQL, Chromium and strace are called somewhere.
fn called(tools: &[Tool], [postgres, chromium, strace]: [&'static str; 3]) -> Vec<&'static str> {
    let name = |tool: &Tool| match tool {
        Tool::Postgres => postgres,
        Tool::Strace => strace,
        _ => chromium,
    };
    tools.iter().map(name).collect()
}

fn names(tools: &[Tool]) -> String {
    called(tools, ["PostgreSQL", "Chromium", "strace"]).join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_gets_one_command() {
        let both = [Tool::Postgres, Tool::Chromium];
        let ubuntu = family("NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n");
        assert_eq!(
            command_for(&ubuntu, false, &both),
            "sudo apt-get update && sudo apt-get install --yes postgresql chromium"
        );
        assert_eq!(
            command_for("", true, &[Tool::Chromium]),
            "brew install chromium"
        );
        assert_eq!(
            command_for("ID=fedora", false, &[Tool::Postgres]),
            "sudo dnf install postgresql-server"
        );
    }
}
