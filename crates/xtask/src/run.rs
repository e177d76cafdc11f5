//! `cargo xtask run`: from a fresh checkout to a filled, running product with one command.

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::Args;

use crate::console;
use crate::server::{self, Profile};
use crate::shell::{self, Outcome, root};

#[derive(Args)]
pub struct Options {
    /// Where the data is: sqlite:FILE or postgres://…; by default a demo database under target/demo
    #[arg(long, env = "TENANTRY_DATABASE", value_name = "URL")]
    database: Option<String>,
    /// The address to serve on; by default the server's own default
    #[arg(long, env = "TENANTRY_LISTEN", value_name = "ADDR:PORT")]
    listen: Option<String>,
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

    let database = match options.database {
        Some(database) => fill_when_new(&tenantry, database)?,
        None => own_demo(&tenantry, options.fresh)?,
    };
    // The server itself prints its address and, for a demo, the log-ins.
    println!("Serving {database}; stop it with Ctrl-C.");
    let mut serve = Command::new(&tenantry);
    serve.args(["serve", "--database", &database]);
    serve.args(
        options
            .listen
            .iter()
            .flat_map(|listen| ["--listen", listen]),
    );
    become_it(serve.args(options.arguments))
}

/// The demo of this checkout. It is filled in a folder of another name, so that an interrupted filling is not
/// taken for a demo.
fn own_demo(tenantry: &Path, fresh: bool) -> Outcome<String> {
    let folder = root().join("target/demo");
    let database = format!("sqlite:{}", folder.join("tenantry.sqlite").display());
    if folder.exists() && !fresh {
        return Ok(database);
    }
    let filling = root().join("target/demo-filling");
    let replace = |from: &Path, to: &Path| {
        if to.exists() {
            fs::remove_dir_all(to)?;
        }
        if from.exists() {
            fs::rename(from, to)
        } else {
            fs::create_dir_all(to)
        }
    };
    let failed = |error| format!("{} cannot be made: {error}.", folder.display());
    replace(Path::new(""), &filling).map_err(failed)?;
    fill(
        tenantry,
        &format!("sqlite:{}", filling.join("tenantry.sqlite").display()),
    )?;
    replace(&filling, &folder).map_err(failed)?;
    Ok(database)
}

/// A named database is filled when it is an embedded one whose file is not there yet; any other is somebody's data.
fn fill_when_new(tenantry: &Path, database: String) -> Outcome<String> {
    if database
        .strip_prefix("sqlite:")
        .is_some_and(|file| !Path::new(file).exists())
    {
        fill(tenantry, &database)?;
    }
    Ok(database)
}

fn fill(tenantry: &Path, database: &str) -> Outcome {
    println!("Filling {database} with a demo …");
    // The log-ins that it prints come again when it is served.
    shell::output(Command::new(tenantry).args(["demo", "--database", database])).map(drop)
}

/// The server takes this process's place, so that signals reach it and nothing lies between it and the terminal.
#[cfg(unix)]
fn become_it(command: &mut Command) -> Outcome {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(format!(
        "`{}` cannot be started: {error}.",
        shell::describe(command)
    ))
}

#[cfg(not(unix))]
fn become_it(command: &mut Command) -> Outcome {
    shell::run(command)
}
