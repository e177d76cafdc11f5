//! Measures the product beside a bare control: the same statements through the same drivers, with no
//! framework of ours in between. Started by `cargo xtask bench`.
//!
//! The product is the release binary as users run it, the control and the load come from this
//! program; all of it shares the machine's cores, so only figures of one run are compared.

mod backups;
mod bare;
mod campaign;
mod client;
mod csv;
mod data;
mod database;
mod imports;
mod items;
mod load;
mod machine;
mod names;
mod process;
mod report;
mod run;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Whoever reads these errors is a developer: one sentence each.
pub type Outcome<T = ()> = Result<T, String>;

/// For errors of other crates, which say enough themselves.
pub fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[derive(Parser)]
#[command(
    name = "bench",
    about = "Tenantry's benchmarks; see `cargo xtask bench`"
)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure everything
    Run(run::Options),
    /// Serve the bare control
    #[command(hide = true)]
    Bare {
        #[arg(long)]
        database: String,
        #[arg(long)]
        port: u16,
        #[arg(long)]
        provider: uuid::Uuid,
    },
    /// Kill the product again and again under load
    Crash(campaign::crash::Options),
    /// Let calls to the disk fail, and let it be full
    Faults(campaign::faults::Options),
    /// A client of a campaign
    #[command(hide = true)]
    CampaignClient(campaign::client::Options),
}

#[derive(clap::Args, Clone)]
pub struct Place {
    /// The release binary of the product
    #[arg(long)]
    tenantry: PathBuf,
    /// The superuser's address of a PostgreSQL to make databases on
    #[arg(long)]
    postgres: Option<String>,
    /// Where databases of this run live; emptied afterwards
    #[arg(long)]
    folder: PathBuf,
    /// Where the recording goes; none: only to the terminal
    #[arg(long)]
    results: Option<PathBuf>,
    /// The console's build, for the size of its first route
    #[arg(long)]
    console: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Task::Run(options) => run::run(options).await,
        Task::Bare {
            database,
            port,
            provider,
        } => bare::serve(&database, port, provider).await,
        Task::Crash(options) => campaign::crash::run(options).await,
        Task::Faults(options) => campaign::faults::run(options).await,
        Task::CampaignClient(options) => campaign::client::run(options).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
