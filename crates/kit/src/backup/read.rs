//! Reads a backup file and believes nothing: every hash and count is checked on the way.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;

use super::{BLOCK, End, FORMAT, Footer, Header, VERSION, broken};
use crate::conn::Result;
use crate::conn::whole::{Age, Table, age, decode};
use crate::secret::Digesting;

pub struct Reader {
    pub header: Header,
    file: String,
    lines: BufReader<MultiGzDecoder<BufReader<File>>>,
    line: Vec<u8>,
    /// Of all lines so far that are no rows.
    all: Digesting,
    /// Of the rows so far of the table that is being read.
    table: Option<Digesting>,
    table_rows: u64,
    tables: u64,
    rows: u64,
}

/// What comes next.
pub enum Piece<'r> {
    Table(Table),
    /// A row's line.
    Row(&'r [u8]),
    /// The end of a table whose rows were all there and as they were written.
    End,
}

impl Reader {
    pub fn open(path: &Path) -> Result<Self> {
        let file = path.display().to_string();
        let opened = File::open(path).map_err(|it| broken(format!("cannot read {file}: {it}")))?;
        let zipped = MultiGzDecoder::new(BufReader::with_capacity(BLOCK, opened));
        let mut reader = Self {
            header: Header::new("", vec![], "", crate::time::Instant::default(), None),
            file,
            lines: BufReader::with_capacity(BLOCK, zipped),
            line: vec![],
            all: Digesting::default(),
            table: None,
            table_rows: 0,
            tables: 0,
            rows: 0,
        };
        let stranger = format!("{} is no backup of Tenantry", reader.file);
        // What is not even compressed is something else; what is, may be a backup that was damaged.
        if let Err(error) = reader.next_line() {
            let is_zipped = reader.lines.get_ref().header().is_some();
            return Err(if is_zipped { error } else { broken(stranger) });
        }
        let first: serde_json::Value =
            serde_json::from_slice(&reader.line).map_err(|_| broken(&stranger))?;
        if first["format"] != FORMAT {
            return Err(broken(stranger));
        }
        if first["version"] != VERSION {
            return Err(broken(format!(
                "{} was written by Tenantry {} in version {} of the format, and this program reads version {VERSION}: restore it with that Tenantry",
                reader.file, first["tenantry"], first["version"]
            )));
        }
        reader.header =
            serde_json::from_value(first).map_err(|it| reader.altered(&it.to_string()))?;
        reader.all.add(&reader.line);
        Ok(reader)
    }

    /// Refuses tables that this program cannot make.
    pub fn known(&self) -> Result<Age> {
        match age(&self.header.schema) {
            Age::Unknown => Err(broken(format!(
                "{} was written by Tenantry {} and holds tables that this program, Tenantry {}, cannot make: restore it with that Tenantry, then upgrade",
                self.file,
                self.header.tenantry,
                env!("CARGO_PKG_VERSION")
            ))),
            age => Ok(age),
        }
    }

    /// None at the end of a file that was whole.
    pub fn piece(&mut self) -> Result<Option<Piece<'_>>> {
        self.next_line()?;
        if self.line.first() == Some(&b'[') {
            let Some(table) = &mut self.table else {
                return Err(self.altered("a row stands outside a table"));
            };
            table.add(&self.line);
            self.table_rows += 1;
            let row = &self.line[..self.line.len() - 1];
            return Ok(Some(Piece::Row(row)));
        }
        if let Some(table) = self.table.take() {
            let rows = std::mem::take(&mut self.table_rows);
            let counted = End {
                rows,
                sha256: table.text(),
            };
            let told: End = self.read()?;
            if told != counted {
                return Err(self.altered(&format!(
                    "table {} has not the rows that were written",
                    self.tables
                )));
            }
            self.rows += rows;
            self.all.add(&self.line);
            return Ok(Some(Piece::End));
        }
        if self.line.starts_with(b"{\"table\"") {
            let table: Table = self.read()?;
            self.all.add(&self.line);
            self.table = Some(Digesting::default());
            self.tables += 1;
            return Ok(Some(Piece::Table(table)));
        }
        let told: Footer = self.read()?;
        let counted = Footer {
            tables: self.tables,
            rows: self.rows,
            sha256: std::mem::take(&mut self.all).text(),
        };
        if told != counted {
            return Err(self.altered("its parts do not add up"));
        }
        match self.lines.fill_buf() {
            Ok([]) => Ok(None),
            _ => Err(self.altered("something follows its end")),
        }
    }

    fn next_line(&mut self) -> Result<()> {
        self.line.clear();
        let read = self.lines.read_until(b'\n', &mut self.line);
        match read {
            Ok(_) if self.line.last() == Some(&b'\n') => Ok(()),
            Ok(_) => Err(self.cut()),
            Err(it) if it.kind() == std::io::ErrorKind::UnexpectedEof => Err(self.cut()),
            Err(it) => Err(self.altered(&it.to_string())),
        }
    }

    fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.line).map_err(|it| self.altered(&it.to_string()))
    }

    fn cut(&self) -> crate::conn::Error {
        broken(format!(
            "{} is cut off after {} rows: take another copy of it, or another backup",
            self.file,
            self.rows + self.table_rows
        ))
    }

    /// For who finds that a row makes no sense.
    pub fn altered(&self, what: &str) -> crate::conn::Error {
        broken(format!(
            "{} was altered or damaged ({what}): take another copy of it, or another backup",
            self.file
        ))
    }
}

/// What a whole file holds: each table with its rows.
pub struct Check {
    pub header: Header,
    pub tables: Vec<(String, u64)>,
}

/// Reads all of a file: hashes, counts, and that each row fits its table.
pub fn check(path: &Path, mut progress: impl FnMut(&str, u64)) -> Result<Check> {
    let mut reader = Reader::open(path)?;
    let mut tables: Vec<(Table, u64)> = vec![];
    while let Some(piece) = reader.piece()? {
        match (piece, tables.last_mut()) {
            (Piece::Table(table), _) => tables.push((table, 0)),
            (Piece::Row(row), Some((table, rows))) => {
                let row = decode(table, row);
                row.map_err(|it| reader.altered(&it.to_string()))?;
                *rows += 1;
                progress(&table.name, *rows);
            }
            _ => {}
        }
    }
    Ok(Check {
        tables: tables
            .into_iter()
            .map(|(it, rows)| (it.name, rows))
            .collect(),
        header: reader.header,
    })
}
