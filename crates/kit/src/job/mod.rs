//! Background work (design architecture.md §6): jobs are rows, put into the caller's transaction and
//! run by any node under a lease. A job goes on after a crash from its checkpoint, which was written
//! in the same transaction as the work that it speaks of.
//!
//! ```ignore
//! let job_id = job::enqueue(&mut call, "import_apply", Some(import_id), &Input { … }).await?;
//! call.commit(event).await?;
//! …
//! async fn apply(mut job: JobContext) -> Outcome {
//!     loop {
//!         job.go_on().await?;
//!         let mut call = job.call(Source::Import).await?;
//!         … a chunk of work …
//!         job.progress(&mut call, Progress { done, total, message }, &checkpoint).await?;
//!         call.commit(events).await?;
//!     }
//! }
//! ```

mod context;
mod runner;
mod schedule;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

pub use context::JobContext;
pub use runner::{Pace, Runner};

use crate::access::{Caller, Source};
use crate::call::{Call, json};
use crate::conn::Bind;
use crate::error::{Error, Result};
use crate::state::State;
use crate::{Record, choice, store};

choice! {
    /// Where a job stands.
    pub enum JobState {
        Queued = "queued" "Queued",
        Running = "running" "Running",
        Done = "done" "Done",
        Failed = "failed" "Failed",
        Cancelled = "cancelled" "Cancelled",
    }
}

/// Why a job's work ends before its end.
#[derive(Debug)]
pub enum Stop {
    /// Somebody asked for it.
    Cancelled,
    /// This node shuts down; another one goes on from the checkpoint.
    Released,
    /// Another node holds the lease now: nothing more may be written.
    Lost,
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(it: Error) -> Self {
        Self::Failed(it)
    }
}

impl From<crate::conn::Error> for Stop {
    fn from(it: crate::conn::Error) -> Self {
        Self::Failed(it.into())
    }
}

/// What a job's work comes to: an object that the job's record shows as its result.
pub type Outcome = Result<Json, Stop>;

/// How far a job is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub done: i64,
    /// 0: not known yet.
    pub total: i64,
    pub message: String,
}

/// Who started a job, and where that person worked: the rights it runs with (security.md 8).
#[derive(Clone, Debug)]
pub struct Initiator {
    pub user_id: Uuid,
    pub user_name: String,
    /// The nil UUID is the platform.
    pub node_id: Uuid,
    /// The token that proved it; none for a session, which may end before the job.
    pub credential_id: Option<Uuid>,
}

/// Finds the initiator's rights as they are now; none when there are none left.
pub type LoadCaller =
    Arc<dyn Fn(State, Initiator) -> BoxFuture<'static, Result<Option<Arc<Caller>>>> + Send + Sync>;

type Run = Arc<dyn Fn(JobContext) -> BoxFuture<'static, Outcome> + Send + Sync>;
type Ended =
    Arc<dyn for<'a> Fn(&'a mut Call, &'a Ending) -> BoxFuture<'a, Result<()>> + Send + Sync>;
type Chore = Arc<dyn Fn(State) -> BoxFuture<'static, Result<()>> + Send + Sync>;

/// How a job ended, for what it worked on.
#[derive(Clone, Debug)]
pub struct Ending {
    pub job_id: Uuid,
    pub object_id: Option<Uuid>,
    pub state: JobState,
    /// Why it failed, in a sentence; else empty.
    pub error: String,
}

/// The work that a node knows how to do.
#[derive(Clone, Default)]
pub struct Handlers {
    kinds: HashMap<&'static str, (Run, Option<Ended>)>,
    chores: Vec<(&'static str, Duration, Chore)>,
}

impl Handlers {
    /// Jobs of this kind are done by `run`.
    #[must_use]
    pub fn on<F>(
        mut self,
        kind: &'static str,
        run: impl Fn(JobContext) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Outcome> + Send + 'static,
    {
        self.kinds
            .insert(kind, (Arc::new(move |job| Box::pin(run(job))), None));
        self
    }

    /// What happens in the same transaction as a job's end, whichever way it ended.
    #[must_use]
    pub fn ended(
        mut self,
        kind: &'static str,
        ended: impl for<'a> Fn(&'a mut Call, &'a Ending) -> BoxFuture<'a, Result<()>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        if let Some(entry) = self.kinds.get_mut(kind) {
            entry.1 = Some(Arc::new(ended));
        }
        self
    }

    /// Recurring work of the installation itself, by any one node at a time: idempotent, and in
    /// steps small enough not to hold up others.
    #[must_use]
    pub fn every<F>(
        mut self,
        name: &'static str,
        pause: Duration,
        work: impl Fn(State) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.chores
            .push((name, pause, Arc::new(move |state| Box::pin(work(state)))));
        self
    }
}

/// Puts a job into the caller's transaction: it runs if and only if that is committed.
pub async fn enqueue(
    call: &mut Call,
    kind: &'static str,
    object_id: Option<Uuid>,
    input: &impl Serialize,
) -> Result<Uuid> {
    let id = store::new_id(call);
    let home = call.home();
    let caller = call.caller.clone();
    let token = caller
        .credential_id
        .filter(|_| caller.source == Source::Api);
    let empty = || Json::Object(serde_json::Map::new()).to_value();
    let set = vec![
        ("id", id.to_value()),
        ("provider_id", home.provider().to_value()),
        ("reseller_id", home.reseller().to_value()),
        ("customer_id", home.customer().to_value()),
        ("user_id", caller.user_id.to_value()),
        ("user_name", caller.name.clone().to_value()),
        ("node_id", home.id().unwrap_or_default().to_value()),
        ("credential_id", token.to_value()),
        ("kind", kind.to_value()),
        ("object_id", object_id.to_value()),
        ("input", json(input).to_value()),
        ("state", JobState::Queued.to_value()),
        ("progress_done", 0_i64.to_value()),
        ("progress_total", 0_i64.to_value()),
        ("message", "".to_value()),
        ("error", "".to_value()),
        ("result", empty()),
        ("checkpoint", empty()),
        ("cancel_requested", false.to_value()),
        ("attempts", 0_i64.to_value()),
        ("lease_until", 0_i64.to_value()),
        // Leases and due times are measured with the database's clock; 0 is at once.
        ("run_at", 0_i64.to_value()),
        ("version", 1_i64.to_value()),
        ("created_at", call.now.to_value()),
        ("updated_at", call.now.to_value()),
    ];
    store::insert(call, "jobs", set).await?;
    call.wakes_jobs();
    Ok(id)
}

/// Asks a job to stop at its next chunk; tells whether it was still under way.
pub async fn cancel(call: &mut Call, id: Uuid) -> Result<bool> {
    let asked = call.execute(crate::sql!("update jobs set cancel_requested = true, version = version + 1, updated_at = $1 where id = $2 and state in ('queued', 'running')", call.now, id)).await?;
    call.wakes_jobs();
    Ok(asked == 1)
}

/// A job as the runner sees it.
#[derive(Record, Clone, Debug)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    user_name: String,
    node_id: Uuid,
    credential_id: Option<Uuid>,
    kind: String,
    object_id: Option<Uuid>,
    input: Json,
    checkpoint: Json,
    progress_done: i64,
    progress_total: i64,
    cancel_requested: bool,
    attempts: i64,
}
