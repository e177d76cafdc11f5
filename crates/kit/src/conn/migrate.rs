//! Brings the schema up to date. Migrations only ever run forwards and are part of the binary.

use super::{
    Db, Error, Result, Sql, Value,
    postgres::{self, Postgres},
    sqlite::{self, Sqlite},
};
use deadpool_postgres::Object;
use std::{collections::HashSet, time::Duration};

/// `/migrations/NNNN_name.sql` for both engines, `/migrations/<engine>/NNNN_name.sql` for one.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    pub name: &'static str,
    /// Empty for both.
    pub engine: &'static str,
    pub sql: &'static str,
}

/// In the order of their numbers, those for both engines first.
pub const ALL: &[Migration] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

const TABLE: &str = "create table if not exists migrations \
    (name text not null primary key, applied_at bigint not null)";
/// Any number will do, as long as nothing else locks it.
const LOCK: i64 = 0x7465_6e61_6e74_7279;

pub async fn run(db: &Db, all: &[Migration]) -> Result<Vec<&'static str>> {
    let wanted = of_engine(db, all);
    let applied = match db {
        Db::Sqlite(sqlite) => on_sqlite(sqlite, &wanted)?,
        Db::Postgres(postgres) => on_postgres(postgres, &wanted).await?,
    };
    if !applied.is_empty() {
        tracing::info!(?applied, "migrated");
    }
    Ok(applied)
}

pub async fn pending(db: &Db, all: &[Migration]) -> Result<Vec<&'static str>> {
    let done: HashSet<String> = applied(db).await?.into_iter().collect();
    let pending = of_engine(db, all).into_iter().map(|it| it.name);
    Ok(pending.filter(|&name| !done.contains(name)).collect())
}

/// What was applied, in order; nothing to a database without tables.
pub async fn applied(db: &Db) -> Result<Vec<String>> {
    let there = Sql::new(match db {
        Db::Sqlite(_) => "select name from sqlite_schema where name = 'migrations'",
        Db::Postgres(_) => "select 'migrations' where to_regclass('migrations') is not null",
    });
    let mut tx = db.read();
    if tx.query_optional::<(String,)>(there).await?.is_none() {
        return Ok(vec![]);
    }
    let names = Sql::new("select name from migrations order by name");
    let names = tx.query::<(String,)>(names).await?;
    Ok(names.into_iter().map(|(name,)| name).collect())
}

/// The names of those for both engines: what tells the version of a schema.
pub fn portable() -> impl Iterator<Item = &'static str> {
    let portable = ALL.iter().filter(|it| it.engine.is_empty());
    portable.map(|it| it.name)
}

/// Whether it is for both engines; one that nobody here knows may be.
pub fn is_portable(name: &str) -> bool {
    ALL.iter().all(|it| it.name != name || it.engine.is_empty())
}

/// All that made a schema whose portable migrations these are, with those of each engine.
pub fn until(schema: &[String]) -> Vec<Migration> {
    let number = |name: &str| name.split('_').next().unwrap_or_default().to_owned();
    let last = schema.last().map(|it| number(it)).unwrap_or_default();
    let after = |it: &Migration| {
        portable()
            .filter(|name| number(name) > last)
            .map(number)
            .min()
            .is_some_and(|next| number(it.name) >= next)
    };
    ALL.iter().filter(|it| !after(it)).copied().collect()
}

fn of_engine(db: &Db, all: &[Migration]) -> Vec<Migration> {
    let engine = match db {
        Db::Sqlite(_) => "sqlite",
        Db::Postgres(_) => "postgres",
    };
    all.iter()
        .filter(|it| it.engine.is_empty() || it.engine == engine)
        .copied()
        .collect()
}

fn failed(migration: &Migration, error: impl std::fmt::Display) -> Error {
    Error::Other(format!("migration {}: {error}", migration.name))
}

/// Each migration is a transaction. Foreign keys are checked at its end instead of at each
/// statement, so that a table can be rebuilt.
fn on_sqlite(db: &Sqlite, wanted: &[Migration]) -> Result<Vec<&'static str>> {
    db.alone(|conn| {
        conn.batch(TABLE)?;
        conn.batch("pragma foreign_keys = off")?;
        let mut applied = Vec::new();
        for migration in wanted {
            conn.batch("begin immediate")?;
            if conn.execute(&record(migration, sqlite::NOW), Duration::MAX)? == 0 {
                conn.batch("rollback")?; // another process was faster
                continue;
            }
            conn.batch(migration.sql)
                .map_err(|error| failed(migration, error))?;
            let orphans = conn.rows("pragma foreign_key_check", |row| row.get::<_, String>(0))?;
            if let Some(table) = orphans.first() {
                return Err(failed(
                    migration,
                    format!("rows of {table} lost what they refer to"),
                ));
            }
            conn.batch("commit")?;
            applied.push(migration.name);
        }
        Ok(applied)
    })
}

/// Each migration is a transaction, and one node at a time runs any. The connection is closed
/// afterwards, which releases the lock however this ends.
async fn on_postgres(db: &Postgres, wanted: &[Migration]) -> Result<Vec<&'static str>> {
    let client = Object::take(db.client().await?);
    let failed = |error: tokio_postgres::Error| postgres::translate(&error);
    let lock = format!("set statement_timeout = 0; select pg_advisory_lock({LOCK})");
    client.batch_execute(&lock).await.map_err(failed)?;
    client.batch_execute(TABLE).await.map_err(failed)?;
    let mut applied = Vec::new();
    for migration in wanted {
        client.batch_execute("begin").await.map_err(failed)?;
        let record = record(migration, postgres::NOW);
        if client
            .execute(record.text(), &[&migration.name])
            .await
            .map_err(failed)?
            == 0
        {
            client.batch_execute("rollback").await.map_err(failed)?;
            continue;
        }
        let run = client.batch_execute(migration.sql).await;
        run.map_err(|error| self::failed(migration, postgres::describe(&error)))?;
        client.batch_execute("commit").await.map_err(failed)?;
        applied.push(migration.name);
    }
    Ok(applied)
}

/// Notes a migration as done, unless it is.
fn record(migration: &Migration, now: &str) -> Sql {
    let text = format!(
        "insert into migrations (name, applied_at) values ($1, ({now})) on conflict do nothing"
    );
    Sql::built(text, vec![Value::Text(Some(migration.name.to_owned()))])
}
