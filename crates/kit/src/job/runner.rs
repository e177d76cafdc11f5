//! Takes jobs that are due and sees them to their end.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt;
use serde_json::Value as Json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::context::Signals;
use super::{
    Ending, Handlers, JobContext, JobState, LoadCaller, Outcome, Progress, Row, Stop, schedule,
};
use crate::access::{Caller, Source};
use crate::call::{Call, Origin};
use crate::conn::{Bind, Sql};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::state::State;
use crate::{Record, sql};

/// How a runner works.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Jobs at once on this node.
    pub at_once: usize,
    /// How often to look for what other nodes enqueued.
    pub look: Duration,
    /// How long a node may be silent before another takes its jobs.
    pub lease: Duration,
    /// How often a job may fail without getting on. With the doubling pauses it outlasts about 50
    /// minutes of a full disk or a database that is away.
    pub attempts: i64,
    /// The pause after a first failure; it doubles.
    pub pause: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            at_once: 2,
            look: Duration::from_secs(1),
            lease: Duration::from_secs(60),
            attempts: 12,
            pause: Duration::from_secs(2),
        }
    }
}

/// Runs jobs on this node; cheap to clone.
#[derive(Clone)]
pub struct Runner {
    state: State,
    handlers: Arc<Handlers>,
    load_caller: LoadCaller,
    pace: Pace,
}

impl Runner {
    pub fn new(state: &State, handlers: Handlers, load_caller: LoadCaller) -> Self {
        Self {
            state: state.clone(),
            handlers: Arc::new(handlers),
            load_caller,
            pace: Pace::default(),
        }
    }

    #[must_use]
    pub fn with_pace(self, pace: Pace) -> Self {
        Self { pace, ..self }
    }

    /// Runs what is due until `shutdown`; then lets each job finish its chunk and passes it on.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let (stop, stopping) = watch::channel(false);
        let mut running = JoinSet::new();
        let chores = tokio::spawn(schedule::run(
            self.state.clone(),
            self.handlers.chores.clone(),
            self.pace,
            stopping.clone(),
        ));
        tokio::pin!(shutdown);
        loop {
            while running.len() < self.pace.at_once {
                match self.claim(None).await {
                    Ok(Some((row, token))) => {
                        let (runner, stopping) = (self.clone(), stopping.clone());
                        running.spawn(async move { runner.work(row, token, stopping).await });
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::warn!(%error, "no job could be taken");
                        break;
                    }
                }
            }
            tokio::select! {
                () = &mut shutdown => break,
                () = self.state.jobs.notified() => {}
                Some(_) = running.join_next(), if !running.is_empty() => {}
                () = tokio::time::sleep(self.pace.look) => {}
            }
        }
        stop.send_replace(true);
        while running.join_next().await.is_some() {}
        let _ = chores.await;
    }

    /// Runs what is due now, one after the other; tells how many there were.
    pub async fn run_due(&self) -> Result<usize> {
        let (_stop, stopping) = watch::channel(false);
        let mut count = 0;
        while let Some((row, token)) = self.claim(None).await? {
            self.work(row, token, stopping.clone()).await;
            count += 1;
        }
        Ok(count)
    }

    /// Sees one job to its end, here or on whichever node has it: for the command line.
    pub async fn see_through(
        &self,
        id: Uuid,
        mut told: impl FnMut(&Progress),
    ) -> Result<(JobState, String)> {
        let (_stop, stopping) = watch::channel(false);
        let mut running = JoinSet::new();
        loop {
            let job = self.state.db.read().query_one::<Standing>(sql!("select state, error, message, progress_done, progress_total from jobs where id = $1", id)).await?;
            told(&Progress {
                done: job.progress_done,
                total: job.progress_total,
                message: job.message,
            });
            if !matches!(job.state, JobState::Queued | JobState::Running) {
                return Ok((job.state, job.error));
            }
            if running.is_empty()
                && let Some((row, token)) = self.claim(Some(id)).await?
            {
                let (runner, stopping) = (self.clone(), stopping.clone());
                running.spawn(async move { runner.work(row, token, stopping).await });
            }
            tokio::select! {
                Some(_) = running.join_next(), if !running.is_empty() => {}
                () = tokio::time::sleep(Duration::from_millis(250)) => {}
            }
        }
    }

    /// Takes one job that is due, under a new lease. Of several nodes that try, one succeeds.
    pub(super) async fn claim(&self, only: Option<Uuid>) -> Result<Option<(Row, Uuid)>> {
        let now = self.state.db.now().await?;
        let Some((id,)) = self
            .state
            .db
            .read()
            .query_optional::<(Uuid,)>(self.due(now, only))
            .await?
        else {
            return Ok(None);
        };
        let token = Id::<Row>::new(self.state.clock.now()).uuid();
        let mut tx = self.state.db.write();
        let sql = sql!(
            "update jobs set state = 'running', lease_token = $1, lease_until = $2, attempts = attempts + 1, started_at = coalesce(started_at, $3), updated_at = $3
             where id = $4 and (state = 'queued' and run_at <= $5 or state = 'running' and lease_until < $5) returning *",
            token, now + micros(self.pace.lease), self.state.clock.now(), id, now
        );
        let row = tx.query_optional::<Row>(sql).await?;
        tx.commit().await?;
        Ok(row.map(|row| (row, token)))
    }

    /// Only kinds that this node knows: during an upgrade newer nodes may enqueue others.
    fn due(&self, now: i64, only: Option<Uuid>) -> Sql {
        let mut sql = sql!(
            "select id from jobs where (state = 'queued' and run_at <= $1 or state = 'running' and lease_until < $1)",
            now
        );
        sql.and_in(
            "kind",
            self.handlers.kinds.keys().map(|it| it.to_value()).collect(),
        );
        if let Some(id) = only {
            sql.and("id = ?", id);
        }
        sql.push(" order by run_at, id limit 1");
        sql
    }

    async fn work(&self, row: Row, token: Uuid, stopping: watch::Receiver<bool>) {
        let signals = Arc::new(Signals::default());
        let heart = tokio::spawn(beat(
            self.state.clone(),
            row.id,
            token,
            self.pace.lease,
            signals.clone(),
        ));
        let outcome = match self.handlers.kinds.get(row.kind.as_str()) {
            _ if row.cancel_requested => Err(Stop::Cancelled),
            _ if row.attempts > self.pace.attempts => Err(Stop::Failed(Error::conflict(
                "given_up",
                format!(
                    "It was tried {} times and never got on.",
                    self.pace.attempts
                ),
            ))),
            None => Err(Stop::Released),
            Some((run, _)) => {
                tracing::info!(job = %row.id, kind = row.kind, attempt = row.attempts, "a job starts");
                let context = JobContext::new(
                    &self.state,
                    row.clone(),
                    token,
                    signals,
                    stopping,
                    self.load_caller.clone(),
                );
                match AssertUnwindSafe(run(context)).catch_unwind().await {
                    Ok(outcome) => outcome,
                    Err(_) => Err(Stop::Failed(Error::internal("the job's work panicked"))),
                }
            }
        };
        if let Err(error) = self.end(&row, token, outcome).await {
            // The lease runs out, and the job is taken again from its checkpoint.
            tracing::warn!(job = %row.id, %error, "a job's end could not be written");
        }
        heart.abort();
    }

    async fn end(&self, row: &Row, token: Uuid, outcome: Outcome) -> Result<()> {
        let (state, result, error) = match outcome {
            Ok(result) => (JobState::Done, result, String::new()),
            Err(Stop::Cancelled) => (JobState::Cancelled, Json::Null, String::new()),
            Err(Stop::Lost) => {
                tracing::warn!(job = %row.id, "another node has taken this job");
                return Ok(());
            }
            Err(Stop::Released) => return self.pass_on(row, token, "", 0, 0).await,
            Err(Stop::Failed(error)) => {
                tracing::warn!(job = %row.id, kind = row.kind, %error, "a job failed");
                let attempts = self.attempts(row).await?;
                if is_passing(&error) && attempts < self.pace.attempts {
                    let pause = micros(self.pace.pause) << attempts.clamp(1, 10).saturating_sub(1);
                    let at = self.state.db.now().await? + pause;
                    return self.pass_on(row, token, &told(&error), attempts, at).await;
                }
                (JobState::Failed, Json::Null, told(&error))
            }
        };
        let mut tries = 0;
        loop {
            tries += 1;
            match self.close(row, token, state, &result, &error).await {
                Err(Error::Retry | Error::Unavailable { .. }) if tries < 5 => {
                    tokio::time::sleep(Duration::from_millis(50 << tries)).await
                }
                it => return it,
            }
        }
    }

    /// Progress sets the count back, so it is read anew.
    async fn attempts(&self, row: &Row) -> Result<i64> {
        let now = self
            .state
            .db
            .read()
            .query_optional::<(i64,)>(sql!("select attempts from jobs where id = $1", row.id))
            .await?;
        Ok(now.map_or(row.attempts, |(attempts,)| attempts))
    }

    /// Back into the queue, for this node or another.
    async fn pass_on(
        &self,
        row: &Row,
        token: Uuid,
        error: &str,
        attempts: i64,
        run_at: i64,
    ) -> Result<()> {
        let mut tx = self.state.db.write();
        let sql = sql!(
            "update jobs set state = 'queued', lease_token = null, lease_until = 0, attempts = $1, run_at = $2, error = $3, updated_at = $4 where id = $5 and lease_token = $6",
            attempts,
            run_at,
            error,
            self.state.clock.now(),
            row.id,
            token
        );
        tx.execute(sql).await?;
        Ok(tx.commit().await?)
    }

    async fn close(
        &self,
        row: &Row,
        token: Uuid,
        state: JobState,
        result: &Json,
        error: &str,
    ) -> Result<()> {
        let caller = Caller::operator(&row.user_name, Source::Job);
        let origin = Origin {
            request_id: format!("job-{}", row.id),
            job_id: Some(row.id),
            ..Origin::default()
        };
        let mut call = Call::new(&self.state, caller, origin);
        let result = if result.is_object() {
            result.clone()
        } else {
            Json::Object(serde_json::Map::new())
        };
        let sql = sql!(
            "update jobs set state = $1, result = $2, error = $3, finished_at = $4, updated_at = $4, lease_token = null, lease_until = 0, version = version + 1 where id = $5 and lease_token = $6",
            state,
            result,
            error,
            call.now,
            row.id,
            token
        );
        if call.execute(sql).await? == 0 {
            return Ok(());
        }
        if let Some((_, Some(ended))) = self.handlers.kinds.get(row.kind.as_str()) {
            let ending = Ending {
                job_id: row.id,
                object_id: row.object_id,
                state,
                error: error.to_owned(),
            };
            ended(&mut call, &ending).await?;
        }
        call.commit(vec![]).await
    }
}

#[derive(Record)]
struct Standing {
    state: JobState,
    error: String,
    message: String,
    progress_done: i64,
    progress_total: i64,
}

/// Keeps the lease while the work runs, and hears of cancellation.
async fn beat(state: State, id: Uuid, token: Uuid, lease: Duration, signals: Arc<Signals>) {
    let extend = async || -> Result<bool> {
        let until = state.db.now().await? + micros(lease);
        let mut tx = state.db.write();
        let sql = sql!(
            "update jobs set lease_until = $1 where id = $2 and lease_token = $3 and state = 'running' returning cancel_requested",
            until,
            id,
            token
        );
        let held = tx.query_optional::<(bool,)>(sql).await?;
        tx.commit().await?;
        if let Some((true,)) = held {
            signals.cancel.store(true, Ordering::Release);
        }
        Ok(held.is_some())
    };
    loop {
        tokio::time::sleep(lease / 4).await;
        match extend().await {
            Ok(true) => {}
            Ok(false) => return signals.lost.store(true, Ordering::Release),
            Err(error) => tracing::warn!(job = %id, %error, "a lease could not be extended"),
        }
    }
}

/// Errors of the machine may pass; a refusal stays one.
fn is_passing(error: &Error) -> bool {
    matches!(
        error,
        Error::Retry
            | Error::Unavailable { .. }
            | Error::DiskFull
            | Error::Internal(_)
            | Error::Constraint { .. }
            | Error::TooMany { .. }
    )
}

/// What people are told; internals are in the log.
fn told(error: &Error) -> String {
    error.sentence()
}

pub(super) fn micros(it: Duration) -> i64 {
    i64::try_from(it.as_micros()).unwrap_or(i64::MAX)
}
