//! Many rows at once.

use super::{Error, Result, Value, handle::Conn};
use rusqlite::config::DbConfig;
use std::time::Duration;

/// From so many rows on, a search index is fed once instead of row by row.
pub const MANY: usize = 100;

impl Conn {
    /// Inserts rows with one statement, prepared once.
    pub fn insert(
        &self,
        table: &str,
        into: &str,
        rows: &[Vec<Value>],
        limit: Duration,
    ) -> Result<u64> {
        if rows.len() < MANY || !self.is_searched(table)? {
            return self.insert_each(into, rows, limit);
        }
        // FTS5 writes what it has gathered at every statement that a trigger is part of: ten times
        // the work of gathering a thousand rows first. New rows stand behind all others.
        let last: i64 = self.one(&format!("select coalesce(max(rowid), 0) from {table}"))?;
        self.triggers(false)?;
        let inserted = self.insert_each(into, rows, limit);
        self.triggers(true)?;
        let count = inserted?;
        let feed = format!(
            "insert into {table}_fts (rowid, search_text) select rowid, search_text from {table} where rowid > ?1"
        );
        self.insert_each(&feed, &[vec![Value::Int(Some(last))]], limit)?;
        Ok(count)
    }

    pub(super) fn insert_each(
        &self,
        into: &str,
        rows: &[Vec<Value>],
        limit: Duration,
    ) -> Result<u64> {
        let failed = |error| self.error(error);
        let mut statement = self.sql.prepare_cached(into).map_err(failed)?;
        let mut count = 0;
        for row in rows {
            self.limit(limit);
            for (nth, value) in row.iter().enumerate() {
                statement
                    .raw_bind_parameter(nth + 1, value)
                    .map_err(failed)?;
            }
            count += statement.raw_execute().map_err(failed)? as u64;
        }
        Ok(count)
    }

    /// Whether the table has a search index, and no triggers but those that feed it.
    fn is_searched(&self, table: &str) -> Result<bool> {
        let ours: Option<bool> = self.one(&format!(
            "select min(name like '{table}_fts_%') from sqlite_master where type = 'trigger' and tbl_name = '{table}'"
        ))?;
        Ok(ours == Some(true))
    }

    fn one<T: rusqlite::types::FromSql>(&self, text: &str) -> Result<T> {
        let mut statement = self.sql.prepare_cached(text).map_err(Error::other)?;
        statement
            .query_row([], |row| row.get(0))
            .map_err(|error| self.error(error))
    }

    fn triggers(&self, fire: bool) -> Result<()> {
        self.sql
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, fire)
            .map(drop)
            .map_err(|error| self.error(error))
    }
}
