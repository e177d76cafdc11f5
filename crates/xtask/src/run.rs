//! `cargo xtask run`: from a fresh checkout to a filled, running product with one command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::console;
use crate::server::{self, Profile};
use crate::shell::{self, Outcome, root};

#[derive(Args)]
pub struct Options {
    /// Where the data is: sqlite:PATH or postgres://…; by default a demo database under target/demo
    #[arg(long, env = "TENANTRY_DATABASE")]
    database: Option<String>,
    /// The address to serve on
    #[arg(long, env = "TENANTRY_LISTEN", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Build with optimizations: slower to build, as fast as in production
    #[arg(long)]
    release: bool,
    /// Throw the demo database away first and fill a new one
    #[arg(long, conflicts_with = "database")]
    fresh: bool,
    /// Passed on to `tenantry serve`
    #[arg(last = true)]
    arguments: Vec<String>,
}

pub fn run(options: Options) -> Outcome {
    let profile = if options.release {
        Profile::Release
    } else {
        Profile::Debug
    };
    console::check_node()?;
    println!("Building the console …");
    console::install_packages()?;
    console::build()?;
    println!("Building the server …");
    server::build(profile)?;
    let tenantry = server::binary(profile)?;

    let database = match &options.database {
        Some(database) => database.clone(),
        None => prepare_own_demo(options.fresh)?,
    };
    let log_ins = fill_when_new(&tenantry, &database)?;

    println!("\nTenantry: http://{}", options.listen);
    println!("Database: {database}");
    if let Some(log_ins) = log_ins {
        println!("{}", log_ins.trim_end());
    }
    println!("Stop it with Ctrl-C.\n");
    let mut serve = Command::new(&tenantry);
    serve
        .args([
            "serve",
            "--database",
            &database,
            "--listen",
            &options.listen,
        ])
        .args(&options.arguments);
    become_it(serve)
}

/// The demo database of this checkout. One whose filling was interrupted has no log-ins and is thrown away.
fn prepare_own_demo(fresh: bool) -> Outcome<String> {
    let folder = root().join("target/demo");
    let file = folder.join("tenantry.sqlite");
    if folder.exists() && (fresh || !log_ins_of(&file).exists()) {
        fs::remove_dir_all(&folder)
            .map_err(|error| format!("{} cannot be removed: {error}.", folder.display()))?;
    }
    fs::create_dir_all(&folder)
        .map_err(|error| format!("{} cannot be made: {error}.", folder.display()))?;
    Ok(format!("sqlite:{}", file.display()))
}

/// Fills an embedded database that is not there yet, and gives the log-ins that `tenantry demo` told then or now.
/// Other databases are left alone: they are somebody's data.
fn fill_when_new(tenantry: &Path, database: &str) -> Outcome<Option<String>> {
    let Some(file) = embedded_file(database) else {
        return Ok(None);
    };
    let log_ins = log_ins_of(&file);
    if !file.exists() {
        println!("Filling a demo database …");
        let (said, content) =
            shell::run_and_keep(Command::new(tenantry).args(["demo", "--database", database]))?;
        if !content {
            return Err("The demo database cannot be filled.".into());
        }
        fs::write(&log_ins, said)
            .map_err(|error| format!("{} cannot be written: {error}.", log_ins.display()))?;
        return Ok(None); // just printed
    }
    Ok(fs::read_to_string(log_ins).ok())
}

/// The file of an embedded database: the engine is left out of the name or is the embedded one.
fn embedded_file(database: &str) -> Option<PathBuf> {
    let path = match database.split_once(':') {
        Some(("sqlite", path)) => path,
        Some((engine, _)) if engine.len() > 1 => return None,
        _ => database,
    };
    let path = path.split('?').next().unwrap_or(path);
    Some(PathBuf::from(path))
}

fn log_ins_of(file: &Path) -> PathBuf {
    file.with_extension("log-ins.txt")
}

/// The server takes this process's place, so that signals reach it and nothing lies between it and the terminal.
#[cfg(unix)]
fn become_it(mut command: Command) -> Outcome {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(format!(
        "`{}` cannot be started: {error}.",
        shell::describe(&command)
    ))
}

#[cfg(not(unix))]
fn become_it(mut command: Command) -> Outcome {
    shell::run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_embedded_databases_have_a_file() {
        assert_eq!(
            embedded_file("sqlite:a/b.sqlite?x=1"),
            Some("a/b.sqlite".into())
        );
        assert_eq!(embedded_file("b.sqlite"), Some("b.sqlite".into()));
        assert_eq!(
            embedded_file(r"C:\data\b.sqlite"),
            Some(r"C:\data\b.sqlite".into())
        );
        assert_eq!(embedded_file("postgres://h/db"), None);
    }
}
