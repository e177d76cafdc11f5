//! The control on PostgreSQL: tokio-postgres from a pool, statements prepared once a connection.

use std::pin::pin;

use bytes::Bytes;
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use futures::TryStreamExt;
use kit::conn::{Cell, Sql, Value};
use tokio::sync::mpsc::Sender;
use tokio_postgres::types::Type;
use tokio_postgres::{NoTls, Row};
use uuid::Uuid;

use super::write::{Rows, TABLES, Template, insert_text, new_id};
use super::{Listed, Viewed};
use crate::{Outcome, told};

pub struct Bare {
    pool: Pool,
    templates: Vec<(String, Vec<Type>, Template)>,
}

/// A statement's type for a value, as the product sends it.
fn type_of(value: &Value) -> Type {
    match value {
        Value::Uuid(_) => Type::UUID,
        Value::Int(_) | Value::Instant(_) => Type::INT8,
        Value::Bool(_) => Type::BOOL,
        Value::Json(_) => Type::JSON,
        Value::Bytes(_) => Type::BYTEA,
        _ => Type::TEXT,
    }
}

async fn rows(client: &Object, text: &str, values: &[Value]) -> Outcome<Vec<Row>> {
    let types: Vec<Type> = values.iter().map(type_of).collect();
    let statement = client
        .prepare_typed_cached(text, &types)
        .await
        .map_err(told)?;
    let rows = client.query_raw(&statement, values).await.map_err(told)?;
    rows.try_collect().await.map_err(told)
}

fn cell(row: &Row, at: usize) -> Cell<'_> {
    row.try_get(at).unwrap_or(Cell::Null)
}

fn known(row: &Row) -> Rows {
    Rows::of(row.columns().iter().map(|it| it.name()))
}

/// A cell as a parameter of the column's own type.
fn value(row: &Row, at: usize) -> Value {
    let cell = cell(row, at);
    let text = || cell.text().map(str::to_owned);
    match row.columns().get(at).map(|it| it.type_()) {
        Some(&Type::UUID) => Value::Uuid(cell.bytes().and_then(|it| Uuid::from_slice(it).ok())),
        Some(&Type::INT8) => Value::Int(cell.int()),
        Some(&Type::BOOL) => Value::Bool(cell.int().map(|it| it != 0)),
        Some(&Type::JSON) => Value::Json(text()),
        _ => Value::Text(text()),
    }
}

/// The rows of a new customer as they stand in the database, one of each table.
pub async fn templates(client: &tokio_postgres::Client) -> Outcome<Vec<Template>> {
    let text = "select id from customers order by name_key limit 1";
    let first = client.query_one(text, &[]).await.map_err(told)?;
    let id = value(&first, 0);
    let mut all = vec![];
    for (table, found) in TABLES {
        let text = format!("select * from {table} where {found} limit 1");
        let row = client.query_one(&text, &[&id]).await.map_err(told)?;
        all.push(Template {
            table,
            columns: row
                .columns()
                .iter()
                .map(|it| it.name().to_owned())
                .collect(),
            values: (0..row.len()).map(|at| value(&row, at)).collect(),
        });
    }
    Ok(all)
}

impl Bare {
    pub async fn open(database: &str) -> Outcome<Self> {
        let config: tokio_postgres::Config = database.parse().map_err(told)?;
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method });
        let pool = Pool::builder(manager).max_size(16).build().map_err(told)?;
        let client = pool.get().await.map_err(told)?;
        let templates = templates(&client).await?.into_iter().map(|it| {
            let types = it.values.iter().map(type_of).collect();
            (insert_text(it.table, &it.columns, '$'), types, it)
        });
        let templates = templates.collect();
        Ok(Self { pool, templates })
    }

    async fn client(&self) -> Outcome<Object> {
        self.pool.get().await.map_err(told)
    }

    pub async fn view(&self, viewed: &Viewed) -> Outcome<Vec<u8>> {
        let client = self.client().await?;
        let found = rows(&client, viewed.customer.text(), viewed.customer.values()).await?;
        let row = found.first().ok_or("no such customer")?;
        let known = known(row);
        let mut out = Vec::with_capacity(4096);
        known.object(&mut out, |at| cell(row, at));
        let (provider, reseller) = known.parents(|at| cell(row, at));
        for (text, id) in [(&viewed.provider, provider), (&viewed.reseller, reseller)] {
            if id.is_some() {
                rows(&client, text, &[Value::Uuid(id)]).await?;
            }
        }
        Ok(out)
    }

    pub async fn page(&self, listed: &Listed) -> Outcome<Vec<u8>> {
        let client = self.client().await?;
        let found = rows(&client, listed.page.text(), listed.page.values()).await?;
        let mut out = Vec::with_capacity(128 * 1024);
        out.extend_from_slice(b"{\"items\":[");
        if let Some(known) = found.first().map(known) {
            for (n, row) in found.iter().enumerate() {
                known.item(&mut out, n, |at| cell(row, at));
            }
        }
        let counted = rows(&client, listed.count.text(), listed.count.values()).await?;
        let count = counted
            .first()
            .and_then(|it| cell(it, 0).int())
            .unwrap_or(0);
        out.extend_from_slice(format!("],\"page\":{{\"count\":{count}}}}}").as_bytes());
        Ok(out)
    }

    pub async fn export(&self, sql: &Sql, out: &Sender<Bytes>) -> Outcome {
        let client = self.client().await?;
        let types: Vec<Type> = sql.values().iter().map(type_of).collect();
        let statement = client
            .prepare_typed_cached(sql.text(), &types)
            .await
            .map_err(told)?;
        let names = statement.columns().iter().map(|it| it.name());
        let known = Rows::of(names);
        let mut rows = pin!(
            client
                .query_raw(&statement, sql.values())
                .await
                .map_err(told)?
        );
        let mut piece = Vec::with_capacity(160 * 1024);
        while let Some(row) = rows.try_next().await.map_err(told)? {
            known.line(&mut piece, |at| cell(&row, at));
            if piece.len() > 128 * 1024 {
                let full = std::mem::replace(&mut piece, Vec::with_capacity(160 * 1024));
                if out.send(Bytes::from(full)).await.is_err() {
                    return Ok(());
                }
            }
        }
        let _ = out.send(Bytes::from(piece)).await;
        Ok(())
    }

    pub async fn create(&self, name: &str) -> Outcome<Vec<u8>> {
        let id = new_id();
        let mut client = self.client().await?;
        let transaction = client.transaction().await.map_err(told)?;
        let numbers = "update customer_numbers set next = next + 1 returning next";
        let numbers = transaction.prepare_cached(numbers).await.map_err(told)?;
        transaction.query(&numbers, &[]).await.map_err(told)?;
        for (text, types, template) in &self.templates {
            let statement = transaction
                .prepare_typed_cached(text, types)
                .await
                .map_err(told)?;
            let values = template.renew(id, name);
            transaction
                .execute_raw(&statement, &values)
                .await
                .map_err(told)?;
        }
        transaction.commit().await.map_err(told)?;
        Ok(format!("{{\"id\":\"{id}\",\"name\":\"{name}\"}}").into_bytes())
    }
}
