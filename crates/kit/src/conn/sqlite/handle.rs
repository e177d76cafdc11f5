//! One connection to a SQLite file: statements, values, rows and errors.

use super::super::{
    BATCH, Cell, Error, Kind, Options, Record, Result, STALLED, Sql, Synchronous, Value,
    record::{Cells, Places},
};
use rusqlite::{
    CachedStatement, Connection, OpenFlags, Row, ToSql,
    config::DbConfig,
    ffi,
    hooks::Wal,
    types::{ToSqlOutput, ValueRef},
};
use std::{
    fmt,
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::{runtime::Handle, sync::mpsc};

/// A connection and until when its statement may run.
pub struct Conn {
    pub(super) sql: Connection,
    born: Instant,
    /// Microseconds after `born`; the progress handler looks at it every few thousand steps.
    deadline: Arc<AtomicU64>,
    /// What the disk failed to keep, from the first time on.
    damage: Arc<OnceLock<String>>,
}

/// From so many pages in the log on, a commit moves them into the file.
const CHECKPOINT: i32 = 1000;

impl Conn {
    pub fn open(path: &Path, options: &Options, write: bool) -> Result<Self> {
        let conn = Self::set_up(path, options, write);
        conn.map_err(|error| Error::Other(format!("SQLite file {}: {error}", path.display())))
    }

    fn set_up(path: &Path, options: &Options, write: bool) -> rusqlite::Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let create = if write && options.create {
            OpenFlags::SQLITE_OPEN_CREATE
        } else {
            OpenFlags::empty()
        };
        let mut sql = Connection::open_with_flags(path, flags | create)?;
        sql.busy_timeout(options.wait_timeout)?;
        sql.set_prepared_statement_cache_capacity(256);
        let synchronous = match options.sqlite_synchronous {
            Synchronous::Full => "full",
            Synchronous::Normal => "normal",
            Synchronous::Off => "off",
        };
        // LIKE minds case, as it does on PostgreSQL.
        sql.execute_batch(&format!(
            "pragma journal_mode = wal;
             pragma synchronous = {synchronous};
             pragma foreign_keys = on;
             pragma trusted_schema = off;
             pragma case_sensitive_like = on;
             pragma temp_store = memory;
             pragma cache_size = {cache};
             pragma mmap_size = 268435456;
             pragma journal_size_limit = 67108864;
             pragma query_only = {query_only};",
            cache = if write { -65536 } else { -16384 },
            query_only = if write { "off" } else { "on" },
        ))?;
        sql.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        // As on PostgreSQL, "name" is never text.
        sql.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        sql.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
        // A plan must not depend on the values bound: with partial indexes about, SQLite would plan
        // most statements anew each time they run, which costs ten times as much as running them.
        sql.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        let (born, deadline) = (Instant::now(), Arc::new(AtomicU64::new(u64::MAX)));
        let limit = deadline.clone();
        sql.progress_handler(10_000, Some(move || micros(born) > limit.load(Relaxed)))?;
        let damage = Arc::new(OnceLock::new());
        if write {
            // As SQLite does by itself, except that it would overlook what goes wrong.
            let seen = damage.clone();
            sql.wal_hook(Some(move |wal: &mut Wal, pages| {
                if pages >= CHECKPOINT
                    && let Err(error) = wal.checkpoint()
                    && is_disk(&error)
                {
                    let _ = seen.set(error.to_string());
                }
                Ok(())
            }))?;
        }
        Ok(Conn {
            sql,
            born,
            deadline,
            damage,
        })
    }

    /// Why nothing may be written any more: the disk failed to keep something, and what is asked of
    /// it again proves nothing, since the system forgets pages that it could not write.
    pub fn damage(&self) -> Option<&str> {
        self.damage.get().map(String::as_str)
    }

    /// Whether no transaction is open.
    pub fn at_rest(&self) -> bool {
        self.sql.is_autocommit()
    }

    /// `begin`, `savepoint` and the like: never interrupted.
    pub fn control(&self, text: &str) -> Result<()> {
        self.deadline.store(u64::MAX, Relaxed);
        let done = self
            .sql
            .prepare_cached(text)
            .and_then(|mut it| it.raw_execute());
        done.map(drop).map_err(|error| self.error(error))
    }

    pub fn commit(&self) -> Result<(), Failure> {
        self.deadline.store(u64::MAX, Relaxed);
        let done = self
            .sql
            .prepare_cached("commit")
            .and_then(|mut it| it.raw_execute());
        let Err(error) = done else {
            return match self.damage() {
                Some(damage) => Err(Failure::Disk(damage.to_owned())),
                None => Ok(()),
            };
        };
        let text = error.to_string();
        Err(match error.sqlite_error() {
            Some(it) if is_full(it) && it.code == ffi::ErrorCode::DiskFull => Failure::Full,
            // Its frames are in the log, their index found no room: whether they count is open
            // until others take their place.
            Some(it) if is_full(it) => Failure::Unknown(text),
            _ if is_disk(&error) => {
                let _ = self.damage.set(text.clone());
                Failure::Disk(text)
            }
            _ => Failure::Undone(text),
        })
    }

    pub fn batch(&self, text: &str) -> Result<()> {
        self.deadline.store(u64::MAX, Relaxed);
        self.sql
            .execute_batch(text)
            .map_err(|error| self.error(error))
    }

    /// Rows of a statement without parameters, for this folder's own questions.
    pub fn rows<T>(
        &self,
        text: &str,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let rows = self
            .sql
            .prepare(text)
            .and_then(|mut it| it.query_map([], read)?.collect());
        rows.map_err(|error| self.error(error))
    }

    pub fn query<T: Record>(&self, sql: &Sql, limit: Duration) -> Result<Vec<T>> {
        let mut statement = self.prepare(sql, limit)?;
        let places = places::<T>(&statement)?;
        let (mut rows, mut all) = (statement.raw_query(), Vec::new());
        while let Some(row) = rows.next().map_err(|error| self.error(error))? {
            all.push(places.read(row)?);
        }
        Ok(all)
    }

    pub fn execute(&self, sql: &Sql, limit: Duration) -> Result<u64> {
        let count = self.prepare(sql, limit)?.raw_execute();
        count
            .map(|count| count as u64)
            .map_err(|error| self.error(error))
    }

    pub fn stream<T: Record>(
        &self,
        sql: &Sql,
        limit: Duration,
        batches: &mpsc::Sender<Result<Vec<T>>>,
    ) -> Result<()> {
        sql.check()?;
        let mut statement = self.prepare(sql, limit)?;
        let places = places::<T>(&statement)?;
        let (mut rows, mut batch) = (statement.raw_query(), Vec::with_capacity(BATCH));
        loop {
            let row = rows.next().map_err(|error| self.error(error))?;
            let last = row.is_none();
            if let Some(row) = row {
                batch.push(places.read(row)?);
            }
            if batch.len() == BATCH || (last && !batch.is_empty()) {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                // Sent from a blocking thread. Who does not receive keeps old pages alive: not for ever.
                let sent = Handle::current().block_on(batches.send_timeout(Ok(full), STALLED));
                if sent.is_err() {
                    return Ok(());
                }
                self.limit(limit);
            }
            if last {
                return Ok(());
            }
        }
    }

    fn prepare(&self, sql: &Sql, limit: Duration) -> Result<CachedStatement<'_>> {
        // `$2` would be a name; `?2` is a number, and prepares many times faster.
        let text = sql.text().replace('$', "?");
        let prepared = self.sql.prepare_cached(&text).and_then(|mut statement| {
            for (nth, value) in sql.values().iter().enumerate() {
                statement.raw_bind_parameter(nth + 1, value)?;
            }
            Ok(statement)
        });
        let statement = prepared.map_err(|error| self.error(error))?;
        self.limit(limit);
        Ok(statement)
    }

    pub(super) fn limit(&self, limit: Duration) {
        let limit = limit.as_micros().try_into().unwrap_or(u64::MAX);
        self.deadline
            .store(micros(self.born).saturating_add(limit), Relaxed);
    }

    pub(super) fn error(&self, error: rusqlite::Error) -> Error {
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return Error::other(error);
        };
        let message = message.as_deref().unwrap_or_default();
        let after = |start: &str| message.strip_prefix(start).unwrap_or(message).to_owned();
        match (failure.extended_code, failure.code) {
            (
                ffi::SQLITE_CONSTRAINT_UNIQUE
                | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
                | ffi::SQLITE_CONSTRAINT_ROWID,
                _,
            ) => Error::constraint(
                Kind::Unique,
                self.unique(&after("UNIQUE constraint failed: ")),
            ),
            (ffi::SQLITE_CONSTRAINT_CHECK, _) => {
                Error::constraint(Kind::Check, after("CHECK constraint failed: "))
            }
            (ffi::SQLITE_CONSTRAINT_TRIGGER, _) => Error::constraint(Kind::Check, message),
            (ffi::SQLITE_CONSTRAINT_NOTNULL, _) => {
                Error::constraint(Kind::NotNull, after("NOT NULL constraint failed: "))
            }
            (ffi::SQLITE_CONSTRAINT_FOREIGNKEY, _) => Error::constraint(Kind::Reference, ""),
            (ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC, _) => {
                let _ = self.damage.set(error.to_string());
                Error::Unknown
            }
            _ if is_full(failure) => Error::Full,
            (_, ffi::ErrorCode::OperationInterrupted) => Error::Timeout,
            (_, ffi::ErrorCode::DatabaseBusy | ffi::ErrorCode::DatabaseLocked) => Error::Busy,
            _ => Error::other(error),
        }
    }

    /// From "site.customer_id, site.name_key" to the index that covers them. With several such
    /// (partial ones with other conditions) it is the first that was created, whole ones before
    /// partial ones. Keys without a name of their own get the one PostgreSQL would have made up.
    fn unique(&self, what: &str) -> String {
        if let Some(index) = what.strip_prefix("index '") {
            return index.trim_end_matches('\'').to_owned();
        }
        let table = what.split('.').next().unwrap_or_default();
        let columns: Vec<&str> = what
            .split(", ")
            .filter_map(|it| it.split_once('.').map(|it| it.1))
            .collect();
        let primary = format!("{table}_pkey");
        let indexes = self.sql.prepare(
            "select i.name, i.origin, group_concat(c.name, ', ' order by c.seqno)
             from pragma_index_list(?1) i join pragma_index_info(i.name) c
             where i.\"unique\" group by i.seq order by i.partial, i.seq desc",
        );
        let found = indexes.and_then(|mut it| {
            it.query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<Vec<(String, String, Option<String>)>>>()
        });
        let wanted = Some(columns.join(", "));
        let of_these = found
            .unwrap_or_default()
            .into_iter()
            .find(|it| it.2 == wanted);
        match of_these {
            Some((name, origin, _)) if origin == "c" => name,
            Some((_, origin, _)) if origin == "u" => format!("{table}_{}_key", columns.join("_")),
            // The primary key, which has no index when it is the row's number.
            _ => primary,
        }
    }
}

fn micros(since: Instant) -> u64 {
    since.elapsed().as_micros().try_into().unwrap_or(u64::MAX)
}

fn places<T: Record>(statement: &CachedStatement<'_>) -> Result<Places> {
    Places::find::<T>(&statement.column_names().collect::<Vec<_>>())
}

fn is_disk(error: &rusqlite::Error) -> bool {
    use ffi::ErrorCode::{DatabaseCorrupt, NotADatabase, SystemIoFailure};
    let code = error.sqlite_error_code();
    matches!(code, Some(DatabaseCorrupt | NotADatabase | SystemIoFailure))
}

/// No room: for pages, or for the index of the log.
fn is_full(error: &ffi::Error) -> bool {
    error.code == ffi::ErrorCode::DiskFull || error.extended_code == ffi::SQLITE_IOERR_SHMSIZE
}

/// Why a commit failed.
pub enum Failure {
    /// Done or not: the disk cannot be relied upon any more.
    Disk(String),
    /// Not done: there is no room.
    Full,
    /// Done or not: there was no room for all of it.
    Unknown(String),
    /// Not done.
    Undone(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Full => f.write_str("the disk is full"),
            Failure::Disk(text) | Failure::Unknown(text) | Failure::Undone(text) => {
                f.write_str(text)
            }
        }
    }
}

impl Cells for Row<'_> {
    fn cell(&self, index: usize) -> Result<Cell<'_>> {
        Ok(match self.get_ref(index).map_err(Error::other)? {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(int) => Cell::Int(int),
            ValueRef::Real(real) => Cell::Real(real),
            ValueRef::Text(text) => Cell::Text(std::str::from_utf8(text).map_err(Error::other)?),
            ValueRef::Blob(bytes) => Cell::Bytes(bytes),
        })
    }

    fn name(&self, index: usize) -> &str {
        self.as_ref().column_name(index).unwrap_or_default()
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        fn text(it: impl ToString) -> ToSqlOutput<'static> {
            ToSqlOutput::Owned(it.to_string().into())
        }
        let null = ToSqlOutput::Borrowed(ValueRef::Null);
        Ok(match self {
            Value::Uuid(Some(it)) => ToSqlOutput::Borrowed(ValueRef::Blob(it.as_bytes())),
            Value::Text(Some(it)) | Value::Json(Some(it)) => {
                ToSqlOutput::Borrowed(ValueRef::Text(it.as_bytes()))
            }
            Value::Int(Some(it)) | Value::Instant(Some(it)) => ToSqlOutput::Owned((*it).into()),
            Value::Bool(Some(it)) => ToSqlOutput::Owned(i64::from(*it).into()),
            Value::Date(Some(it)) => text(it),
            Value::Decimal(Some(it)) => text(it),
            Value::Bytes(Some(it)) => ToSqlOutput::Borrowed(ValueRef::Blob(it)),
            _ => null,
        })
    }
}
