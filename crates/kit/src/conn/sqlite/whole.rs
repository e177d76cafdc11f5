//! A file read and filled as a whole.

use super::super::{
    Error, Result, Value,
    record::Cells,
    whole::{self, Described, Table},
};
use super::{Sqlite, handle::Conn};
use rusqlite::config::DbConfig;
use std::time::Duration;

impl Sqlite {
    /// A reader that goes on seeing the state it saw first.
    pub fn snapshot(&self) -> Result<Conn> {
        let conn = Conn::open(&self.path, &self.options, false)?;
        conn.control("begin")?;
        conn.rows("select count(*) from sqlite_schema", |_| Ok(()))?;
        Ok(conn)
    }
}

impl Conn {
    pub fn migrations(&self) -> Result<Vec<String>> {
        self.rows("select name from migrations order by name", |row| {
            row.get(0)
        })
    }

    pub fn tables(&self) -> Result<Vec<Table>> {
        let columns = self.rows(
            "select t.name, c.name, lower(c.type), nullif(c.pk, 0)
             from pragma_table_list t join pragma_table_info(t.name) c
             where t.schema = 'main' and t.type = 'table' and t.name not like 'sqlite\\_%' escape '\\' and t.name <> 'migrations'
             order by t.name, c.cid",
            |row| Ok::<Described, _>((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )?;
        whole::tables(columns)
    }

    pub fn lines(&self, table: &Table, each: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.limit(Duration::MAX);
        let failed = |error| self.error(error);
        let mut statement = self.sql.prepare(&table.select()).map_err(failed)?;
        let (mut rows, mut line) = (statement.raw_query(), vec![]);
        while let Some(row) = rows.next().map_err(failed)? {
            let cells = (0..table.columns.len()).map(|nth| row.cell(nth));
            let cells = cells.collect::<Result<Vec<_>>>()?;
            line.clear();
            whole::encode(table, &cells, &mut line)?;
            each(&line)?;
        }
        Ok(())
    }

    /// Makes ready for filling, and tells what is to be made afterwards.
    pub fn put_off(&self) -> Result<Vec<String>> {
        // The file is nobody's yet: what the machine's end would leave of it is thrown away.
        self.batch(
            "pragma journal_mode = memory; pragma locking_mode = exclusive; pragma foreign_keys = off;
             pragma temp_store = file; pragma cache_size = -262144; pragma threads = 2",
        )?;
        self.sql
            .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)
            .map_err(|error| self.error(error))?;
        let indexes = self.rows(
            "select name, sql from sqlite_schema where type = 'index' and sql is not null order by name",
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)),
        )?;
        for (name, _) in &indexes {
            self.batch(&format!("drop index \"{name}\""))?;
        }
        let searched = self.searched()?;
        let made = indexes.into_iter().map(|(_, sql)| sql);
        Ok(made
            .chain(searched.iter().map(|it| Self::rebuilding(it)))
            .collect())
    }

    pub fn fill(&self, table: &Table, rows: &[Vec<Value>]) -> Result<()> {
        let places: Vec<String> = (1..=table.columns.len())
            .map(|it| format!("?{it}"))
            .collect();
        let into = format!(
            "insert into \"{}\" ({}) values ({})",
            table.name,
            table.column_names(),
            places.join(", ")
        );
        self.insert_each(&into, rows, Duration::MAX).map(drop)
    }

    /// That every reference leads somewhere.
    pub fn references(&self) -> Result<()> {
        let orphans = self.rows("pragma foreign_key_check", |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(2)?))
        })?;
        match orphans.first() {
            None => Ok(()),
            Some((table, parent)) => Err(Error::Other(format!(
                "{} rows refer to what is missing, the first of {table} to {parent}",
                orphans.len()
            ))),
        }
    }
}
