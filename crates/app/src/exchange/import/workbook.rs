//! A workbook on its way in. Its directory stands at its end, so it waits in a temporary file; its
//! rows are kept as CSV with their numbers in front, which every node reads on from anywhere.

use std::fs::File;

use bytes::Bytes;
use futures::Stream;
use kit::export::write_line;
use kit::format::Format;
use kit::workbook::{FAULT, Row, Sheet, Workbook};
use kit::{Error, Result};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::detect::{Detected, SAMPLE, distinct};
use super::file::PIECE;
use super::upload::{MOST, Parts, Source, Taken, not_taken};

/// Takes a workbook in, of which `head` was read already.
pub async fn take_in<E: std::fmt::Display>(
    parts: &Parts,
    id: Uuid,
    head: Vec<u8>,
    source: &mut Source<impl Stream<Item = Result<Bytes, E>> + Unpin>,
) -> Result<Taken> {
    let file = tempfile::tempfile().map_err(Error::internal)?;
    let mut file = tokio::fs::File::from_std(file);
    file.write_all(&head).await.map_err(Error::internal)?;
    while let Some(more) = source.next().await? {
        file.write_all(&more).await.map_err(Error::internal)?;
    }
    file.flush().await.map_err(Error::internal)?;
    let file = file.into_std().await;
    let (send, mut pieces) = mpsc::channel(2);
    let reading = tokio::task::spawn_blocking(move || {
        read(file, |piece| {
            // Nobody listens any more when the upload was given up.
            let sent = send.blocking_send(piece);
            sent.map_err(|_| "The upload broke off.".to_owned())
        })
    });
    let mut n = 0;
    while let Some(piece) = pieces.recv().await {
        parts.keep(id, n, piece).await?;
        n += 1;
    }
    reading.await.map_err(Error::internal)?.map_err(not_taken)
}

type Send<'a> = &'a mut dyn FnMut(Vec<u8>) -> Result<(), String>;

/// Reads the first sheet that has rows; hidden ones come last.
fn read(file: File, mut send: impl FnMut(Vec<u8>) -> Result<(), String>) -> Result<Taken, String> {
    let mut workbook = Workbook::open(file)?;
    let mut sheets = workbook.sheets.clone();
    sheets.sort_by_key(|it| it.is_hidden);
    for sheet in &sheets {
        let mut table = Table::default();
        workbook.each_row(sheet, |row| table.add(row, &mut send).map(|()| true))?;
        if table.rows > 0 {
            return table.end(sheet, sheets.len(), &mut send);
        }
    }
    Err("No sheet has names of columns with rows below them.".into())
}

/// The rows of a sheet, of which the first names the columns.
#[derive(Default)]
struct Table {
    headers: Vec<String>,
    sample: Vec<Vec<String>>,
    rows: i64,
    piece: Vec<u8>,
    size: i64,
}

impl Table {
    fn add(&mut self, row: &Row, send: Send<'_>) -> Result<(), String> {
        let number = row.number.to_string();
        let cells = std::iter::once(number.as_str()).chain(row.cells());
        write_line(&mut self.piece, cells);
        let shown = |it: &str| it.trim_start_matches(FAULT).to_owned();
        if self.headers.is_empty() {
            let names: Vec<String> = row.cells().map(shown).collect();
            self.headers = distinct(&names);
            return Ok(());
        }
        self.rows += 1;
        if self.sample.len() < SAMPLE {
            self.sample.push(row.cells().map(shown).collect());
        }
        if self.piece.len() >= PIECE {
            self.send(send)?;
        }
        Ok(())
    }

    fn send(&mut self, send: Send<'_>) -> Result<(), String> {
        self.size += i64::try_from(self.piece.len()).unwrap_or(MOST);
        if self.size > MOST {
            return Err(
                "The sheet has more than 2 GiB of text. Split it into several files.".into(),
            );
        }
        send(std::mem::take(&mut self.piece))
    }

    fn end(mut self, sheet: &Sheet, sheets: usize, send: Send<'_>) -> Result<Taken, String> {
        self.send(send)?;
        let message = match sheets {
            1 => String::new(),
            _ => format!("Read from the sheet “{}”.", sheet.name),
        };
        Ok(Taken {
            found: Detected {
                format: Format::Xlsx,
                delimiter: b',',
                headers: self.headers,
                sample: self.sample,
            },
            encoding: "UTF-8",
            rows: self.rows,
            message,
        })
    }
}
