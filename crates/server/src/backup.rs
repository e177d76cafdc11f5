//! `tenantry backup`: the whole database as it is at one moment, while it is being served.

use std::time::Instant;

use app::secrets;
use kit::backup::{Header, Installation, Key, Writer};
use kit::conn::{Db, Options};
use kit::time::Clock;

use crate::Outcome;
use crate::config::{Backup, Common};
use crate::progress::Progress;

pub async fn run(common: &Common, backup: Backup) -> Outcome {
    let file = backup.file.display();
    if backup.file.exists() && !backup.force {
        return Err(format!(
            "{file} is there already: name another file, or add --force to replace it"
        ));
    }
    let started = Instant::now();
    let existing = Options {
        create: false,
        ..Options::default()
    };
    let db = common.open_with(existing).await?;
    let outcome = write(&db, &backup).await;
    db.close().await;
    let (header, rows, size) = outcome?;
    println!(
        "{file}: {rows} rows as of {}, {}, in {:.1} s. {} Check it with: tenantry restore --check {file}",
        header.taken_at,
        megabytes(size),
        started.elapsed().as_secs_f64(),
        if header.keys.is_empty() {
            "It needs no key from elsewhere."
        } else {
            "It needs the key file, which is not inside."
        },
    );
    Ok(())
}

async fn write(db: &Db, backup: &Backup) -> Result<(Header, u64, u64), String> {
    let told = |it: kit::conn::Error| it.to_string();
    let mut snapshot = db.snapshot().await.map_err(told)?;
    let taken_at = Clock::system().now();
    let schema = snapshot.schema().await.map_err(told)?;
    let mut header = Header::new(
        env!("CARGO_PKG_VERSION"),
        schema,
        db.engine(),
        taken_at,
        installation(db).await?,
    );
    // Tables of an older version know no keys.
    if db.pending_migrations().await.map_err(told)?.is_empty() {
        let used = secrets::keys_in_use(db).await;
        for (name, _) in used.map_err(|it| it.sentence())? {
            let included = false;
            header.keys.push(Key { name, included });
        }
    }
    let mut writer = Writer::create(&backup.file, &header).map_err(told)?;
    let mut progress = Progress::new("Saving");
    for table in snapshot.tables().await.map_err(told)? {
        writer.table(&table).map_err(told)?;
        let mut rows = 0;
        let mut each = |line: &[u8]| {
            rows += 1;
            progress.at(&table.name, rows);
            writer.row(line)
        };
        snapshot.lines(&table, &mut each).await.map_err(told)?;
        writer.end().map_err(told)?;
    }
    let (rows, size) = writer.finish().map_err(told)?;
    Ok((header, rows, size))
}

/// The house provider; its id never changes.
async fn installation(db: &Db) -> Result<Option<Installation>, String> {
    let house = kit::sql!("select id, name from providers where is_house = $1", true);
    let house = db.read().query_optional(house).await;
    let house = house.map_err(|it| it.to_string())?;
    Ok(house.map(|(id, name)| Installation { id, name }))
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1_000_000.0)
}
