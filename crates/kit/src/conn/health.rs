//! What `tenantry doctor` asks the engines.

use super::{Db, Result, Sql};

/// Bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk {
    pub used: u64,
    /// Of the log beside the database.
    pub log: u64,
    /// Beside it; unknown of a server's disk.
    pub free: Option<u64>,
}

impl Db {
    /// What is damaged, if anything.
    pub async fn integrity(&self) -> Result<Vec<String>> {
        match self {
            Db::Sqlite(db) => db.integrity(),
            Db::Postgres(db) => db.integrity().await,
        }
    }

    /// Settings of the engine under which what was acknowledged can be lost.
    pub async fn settings(&self) -> Result<Vec<String>> {
        match self {
            // Each connection makes its own.
            Db::Sqlite(_) => Ok(vec![]),
            Db::Postgres(_) => {
                let sql = Sql::new(
                    "select name::text || ' is off: what was acknowledged can be lost' from pg_settings
                     where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by name",
                );
                let rows = self.read().query::<(String,)>(sql).await?;
                Ok(rows.into_iter().map(|(it,)| it).collect())
            }
        }
    }

    /// Search indexes that are not in step with their tables. PostgreSQL's cannot be.
    pub async fn search_gaps(&self) -> Result<Vec<String>> {
        match self {
            Db::Sqlite(db) => db.search_gaps(),
            Db::Postgres(_) => Ok(vec![]),
        }
    }

    /// Makes the search indexes anew; nobody can write meanwhile.
    pub async fn rebuild_search(&self) -> Result<()> {
        match self {
            Db::Sqlite(db) => db.rebuild_search(),
            Db::Postgres(_) => Ok(()),
        }
    }

    pub async fn disk(&self) -> Result<Disk> {
        match self {
            Db::Sqlite(db) => db.disk(),
            Db::Postgres(_) => {
                let size = Sql::new("select pg_database_size(current_database())");
                let (size,): (i64,) = self.read().query_one(size).await?;
                Ok(Disk {
                    used: size.unsigned_abs(),
                    ..Disk::default()
                })
            }
        }
    }
}
