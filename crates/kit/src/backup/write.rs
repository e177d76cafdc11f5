//! Writes a backup file: whole and durable under its name, or not at all.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use flate2::{Compression, write::GzEncoder};

use super::{BLOCK, End, Footer, Header, broken, line, rename};
use crate::conn::Result;
use crate::conn::whole::Table;
use crate::secret::Digesting;

/// Takes lines; hashing, compressing and writing are another thread's work.
pub struct Writer {
    parts: Option<SyncSender<Part>>,
    thread: Option<JoinHandle<Result<()>>>,
    block: Vec<u8>,
    table_rows: u64,
    tables: u64,
    rows: u64,
    partial: PathBuf,
    wanted: PathBuf,
}

enum Part {
    /// A line that is no row.
    Line(Vec<u8>),
    Rows(Vec<u8>),
    /// The end of a table of so many rows.
    End(u64),
    Footer {
        tables: u64,
        rows: u64,
    },
}

impl Writer {
    /// The file is for its owner's eyes only: it holds what the database holds.
    pub fn create(wanted: &Path, header: &Header) -> Result<Self> {
        let mut name = wanted.as_os_str().to_owned();
        name.push(format!(".{}.partial", std::process::id()));
        let partial = PathBuf::from(name);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&partial)
            .map_err(|it| broken(format!("cannot write {}: {it}", partial.display())))?;
        let (parts, arriving) = sync_channel(8);
        let place = partial.display().to_string();
        let thread = std::thread::spawn(move || {
            write(file, arriving).map_err(|it| broken(format!("cannot write {place}: {it}")))
        });
        let mut writer = Self {
            parts: Some(parts),
            thread: Some(thread),
            block: Vec::with_capacity(BLOCK),
            table_rows: 0,
            tables: 0,
            rows: 0,
            partial,
            wanted: wanted.to_owned(),
        };
        writer.send(Part::Line(line(header)?))?;
        Ok(writer)
    }

    pub fn table(&mut self, table: &Table) -> Result<()> {
        self.tables += 1;
        self.send(Part::Line(line(table)?))
    }

    /// A row, as `Snapshot::lines` gives it.
    pub fn row(&mut self, line: &[u8]) -> Result<()> {
        self.block.extend(line);
        self.block.push(b'\n');
        self.table_rows += 1;
        match self.block.len() < BLOCK {
            true => Ok(()),
            false => self.flush(),
        }
    }

    /// The end of a table; tells how many rows it had.
    pub fn end(&mut self) -> Result<u64> {
        self.flush()?;
        let rows = std::mem::take(&mut self.table_rows);
        self.rows += rows;
        self.send(Part::End(rows))?;
        Ok(rows)
    }

    /// Gives the file its name once it is on disk; tells its rows and its size.
    pub fn finish(mut self) -> Result<(u64, u64)> {
        let (tables, rows) = (self.tables, self.rows);
        self.send(Part::Footer { tables, rows })?;
        self.parts = None;
        self.written()?;
        let size = std::fs::metadata(&self.partial).map(|it| it.len());
        let renamed = size.and_then(|size| rename(&self.partial, &self.wanted).map(|()| size));
        let size = renamed
            .map_err(|it| broken(format!("cannot write {}: {it}", self.wanted.display())))?;
        Ok((rows, size))
    }

    fn flush(&mut self) -> Result<()> {
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK + BLOCK / 8));
        self.send(Part::Rows(block))
    }

    fn send(&mut self, part: Part) -> Result<()> {
        let sent = self.parts.as_ref().is_some_and(|it| it.send(part).is_ok());
        match sent {
            true => Ok(()),
            // The other side gave up, and knows why.
            false => self.written(),
        }
    }

    fn written(&mut self) -> Result<()> {
        let ended = self.thread.take().map(JoinHandle::join);
        ended
            .unwrap_or(Ok(Ok(())))
            .unwrap_or_else(|_| Err(broken("writing the backup broke off")))
    }
}

/// A backup that was given up leaves nothing behind.
impl Drop for Writer {
    fn drop(&mut self) {
        self.parts = None;
        let _ = self.written();
        let _ = std::fs::remove_file(&self.partial);
    }
}

fn write(file: File, parts: Receiver<Part>) -> std::io::Result<()> {
    let mut out = GzEncoder::new(file, Compression::fast());
    let (mut all, mut table) = (Digesting::default(), Digesting::default());
    for part in parts {
        let bytes = match part {
            Part::Rows(bytes) => {
                table.add(&bytes);
                out.write_all(&bytes)?;
                continue;
            }
            Part::Line(bytes) => bytes,
            Part::End(rows) => {
                let sha256 = std::mem::take(&mut table).text();
                line(&End { rows, sha256 }).map_err(std::io::Error::other)?
            }
            Part::Footer { tables, rows } => {
                let sha256 = std::mem::take(&mut all).text();
                let footer = Footer {
                    tables,
                    rows,
                    sha256,
                };
                line(&footer).map_err(std::io::Error::other)?
            }
        };
        all.add(&bytes);
        out.write_all(&bytes)?;
    }
    out.finish()?.sync_all()
}
