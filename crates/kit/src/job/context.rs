//! What a job's work is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value as Json;
use tokio::sync::watch;
use uuid::Uuid;

use super::{Initiator, LoadCaller, Progress, Row, Stop};
use crate::access::{Caller, Source};
use crate::call::{Call, Origin, json};
use crate::error::{Error, Result};
use crate::sql;
use crate::state::State;

/// What the heartbeat learns, for the work to see.
#[derive(Default)]
pub(super) struct Signals {
    pub cancel: AtomicBool,
    pub lost: AtomicBool,
}

/// A job under way: its input, its checkpoint, and the calls that it writes with.
pub struct JobContext {
    pub state: State,
    pub job_id: Uuid,
    /// What the job works on, such as an import.
    pub object_id: Option<Uuid>,
    pub progress: Progress,
    input: Json,
    checkpoint: Json,
    initiator: Initiator,
    token: Uuid,
    signals: Arc<Signals>,
    stopping: watch::Receiver<bool>,
    load_caller: LoadCaller,
}

impl JobContext {
    pub(super) fn new(
        state: &State,
        row: Row,
        token: Uuid,
        signals: Arc<Signals>,
        stopping: watch::Receiver<bool>,
        load_caller: LoadCaller,
    ) -> Self {
        Self {
            state: state.clone(),
            job_id: row.id,
            object_id: row.object_id,
            progress: Progress {
                done: row.progress_done,
                total: row.progress_total,
                message: String::new(),
            },
            input: row.input,
            checkpoint: row.checkpoint,
            initiator: Initiator {
                user_id: row.user_id,
                user_name: row.user_name,
                node_id: row.node_id,
                credential_id: row.credential_id,
            },
            token,
            signals,
            stopping,
            load_caller,
        }
    }

    /// What the job was enqueued with.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T> {
        T::deserialize(&self.input).map_err(Error::internal)
    }

    /// Where to go on; none at the first start.
    pub fn checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        if self
            .checkpoint
            .as_object()
            .is_none_or(serde_json::Map::is_empty)
        {
            return Ok(None);
        }
        T::deserialize(&self.checkpoint)
            .map(Some)
            .map_err(Error::internal)
    }

    /// Whether to go on with the next chunk. Ask before each: it lets others have the thread, too.
    pub async fn go_on(&self) -> Result<(), Stop> {
        tokio::task::yield_now().await;
        if self.signals.lost.load(Ordering::Acquire) {
            return Err(Stop::Lost);
        }
        if self.signals.cancel.load(Ordering::Acquire) {
            return Err(Stop::Cancelled);
        }
        if *self.stopping.borrow() {
            return Err(Stop::Released);
        }
        Ok(())
    }

    /// A call that may write, with the rights that the initiator has at this moment.
    pub async fn call(&self, source: Source) -> Result<Call, Stop> {
        let mut call = Call::new(&self.state, self.caller(source).await?, self.origin());
        // Chunks are long: they must not hold up the requests of the thread that they run on.
        call.tx().slow();
        Ok(call)
    }

    /// The same, to read only.
    pub async fn reading(&self, source: Source) -> Result<Call, Stop> {
        let mut call = Call::reading(&self.state, self.caller(source).await?, self.origin());
        call.tx().slow();
        Ok(call)
    }

    async fn caller(&self, source: Source) -> Result<Arc<Caller>, Stop> {
        if self.initiator.user_id.is_nil() {
            return Ok(Caller::operator(&self.initiator.user_name, source));
        }
        let found = (self.load_caller)(self.state.clone(), self.initiator.clone()).await?;
        let gone = || Error::Forbidden {
            detail: "Whoever started this may no longer do it.".into(),
        };
        let caller = found.ok_or_else(gone)?;
        Ok(Arc::new(Caller {
            source,
            ..(*caller).clone()
        }))
    }

    fn origin(&self) -> Origin {
        Origin {
            request_id: format!("job-{}", self.job_id),
            job_id: Some(self.job_id),
            ..Origin::default()
        }
    }

    /// Writes how far the job is into the transaction of the work itself, on the condition that the
    /// lease is still held: else that transaction must not be committed, and the error says so.
    pub async fn progress(
        &mut self,
        call: &mut Call,
        progress: Progress,
        checkpoint: &impl Serialize,
    ) -> Result<(), Stop> {
        let checkpoint = json(checkpoint);
        // Whoever gets on is not failing: attempts count those that come to nothing.
        let sql = sql!(
            "update jobs set progress_done = $1, progress_total = $2, message = $3, checkpoint = $4, attempts = 0, updated_at = $5
             where id = $6 and lease_token = $7 and state = 'running' returning cancel_requested",
            progress.done, progress.total, progress.message.clone(), checkpoint.clone(), call.now, self.job_id, self.token
        );
        let held: Option<(bool,)> = call.query_optional(sql).await?;
        let Some((cancel,)) = held else {
            return Err(Stop::Lost);
        };
        self.signals.cancel.fetch_or(cancel, Ordering::AcqRel);
        (self.progress, self.checkpoint) = (progress, checkpoint);
        Ok(())
    }
}
