//! SQLite's one writing connection and how it goes round: group commit without a timer.
//!
//! The connection is a value. It is at rest, or in somebody's `Turn`, or on its way there through a
//! oneshot. The first turn of a batch begins the transaction, later ones set a savepoint. Committing
//! releases the savepoint, leaves an answer channel in `owed` and passes the writer on. Who finds
//! nobody waiting commits for all of them; whoever arrives while the disk works is the next batch.
//! A turn that ends in any other way (an error, a panic, a request that left) is a dropped `Turn`:
//! it undoes its own work only and passes the writer on too.

use super::{
    Error, Result,
    sqlite::{Conn, Failure, blocking},
};
use std::{
    collections::VecDeque,
    mem::take,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::{oneshot, watch},
    time::timeout,
};

/// A batch is committed at the latest when it has this many turns …
const MOST: usize = 256;
/// … or when the first of them has waited this long, so that slow neighbours delay nobody for long.
const LONGEST: Duration = Duration::from_millis(50);
/// Whoever comes after this many need not wait to hear that it is too long.
const QUEUE: usize = 4096;
/// A turn that holds up everybody this long is worth a line in the log.
const LONG_TURN: Duration = Duration::from_millis(100);

pub struct Turns {
    queue: Arc<Mutex<Queue>>,
    wait: Duration,
}

struct Queue {
    rest: Option<Writer>,
    waiting: VecDeque<oneshot::Sender<Turn>>,
    /// Why nobody may write any more.
    stopped: Option<Error>,
    /// The same, when it was not meant to be.
    failed: watch::Sender<Option<Error>>,
}

struct Writer {
    conn: Conn,
    owed: Vec<oneshot::Sender<Result<()>>>,
    batch_since: Instant,
}

/// The right to write, and the connection to do so with.
pub struct Turn {
    writer: Option<Writer>,
    queue: Arc<Mutex<Queue>>,
    begun: bool,
    since: Instant,
}

impl Turns {
    pub fn new(conn: Conn, wait: Duration) -> Self {
        let rest = Some(Writer {
            conn,
            owed: Vec::new(),
            batch_since: Instant::now(),
        });
        let queue = Queue {
            rest,
            waiting: VecDeque::new(),
            stopped: None,
            failed: watch::Sender::new(None),
        };
        Turns {
            queue: Arc::new(Mutex::new(queue)),
            wait,
        }
    }

    /// Waits for the writer and begins.
    pub async fn take(&self) -> Result<Turn> {
        let asked = Instant::now();
        let mut turn = self.next().await?;
        metrics::histogram!("tenantry_db_turn_wait_seconds").record(asked.elapsed().as_secs_f64());
        turn.begin()?;
        Ok(turn)
    }

    async fn next(&self) -> Result<Turn> {
        let coming = {
            let mut queue = lock(&self.queue);
            if let Some(why) = &queue.stopped {
                return Err(why.clone());
            }
            if let Some(writer) = queue.rest.take() {
                return Ok(Turn::new(writer, &self.queue));
            }
            if queue.waiting.len() >= QUEUE {
                queue.waiting.retain(|sender| !sender.is_closed());
                if queue.waiting.len() >= QUEUE {
                    return Err(Error::Busy);
                }
            }
            let (sender, coming) = oneshot::channel();
            queue.waiting.push_back(sender);
            coming
        };
        match timeout(self.wait, coming).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) => Err(self.stopped().unwrap_or(Error::Retry)),
            Err(_) => Err(Error::Busy),
        }
    }

    pub fn stopped(&self) -> Option<Error> {
        lock(&self.queue).stopped.clone()
    }

    /// Waits until writing stops because something is broken; for ever, where nothing breaks.
    pub async fn failed(&self) -> Error {
        let mut failed = lock(&self.queue).failed.subscribe();
        match failed.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(why)) => why.clone(),
            _ => std::future::pending().await,
        }
    }

    /// Takes the writer out of circulation once everybody before has been served.
    pub async fn stop(&self, why: Error) -> Option<Conn> {
        let mut turn = self.next().await.ok()?;
        let mut writer = turn.writer.take()?;
        if !writer.owed.is_empty() {
            writer.settle().ok()?;
        }
        stop(&self.queue, why);
        Some(writer.conn)
    }
}

impl Turn {
    fn new(writer: Writer, queue: &Arc<Mutex<Queue>>) -> Self {
        Turn {
            writer: Some(writer),
            queue: queue.clone(),
            begun: false,
            since: Instant::now(),
        }
    }

    pub fn conn(&self) -> Result<&Conn> {
        self.writer
            .as_ref()
            .map(|writer| &writer.conn)
            .ok_or(Error::Retry)
    }

    fn begin(&mut self) -> Result<()> {
        self.since = Instant::now();
        let conn = self.conn()?;
        conn.control(if conn.at_rest() {
            "begin immediate"
        } else {
            "savepoint turn"
        })?;
        self.begun = true;
        Ok(())
    }

    /// Passes the writer on and waits until this turn's work is durable. A caller that leaves while
    /// waiting changes nothing: its work is part of the batch.
    pub async fn commit(mut self) -> Result<()> {
        let conn = self.conn()?;
        let nested = self
            .writer
            .as_ref()
            .is_some_and(|writer| !writer.owed.is_empty());
        if conn.at_rest() || (nested && conn.control("release turn").is_err()) {
            return Err(Error::Retry); // and the drop undoes what there is
        }
        let (answer, durable) = oneshot::channel();
        if let Some(mut writer) = self.writer.take() {
            if !nested {
                writer.batch_since = Instant::now();
            }
            writer.owed.push(answer);
            self.pass(writer);
        }
        durable.await.unwrap_or(Err(Error::Unknown))
    }

    /// Hands the writer to the first who still waits, else commits the batch, else lets it rest.
    fn pass(&self, mut writer: Writer) {
        let held = self.since.elapsed();
        if held > LONG_TURN {
            tracing::warn!(
                milliseconds = held.as_millis(),
                "a turn held up all other writers"
            );
        }
        loop {
            if writer.is_due()
                && let Err(why) = writer.settle()
            {
                return fail(&self.queue, why);
            }
            let mut queue = lock(&self.queue);
            while let Some(next) = queue.waiting.pop_front() {
                match next.send(Turn::new(writer, &self.queue)) {
                    Ok(()) => return,
                    Err(mut left) => match left.writer.take() {
                        Some(back) => writer = back,
                        None => return,
                    },
                }
            }
            if writer.owed.is_empty() {
                queue.rest = Some(writer);
                return;
            }
            drop(queue);
            if let Err(why) = writer.settle() {
                return fail(&self.queue, why);
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(mut writer) = self.writer.take() {
            match if self.begun { writer.undo() } else { Ok(()) } {
                Ok(()) => self.pass(writer),
                Err(why) => fail(&self.queue, why),
            }
        }
    }
}

impl Writer {
    fn is_due(&self) -> bool {
        self.owed.len() >= MOST || (!self.owed.is_empty() && self.batch_since.elapsed() > LONGEST)
    }

    /// Commits the batch and tells everybody. An error here means: write no more.
    fn settle(&mut self) -> Result<()> {
        metrics::histogram!("tenantry_db_batch_size").record(self.owed.len() as f64);
        let failure = match blocking(true, || self.conn.commit()) {
            Ok(()) => {
                self.answer(Ok(()));
                return Ok(());
            }
            Err(failure) => failure,
        };
        tracing::error!(turns = self.owed.len(), %failure, "a batch could not be committed");
        match failure {
            Failure::Disk(why) => {
                self.answer(Err(Error::Unknown));
                return Err(lost(&why));
            }
            Failure::Full => self.answer(Err(Error::Full)),
            Failure::Unknown(_) => self.answer(Err(Error::Unknown)),
            Failure::Undone(_) => self.answer(Err(Error::Retry)),
        }
        self.roll_back()
    }

    /// Undoes the turn under way, and nothing of those before it if SQLite allows.
    fn undo(&mut self) -> Result<()> {
        if let Some(why) = self.conn.damage() {
            let why = lost(why);
            self.answer(Err(Error::Unknown));
            return Err(why);
        }
        if self.conn.at_rest() || self.owed.is_empty() {
            // At rest with answers owed: SQLite gave up the whole transaction (interrupted, disk full).
            self.answer(Err(Error::Retry));
        } else if self.conn.control("rollback to turn").is_ok()
            && self.conn.control("release turn").is_ok()
        {
            return Ok(());
        } else {
            self.answer(Err(Error::Retry));
        }
        self.roll_back()
    }

    fn roll_back(&mut self) -> Result<()> {
        if !self.conn.at_rest()
            && let Err(error) = self.conn.control("rollback")
        {
            return Err(Error::Stopped(format!(
                "no more writes, a rollback failed: {error}"
            )));
        }
        Ok(())
    }

    fn answer(&mut self, outcome: Result<()>) {
        for owed in take(&mut self.owed) {
            let _ = owed.send(outcome.clone());
        }
    }
}

/// After a failed fsync the kernel may have dropped the pages: a second one proves nothing.
fn lost(why: &str) -> Error {
    Error::Stopped(format!("no more writes after a disk error: {why}"))
}

fn fail(queue: &Mutex<Queue>, why: Error) {
    tracing::error!(%why, "writing stops");
    lock(queue).failed.send_replace(Some(why.clone()));
    stop(queue, why);
}

fn stop(queue: &Mutex<Queue>, why: Error) {
    let mut queue = lock(queue);
    queue.stopped = Some(why);
    queue.waiting.clear();
}

/// Nothing under the lock can panic half-way.
fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
