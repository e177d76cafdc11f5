//! What `tenantry doctor` asks of a file.

use super::super::{Error, Result, health::Disk};
use super::{Sqlite, handle::Conn};

impl Sqlite {
    pub fn integrity(&self) -> Result<Vec<String>> {
        self.alone(|conn| {
            let mut found: Vec<String> = conn.rows("pragma integrity_check", |row| row.get(0))?;
            found.retain(|line| line != "ok");
            found.extend(conn.rows("pragma foreign_key_check", |row| {
                let (table, rowid) = (row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?);
                let parent = row.get::<_, String>(2)?;
                let rowid = rowid.map_or_else(String::new, |it| format!(" {it}"));
                Ok(format!(
                    "row{rowid} of {table} refers to a missing row of {parent}"
                ))
            })?);
            Ok(found)
        })
    }

    /// A text of n letters has n - 2 trigrams: the index must hold as many as the table has.
    pub fn search_gaps(&self) -> Result<Vec<String>> {
        self.alone(|conn| {
            let mut found = vec![];
            for index in conn.searched()? {
                let table = index.trim_end_matches("_fts");
                // Both counts in one moment; the second table is this connection's own.
                conn.batch(&format!(
                    "create virtual table temp.words using fts5vocab('main', '{index}', 'row')"
                ))?;
                let differ = conn.rows(
                    &format!(
                        "select (select coalesce(sum(max(length(search_text) - 2, 0)), 0) from {table}),
                                (select coalesce(sum(cnt), 0) from temp.words)"
                    ),
                    |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
                )?;
                conn.batch("drop table temp.words")?;
                found.extend(differ.into_iter().filter(|it| it.0 != it.1).map(
                    |(wanted, has)| {
                        format!("that of {table} holds {has} trigrams, its texts have {wanted}")
                    },
                ));
            }
            Ok(found)
        })
    }

    pub fn rebuild_search(&self) -> Result<()> {
        self.alone(|conn| {
            for index in conn.searched()? {
                conn.rebuild(&index)?;
            }
            Ok(())
        })
    }

    pub fn disk(&self) -> Result<Disk> {
        let size = |suffix: &str| {
            let mut name = self.path.as_os_str().to_owned();
            name.push(suffix);
            std::fs::metadata(name).map_or(0, |it| it.len())
        };
        let space = rustix::fs::statvfs(&self.path).map_err(Error::other)?;
        Ok(Disk {
            used: size(""),
            log: size("-wal"),
            free: Some(space.f_bavail.saturating_mul(space.f_frsize)),
        })
    }
}

impl Conn {
    /// The search indexes.
    pub(super) fn searched(&self) -> Result<Vec<String>> {
        self.rows(
            "select name from sqlite_schema where lower(sql) like 'create virtual table%using fts5%' order by name",
            |row| row.get(0),
        )
    }

    fn rebuild(&self, index: &str) -> Result<()> {
        self.batch(&Self::rebuilding(index))
    }

    pub(super) fn rebuilding(index: &str) -> String {
        format!("insert into \"{index}\" (\"{index}\") values ('rebuild')")
    }
}
