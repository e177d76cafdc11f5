//! `tenantry`: the server, and the commands that look after an installation.

mod audit;
mod backup;
mod config;
mod console;
mod demo;
mod doctor;
mod export;
mod import;
mod init;
mod keys;
mod people;
mod progress;
mod restore;
mod serve;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use config::{Cli, Command};

/// What a command ends with: a sentence for the person at the keyboard.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let command = match config::with_file(Cli::command()) {
        Ok(command) => command,
        Err(sentence) => return fail(&sentence, 2),
    };
    let cli = match Cli::from_arg_matches(&command.get_matches()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("cannot start: {error}"), 1),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(sentence) => fail(&sentence, 1),
    }
}

/// Exit codes: 1 for what went wrong, 2 for what was asked wrongly; the doctor has one of its own.
fn fail(sentence: &str, code: u8) -> ExitCode {
    eprintln!("tenantry: {sentence}");
    ExitCode::from(code)
}

async fn run(cli: Cli) -> Result<ExitCode, String> {
    let common = cli.common;
    let outcome = match cli.command {
        Command::Serve(serve) => serve::run(&common, serve).await,
        Command::Init(init) => init::run(&common, init).await,
        Command::Demo(demo) => demo::run(&common, demo).await,
        Command::Import(import) => import::run(&common, import).await,
        Command::Export(export) => export::run(&common, export).await,
        Command::Backup(backup) => backup::run(&common, backup).await,
        Command::Restore(restore) => restore::run(&common, restore).await,
        Command::Migrate => migrate(&common).await,
        Command::User(user) => people::user(&common, user).await,
        Command::Token(token) => people::token(&common, token).await,
        Command::Audit(command) => return audit::run(&common, command).await,
        Command::Keys(keys) => keys::run(&common, keys).await,
        Command::Doctor(doctor) => return doctor::run(&common, doctor).await,
        Command::Openapi => serve::openapi().await,
    };
    outcome.map(|()| ExitCode::SUCCESS)
}

async fn migrate(common: &config::Common) -> Outcome {
    let db = common.open_unmigrated().await?;
    let applied = db.migrate().await.map_err(|it| it.to_string())?;
    match applied.len() {
        0 => println!("{} is up to date.", db.engine()),
        _ => println!("Applied {}.", applied.join(", ")),
    }
    db.close().await;
    Ok(())
}
