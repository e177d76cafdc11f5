//! What the clock alone does to licences: blocks begin and end, over-use goes on (LIC-03, LIC-10).

use kit::{Result, State};

use super::{expiry, overuse, settle};
use crate::background::scheduler;

/// Runs every second: pools follow the instants at which blocks begin and end, and alerts theirs.
pub async fn tick(state: State) -> Result<()> {
    settle::settle_due(|| scheduler(&state)).await?;
    expiry::tell_due(|| scheduler(&state)).await.map(drop)
}

/// Runs every five minutes: what is written to the accounting desks, and what was snoozed.
pub async fn remind(state: State) -> Result<()> {
    expiry::wake(|| scheduler(&state)).await?;
    expiry::send_digests(|| scheduler(&state)).await?;
    overuse::remind_due(|| scheduler(&state)).await
}
