//! Recurring work of the installation: each by its name, by one node at a time.

use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;

use super::runner::micros;
use super::{Chore, Pace};
use crate::error::Result;
use crate::id::Id;
use crate::sql;
use crate::state::State;

/// Does what is due, until this node stops.
pub async fn run(
    state: State,
    chores: Vec<(&'static str, Duration, Chore)>,
    pace: Pace,
    mut stopping: watch::Receiver<bool>,
) {
    if chores.is_empty() {
        return;
    }
    loop {
        for (name, pause, work) in &chores {
            if *stopping.borrow() {
                return;
            }
            if let Err(error) = tick(&state, name, *pause, work, pace.lease).await {
                tracing::warn!(name, %error, "recurring work failed");
            }
        }
        tokio::select! {
            _ = stopping.changed() => return,
            () = tokio::time::sleep(pace.look * 20) => {}
        }
    }
}

/// Does one piece of work if it is due and nobody else does it; tells whether it did.
pub async fn tick(
    state: &State,
    name: &'static str,
    pause: Duration,
    work: &Chore,
    lease: Duration,
) -> Result<bool> {
    let Some(token) = claim(state, name, lease).await? else {
        return Ok(false);
    };
    let outcome = work(state.clone()).await;
    let error = outcome
        .as_ref()
        .err()
        .map(|it| it.sentence())
        .unwrap_or_default();
    let now = state.clock.now();
    // Due by the clock that is injected, leased by the database's (security.md 12).
    let next = now.micros().saturating_add(micros(pause));
    let mut tx = state.db.write();
    tx.execute(sql!("update schedules set due_at = $1, finished_at = $2, error = $3, lease_token = null, lease_until = 0 where name = $4 and lease_token = $5", next, now, error, name, token)).await?;
    tx.commit().await?;
    outcome.map(|()| true)
}

async fn claim(state: &State, name: &'static str, lease: Duration) -> Result<Option<Uuid>> {
    let (now, clock) = (state.db.now().await?, state.clock.now());
    let known: Option<(i64, i64)> = state
        .db
        .read()
        .query_optional(sql!(
            "select due_at, lease_until from schedules where name = $1",
            name
        ))
        .await?;
    if known.is_some_and(|(due, leased)| due > clock.micros() || leased >= now) {
        return Ok(None);
    }
    let token = Id::<()>::new(clock).uuid();
    let mut tx = state.db.write();
    if known.is_none() {
        tx.execute(sql!("insert into schedules (name, due_at, lease_until, error) values ($1, 0, 0, '') on conflict (name) do nothing", name)).await?;
    }
    let taken = tx.execute(sql!("update schedules set lease_token = $1, lease_until = $2 where name = $3 and due_at <= $4 and lease_until < $5", token, now + micros(lease * 10), name, clock, now)).await?;
    tx.commit().await?;
    Ok((taken == 1).then_some(token))
}
