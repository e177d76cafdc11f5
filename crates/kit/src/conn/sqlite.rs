//! SQLite: readers that take turns per statement, one writer (see `turn.rs`).
//!
//! Statements run on the runtime's own thread: handing each to another one would cost a third of all
//! writes. Only commits and statements marked slow step aside.

mod bulk;
mod handle;
mod health;
mod whole;

pub use handle::{Conn, Failure};

use super::{
    Error, Options, RARE, Record, Result, SearchPlan, Sql, Value,
    turn::{Turn, Turns},
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Semaphore, mpsc},
    task::block_in_place,
    time::timeout,
};

pub const NOW: &str = "select cast(round(unixepoch('subsec') * 1000) as integer) * 1000";

pub struct Sqlite {
    path: PathBuf,
    options: Options,
    turns: Turns,
    readers: Mutex<Vec<Conn>>,
    reading: Semaphore,
    streaming: Arc<Semaphore>,
}

impl Sqlite {
    pub fn open(path: PathBuf, options: &Options) -> Result<Self> {
        let writer = Conn::open(&path, options, true)?;
        Ok(Sqlite {
            turns: Turns::new(writer, options.wait_timeout),
            readers: Mutex::default(),
            reading: Semaphore::new(options.pool_size),
            streaming: Arc::new(Semaphore::new(options.pool_size)),
            options: options.clone(),
            path,
        })
    }

    /// Runs something on a reader; which one is nobody's business, for none keeps any state.
    async fn read<T>(&self, slow: bool, work: impl FnOnce(&Conn) -> Result<T>) -> Result<T> {
        let slot = timeout(self.options.wait_timeout, self.reading.acquire()).await;
        let _slot = slot.map_err(|_| Error::Busy)?.map_err(|_| closed())?;
        let idle = self.idle().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => Conn::open(&self.path, &self.options, false)?,
        };
        let outcome = blocking(slow, || work(&conn));
        self.idle().push(conn);
        outcome
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Conn>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rare work of the house, with a connection that has no deadline and no neighbours.
    pub fn alone<T>(&self, work: impl FnOnce(&Conn) -> Result<T>) -> Result<T> {
        blocking(true, || work(&Conn::open(&self.path, &self.options, true)?))
    }

    pub fn sound(&self) -> Result<()> {
        self.turns.stopped().map_or(Ok(()), Err)
    }

    pub async fn failed(&self) -> Error {
        self.turns.failed().await
    }

    pub fn check(&self) -> Result<()> {
        self.alone(|conn| {
            let setting = |name: &str| {
                let found = conn.rows(&format!("pragma {name}"), |row| row.get::<_, String>(0))?;
                Ok::<_, Error>(found.concat().to_lowercase())
            };
            match (
                setting("journal_mode")?.as_str(),
                setting("encoding")?.as_str(),
            ) {
                ("wal", "utf-8") => Ok(()),
                ("wal", _) => Err(Error::other("the SQLite file is not in UTF-8")),
                _ => Err(Error::other(
                    "the SQLite file does not allow WAL: is its disk a local one?",
                )),
            }
        })
    }

    pub fn stream<T: Record + Send + 'static>(
        self: Arc<Self>,
        sql: Sql,
    ) -> mpsc::Receiver<Result<Vec<T>>> {
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(async move {
            let slot = self.streaming.clone().acquire_owned().await;
            let rows = sender.clone();
            let work = tokio::task::spawn_blocking(move || {
                let _slot = slot;
                Conn::open(&self.path, &self.options, false)?.stream(&sql, self.limit(false), &rows)
            });
            let outcome = work.await.unwrap_or_else(|panic| Err(Error::other(panic)));
            if let Err(error) = outcome {
                let _ = sender.send(Err(error)).await;
            }
        });
        receiver
    }

    fn limit(&self, write: bool) -> Duration {
        let limit = self.options.statement_timeout;
        if write { limit * 6 } else { limit }
    }

    pub async fn close(&self) {
        self.reading.close();
        self.idle().clear();
        let Some(conn) = self.turns.stop(closed()).await else {
            return;
        };
        if let Err(error) = blocking(true, || conn.batch("pragma wal_checkpoint(truncate)")) {
            tracing::warn!(%error, "no last checkpoint");
        }
    }
}

fn closed() -> Error {
    Error::Stopped("the database is closed".into())
}

/// Runs something long without holding up the thread's other tasks. Where there are none (another
/// kind of runtime, no runtime, a panic passing by) it simply runs.
pub fn blocking<T>(long: bool, work: impl FnOnce() -> T) -> T {
    let multi =
        || Handle::try_current().is_ok_and(|it| it.runtime_flavor() == RuntimeFlavor::MultiThread);
    if long && !std::thread::panicking() && multi() {
        block_in_place(work)
    } else {
        work()
    }
}

/// A `Tx` on SQLite.
pub struct Work {
    db: Arc<Sqlite>,
    write: bool,
    turn: Option<Turn>,
}

impl Work {
    pub fn new(db: Arc<Sqlite>, write: bool) -> Self {
        Work {
            db,
            write,
            turn: None,
        }
    }

    pub fn writes(&self) -> bool {
        self.write
    }

    pub async fn query<T: Record>(&mut self, sql: &Sql, slow: bool) -> Result<Vec<T>> {
        self.run(slow, |conn, limit| conn.query(sql, limit)).await
    }

    pub async fn execute(&mut self, sql: &Sql, slow: bool) -> Result<u64> {
        self.run(slow, |conn, limit| conn.execute(sql, limit)).await
    }

    pub async fn insert(
        &mut self,
        table: &'static str,
        mut into: String,
        rows: Vec<Vec<Value>>,
        slow: bool,
    ) -> Result<u64> {
        for nth in 1..=rows.first().map_or(0, Vec::len) {
            into.push_str(if nth == 1 { "values (?" } else { ", ?" });
            into.push_str(&nth.to_string());
        }
        into.push(')');
        let slow = slow || rows.len() > bulk::MANY;
        self.run(slow, |conn, limit| conn.insert(table, &into, &rows, limit))
            .await
    }

    pub async fn search_plan(&mut self, table: &'static str, needle: &str) -> Result<SearchPlan> {
        // A string of FTS5: nothing in it is an operator.
        let query = format!("\"{}\"", needle.replace('"', "\"\""));
        let text = format!(
            "select count(*) from (select 1 from {table}_fts where {table}_fts match $1 limit {})",
            RARE + 1
        );
        let sql = Sql::built(text, vec![Value::Text(Some(query.clone()))]);
        let found = self.run(true, |conn, limit| {
            // Not every table has an index, and that is no failure of the transaction.
            Ok(conn
                .query::<(i64,)>(&sql, limit)
                .ok()
                .and_then(|rows| rows.first().copied()))
        });
        Ok(match found.await? {
            Some((count,)) => SearchPlan::Index {
                table,
                query,
                rare: count <= RARE,
            },
            None => SearchPlan::Walk,
        })
    }

    async fn run<T>(
        &mut self,
        slow: bool,
        work: impl FnOnce(&Conn, Duration) -> Result<T>,
    ) -> Result<T> {
        let limit = self.db.limit(self.write);
        if !self.write {
            return self.db.read(slow, |conn| work(conn, limit)).await;
        }
        if self.turn.is_none() {
            self.turn = Some(self.db.turns.take().await?);
        }
        let conn = self.turn.as_ref().ok_or(Error::Retry)?.conn()?;
        blocking(slow, || work(conn, limit))
    }

    pub fn abandon(&mut self) {
        self.turn = None;
    }

    pub async fn commit(&mut self) -> Result<()> {
        match self.turn.take() {
            Some(turn) => turn.commit().await,
            None => Ok(()),
        }
    }
}
