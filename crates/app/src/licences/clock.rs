//! What the clock alone does to licences: blocks begin and end, over-use goes on (LIC-03, LIC-10).

use kit::access::{Caller, Source};
use kit::call::{Call, Origin};
use kit::{Result, State};

use super::{overuse, settle};

/// Runs every second: pools follow the instants at which blocks begin and end.
pub async fn tick(state: State) -> Result<()> {
    settle::settle_due(|| scheduler(&state)).await.map(drop)
}

/// Runs every hour.
pub async fn remind(state: State) -> Result<()> {
    overuse::remind_due(|| scheduler(&state)).await
}

fn scheduler(state: &State) -> Call {
    let caller = Caller::operator("Scheduler", Source::Job);
    Call::new(state, caller, Origin::default())
}
