//! A database read and filled as a whole, on a connection of its own.

use super::super::{
    Error, Result, Sql, Value,
    record::Cells,
    whole::{self, Described, Table},
};
use super::{Postgres, translate, type_of};
use deadpool_postgres::{ClientWrapper, Object};
use futures::TryStreamExt;
use std::pin::{Pin, pin};
use tokio_postgres::{
    binary_copy::BinaryCopyInWriter,
    types::{ToSql, Type},
};

pub struct Session {
    client: ClientWrapper,
    copy: Option<Pin<Box<BinaryCopyInWriter>>>,
}

/// Ours: in the schema that tables are made in.
const OURS: &str = "(select oid from pg_namespace where nspname = current_schema())";

impl Postgres {
    async fn session(&self, begin: &str) -> Result<Session> {
        let client = Object::take(self.client().await?);
        let session = Session { client, copy: None };
        let patience = "set statement_timeout = 0; set idle_in_transaction_session_timeout = 0";
        session.batch(&format!("{patience}; {begin}")).await?;
        Ok(session)
    }

    /// One state, seen by every statement.
    pub async fn snapshot(&self) -> Result<Session> {
        self.session("begin isolation level repeatable read, read only")
            .await
    }

    /// A transaction that fills tables which are empty and which nobody else sees until its end.
    pub async fn filling(&self) -> Result<Session> {
        let session = self
            .session(
                "begin; set local maintenance_work_mem = '256MB'; set local lock_timeout = '10s'",
            )
            .await?;
        for table in session.tables().await? {
            let name = &table.name;
            session
                .batch(&format!("lock table \"{name}\" in access exclusive mode"))
                .await
                .map_err(|error| match error {
                    Error::Timeout => Error::other(
                        "somebody works with this database: stop the servers that use it",
                    ),
                    error => error,
                })?;
            let first = format!("select 1 from \"{name}\" limit 1");
            let first = session.client.query_opt(&first, &[]).await;
            if first.map_err(|it| translate(&it))?.is_some() {
                return Err(Error::Other(format!(
                    "this database is not empty ({name} has rows), and a restore only fills an empty one: create a new one and name it with --database"
                )));
            }
        }
        Ok(session)
    }
}

impl Session {
    pub async fn batch(&self, text: &str) -> Result<()> {
        let done = self.client.batch_execute(text).await;
        done.map_err(|error| translate(&error))
    }

    async fn texts<const N: usize>(&self, text: &str) -> Result<Vec<[String; N]>> {
        let rows = self.client.query(text, &[]).await;
        let rows = rows.map_err(|error| translate(&error))?;
        let read = |row: &tokio_postgres::Row| std::array::from_fn(|nth| row.get(nth));
        Ok(rows.iter().map(read).collect())
    }

    pub async fn migrations(&self) -> Result<Vec<String>> {
        let names = self
            .texts("select name from migrations order by name")
            .await?;
        Ok(names.into_iter().map(|[name]| name).collect())
    }

    pub async fn tables(&self) -> Result<Vec<Table>> {
        let text = format!(
            "select c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod)::text,
                    array_position(i.indkey::int2[], a.attnum)::bigint
             from pg_class c
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
             left join pg_index i on i.indrelid = c.oid and i.indisprimary
             where c.relkind = 'r' and c.relnamespace = {OURS} and c.relname <> 'migrations'
             order by c.relname::text, a.attnum"
        );
        let rows = self.client.query(&text, &[]).await;
        let rows = rows.map_err(|error| translate(&error))?;
        let columns = rows
            .iter()
            .map(|row| -> Described { (row.get(0), row.get(1), row.get(2), row.get(3)) });
        whole::tables(columns.collect())
    }

    pub async fn lines(
        &mut self,
        table: &Table,
        each: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let failed = |error| translate(&error);
        let none: [Value; 0] = [];
        let rows = self.client.query_raw(&table.select(), &none).await;
        let mut rows = pin!(rows.map_err(failed)?);
        let mut line = vec![];
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            let cells = (0..table.columns.len()).map(|nth| row.cell(nth));
            let cells = cells.collect::<Result<Vec<_>>>()?;
            line.clear();
            whole::encode(table, &cells, &mut line)?;
            each(&line)?;
        }
        Ok(())
    }

    /// Makes ready for filling, and tells what is to be made afterwards.
    pub async fn put_off(&self) -> Result<Vec<String>> {
        let references = self
            .texts(&format!(
                "select format('alter table %s drop constraint %I', conrelid::regclass, conname),
                        format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
                 from pg_constraint where contype = 'f' and connamespace = {OURS} order by conname"
            ))
            .await?;
        // Last the statistics: lists ask for a plan right away.
        let indexes = self
            .texts(&format!(
                "select format('drop index %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
                 from pg_index i join pg_class c on c.oid = i.indrelid
                 where not i.indisprimary and c.relnamespace = {OURS} order by i.indexrelid::regclass::text"
            ))
            .await?;
        for [drop, _] in references.iter().chain(&indexes) {
            self.batch(drop).await?;
        }
        let made = indexes.into_iter().chain(references);
        let made = made.map(|[_, make]: [String; 2]| make);
        Ok(made.chain(["analyze".to_owned()]).collect())
    }

    pub async fn start(&mut self, table: &Table) -> Result<()> {
        let types: Vec<Type> = table.columns.iter().map(|(_, it)| kind(*it)).collect();
        let text = format!(
            "copy \"{}\" ({}) from stdin (format binary)",
            table.name,
            table.column_names()
        );
        let sink = self.client.copy_in(&text).await;
        let sink = sink.map_err(|error| translate(&error))?;
        self.copy = Some(Box::pin(BinaryCopyInWriter::new(sink, &types)));
        Ok(())
    }

    pub async fn rows(&mut self, rows: &[Vec<Value>]) -> Result<()> {
        let Some(copy) = &mut self.copy else {
            return Err(Error::other("rows of no table"));
        };
        for row in rows {
            let values = row.iter().map(|it| it as &(dyn ToSql + Sync));
            let written = copy.as_mut().write_raw(values).await;
            written.map_err(|error| translate(&error))?;
        }
        Ok(())
    }

    pub async fn end(&mut self) -> Result<()> {
        if let Some(mut copy) = self.copy.take() {
            let ended = copy.as_mut().finish().await;
            ended.map_err(|error| translate(&error))?;
        }
        Ok(())
    }

    pub async fn execute(&self, sql: &Sql) -> Result<u64> {
        let types: Vec<Type> = sql.values.iter().map(type_of).collect();
        let values = sql.values.iter().map(|it| it as &(dyn ToSql + Sync));
        let typed: Vec<_> = values.zip(types).collect();
        let done = self.client.execute_typed(&sql.text, &typed).await;
        done.map_err(|error| translate(&error))
    }

    pub async fn finish(self) -> Result<()> {
        let done = self.client.batch_execute("commit").await;
        done.map_err(|_| Error::Unknown)
    }
}

fn kind(it: whole::Type) -> Type {
    match it {
        whole::Type::Uuid => Type::UUID,
        whole::Type::Text => Type::TEXT,
        whole::Type::Bigint => Type::INT8,
        whole::Type::Boolean => Type::BOOL,
        whole::Type::Json => Type::JSON,
        whole::Type::Bytea => Type::BYTEA,
    }
}
