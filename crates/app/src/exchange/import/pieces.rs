//! A file of text on its way in: cut into pieces, looked at and counted as it comes.

use bytes::Bytes;
use futures::Stream;
use kit::Result;
use kit::format::Format;
use uuid::Uuid;

use super::detect::{Detected, detect, encoding, whole_characters};
use super::file::PIECE;
use super::rows::{Position, Splitter};
use super::upload::{Parts, Source, Taken, not_taken};

/// Takes a text in, of which `head` was read already.
pub async fn take_in<E: std::fmt::Display>(
    parts: &Parts,
    id: Uuid,
    name: &str,
    head: Vec<u8>,
    source: &mut Source<impl Stream<Item = Result<Bytes, E>> + Unpin>,
) -> Result<Taken> {
    let mut pieces = Pieces {
        id,
        name,
        buffer: head,
        n: 0,
        splitter: None,
        rows: 0,
        encoding: "",
        found: None,
    };
    while let Some(more) = source.next().await? {
        pieces.buffer.extend_from_slice(&more);
        while pieces.buffer.len() >= PIECE {
            pieces.keep(parts, false).await?;
        }
    }
    pieces.keep(parts, true).await?;
    pieces.end()
}

struct Pieces<'a> {
    id: Uuid,
    name: &'a str,
    buffer: Vec<u8>,
    n: i64,
    splitter: Option<Splitter>,
    rows: i64,
    encoding: &'static str,
    found: Option<Detected>,
}

impl Pieces<'_> {
    /// Writes one piece, or all that is left.
    async fn keep(&mut self, parts: &Parts, last: bool) -> Result<()> {
        if self.found.is_none() {
            self.encoding = encoding(&mut self.buffer).map_err(not_taken)?;
        }
        let lines = self.splitter.as_ref().map_or(0, |it| it.lines().0);
        let most = if last {
            self.buffer.len()
        } else {
            PIECE.min(self.buffer.len())
        };
        let whole = whole_characters(self.buffer.get(..most).unwrap_or_default(), lines, last)
            .map_err(not_taken)?;
        let rest = self.buffer.split_off(whole);
        let piece = std::mem::replace(&mut self.buffer, rest);
        if self.found.is_none() {
            let found = detect(&piece, self.name).map_err(not_taken)?;
            self.splitter = Some(Splitter::new(
                found.format,
                found.delimiter,
                Position::default(),
            ));
            self.found = Some(found);
        }
        self.count(&piece)?;
        if piece.is_empty() {
            return Ok(());
        }
        parts.keep(self.id, self.n, piece).await?;
        self.n += 1;
        Ok(())
    }

    fn count(&mut self, piece: &[u8]) -> Result<()> {
        let Some(splitter) = &mut self.splitter else {
            return Ok(());
        };
        let mut at = 0;
        while at < piece.len() {
            let (taken, complete) = splitter
                .take(piece.get(at..).unwrap_or_default())
                .map_err(not_taken)?;
            at += taken;
            self.rows += i64::from(complete);
        }
        Ok(())
    }

    fn end(mut self) -> Result<Taken> {
        if let Some(splitter) = &mut self.splitter {
            let (_, complete) = splitter.take(&[]).map_err(not_taken)?;
            self.rows += i64::from(complete);
        }
        let found = self
            .found
            .ok_or_else(|| not_taken("The file is empty.".into()))?;
        let rows = self.rows - i64::from(found.format == Format::Csv);
        if rows <= 0 {
            return Err(not_taken(
                "The file names its columns but has no rows.".into(),
            ));
        }
        Ok(Taken {
            found,
            encoding: self.encoding,
            rows,
            message: String::new(),
        })
    }
}
