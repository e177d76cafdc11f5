//! What machines do to a server, done on purpose: it is killed at random moments under load
//! (`crash`), its disk fails or is full (`faults`); whatever it acknowledged must be there
//! afterwards, once. Started by `cargo xtask campaign`.
//!
//! Several client processes write in a journal what they are about to send and what was answered
//! (`journal`, `client`, `lane`, `import`). From the journals follows what must be in the database
//! (`model`), and the campaign looks there itself instead of asking the server (`check`).

use std::path::PathBuf;

mod check;
pub mod client;
pub mod crash;
pub mod faults;
mod fleet;
mod import;
mod journal;
mod lane;
mod model;
mod place;

/// What every campaign has to know.
#[derive(clap::Args)]
pub struct Run {
    /// The product's binary
    #[arg(long)]
    tenantry: PathBuf,
    /// Where databases, journals and logs are; kept when something is wrong
    #[arg(long)]
    folder: PathBuf,
    /// Where a recording goes; none: only to the terminal
    #[arg(long)]
    results: Option<PathBuf>,
    /// The commit that was built
    #[arg(long, default_value = "unknown")]
    commit: String,
}
