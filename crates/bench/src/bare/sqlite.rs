//! The control on SQLite: rusqlite inline, a reader for each thread, one writer behind a lock.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use kit::conn::{Cell, RARE, SearchPlan, Sql, Value};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use tokio::sync::mpsc::Sender;
use uuid::Uuid;

use super::write::{Rows, TABLES, Template, insert_text, new_id};
use super::{Listed, Viewed};
use crate::{Outcome, told};

pub struct Bare {
    file: String,
    writer: Mutex<Connection>,
    templates: Vec<(String, Template)>,
}

/// A thread's connection, with what is known of each statement's columns.
struct Reader {
    conn: Connection,
    rows: HashMap<String, Rows>,
}

thread_local! {
    static READER: RefCell<Option<Reader>> = const { RefCell::new(None) };
}

/// As the product opens it (kit/conn/sqlite).
pub fn open(file: &str, write: bool) -> Outcome<Connection> {
    let conn = Connection::open(file).map_err(told)?;
    conn.set_prepared_statement_cache_capacity(256);
    let cache = if write { -65536 } else { -16384 };
    let pragmas = format!(
        "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;
         pragma case_sensitive_like = on; pragma temp_store = memory; pragma cache_size = {cache};
         pragma mmap_size = 268435456; pragma journal_size_limit = 67108864;"
    );
    conn.execute_batch(&pragmas).map_err(told)?;
    let stable = DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
    conn.set_db_config(stable, true).map_err(told)?;
    Ok(conn)
}

pub fn cell<'r>(row: &'r rusqlite::Row<'_>, at: usize) -> Cell<'r> {
    match row.get_ref(at) {
        Ok(ValueRef::Integer(it)) => Cell::Int(it),
        Ok(ValueRef::Real(it)) => Cell::Real(it),
        Ok(ValueRef::Text(it)) => std::str::from_utf8(it).map_or(Cell::Null, Cell::Text),
        Ok(ValueRef::Blob(it)) => Cell::Bytes(it),
        Ok(ValueRef::Null) | Err(_) => Cell::Null,
    }
}

/// Runs a statement and shows each row.
fn each(
    conn: &Connection,
    text: &str,
    values: &[Value],
    mut row: impl FnMut(&rusqlite::Row<'_>),
) -> Outcome<usize> {
    let mut statement = conn.prepare_cached(&text.replace('$', "?")).map_err(told)?;
    for (n, value) in values.iter().enumerate() {
        statement.raw_bind_parameter(n + 1, value).map_err(told)?;
    }
    let (mut rows, mut count) = (statement.raw_query(), 0);
    while let Some(it) = rows.next().map_err(told)? {
        row(it);
        count += 1;
    }
    Ok(count)
}

fn names(conn: &Connection, text: &str) -> Outcome<Vec<String>> {
    let statement = conn.prepare_cached(&text.replace('$', "?")).map_err(told)?;
    Ok(statement.column_names().map(str::to_owned).collect())
}

/// What is known of a statement's columns.
fn known<'a>(
    all: &'a mut HashMap<String, Rows>,
    conn: &Connection,
    sql: &Sql,
) -> Outcome<&'a Rows> {
    if !all.contains_key(sql.text()) {
        let names = names(conn, sql.text())?;
        let rows = Rows::of(names.iter().map(String::as_str));
        all.insert(sql.text().to_owned(), rows);
    }
    all.get(sql.text()).ok_or_else(|| "no columns".to_owned())
}

/// The rows of a new customer as they stand in the database, one of each table.
pub fn templates(conn: &Connection) -> Outcome<Vec<(String, Template)>> {
    let text = "select c.id from customers c order by c.name_key limit 1";
    let mut id = Uuid::nil();
    each(conn, text, &[], |row| {
        id = row
            .get_ref(0)
            .ok()
            .and_then(|it| Uuid::from_slice(it.as_blob().ok()?).ok())
            .unwrap_or_default();
    })?;
    let mut all = vec![];
    for (table, found) in TABLES {
        let text = format!("select * from {table} where {found} limit 1");
        let columns = names(conn, &text)?;
        let mut values = vec![];
        each(conn, &text, &[Value::Uuid(Some(id))], |row| {
            values = (0..columns.len()).map(|at| value(cell(row, at))).collect();
        })?;
        let insert = insert_text(table, &columns, '?');
        all.push((
            insert,
            Template {
                table,
                columns,
                values,
            },
        ));
    }
    Ok(all)
}

/// SQLite asks for no types.
fn value(cell: Cell<'_>) -> Value {
    match cell {
        Cell::Int(it) => Value::Int(Some(it)),
        Cell::Text(it) => Value::Text(Some(it.to_owned())),
        Cell::Bytes(it) => Value::Bytes(Some(it.to_owned())),
        Cell::Null | Cell::Real(_) => Value::Text(None),
    }
}

pub fn insert(
    conn: &Connection,
    templates: &[(String, Template)],
    id: Uuid,
    name: &str,
) -> Outcome {
    for (text, template) in templates {
        let mut statement = conn.prepare_cached(text).map_err(told)?;
        for (n, value) in template.renew(id, name).iter().enumerate() {
            statement.raw_bind_parameter(n + 1, value).map_err(told)?;
        }
        statement.raw_execute().map_err(told)?;
    }
    Ok(())
}

impl Bare {
    pub fn open(file: &str) -> Outcome<Self> {
        let writer = open(file, true)?;
        Ok(Self {
            file: file.to_owned(),
            templates: templates(&writer)?,
            writer: Mutex::new(writer),
        })
    }

    fn read<T>(&self, work: impl FnOnce(&mut Reader) -> Outcome<T>) -> Outcome<T> {
        READER.with_borrow_mut(|reader| {
            if reader.is_none() {
                *reader = Some(Reader {
                    conn: open(&self.file, false)?,
                    rows: HashMap::new(),
                });
            }
            reader
                .as_mut()
                .ok_or_else(|| "no connection".to_owned())
                .and_then(work)
        })
    }

    pub fn view(&self, viewed: &Viewed) -> Outcome<Vec<u8>> {
        self.read(|Reader { conn, rows }| {
            let rows = known(rows, conn, &viewed.customer)?;
            let mut out = Vec::with_capacity(4096);
            let (mut provider, mut reseller) = (None, None);
            each(
                conn,
                viewed.customer.text(),
                viewed.customer.values(),
                |row| {
                    rows.object(&mut out, |at| cell(row, at));
                    (provider, reseller) = rows.parents(|at| cell(row, at));
                },
            )?;
            for (text, id) in [(&viewed.provider, provider), (&viewed.reseller, reseller)] {
                if id.is_some() {
                    each(conn, text, &[Value::Uuid(id)], drop_row)?;
                }
            }
            Ok(out)
        })
    }

    pub fn page(&self, listed: &Listed) -> Outcome<Vec<u8>> {
        self.read(|Reader { conn, rows }| {
            let rows = known(rows, conn, &listed.page)?;
            let mut out = Vec::with_capacity(128 * 1024);
            out.extend_from_slice(b"{\"items\":[");
            let mut n = 0;
            each(conn, listed.page.text(), listed.page.values(), |row| {
                rows.item(&mut out, n, |at| cell(row, at));
                n += 1;
            })?;
            let mut count = 0;
            each(conn, listed.count.text(), listed.count.values(), |row| {
                count = row.get(0).unwrap_or(0_i64);
            })?;
            out.extend_from_slice(format!("],\"page\":{{\"count\":{count}}}}}").as_bytes());
            Ok(out)
        })
    }

    /// The product's choice between the index and the sort order, by the same capped count.
    pub fn search_plan(&self, needle: &str) -> Outcome<SearchPlan> {
        let query = format!("\"{}\"", needle.replace('"', "\"\""));
        let text = format!(
            "select count(*) from (select 1 from customers_fts where customers_fts match $1 limit {})",
            RARE + 1
        );
        let mut count = 0;
        self.read(|Reader { conn, .. }| {
            each(conn, &text, &[Value::Text(Some(query.clone()))], |row| {
                count = row.get(0).unwrap_or(0_i64);
            })
        })?;
        Ok(SearchPlan::Index {
            table: "customers",
            query,
            rare: count <= RARE,
        })
    }

    pub fn export(&self, sql: &Sql, out: &Sender<Bytes>) -> Outcome {
        tokio::task::block_in_place(|| {
            let conn = open(&self.file, false)?;
            let names = names(&conn, sql.text())?;
            let rows = Rows::of(names.iter().map(String::as_str));
            let mut piece = Vec::with_capacity(160 * 1024);
            each(&conn, sql.text(), sql.values(), |row| {
                rows.line(&mut piece, |at| cell(row, at));
                if piece.len() > 128 * 1024 {
                    let full = std::mem::replace(&mut piece, Vec::with_capacity(160 * 1024));
                    let _ = out.blocking_send(Bytes::from(full));
                }
            })?;
            let _ = out.blocking_send(Bytes::from(piece));
            Ok(())
        })
    }

    pub fn create(&self, name: &str) -> Outcome<Vec<u8>> {
        let id = new_id();
        let conn = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        conn.execute_batch("begin immediate").map_err(told)?;
        let numbers = "update customer_numbers set next = next + 1 returning next";
        let done = each(&conn, numbers, &[], drop_row)
            .and_then(|_| insert(&conn, &self.templates, id, name))
            .and_then(|()| conn.execute_batch("commit").map_err(told));
        if done.is_err() {
            let _ = conn.execute_batch("rollback");
        }
        done?;
        Ok(format!("{{\"id\":\"{id}\",\"name\":\"{name}\"}}").into_bytes())
    }
}

fn drop_row(_: &rusqlite::Row<'_>) {}
