//! PostgreSQL: a pool, prepared statements with the values' types, `begin` sent along with the first.

mod portal;
mod translate;
mod whole;

pub use translate::{describe, translate};
pub use whole::Session;

use super::{Error, Options, Record, Result, Sql, Value, record::Places};
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
    TimeoutType,
};
use futures::{TryStreamExt, future::join};
use std::{pin::pin, time::Duration};
use tokio::{runtime::Handle, sync::mpsc, time::timeout};
use tokio_postgres::{
    Column, Config, NoTls, Row, Statement,
    error::SqlState,
    types::{ToSql, Type},
};
use translate::{array_of, type_of};

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
            PoolError::Closed => Error::Stopped("the database is closed".into()),
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
            if let Err(error) = portal::fetch(self, sql, &sender).await {
                let _ = sender.send(Err(error)).await;
            }
        });
        receiver
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
        let answer = self.run(&sql.text, &sql.values, slow, type_of).await?;
        let names: Vec<&str> = answer.columns().iter().map(Column::name).collect();
        if answer.rows.is_empty() && names.is_empty() {
            return Ok(Vec::new());
        }
        let places = Places::find::<T>(&names)?;
        answer.rows.iter().map(|row| places.read(row)).collect()
    }

    pub async fn execute(&mut self, sql: &Sql, slow: bool) -> Result<u64> {
        self.run(&sql.text, &sql.values, slow, type_of)
            .await
            .map(|answer| answer.count)
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
        let answer = self
            .run(&into, &columns, false, |values| array_of(values))
            .await;
        answer.map(|answer| answer.count)
    }

    async fn run<P: ToSql + Sync>(
        &mut self,
        text: &str,
        values: &[P],
        slow: bool,
        type_of: fn(&P) -> Type,
    ) -> Result<Answer> {
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
        let Ok(both) = timeout(self.db.limit + GRACE, both).await else {
            self.abandon();
            return Err(Error::Timeout);
        };
        self.busy = false;
        let error = match both {
            (Ok(()), Ok(answer)) => {
                if !self.write {
                    self.client = None;
                }
                return Ok(answer);
            }
            // Something interrupted `begin` alone, and the statement was a transaction of its own.
            (Err(_), Ok(_)) => {
                self.client.take().map(Object::take);
                return Err(Error::Unknown);
            }
            (Err(error), Err(_)) | (Ok(()), Err(error)) => error,
        };
        match error.code() {
            // The primary is elsewhere now: this connection is of no use.
            Some(&SqlState::READ_ONLY_SQL_TRANSACTION) => {
                drop(self.client.take().map(Object::take))
            }
            Some(&SqlState::FEATURE_NOT_SUPPORTED) => client.statement_cache.clear(),
            _ => {}
        }
        if !self.write {
            self.client = None;
        }
        Err(translate(&error))
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

struct Answer {
    rows: Vec<Row>,
    count: u64,
    statement: Option<Statement>,
}

impl Answer {
    /// Known without rows only when the statement was prepared.
    fn columns(&self) -> &[Column] {
        let prepared = self.statement.as_ref().map(Statement::columns);
        prepared
            .or(self.rows.first().map(Row::columns))
            .unwrap_or_default()
    }
}

async fn send<P: ToSql + Sync>(
    client: &Object,
    text: &str,
    values: &[P],
    types: &[Type],
    slow: bool,
) -> Result<Answer, tokio_postgres::Error> {
    let mut statement = None;
    let stream = if slow {
        // Without a prepared statement the plan is made for these very values.
        client
            .query_typed_raw(text, values.iter().zip(types.iter().cloned()))
            .await?
    } else {
        let prepared = client.prepare_typed_cached(text, types).await?;
        client.query_raw(statement.insert(prepared), values).await?
    };
    let mut stream = pin!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(row);
    }
    let count = stream.rows_affected().unwrap_or(0);
    Ok(Answer {
        rows,
        count,
        statement,
    })
}
