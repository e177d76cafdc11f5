//! The whole database, table by table: what a backup is made of and becomes again.
//!
//! Both engines tell their tables the same way, and a row is the same line on both (`line.rs`): so
//! what one wrote the other can hold, and two databases are equal when their lines are.

mod line;

pub use line::{decode, encode};

use super::{
    Db, Error, Migration, Options, Result, Sql, Synchronous, Value, migrate,
    postgres::Session as Remote,
    sqlite::{self, Conn},
};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// A table as both engines know it; not the list of migrations, and nothing that is derived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    #[serde(rename = "table")]
    pub name: String,
    pub columns: Vec<(String, Type)>,
    /// The primary key: what rows are ordered by.
    pub key: Vec<String>,
}

/// The column types of `value.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Type {
    Uuid,
    Text,
    Bigint,
    Boolean,
    Json,
    Bytea,
}

impl Type {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "uuid" => Type::Uuid,
            "text" => Type::Text,
            "bigint" => Type::Bigint,
            "boolean" => Type::Boolean,
            "json" => Type::Json,
            "bytea" => Type::Bytea,
            _ => return None,
        })
    }
}

impl Table {
    /// All rows, in the order of the key: the same order on both engines.
    pub(super) fn select(&self) -> String {
        format!(
            "select {} from \"{}\" order by {}",
            quoted(self.columns.iter().map(|it| &it.0)),
            self.name,
            quoted(&self.key)
        )
    }

    pub(super) fn column_names(&self) -> String {
        quoted(self.columns.iter().map(|it| &it.0))
    }
}

fn quoted<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let names: Vec<String> = names.into_iter().map(|it| format!("\"{it}\"")).collect();
    names.join(", ")
}

/// One column as the catalogue tells it: its table, name, type, and place in the primary key.
pub(super) type Described = (String, String, String, Option<i64>);

/// Puts tables together from their columns, which come in order.
pub(super) fn tables(columns: Vec<Described>) -> Result<Vec<Table>> {
    let mut tables: Vec<(Table, Vec<(i64, String)>)> = vec![];
    for (table, column, kind, place) in columns {
        let kind = Type::named(&kind).ok_or_else(|| {
            Error::Other(format!("column {column} of {table} has the type {kind}"))
        })?;
        if tables.last().is_none_or(|(it, _)| it.name != table) {
            let (columns, key) = (vec![], vec![]);
            let name = table;
            tables.push((Table { name, columns, key }, vec![]));
        }
        if let Some((table, key)) = tables.last_mut() {
            key.extend(place.map(|place| (place, column.clone())));
            table.columns.push((column, kind));
        }
    }
    let finished = tables.into_iter().map(|(mut table, mut key)| {
        key.sort();
        table.key = key.into_iter().map(|it| it.1).collect();
        match table.key.is_empty() {
            true => Err(Error::Other(format!("{} has no primary key", table.name))),
            false => Ok(table),
        }
    });
    finished.collect()
}

/// A connection of its own, without time limits, that sees one state.
enum Session {
    Sqlite(Conn),
    Postgres(Remote),
}

/// Every table as it was at one moment, however long reading takes; writers go on meanwhile.
pub struct Snapshot(Session);

/// A database being filled: nobody sees anything of it before `finish`, and if that is never
/// reached nothing has happened.
pub struct Load {
    session: Session,
    /// What is faster made at the end: indexes, references.
    later: Vec<String>,
    target: Target,
}

enum Target {
    /// Filled under a name of its own, and renamed when all is well.
    File { filled: Filled, wanted: PathBuf },
    /// Filled in one transaction.
    Server(Db),
}

/// A file nobody misses unless it gets another name.
struct Filled(PathBuf);

impl Filled {
    fn remove(&self) {
        for suffix in SUFFIXES {
            let _ = std::fs::remove_file(beside(&self.0, suffix));
        }
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        self.remove();
    }
}

/// The files of a database.
const SUFFIXES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

impl Db {
    pub async fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot(match self {
            Db::Sqlite(db) => Session::Sqlite(db.snapshot()?),
            Db::Postgres(db) => Session::Postgres(db.snapshot().await?),
        }))
    }
}

impl Snapshot {
    pub async fn tables(&self) -> Result<Vec<Table>> {
        self.0.tables().await
    }

    /// The migrations that made the tables, without those that are for one engine.
    pub async fn schema(&self) -> Result<Vec<String>> {
        let mut names = match &self.0 {
            Session::Sqlite(conn) => conn.migrations()?,
            Session::Postgres(session) => session.migrations().await?,
        };
        names.retain(|it| migrate::is_portable(it));
        Ok(names)
    }

    /// Each row of a table as a line, in the order of the key.
    pub async fn lines(
        &mut self,
        table: &Table,
        each: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        self.0.lines(table, each).await
    }
}

impl Session {
    async fn tables(&self) -> Result<Vec<Table>> {
        match self {
            Session::Sqlite(conn) => conn.tables(),
            Session::Postgres(session) => session.tables().await,
        }
    }

    async fn lines(
        &mut self,
        table: &Table,
        each: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        match self {
            Session::Sqlite(conn) => sqlite::blocking(true, || conn.lines(table, each)),
            Session::Postgres(session) => session.lines(table, each).await,
        }
    }
}

/// How the tables of a backup relate to those this program makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    Same,
    /// This program can make these tables, and bring them up to date.
    Older,
    /// This program does not know how to make them.
    Unknown,
}

/// The migrations of this program, as `Snapshot::schema` tells those of a database.
pub fn schema() -> impl Iterator<Item = &'static str> {
    migrate::portable()
}

/// All that made such a schema, with those for one engine.
pub fn migrations(schema: &[String]) -> Vec<Migration> {
    migrate::until(schema)
}

/// `schema` is what `Snapshot::schema` told.
pub fn age(schema: &[String]) -> Age {
    let known: Vec<&str> = self::schema().collect();
    let begins_so = known.iter().zip(schema).all(|(known, it)| known == it);
    match schema.len() {
        0 => Age::Unknown,
        n if n > known.len() || !begins_so => Age::Unknown,
        n if n == known.len() => Age::Same,
        _ => Age::Older,
    }
}

impl Load {
    /// Makes the tables of `schema` in the empty database at `url`. Refuses one that is not empty.
    pub async fn begin(url: &str, schema: &[String]) -> Result<Self> {
        let migrations = migrations(schema);
        let (session, target) = match url.strip_prefix("sqlite:") {
            Some(path) => Self::file(Path::new(path), &migrations).await?,
            None => Self::server(url, schema, &migrations).await?,
        };
        let mut load = Load {
            session,
            later: vec![],
            target,
        };
        load.later = match &mut load.session {
            Session::Sqlite(conn) => conn.put_off()?,
            Session::Postgres(session) => session.put_off().await?,
        };
        Ok(load)
    }

    async fn file(wanted: &Path, migrations: &[Migration]) -> Result<(Session, Target)> {
        absent(wanted)?;
        let filled = Filled(beside(wanted, ".restoring"));
        filled.remove();
        let options = Options {
            sqlite_synchronous: Synchronous::Off,
            ..Options::default()
        };
        let db = Db::open(&format!("sqlite:{}", filled.0.display()), &options).await?;
        db.apply(migrations).await?;
        db.close().await;
        let conn = Conn::open(&filled.0, &options, true)?;
        let wanted = wanted.to_owned();
        Ok((Session::Sqlite(conn), Target::File { filled, wanted }))
    }

    async fn server(
        url: &str,
        schema: &[String],
        migrations: &[Migration],
    ) -> Result<(Session, Target)> {
        let db = Db::open(url, &Options::default()).await?;
        db.check().await?;
        let Db::Postgres(server) = &db else {
            return Err(Error::other("this database cannot be restored into"));
        };
        let mut there = migrate::applied(&db).await?;
        there.retain(|it| migrate::is_portable(it));
        if there.is_empty() {
            db.apply(migrations).await?;
        } else if there != schema {
            return Err(Error::other(
                "the tables of this database are of another version than the backup's: restore into a new database",
            ));
        }
        let session = server.filling().await?;
        Ok((Session::Postgres(session), Target::Server(db)))
    }

    pub async fn tables(&self) -> Result<Vec<Table>> {
        self.session.tables().await
    }

    /// From here on rows are of this table.
    pub async fn start(&mut self, table: &Table) -> Result<()> {
        match &mut self.session {
            Session::Sqlite(conn) => conn.batch("begin"),
            Session::Postgres(session) => session.start(table).await,
        }
    }

    pub async fn rows(&mut self, table: &Table, rows: &[Vec<Value>]) -> Result<()> {
        match &mut self.session {
            Session::Sqlite(conn) => sqlite::blocking(true, || conn.fill(table, rows)),
            Session::Postgres(session) => session.rows(rows).await,
        }
    }

    /// All rows of the table were given.
    pub async fn end(&mut self) -> Result<()> {
        match &mut self.session {
            Session::Sqlite(conn) => conn.batch("commit"),
            Session::Postgres(session) => session.end().await,
        }
    }

    /// Makes the indexes and proves the references, once all tables are filled.
    pub async fn index(&mut self) -> Result<()> {
        for text in std::mem::take(&mut self.later) {
            match &mut self.session {
                Session::Sqlite(conn) => sqlite::blocking(true, || conn.batch(&text))?,
                Session::Postgres(session) => session.batch(&text).await?,
            }
        }
        match &mut self.session {
            Session::Sqlite(conn) => sqlite::blocking(true, || conn.references()),
            Session::Postgres(_) => Ok(()),
        }
    }

    /// What was loaded, as `Snapshot::lines` tells it.
    pub async fn lines(
        &mut self,
        table: &Table,
        each: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        self.session.lines(table, each).await
    }

    /// A change to what was loaded, before anybody sees it.
    pub async fn execute(&mut self, sql: Sql) -> Result<u64> {
        match &mut self.session {
            Session::Sqlite(conn) => conn.execute(&sql, std::time::Duration::MAX),
            Session::Postgres(session) => session.execute(&sql).await,
        }
    }

    /// Makes it the database: durable, up to date, and there for everybody.
    pub async fn finish(self) -> Result<()> {
        match (self.session, self.target) {
            (Session::Postgres(session), Target::Server(db)) => {
                session.finish().await?;
                db.migrate().await?;
                db.close().await;
            }
            (session, Target::File { filled, wanted }) => {
                drop(session);
                // Opening makes it a WAL file again, closing leaves one file.
                let url = format!("sqlite:{}", filled.0.display());
                let db = Db::open(&url, &Options::default()).await?;
                db.migrate().await?;
                db.close().await;
                drop(db);
                absent(&wanted)?;
                let renamed = std::fs::File::open(&filled.0)
                    .and_then(|it| it.sync_all())
                    .and_then(|()| crate::backup::rename(&filled.0, &wanted));
                renamed.map_err(|error| Error::Other(format!("{}: {error}", wanted.display())))?;
            }
            _ => return Err(Error::other("a session of one engine for another's target")),
        }
        Ok(())
    }
}

/// A log left behind would be played into the new file.
fn absent(wanted: &Path) -> Result<()> {
    let there = SUFFIXES.map(|it| beside(wanted, it));
    match there.iter().find(|it| it.exists()) {
        Some(there) => Err(Error::Other(format!(
            "{} is there already, and a restore only fills a new database: name another file with --database, or stop the server and move this one away with its -wal and -shm",
            there.display()
        ))),
        None => Ok(()),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
