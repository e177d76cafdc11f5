//! One SQL text on two engines. This folder is the only place that knows there are two.
//!
//! ```ignore
//! let mut tx = db.write();
//! tx.execute(sql!("update site set name = $1 where provider_id = $2 and id = $3", name, provider, id)).await?;
//! tx.commit().await?; // dropped instead: rolled back
//! ```

mod error;
mod health;
mod migrate;
mod postgres;
mod record;
pub mod scratch;
mod sql;
mod sqlite;
mod turn;
mod value;
pub mod whole;

pub use crate::{json_column, sql};
pub use error::{Error, Kind, Result};
pub use migrate::Migration;
pub use record::{Record, Row, concat, total};
pub use sql::{Bind, Binds, Sql, highest_parameter};
pub use value::{Cell, Column, JsonOf, Value, json};

use postgres::Postgres;
use sqlite::Sqlite;
use std::{path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::mpsc::Receiver;

/// How many rows a stream sends at once, and how long it waits for somebody to take them.
const BATCH: usize = 500;
const STALLED: Duration = Duration::from_secs(300);

/// The database; cheap to clone.
#[derive(Clone)]
pub enum Db {
    Sqlite(Arc<Sqlite>),
    Postgres(Postgres),
}

#[derive(Clone, Debug)]
pub struct Options {
    /// Connections to PostgreSQL; readers, beside the one writer, on SQLite.
    pub pool_size: usize,
    /// Keep it above PostgreSQL's `deadlock_timeout`. On SQLite a write has six times as long, because
    /// interrupting it loses everybody's batch.
    pub statement_timeout: Duration,
    /// How long to wait for the writer's turn or for a connection before answering `Busy`.
    pub wait_timeout: Duration,
    pub sqlite_synchronous: Synchronous,
    /// Whether a SQLite file that is not there is made.
    pub create: bool,
}

/// When SQLite waits for the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Synchronous {
    /// At every commit: an acknowledged write survives a power cut.
    #[default]
    Full,
    /// At checkpoints: a power cut may lose the last commits, never the database.
    Normal,
    /// Never: for data that can be made again.
    Off,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            pool_size: 16,
            statement_timeout: Duration::from_secs(10),
            wait_timeout: Duration::from_secs(5),
            sqlite_synchronous: Synchronous::default(),
            create: true,
        }
    }
}

impl Db {
    /// `sqlite:path`, or `postgres://host1,host2/database?target_session_attrs=read-write`.
    pub async fn open(url: &str, options: &Options) -> Result<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            return Sqlite::open(PathBuf::from(path), options).map(|it| Db::Sqlite(Arc::new(it)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Postgres::open(url, options).await.map(Db::Postgres);
        }
        Err(Error::other(
            "a database is `sqlite:path` or `postgres://host/database`",
        ))
    }

    /// Statements that each see the newest state; nothing is held between them.
    pub fn read(&self) -> Tx {
        self.tx(false)
    }

    /// A transaction. It begins with its first statement, so it costs nothing to have one ready.
    pub fn write(&self) -> Tx {
        self.tx(true)
    }

    fn tx(&self, write: bool) -> Tx {
        let work = match self {
            Db::Sqlite(db) => Work::Sqlite(sqlite::Work::new(db.clone(), write)),
            Db::Postgres(db) => Work::Postgres(postgres::Work::new(db.clone(), write)),
        };
        Tx {
            work,
            state: State::Sound,
            statements: 0,
            slow: false,
            in_part: false,
        }
    }

    /// Applies the migrations that are missing and tells their names. Any number of nodes may do so
    /// at once.
    pub async fn migrate(&self) -> Result<Vec<&'static str>> {
        self.apply(migrate::ALL).await
    }

    /// The same with a list of one's own, in tests.
    pub async fn apply(&self, migrations: &[Migration]) -> Result<Vec<&'static str>> {
        migrate::run(self, migrations).await
    }

    pub async fn pending_migrations(&self) -> Result<Vec<&'static str>> {
        migrate::pending(self, migrate::ALL).await
    }

    /// Whether the database is set up the way the product needs it.
    pub async fn check(&self) -> Result<()> {
        match self {
            Db::Sqlite(db) => db.check(),
            Db::Postgres(db) => db.check().await,
        }
    }

    /// The rows of a long result in batches of about 500, as fast as they are received. Dropping the
    /// receiver stops the statement.
    pub fn stream<T: Record + Send + 'static>(&self, sql: Sql) -> Receiver<Result<Vec<T>>> {
        match self {
            Db::Sqlite(db) => db.clone().stream(sql),
            Db::Postgres(db) => db.clone().stream(sql),
        }
    }

    /// The database's clock in microseconds: what leases are measured with.
    pub async fn now(&self) -> Result<i64> {
        let sql = Sql::new(match self {
            Db::Sqlite(_) => sqlite::NOW,
            Db::Postgres(_) => postgres::NOW,
        });
        self.read().query_one::<(i64,)>(sql).await.map(|(now,)| now)
    }

    /// Whether requests can be served.
    pub async fn ready(&self) -> Result<()> {
        if let Db::Sqlite(db) = self {
            db.sound()?;
        }
        let answer = self
            .read()
            .query_one::<(i64,)>(Sql::new("select cast(1 as bigint)"))
            .await?;
        debug_assert_eq!(answer, (1,));
        Ok(())
    }

    /// Waits until the database must not be written to any more, and tells why: the process has to
    /// end, since only what is read from the disk anew can be relied upon. PostgreSQL takes care of
    /// its own disk.
    pub async fn failed(&self) -> Error {
        match self {
            Db::Sqlite(db) => db.failed().await,
            Db::Postgres(_) => std::future::pending().await,
        }
    }

    /// Renews what the planner knows: after bulk loads.
    ///
    /// SQLite does better without. Its planner does not count on a page ending early: once told that
    /// all rows belong to one provider, it sorts them all instead of walking an index, a hundred
    /// times slower. Untold, it trusts the indexes, which are made for what is asked.
    pub async fn analyze(&self) -> Result<()> {
        match self {
            Db::Sqlite(_) => Ok(()),
            Db::Postgres(db) => db.batch("analyze").await,
        }
    }

    /// How the engine would run a statement, line by line.
    pub async fn explain(&self, mut sql: Sql) -> Result<Vec<String>> {
        match self {
            Db::Sqlite(_) => {
                sql.text.to_mut().insert_str(0, "explain query plan ");
                let plan = self.read().query::<(i64, i64, i64, String)>(sql).await?;
                Ok(plan.into_iter().map(|(.., line)| line).collect())
            }
            Db::Postgres(_) => {
                sql.text.to_mut().insert_str(0, "explain ");
                let plan = self.read().query::<(String,)>(sql.slow()).await?;
                Ok(plan.into_iter().map(|(line,)| line).collect())
            }
        }
    }

    /// For messages only.
    pub fn engine(&self) -> &'static str {
        match self {
            Db::Sqlite(_) => "SQLite",
            Db::Postgres(_) => "PostgreSQL",
        }
    }

    /// Waits for the writer, leaves one tidy file behind and refuses further work.
    pub async fn close(&self) {
        match self {
            Db::Sqlite(db) => db.close().await,
            Db::Postgres(db) => db.close(),
        }
    }
}

/// A transaction, or for reads a way to ask. Dropped without a commit it never happened.
pub struct Tx {
    work: Work,
    state: State,
    statements: u32,
    slow: bool,
    /// A part is under way: what fails in it can be undone alone.
    in_part: bool,
}

enum Work {
    Sqlite(sqlite::Work),
    Postgres(postgres::Work),
}

#[derive(PartialEq)]
enum State {
    Sound,
    /// A statement is under way: whoever sees this afterwards sees one whose future was dropped.
    Busy,
    /// The first statement that fails ends the transaction, as PostgreSQL has it …
    Failed,
    /// … or the part of it that is under way.
    PartFailed,
}

impl Tx {
    pub async fn query<T: Record>(&mut self, sql: Sql) -> Result<Vec<T>> {
        let slow = self.start(&sql)?;
        let rows = match &mut self.work {
            Work::Sqlite(work) => work.query(&sql, slow).await,
            Work::Postgres(work) => work.query(&sql, slow).await,
        };
        self.finish(rows)
    }

    /// Exactly one row.
    pub async fn query_one<T: Record>(&mut self, sql: Sql) -> Result<T> {
        let row = self.query_optional(sql).await?;
        row.ok_or_else(|| Error::other("one row was expected, none came"))
    }

    /// At most one row.
    pub async fn query_optional<T: Record>(&mut self, sql: Sql) -> Result<Option<T>> {
        let mut rows = self.query(sql).await?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            many => Err(Error::Other(format!("one row was expected, {many} came"))),
        }
    }

    /// How many rows were changed.
    pub async fn execute(&mut self, sql: Sql) -> Result<u64> {
        let slow = self.start(&sql)?;
        let count = match &mut self.work {
            Work::Sqlite(work) => work.execute(&sql, slow).await,
            Work::Postgres(work) => work.execute(&sql, slow).await,
        };
        self.finish(count)
    }

    /// Inserts many rows the fastest way the engine has. The values of a column are all of one kind.
    pub async fn insert(
        &mut self,
        table: &'static str,
        columns: &'static [&'static str],
        rows: Vec<Vec<Value>>,
    ) -> Result<u64> {
        if rows.is_empty() {
            return Ok(0);
        }
        let names = columns.join(", ");
        if let Some(row) = rows.iter().find(|row| row.len() != columns.len()) {
            let given = row.len();
            return Err(Error::Other(format!(
                "{given} values for {table} ({names})"
            )));
        }
        let into = format!("insert into {table} ({names}) ");
        let slow = self.start(&Sql::default())?;
        let count = match &mut self.work {
            Work::Sqlite(work) => work.insert(table, into, rows, slow).await,
            Work::Postgres(work) => work.insert(into, rows).await,
        };
        self.finish(count)
    }

    /// How best to find `needle` in `table`'s search text.
    pub async fn search_plan(&mut self, table: &'static str, needle: &str) -> Result<SearchPlan> {
        match &mut self.work {
            Work::Sqlite(work) if needle.chars().count() >= 3 => {
                self.statements += 1;
                work.search_plan(table, needle).await
            }
            _ => Ok(SearchPlan::Walk),
        }
    }

    /// Begins a part that can fail without the rest; one at a time.
    pub async fn begin_part(&mut self) -> Result<()> {
        self.execute(Sql::new("savepoint part")).await?;
        self.in_part = true;
        Ok(())
    }

    pub async fn keep_part(&mut self) -> Result<()> {
        self.execute(Sql::new("release part")).await?;
        self.in_part = false;
        Ok(())
    }

    /// Takes back what was done since [`Tx::begin_part`].
    pub async fn undo_part(&mut self) -> Result<()> {
        self.in_part = false;
        if self.state == State::PartFailed {
            self.state = State::Sound;
        }
        self.execute(Sql::new("rollback to part")).await?;
        self.execute(Sql::new("release part")).await?;
        Ok(())
    }

    /// Returns once the changes are durable. Of a transaction that had no statement there is nothing
    /// to commit.
    pub async fn commit(mut self) -> Result<()> {
        if self.state != State::Sound {
            return Err(Error::other(ENDED));
        }
        match &mut self.work {
            Work::Sqlite(work) => work.commit().await,
            Work::Postgres(work) => work.commit().await,
        }
    }

    /// From here on every statement is as if marked with `Sql::slow`.
    pub fn slow(&mut self) {
        self.slow = true;
    }

    /// How many statements were sent, for budgets in tests.
    pub fn statements(&self) -> u32 {
        self.statements
    }

    fn start(&mut self, sql: &Sql) -> Result<bool> {
        match (&self.state, &mut self.work) {
            (State::Sound, _) => {}
            // A read that was given up took nothing with it.
            (_, Work::Sqlite(work)) if !work.writes() => {}
            (_, Work::Postgres(work)) if !work.writes() => work.abandon(),
            _ => return Err(Error::other(ENDED)),
        }
        sql.check()?;
        self.state = State::Busy;
        self.statements += 1;
        metrics::counter!("tenantry_db_statements_total").increment(1);
        Ok(self.slow || sql.slow)
    }

    fn finish<T>(&mut self, outcome: Result<T>) -> Result<T> {
        self.state = State::Sound;
        if outcome.is_err() && self.in_part {
            self.state = State::PartFailed;
        } else if outcome.is_err() {
            // Whoever waits for the writer need not wait until this transaction is dropped.
            self.state = State::Failed;
            match &mut self.work {
                Work::Sqlite(work) => work.abandon(),
                Work::Postgres(work) => work.abandon(),
            }
        }
        outcome
    }
}

const ENDED: &str = "the transaction ended with its first failed statement";

/// How to find a needle in a table's search text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchPlan {
    /// The trigram index knows the rows. Only SQLite needs to be told.
    Index {
        table: &'static str,
        query: String,
        /// They are few: quicker to sort than to come across.
        rare: bool,
    },
    /// No index can help, or the planner knows better: walk the sort order, testing with LIKE.
    Walk,
}

/// Above so many rows, reading and sorting all of them takes longer than walking past a million
/// others to the first fifty.
pub const RARE: i64 = 4_000;

impl SearchPlan {
    /// For a page in some order: a common needle is soon met by walking that order.
    pub fn sorted(&self) -> &Self {
        match self {
            SearchPlan::Index { rare: false, .. } => &SearchPlan::Walk,
            it => it,
        }
    }

    /// Begins the tables to read from. The index comes first and drives the rest: the planner, which
    /// has no figures, would test each row of the sort order against it.
    pub fn from(&self, sql: &mut Sql) {
        if let SearchPlan::Index { table, .. } = self {
            sql.push(table).push("_fts found cross join ");
        }
    }

    /// Adds the condition that goes with [`from`](Self::from). The LIKE is still needed: it decides.
    pub fn push(&self, sql: &mut Sql, alias: &'static str) {
        if let SearchPlan::Index { table, query, .. } = self {
            sql.push(" and ")
                .push(alias)
                .push(".rowid = found.rowid and found.");
            sql.push(table).push("_fts match ").bind(query.as_str());
        }
    }
}
