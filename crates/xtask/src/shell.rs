//! Running other programs, with errors that say which one failed.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A developer reads these errors, no code does: one clear sentence each.
pub type Outcome<T = ()> = Result<T, String>;

/// The top of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."))
}

/// The cargo that started us, at the top of the repository.
///
/// What `cargo run` set for us must not reach it: some build scripts watch those variables, and everything
/// that depends on them would be built again each time a developer changes between `cargo` and `cargo xtask`.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(|name| {
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        }) {
            command.env_remove(name);
        }
    }
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// A program in the console's folder.
pub fn npm() -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command
        .current_dir(root().join("console"))
        .stdin(Stdio::null());
    command
}

/// Runs it with its output where ours goes.
pub fn run(command: &mut Command) -> Outcome {
    match status(command)? {
        true => Ok(()),
        false => Err(format!("`{}` failed.", describe(command))),
    }
}

/// Runs it with its output where ours goes, and tells whether it was content.
pub fn status(command: &mut Command) -> Outcome<bool> {
    let status = command
        .status()
        .map_err(|error| cannot_start(command, &error))?;
    Ok(status.success())
}

/// Runs it and gives what it printed.
pub fn output(command: &mut Command) -> Outcome<String> {
    let output = command
        .output()
        .map_err(|error| cannot_start(command, &error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{}` failed: {}", describe(command), said.trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| {
        format!(
            "`{}` printed something that is not text.",
            describe(command)
        )
    })
}

/// Runs it, shows what it prints as it comes, and gives that back with whether it was content.
pub fn run_and_keep(command: &mut Command) -> Outcome<(String, bool)> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| cannot_start(command, &error))?;
    let mut kept = String::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{line}");
            kept += &line;
            kept.push('\n');
        }
    }
    let status = child
        .wait()
        .map_err(|error| format!("`{}` was lost: {error}.", describe(command)))?;
    Ok((kept, status.success()))
}

/// Where the shell would find a program.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Reads a file of the repository.
pub fn read(path: &Path) -> Outcome<String> {
    std::fs::read_to_string(path)
        .map_err(|error| format!("{} cannot be read: {error}.", path.display()))
}

/// The command line as one would type it.
pub fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let words: Vec<_> = std::iter::once(program)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect();
    words.join(" ")
}

fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` cannot be started: {error}.", describe(command))
}
