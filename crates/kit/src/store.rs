//! The statements that are the same for every record with an id and a version.

use std::collections::HashMap;

use uuid::Uuid;

use crate::access::Scope;
use crate::call::Call;
use crate::conn::{Sql, Value};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::resource::Editable;
use crate::sql;
use crate::time::Instant;

/// Inserts one row.
pub async fn insert(
    call: &mut Call,
    table: &'static str,
    set: Vec<(&'static str, Value)>,
) -> Result<()> {
    call.execute(inserted(table, set)).await.map(|_| ())
}

/// The same, unless a unique index says that there is one already.
pub async fn insert_unless_there(
    call: &mut Call,
    table: &'static str,
    set: Vec<(&'static str, Value)>,
) -> Result<()> {
    let mut sql = inserted(table, set);
    sql.push(" on conflict do nothing");
    call.execute(sql).await.map(|_| ())
}

fn inserted(table: &'static str, set: Vec<(&'static str, Value)>) -> Sql {
    let mut sql = sql!("insert into ");
    sql.push(table).push(" (");
    for (n, (column, _)) in set.iter().enumerate() {
        sql.push(if n > 0 { ", " } else { "" }).push(column);
    }
    sql.push(") values (");
    for (n, (_, value)) in set.into_iter().enumerate() {
        sql.push(if n > 0 { ", " } else { "" }).bind(value);
    }
    sql.push(")");
    sql
}

/// Changes a record that is still as it was read, and reads it anew; 412 when somebody was faster.
pub async fn save<T: Editable>(
    call: &mut Call,
    scope: &Scope,
    before: &T,
    set: Vec<(&'static str, Value)>,
) -> Result<T> {
    change(call, scope, before, set).await?;
    call.find(scope, before.id().into()).await
}

/// The same without reading it anew: of many, which are read together afterwards.
pub async fn change<T: Editable>(
    call: &mut Call,
    scope: &Scope,
    before: &T,
    set: Vec<(&'static str, Value)>,
) -> Result<()> {
    let id: Id<T> = before.id().into();
    let mut sql = assign(T::TABLE, call.now, set);
    sql.and("id = ?", id).and("version = ?", before.version());
    if call.execute(sql).await? == 1 {
        return Ok(());
    }
    let after = call.find(scope, id).await?;
    Err(call.stale(&after))
}

/// Records as they are now, in the order of these ids.
pub async fn read_all<T: Editable>(
    call: &mut Call,
    scope: &Scope,
    ids: Vec<Uuid>,
) -> Result<Vec<T>> {
    let found: Vec<T> = call
        .query(T::list().some(scope, ids.iter().copied()))
        .await?;
    let mut found: HashMap<Uuid, T> = found.into_iter().map(|it| (it.id(), it)).collect();
    let one = |id: Uuid| found.remove(&id).ok_or(Error::NotFound);
    ids.into_iter().map(one).collect()
}

/// Deletes a record that is still as it was read.
pub async fn delete<T: Editable>(call: &mut Call, before: &T) -> Result<()> {
    let mut sql = sql!("delete from ");
    sql.push(T::TABLE)
        .push(" where true")
        .and("id = ?", before.id())
        .and("version = ?", before.version());
    match call.execute(sql).await? {
        1 => Ok(()),
        _ => Err(call.stale(before)),
    }
}

/// `update table set …, version = version + 1, updated_at = now where true`
pub fn assign(table: &'static str, now: Instant, set: Vec<(&'static str, Value)>) -> Sql {
    let mut sql = sql!("update ");
    sql.push(table)
        .push(" set version = version + 1, updated_at = ")
        .bind(now);
    for (column, value) in set {
        sql.push(", ").push(column).push(" = ").bind(value);
    }
    sql.push(" where true");
    sql
}

/// The id for a row that nobody has seen yet.
pub fn new_id(call: &Call) -> Uuid {
    Id::<()>::new(call.now).uuid()
}
