//! `tenantry restore`: a backup becomes the database again, on either engine, proved row by row.

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use kit::backup::{Header, Piece, Reader, check};
use kit::conn::whole::{Age, Load, Table, decode};
use kit::conn::{Error, Value};

use crate::Outcome;
use crate::config::{Common, Restore};
use crate::progress::Progress;

pub async fn run(common: &Common, restore: Restore) -> Outcome {
    let started = Instant::now();
    if restore.check {
        return checked(&restore.file);
    }
    let header = Reader::open(&restore.file).map_err(told)?.header;
    let rows = fill(&common.database, &restore.file).await;
    let rows = rows.map_err(|it| format!("nothing was restored: {it}"))?;
    println!(
        "Restored {rows} rows as of {}, each compared with the backup, in {:.1} s. Sessions were ended: people log in again. Next: tenantry doctor, then tenantry serve",
        header.taken_at,
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

/// Reads the whole file without a database.
fn checked(file: &Path) -> Outcome {
    let mut progress = Progress::new("Checking");
    let found = check(file, |table, rows| progress.at(table, rows)).map_err(told)?;
    drop(progress);
    describe(&found.header);
    for (table, rows) in &found.tables {
        println!("{rows:>12}  {table}");
    }
    let age = Reader::open(file).and_then(|it| it.known()).map_err(told)?;
    if age == Age::Older {
        println!("Its tables are older than this program's; restoring brings them up to date.");
    }
    println!("{} is whole.", file.display());
    Ok(())
}

fn describe(header: &Header) {
    let installation = header.installation.as_ref();
    println!(
        "Backup of {}, taken {} by Tenantry {} from {}",
        installation.map_or("an installation without a house provider", |it| &it.name),
        header.taken_at,
        header.tenantry,
        header.engine
    );
    if header.keys.is_empty() {
        println!("It needs no key from elsewhere.");
    }
    for key in &header.keys {
        let included = if key.included {
            "inside"
        } else {
            "not inside: keep it elsewhere"
        };
        println!("It needs the key {} ({included}).", key.name);
    }
}

fn told(error: Error) -> String {
    error.to_string()
}

async fn fill(database: &str, file: &Path) -> Result<u64, String> {
    let mut reader = Reader::open(file).map_err(told)?;
    reader.known().map_err(told)?;
    let schema = reader.header.schema.clone();
    let mut load = Load::begin(database, &schema).await.map_err(told)?;
    let wanted = load.tables().await.map_err(told)?;
    let (sender, parts) = sync_channel(8);
    let reading = std::thread::spawn(move || read(&mut reader, &sender));
    let mut progress = Progress::new("Restoring");
    let tables = rows(&mut load, &wanted, parts, &mut progress).await;
    // What is wrong with the file says more than what the database made of it.
    reading
        .join()
        .map_err(|_| "reading the backup broke off")?
        .map_err(told)?;
    let tables = tables?;
    if tables.len() < wanted.len() {
        return Err("the backup does not hold all tables".into());
    }
    progress.step("Making indexes");
    load.index().await.map_err(told)?;
    let count = compare(&mut load, file).await?;
    // Who was logged out since must not be logged in again, no link may work twice, and what was
    // queued has been sent since. Older backups do not have all of them.
    for (table, sql) in [
        ("sessions", kit::sql!("delete from sessions")),
        ("one_shots", kit::sql!("delete from one_shots")),
        (
            "mail_messages",
            kit::sql!("update mail_messages set state = 'failed' where state = 'queued'"),
        ),
    ] {
        if wanted.iter().any(|it| it.name == table) {
            load.execute(sql).await.map_err(told)?;
        }
    }
    progress.step("Finishing");
    load.finish().await.map_err(told)?;
    Ok(count)
}

enum Part {
    Table(Table),
    Rows(Vec<Vec<Value>>),
    End,
}

/// How many rows travel at once.
const BATCH: usize = 500;

/// Unpacks the file beside the loading. A receiver that left has an error of its own to tell.
fn read(reader: &mut Reader, parts: &SyncSender<Part>) -> kit::conn::Result<()> {
    let mut table: Option<Table> = None;
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(piece) = reader.piece()? {
        let part = match (piece, &table) {
            (Piece::Table(it), _) => {
                table = Some(it.clone());
                Part::Table(it)
            }
            (Piece::Row(line), Some(table)) => {
                let row = decode(table, line);
                batch.push(row.map_err(|it| reader.altered(&it.to_string()))?);
                if batch.len() < BATCH {
                    continue;
                }
                Part::Rows(std::mem::replace(&mut batch, Vec::with_capacity(BATCH)))
            }
            _ => {
                let rest = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                if parts.send(Part::Rows(rest)).is_err() {
                    return Ok(());
                }
                Part::End
            }
        };
        if parts.send(part).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

async fn rows(
    load: &mut Load,
    wanted: &[Table],
    parts: Receiver<Part>,
    progress: &mut Progress,
) -> Result<Vec<String>, String> {
    let mut tables: Vec<Table> = vec![];
    let mut count = 0;
    while let Ok(part) = tokio::task::block_in_place(|| parts.recv()) {
        let done = match (part, tables.last()) {
            (Part::Table(table), _) => {
                let fits = wanted
                    .iter()
                    .any(|it| it.name == table.name && same(it, &table));
                if !fits || tables.iter().any(|it| it.name == table.name) {
                    return Err(format!(
                        "table {} of the backup is not as this program makes it: restore with the Tenantry that wrote the backup",
                        table.name
                    ));
                }
                count = 0;
                let started = load.start(&table).await;
                tables.push(table);
                started
            }
            (Part::Rows(rows), Some(table)) => {
                count += rows.len() as u64;
                progress.at(&table.name, count);
                load.rows(table, &rows).await
            }
            (Part::End, _) => load.end().await,
            (Part::Rows(_), None) => Ok(()),
        };
        done.map_err(|it| match tables.last() {
            Some(table) => format!("table {}: {it}", table.name),
            None => told(it),
        })?;
    }
    Ok(tables.into_iter().map(|it| it.name).collect())
}

/// The same columns of the same types; in which order does not matter.
fn same(one: &Table, other: &Table) -> bool {
    let sorted = |it: &Table| {
        let mut columns = it.columns.clone();
        columns.sort_by(|a, b| a.0.cmp(&b.0));
        columns
    };
    one.key == other.key && sorted(one) == sorted(other)
}

/// Reads back what was loaded and the file once more, side by side.
async fn compare(load: &mut Load, file: &Path) -> Result<u64, String> {
    let mut reader = Reader::open(file).map_err(told)?;
    let mut progress = Progress::new("Comparing");
    let mut count = 0;
    while let Some(Piece::Table(table)) = reader.piece().map_err(told)? {
        let differs = |it: &[u8]| {
            Error::Other(format!(
                "table {} does not hold what the backup holds, from this row on: {}",
                table.name,
                kit::text::clip(&String::from_utf8_lossy(it), 300)
            ))
        };
        let mut rows = 0;
        let mut each = |line: &[u8]| {
            rows += 1;
            progress.at(&table.name, rows);
            match reader.piece()? {
                Some(Piece::Row(it)) if it == line => Ok(()),
                _ => Err(differs(line)),
            }
        };
        load.lines(&table, &mut each).await.map_err(told)?;
        if let Some(Piece::Row(it)) = reader.piece().map_err(told)? {
            return Err(told(differs(it)));
        }
        count += rows;
    }
    Ok(count)
}
