//! Throw-away databases, for tests and measurements on both engines.

use super::{Db, Error, Options, Result};
use std::path::Path;

/// A fresh, empty database; `name` tells it from others that live at the same time.
pub async fn sqlite(folder: &Path, name: &str, options: &Options) -> Result<Db> {
    Db::open(
        &format!("sqlite:{}", folder.join(format!("{name}.sqlite")).display()),
        options,
    )
    .await
}

/// A fresh, empty database on a server that `server` is a superuser's address of.
pub async fn postgres(server: &str, name: &str, options: &Options) -> Result<Db> {
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls)
        .await
        .map_err(Error::other)?;
    let connection = tokio::spawn(connection);
    let made = client
        .batch_execute(&format!(
            "create database {name} template template0 encoding 'UTF8' locale 'C'"
        ))
        .await;
    made.map_err(Error::other)?;
    drop(client);
    let _ = connection.await;
    let (head, query) = server.split_once('?').unwrap_or((server, ""));
    let head = head.rsplit_once('/').map_or(head, |it| it.0);
    Db::open(&format!("{head}/{name}?{query}"), options).await
}
