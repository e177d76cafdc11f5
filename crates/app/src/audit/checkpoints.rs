//! The checkpoint file: every seal again, one line of JSON each, outside the database. Copied where
//! whoever can write the database cannot, it shows also what was cut off the end (AUD-03).

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use kit::conn::{Db, Sql};

use super::seal::{SEAL, Seal};

pub struct Checkpoints {
    file: PathBuf,
    /// The last seal that the file has.
    last: std::sync::atomic::AtomicI64,
}

/// How much of the end is read to find the last line.
const TAIL: u64 = 4_096;
/// Seals written at once.
const STEP: i64 = 500;

impl Checkpoints {
    pub fn open(file: PathBuf) -> Result<Self, String> {
        let told = |error: std::io::Error| {
            format!(
                "the audit checkpoints {} cannot be written: {error}. Name another place with --audit-checkpoints.",
                file.display()
            )
        };
        let mut open = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .read(true)
            .open(&file)
            .map_err(told)?;
        let length = open.metadata().map_err(told)?.len();
        open.seek(SeekFrom::Start(length.saturating_sub(TAIL)))
            .map_err(told)?;
        let mut tail = vec![];
        open.read_to_end(&mut tail).map_err(told)?;
        let text = String::from_utf8_lossy(&tail);
        if !text.is_empty() && !text.ends_with('\n') {
            open.write_all(b"\n").map_err(told)?; // a crash cut the last line
        }
        let last = text
            .lines()
            .rev()
            .find_map(|it| serde_json::from_str::<Seal>(it).ok());
        Ok(Self {
            file,
            last: last.map_or(0, |it| it.n).into(),
        })
    }

    /// Adds the seals that are not in the file yet.
    pub async fn catch_up(&self, db: &Db) -> Result<(), String> {
        use std::sync::atomic::Ordering::Relaxed;
        loop {
            let mut sql = Sql::new("select ");
            sql.push(SEAL)
                .push(" from audit_seals where n > ")
                .bind(self.last.load(Relaxed));
            sql.push(" order by n limit ").bind(STEP);
            let seals: Vec<Seal> = db.read().query(sql).await.map_err(|it| it.to_string())?;
            let Some(last) = seals.last() else {
                return Ok(());
            };
            let mut lines = vec![];
            for it in &seals {
                serde_json::to_writer(&mut lines, it).map_err(|it| it.to_string())?;
                lines.push(b'\n');
            }
            let mut file = fs::OpenOptions::new()
                .append(true)
                .open(&self.file)
                .map_err(|it| it.to_string())?;
            file.write_all(&lines)
                .and_then(|()| file.sync_data())
                .map_err(|it| it.to_string())?;
            self.last.store(last.n, Relaxed);
        }
    }
}

/// The seals of a checkpoint file; a line that a crash cut off is left out.
pub fn read(file: &Path) -> Result<Vec<Seal>, String> {
    let told = |error: std::io::Error| format!("{} cannot be read: {error}", file.display());
    let open = fs::File::open(file).map_err(told)?;
    let mut all: Vec<Seal> = vec![];
    for line in BufReader::new(open).lines() {
        let line = line.map_err(told)?;
        // Several nodes may write the same seal.
        if let Ok(seal) = serde_json::from_str::<Seal>(&line)
            && !all.contains(&seal)
        {
            all.push(seal);
        }
    }
    Ok(all)
}
