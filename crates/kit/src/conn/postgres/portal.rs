//! Long results, a batch at a time.

use super::super::{BATCH, Error, Record, Result, STALLED, Sql, record::Places};
use super::{Postgres, Work, translate, type_of};
use tokio::sync::mpsc;
use tokio_postgres::types::Type;

/// A portal is one statement, so one snapshot, whose time-out holds per batch fetched.
pub async fn fetch<T: Record + Send>(
    db: Postgres,
    sql: Sql,
    batches: &mpsc::Sender<Result<Vec<T>>>,
) -> Result<()> {
    sql.check()?;
    let mut work = Work::new(db.clone(), false);
    work.client = Some(db.client().await?);
    let Some(client) = &mut work.client else {
        return Err(Error::Retry);
    };
    work.busy = true; // so that leaving early stops the statement, whatever it is doing
    let failed = |error| translate(&error);
    let begin = client.build_transaction().read_only(true).start().await;
    let transaction = begin.map_err(failed)?;
    // The receiver may be slower than the server finds decent.
    let patience = "set local idle_in_transaction_session_timeout = '10min'";
    transaction.batch_execute(patience).await.map_err(failed)?;
    let types: Vec<Type> = sql.values.iter().map(type_of).collect();
    let statement = transaction
        .prepare_typed(&sql.text, &types)
        .await
        .map_err(failed)?;
    let names: Vec<&str> = statement.columns().iter().map(|it| it.name()).collect();
    let places = Places::find::<T>(&names)?;
    let portal = transaction
        .bind_raw(&statement, &sql.values)
        .await
        .map_err(failed)?;
    loop {
        let rows = tokio::select! {
            rows = transaction.query_portal(&portal, BATCH as i32) => rows,
            () = batches.closed() => return Ok(()),
        };
        let rows = rows.map_err(failed)?;
        let last = rows.len() < BATCH;
        let batch = rows
            .iter()
            .map(|row| places.read(row))
            .collect::<Result<Vec<T>>>()?;
        if !batch.is_empty() && batches.send_timeout(Ok(batch), STALLED).await.is_err() {
            return Ok(());
        }
        if last {
            break;
        }
    }
    transaction.commit().await.map_err(failed)?;
    work.busy = false;
    Ok(())
}
