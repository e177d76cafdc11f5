//! The uploaded file, read in pieces from where every node finds it.

use kit::conn::Db;
use kit::{Error, Result, sql};
use uuid::Uuid;

use super::Import;
use super::rows::{Position, Record, Splitter};

/// One piece of a stored file.
pub const PIECE: usize = 512 * 1024;
/// What is handed over at once, give or take a record: rows may be long, and memory is not.
const PORTION: usize = 4 * 1024 * 1024;

/// Reads a file's records from some position on.
pub struct FileReader {
    db: Db,
    import_id: Uuid,
    piece: Vec<u8>,
    position: Position,
    ended: bool,
    splitter: Splitter,
}

impl FileReader {
    /// From the first row on: past the headers, where there are cells.
    pub async fn open(db: &Db, import: &Import) -> Result<Self> {
        let mut reader = Self::resume(db, import, Position::default()).await?;
        if import.format.has_cells() {
            reader.each(1, |_| Ok(())).await?;
        }
        Ok(reader)
    }

    pub async fn resume(db: &Db, import: &Import, position: Position) -> Result<Self> {
        let delimiter = import.delimiter.bytes().next().unwrap_or(b',');
        let mut reader = Self {
            db: db.clone(),
            import_id: import.id.uuid(),
            piece: vec![],
            position,
            ended: false,
            splitter: Splitter::new(import.format, delimiter, position),
        };
        reader.fetch().await?;
        Ok(reader)
    }

    /// Where the next record begins.
    pub fn position(&self) -> Position {
        let (lines, after_return) = self.splitter.lines();
        Position {
            lines,
            after_return,
            ..self.position
        }
    }

    /// Hands over at most so many records, each with the position after it; tells how many. None are
    /// left when it says 0: long ones come in smaller portions.
    pub async fn each(
        &mut self,
        most: usize,
        mut take: impl FnMut((Record<'_>, Position)) -> Result<()>,
    ) -> Result<usize> {
        let (mut count, mut size) = (0, 0);
        while count < most && size < PORTION {
            if self.position.at >= self.piece.len() && !self.ended {
                self.position.piece += 1;
                self.position.at = 0;
                self.fetch().await?;
                continue;
            }
            let input = self.piece.get(self.position.at..).unwrap_or_default();
            let (taken, complete) = self.splitter.take(input).map_err(unreadable)?;
            self.position.at += taken;
            size += taken;
            if complete {
                take((self.splitter.record().map_err(unreadable)?, self.position()))?;
                count += 1;
            } else if self.ended && taken == 0 {
                break;
            }
        }
        Ok(count)
    }

    async fn fetch(&mut self) -> Result<()> {
        let sql = sql!(
            "select bytes from import_chunks where import_id = $1 and n = $2",
            self.import_id,
            self.position.piece
        );
        let found: Option<(Vec<u8>,)> = self.db.read().query_optional(sql).await?;
        self.ended = found.is_none();
        self.piece = found.map(|(bytes,)| bytes).unwrap_or_default();
        Ok(())
    }
}

/// A file that cannot be read on.
pub fn unreadable(detail: String) -> Error {
    Error::Conflict {
        code: "unreadable_file",
        detail,
        blockers: vec![],
    }
}
