//! `cargo xtask bench`: speed on both engines, with a bare control beside each.

use clap::Args;

use crate::shell::Outcome;

#[derive(Args)]
pub struct Options {
    /// Every measurement at full size, instead of a short look
    #[arg(long)]
    full: bool,
}

pub fn bench(options: Options) -> Outcome {
    let mode = if options.full { "full" } else { "quick" };
    Err(format!("The {mode} benchmark is not built yet."))
}
