//! The developer's commands: `cargo xtask run`, `test`, `gen`, `tidy`, `bench` and `campaign`.
//!
//! They are a program of this workspace rather than shell scripts, so that they need nothing but Rust and Node,
//! work the same on every machine, and have unit tests of their own.

mod bench;
mod campaign;
mod compare;
mod console;
mod generated;
mod policy;
mod postgres;
mod run;
mod server;
mod shell;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The developer's commands of Tenantry")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything, fill a demo database and serve it
    Run(run::Options),
    /// Run every check and every test there is, as CI does
    Test(test::Options),
    /// Write the generated files: openapi.json and the console's API types
    Gen {
        /// Change nothing; fail where a file is not what would be generated
        #[arg(long)]
        check: bool,
    },
    /// Check what the compiler cannot: layering, file sizes, migrations, links
    Tidy,
    /// Measure speed on both engines beside a bare control
    Bench(bench::Options),
    /// Do to the server what machines do: crashes, bad disks
    Campaign(campaign::Options),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Task::Run(options) => run::run(options),
        Task::Test(options) => test::test(options),
        Task::Gen { check: false } => server::build_workspace().and_then(|()| generated::write()),
        Task::Gen { check: true } => server::build_workspace().and_then(|()| generated::check()),
        Task::Tidy => tidy::tidy(),
        Task::Bench(options) => bench::bench(options),
        Task::Campaign(options) => campaign::campaign(options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
