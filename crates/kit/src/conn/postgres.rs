//! PostgreSQL: a pool, prepared statements with the values' types, `begin` sent along with the first.

use super::{
    Cell, Error, Kind, Options, Record, Result, Sql, Value,
    record::{Cells, Places},
};
use bytes::{BufMut, BytesMut};
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
    TimeoutType,
};
use futures::{TryStreamExt, future::join};
use std::{error::Error as StdError, pin::pin, time::Duration};
use tokio::{runtime::Handle, sync::mpsc, time::timeout};
use tokio_postgres::{
    Config, NoTls, Row,
    error::SqlState,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

pub const NOW: &str = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint";

/// More statement shapes than this in one connection's cache, and it starts anew: it has no bound.
const SHAPES: usize = 500;
/// The server ends a statement itself; if it cannot even say so, it is gone.
const GRACE: Duration = Duration::from_secs(5);

#[derive(Clone)]
pub struct Postgres {
    pool: Pool,
    limit: Duration,
}

impl Postgres {
    pub async fn open(url: &str, options: &Options) -> Result<Self> {
        let mut config: Config = url
            .parse()
            .map_err(|error| Error::Other(describe(&error)))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(2));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(10));
        }
        config.keepalives_idle(Duration::from_secs(10));
        if config.get_application_name().is_none() {
            config.application_name("tenantry");
        }
        let settings = format!(
            "set statement_timeout = {}; set idle_in_transaction_session_timeout = '1min'; set jit = off",
            options.statement_timeout.as_millis()
        );
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method });
        let pool = Pool::builder(manager)
            .runtime(Runtime::Tokio1)
            .max_size(options.pool_size)
            .wait_timeout(Some(options.wait_timeout))
            .create_timeout(Some(options.wait_timeout))
            .post_create(Hook::async_fn(move |client, _| {
                let settings = settings.clone();
                Box::pin(async move {
                    client
                        .batch_execute(&settings)
                        .await
                        .map_err(HookError::Backend)
                })
            }))
            .build()
            .map_err(Error::other)?;
        let db = Postgres {
            pool,
            limit: options.statement_timeout,
        };
        // A wrong address or password is told at the start, in full.
        let first = db.pool.get().await;
        first.map(drop).map_err(|error| match &error {
            PoolError::Backend(error) => Error::Other(describe(error)),
            _ => Error::other(error),
        })?;
        Ok(db)
    }

    pub async fn client(&self) -> Result<Object> {
        let client = self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => Error::Busy,
            PoolError::Closed => Error::other("the database is closed"),
            error => {
                tracing::warn!(%error, "no connection to PostgreSQL");
                Error::Retry
            }
        })?;
        if client.statement_cache.size() > SHAPES {
            client.statement_cache.clear();
        }
        Ok(client)
    }

    /// Rare work of the house, as long as it takes.
    pub async fn batch(&self, text: &str) -> Result<()> {
        let client = Object::take(self.client().await?);
        let text = format!("set statement_timeout = 0; {text}");
        client
            .batch_execute(&text)
            .await
            .map_err(|error| translate(&error))
    }

    pub async fn check(&self) -> Result<()> {
        let mut work = Work::new(self.clone(), false);
        let sql = Sql::new(
            "select pg_encoding_to_char(encoding)::text, datcollate::text, datlocprovider::text,
                    current_database()::text, ('a' > 'B' and 'Z' < 'a' and 'a b' < 'a-b')::boolean
             from pg_database where datname = current_database()",
        );
        let rows = work
            .query::<(String, String, String, String, bool)>(&sql, true)
            .await?;
        for (encoding, collation, provider, name, bytewise) in rows {
            let plain = ["C", "POSIX", "C.UTF-8", "C.utf8"].contains(&collation.as_str());
            if encoding != "UTF8" || !bytewise || !(plain && provider == "c" || provider == "b") {
                return Err(Error::Other(format!(
                    "database {name} has encoding {encoding} and collation {collation}, but texts \
                     must sort by their bytes: create database {name} template template0 \
                     encoding 'UTF8' locale 'C'"
                )));
            }
        }
        Ok(())
    }

    pub async fn integrity(&self) -> Result<Vec<String>> {
        let mut work = Work::new(self.clone(), false);
        let sql = Sql::new(
            "select 'index ' || indexrelid::regclass::text || ' is not valid'
             from pg_index where not indisvalid
             union all
             select 'constraint ' || conname::text || ' of ' || conrelid::regclass::text || ' was not proved'
             from pg_constraint where not convalidated",
        );
        let rows = work.query::<(String,)>(&sql, true).await?;
        Ok(rows.into_iter().map(|(line,)| line).collect())
    }

    pub fn close(&self) {
        self.pool.close();
    }

    pub fn stream<T: Record + Send + 'static>(self, sql: Sql) -> mpsc::Receiver<Result<Vec<T>>> {
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(async move {
            if let Err(error) = self.portal(sql, &sender).await {
                let _ = sender.send(Err(error)).await;
            }
        });
        receiver
    }

    /// A portal is one statement, so one snapshot, whose time-out holds per batch fetched.
    async fn portal<T: Record + Send>(
        &self,
        sql: Sql,
        batches: &mpsc::Sender<Result<Vec<T>>>,
    ) -> Result<()> {
        let mut work = Work::new(self.clone(), false);
        work.client = Some(self.client().await?);
        let Some(client) = &mut work.client else {
            return Err(Error::Retry);
        };
        work.busy = true; // so that leaving early stops the statement, whatever it is doing
        let failed = |error| translate(&error);
        let begin = client.build_transaction().read_only(true).start().await;
        let transaction = begin.map_err(failed)?;
        // The receiver may be slower than the server finds decent.
        let patience = "set local idle_in_transaction_session_timeout = '10min'";
        transaction.batch_execute(patience).await.map_err(failed)?;
        let types: Vec<Type> = sql.values.iter().map(type_of).collect();
        let statement = transaction
            .prepare_typed(&sql.text, &types)
            .await
            .map_err(failed)?;
        sql.check(statement.params().len())?;
        let names: Vec<&str> = statement.columns().iter().map(|it| it.name()).collect();
        let places = Places::find::<T>(&names)?;
        let portal = transaction
            .bind_raw(&statement, &sql.values)
            .await
            .map_err(failed)?;
        loop {
            let rows = tokio::select! {
                rows = transaction.query_portal(&portal, super::BATCH as i32) => rows,
                () = batches.closed() => return Ok(()),
            };
            let rows = rows.map_err(failed)?;
            let last = rows.len() < super::BATCH;
            let batch = rows
                .iter()
                .map(|row| places.read(row))
                .collect::<Result<Vec<T>>>()?;
            if !batch.is_empty()
                && batches
                    .send_timeout(Ok(batch), super::STALLED)
                    .await
                    .is_err()
            {
                return Ok(());
            }
            if last {
                break;
            }
        }
        transaction.commit().await.map_err(failed)?;
        work.busy = false;
        Ok(())
    }
}

/// A `Tx` on PostgreSQL.
pub struct Work {
    db: Postgres,
    write: bool,
    /// Has a transaction open, unless this only reads.
    client: Option<Object>,
    /// A statement is on its way; if that is still so when this is dropped, its future was.
    busy: bool,
}

impl Work {
    pub fn new(db: Postgres, write: bool) -> Self {
        Work {
            db,
            write,
            client: None,
            busy: false,
        }
    }

    pub fn writes(&self) -> bool {
        self.write
    }

    pub async fn query<T: Record>(&mut self, sql: &Sql, slow: bool) -> Result<Vec<T>> {
        let (rows, _) = self.run(&sql.text, &sql.values, slow, type_of).await?;
        let Some(first) = rows.first() else {
            return Ok(Vec::new());
        };
        let names: Vec<&str> = first.columns().iter().map(|it| it.name()).collect();
        let places = Places::find::<T>(&names)?;
        rows.iter().map(|row| places.read(row)).collect()
    }

    pub async fn execute(&mut self, sql: &Sql, slow: bool) -> Result<u64> {
        self.run(&sql.text, &sql.values, slow, type_of)
            .await
            .map(|(_, count)| count)
    }

    /// One statement whatever the number of rows: an array per column.
    pub async fn insert(&mut self, mut into: String, rows: Vec<Vec<Value>>) -> Result<u64> {
        let mut columns = vec![Vec::with_capacity(rows.len()); rows.first().map_or(0, Vec::len)];
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        into.push_str("select * from unnest(");
        for nth in 1..=columns.len() {
            into.push_str(if nth == 1 { "$" } else { ", $" });
            into.push_str(&nth.to_string());
        }
        into.push(')');
        self.run(&into, &columns, false, array_of)
            .await
            .map(|(_, count)| count)
    }

    async fn run<P: ToSql + Sync>(
        &mut self,
        text: &str,
        values: &[P],
        slow: bool,
        type_of: fn(&P) -> Type,
    ) -> Result<(Vec<Row>, u64)> {
        let first = self.client.is_none();
        if first {
            self.client = Some(self.db.client().await?);
        }
        let Some(client) = &self.client else {
            return Err(Error::Retry);
        };
        self.busy = true;
        let types: Vec<Type> = values.iter().map(type_of).collect();
        let begin = async {
            if first && self.write {
                client.batch_execute("begin").await
            } else {
                Ok(())
            }
        };
        // Both are on their way before either is answered.
        let both = join(begin, send(client, text, values, &types, slow));
        let Ok((begun, sent)) = timeout(self.db.limit + GRACE, both).await else {
            self.abandon();
            return Err(Error::Timeout);
        };
        let outcome = begun.and(Ok(())).map_err(Problem::from).and(sent);
        self.busy = false;
        match outcome {
            Ok(answer) => {
                if !self.write {
                    self.client = None;
                }
                Ok(answer)
            }
            Err(Problem::Misfit(count)) => {
                let given = values.len();
                Err(Error::Other(format!(
                    "{given} values for {count} parameters in: {text}"
                )))
            }
            Err(Problem::Server(error)) => {
                let code = error.code();
                if code == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) {
                    // The primary is elsewhere now: this connection is of no use.
                    self.client.take().map(Object::take);
                } else if code == Some(&SqlState::FEATURE_NOT_SUPPORTED) {
                    client.statement_cache.clear();
                }
                if !self.write {
                    self.client = None;
                }
                Err(translate(&error))
            }
        }
    }

    /// Rolls back, in the background: nobody waits for that.
    pub fn abandon(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        let busy = std::mem::take(&mut self.busy);
        let Ok(runtime) = Handle::try_current() else {
            drop(Object::take(client));
            return;
        };
        if busy {
            let cancel = client.cancel_token();
            let client = Object::take(client);
            runtime.spawn(async move {
                let _ = timeout(GRACE, cancel.cancel_query(NoTls)).await;
                drop(client);
            });
        } else if self.write {
            runtime.spawn(async move {
                if !matches!(
                    timeout(GRACE, client.batch_execute("rollback")).await,
                    Ok(Ok(()))
                ) {
                    drop(Object::take(client));
                }
            });
        }
    }

    pub async fn commit(&mut self) -> Result<()> {
        if !self.write {
            return Ok(());
        }
        let Some(client) = self.client.take() else {
            return Ok(());
        };
        // Should this future be dropped, the commit is on its way all the same: the connection goes
        // back to the pool, and whoever is next waits behind it.
        match timeout(self.db.limit + GRACE, client.batch_execute("commit")).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                drop(Object::take(client));
                // An error the server could still tell means that nothing was committed.
                match error.as_db_error() {
                    Some(told) if told.severity() == "ERROR" => Err(translate(&error)),
                    _ => Err(Error::Unknown),
                }
            }
            Err(_) => {
                drop(Object::take(client));
                Err(Error::Unknown)
            }
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        self.abandon();
    }
}

enum Problem {
    Server(tokio_postgres::Error),
    /// The text has this many parameters.
    Misfit(usize),
}

impl From<tokio_postgres::Error> for Problem {
    fn from(error: tokio_postgres::Error) -> Self {
        Problem::Server(error)
    }
}

async fn send<P: ToSql + Sync>(
    client: &Object,
    text: &str,
    values: &[P],
    types: &[Type],
    slow: bool,
) -> Result<(Vec<Row>, u64), Problem> {
    let stream = if slow {
        // Without a prepared statement the plan is made for these very values.
        client
            .query_typed_raw(text, values.iter().zip(types.iter().cloned()))
            .await?
    } else {
        let statement = client.prepare_typed_cached(text, types).await?;
        if statement.params().len() != values.len() {
            return Err(Problem::Misfit(statement.params().len()));
        }
        client.query_raw(&statement, values).await?
    };
    let mut stream = pin!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(row);
    }
    Ok((rows, stream.rows_affected().unwrap_or(0)))
}

pub fn translate(error: &tokio_postgres::Error) -> Error {
    let Some(told) = error.as_db_error() else {
        // No word from the server: the connection is lost, or what was sent made no sense.
        let lost = error.is_closed()
            || error
                .source()
                .is_some_and(|source| source.is::<std::io::Error>());
        tracing::warn!(error = describe(error), "PostgreSQL");
        return if lost {
            Error::Retry
        } else {
            Error::Other(describe(error))
        };
    };
    let name = told.constraint().unwrap_or_default();
    match told.code() {
        &SqlState::UNIQUE_VIOLATION | &SqlState::EXCLUSION_VIOLATION => {
            Error::constraint(Kind::Unique, name)
        }
        &SqlState::FOREIGN_KEY_VIOLATION => Error::constraint(Kind::Reference, name),
        &SqlState::CHECK_VIOLATION => Error::constraint(Kind::Check, name),
        &SqlState::NOT_NULL_VIOLATION => {
            let (table, column) = (
                told.table().unwrap_or_default(),
                told.column().unwrap_or_default(),
            );
            Error::constraint(Kind::NotNull, format!("{table}.{column}"))
        }
        // What a trigger raises.
        &SqlState::RAISE_EXCEPTION => Error::constraint(Kind::Check, told.message()),
        &SqlState::QUERY_CANCELED | &SqlState::LOCK_NOT_AVAILABLE => Error::Timeout,
        &SqlState::FEATURE_NOT_SUPPORTED if told.message().contains("cached plan") => Error::Retry,
        &SqlState::READ_ONLY_SQL_TRANSACTION
        | &SqlState::T_R_SERIALIZATION_FAILURE
        | &SqlState::T_R_DEADLOCK_DETECTED
        | &SqlState::INVALID_SQL_STATEMENT_NAME
        | &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        | &SqlState::ADMIN_SHUTDOWN
        | &SqlState::CRASH_SHUTDOWN
        | &SqlState::CANNOT_CONNECT_NOW => Error::Retry,
        code if code.code().starts_with("08") => Error::Retry,
        &SqlState::TOO_MANY_CONNECTIONS => Error::Busy,
        _ => Error::Other(describe(error)),
    }
}

/// The driver's errors keep what matters in their sources.
pub fn describe(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::Uuid(_) => Type::UUID,
        Value::Text(_) | Value::Date(_) | Value::Decimal(_) => Type::TEXT,
        Value::Int(_) | Value::Instant(_) => Type::INT8,
        Value::Bool(_) => Type::BOOL,
        Value::Json(_) => Type::JSON,
        Value::Bytes(_) => Type::BYTEA,
    }
}

fn array_of(values: &Vec<Value>) -> Type {
    match values.first() {
        Some(Value::Uuid(_)) => Type::UUID_ARRAY,
        Some(Value::Int(_) | Value::Instant(_)) => Type::INT8_ARRAY,
        Some(Value::Bool(_)) => Type::BOOL_ARRAY,
        Some(Value::Json(_)) => Type::JSON_ARRAY,
        Some(Value::Bytes(_)) => Type::BYTEA_ARRAY,
        _ => Type::TEXT_ARRAY,
    }
}

impl ToSql for Value {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Value::Uuid(Some(it)) => out.put_slice(it.as_bytes()),
            Value::Text(Some(it)) | Value::Json(Some(it)) => out.put_slice(it.as_bytes()),
            Value::Int(Some(it)) | Value::Instant(Some(it)) => out.put_i64(*it),
            Value::Bool(Some(it)) => out.put_u8((*it).into()),
            Value::Date(Some(it)) => out.put_slice(it.to_string().as_bytes()),
            Value::Decimal(Some(it)) => out.put_slice(it.to_string().as_bytes()),
            Value::Bytes(Some(it)) => out.put_slice(it),
            _ => return Ok(IsNull::Yes),
        }
        Ok(IsNull::No)
    }

    /// Statements are prepared with the types of their values.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What the driver gives, as the cell both engines know.
impl<'r> FromSql<'r> for Cell<'r> {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Cell::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Cell::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Cell::Int(i16::from_sql(ty, raw)?.into()),
            Type::BOOL => Cell::Int(bool::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Cell::Real(f64::from_sql(ty, raw)?),
            Type::FLOAT4 => Cell::Real(f32::from_sql(ty, raw)?.into()),
            Type::UUID | Type::BYTEA => Cell::Bytes(raw),
            Type::VOID => Cell::Null,
            Type::NUMERIC => return Err("a sum or an average: cast it to bigint".into()),
            _ => Cell::Text(std::str::from_utf8(raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Cell::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(
            *ty,
            Type::INT8
                | Type::INT4
                | Type::INT2
                | Type::BOOL
                | Type::FLOAT8
                | Type::FLOAT4
                | Type::UUID
                | Type::BYTEA
                | Type::VOID
                | Type::NUMERIC
                | Type::TEXT
                | Type::VARCHAR
                | Type::BPCHAR
                | Type::NAME
                | Type::JSON
                | Type::UNKNOWN
        )
    }
}

impl Cells for Row {
    fn cell(&self, index: usize) -> Result<Cell<'_>> {
        self.try_get(index)
            .map_err(|error| Error::Other(describe(&error)))
    }

    fn name(&self, index: usize) -> &str {
        self.columns().get(index).map_or("", |it| it.name())
    }
}
