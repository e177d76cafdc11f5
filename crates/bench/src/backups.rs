//! Backup while the server serves, and restore of it to an empty database of the same engine.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use kit::conn::{Db, Options};

use crate::database::{Databases, Engine};
use crate::report::Row;
use crate::{Outcome, told};

/// 1 GiB within 60 s, in MB a second.
const LEAST: f64 = 1_073.741_824 / 60.0;

/// Measures both, in megabytes of the database a second.
pub async fn measure(tenantry: &Path, folder: &Path, databases: &Databases) -> Outcome<Vec<Row>> {
    let megabytes = size(databases).await?;
    let engine = databases.engine.name();
    let file = folder.join("bench.backup");
    let took = timed(tenantry, &databases.product, &["backup", "--force"], &file)?;
    let packed = std::fs::metadata(&file).map_err(told)?.len() as f64 / 1e6;
    let rate = megabytes / took.as_secs_f64();
    let made = Row::least(engine, "backup", (rate, "MB/s"), None, Some(LEAST));
    let seconds = took.as_secs_f64();
    let made = made.more(format!(
        "{megabytes:.0} MB in {seconds:.1} s, {packed:.0} MB as a file"
    ));
    let empty = databases.empty().await?;
    let took = timed(tenantry, &empty, &["restore"], &file)?;
    std::fs::remove_file(&file).map_err(told)?;
    let rate = megabytes / took.as_secs_f64();
    let restored = Row::least(
        engine,
        "restore, proved row by row",
        (rate, "MB/s"),
        None,
        None,
    );
    let restored = restored.more(format!("{:.1} s", took.as_secs_f64()));
    Ok(vec![made, restored])
}

fn timed(tenantry: &Path, database: &str, action: &[&str], file: &Path) -> Outcome<Duration> {
    let started = Instant::now();
    let mut command = Command::new(tenantry);
    command
        .args(["--database", database, "--log", "warn"])
        .args(action)
        .arg(file);
    let ended = tokio::task::block_in_place(|| command.output()).map_err(told)?;
    match ended.status.success() {
        true => Ok(started.elapsed()),
        false => Err(format!(
            "{action:?}: {}",
            String::from_utf8_lossy(&ended.stderr)
        )),
    }
}

/// What the product's database takes on disk, in MB.
async fn size(databases: &Databases) -> Outcome<f64> {
    let bytes = match databases.engine {
        Engine::Sqlite => {
            let file = databases.product.trim_start_matches("sqlite:");
            std::fs::metadata(file).map_err(told)?.len() as f64
        }
        Engine::Postgres => {
            let db = Db::open(&databases.product, &Options::default())
                .await
                .map_err(told)?;
            let sql = kit::sql!("select pg_database_size(current_database())");
            let (bytes,): (i64,) = db.read().query_one(sql).await.map_err(told)?;
            bytes as f64
        }
    };
    Ok(bytes / 1e6)
}
