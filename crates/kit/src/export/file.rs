//! A file under way: rows go in, the bytes of its form come out.

use std::io;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::cells::{Cells, Form, Kind};
use super::{csv_line, escape_formula, write_line};
use crate::event::object;
use crate::format::Format;
use crate::time::Instant;
use crate::workbook::{Cell, FAULT, Writer};

pub struct File {
    columns: Vec<String>,
    /// The fields that the columns' values are read from.
    sources: Vec<String>,
    form: Kept,
}

enum Kept {
    Csv,
    Ndjson,
    /// Whether a record was written: the next one comes after a comma.
    Json(bool),
    Xlsx {
        writer: Box<Writer>,
        /// The columns that hold instants.
        instants: Vec<String>,
    },
}

impl File {
    /// The file with its beginning. `rows` is how many will come, where that matters.
    pub fn begin(
        name: &str,
        columns: Vec<String>,
        instants: Vec<String>,
        format: Format,
        rows: usize,
    ) -> io::Result<(Self, Vec<u8>)> {
        let (form, head) = match format {
            Format::Csv => (
                Kept::Csv,
                csv_line(columns.iter().map(|it| escape_formula(it))),
            ),
            Format::Ndjson => (Kept::Ndjson, vec![]),
            Format::Json => (Kept::Json(false), b"[\n".to_vec()),
            Format::Xlsx => {
                let mut writer = Writer::new(name, columns.iter().map(String::as_str), rows)?;
                let head = writer.take();
                let writer = Box::new(writer);
                (Kept::Xlsx { writer, instants }, head)
            }
        };
        let sources = columns.clone();
        let file = Self {
            columns,
            sources,
            form,
        };
        Ok((file, head))
    }

    /// Reads the columns from fields of other names.
    pub fn reading(self, sources: Vec<String>) -> Self {
        Self { sources, ..self }
    }

    /// Records, of which the columns are written.
    pub fn rows<T: Serialize>(&mut self, batch: &[T]) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(batch.len() * 512);
        match &mut self.form {
            Kept::Csv => {
                let mut cells = Cells::new(&self.sources, Form::Text);
                for row in batch {
                    write_line(&mut out, cells.of(row).iter());
                }
            }
            Kept::Ndjson => {
                for row in batch {
                    write_object(&mut out, row, &self.columns, &self.sources)?;
                    out.push(b'\n');
                }
            }
            Kept::Json(any) => {
                for row in batch {
                    if std::mem::replace(any, true) {
                        out.extend(b",\n");
                    }
                    write_object(&mut out, row, &self.columns, &self.sources)?;
                }
            }
            Kept::Xlsx { writer, instants } => {
                let mut cells = Cells::new(&self.sources, Form::Typed);
                for row in batch {
                    cells.of(row);
                    writer.row(typed(&cells, &self.columns, instants))?;
                }
                out = writer.take();
            }
        }
        Ok(out)
    }

    /// A row of texts, for forms that [have cells](Format::has_cells).
    pub fn line(&mut self, cells: &[String]) -> io::Result<Vec<u8>> {
        match &mut self.form {
            Kept::Xlsx { writer, .. } => {
                let cell = |it| match str::starts_with(it, FAULT) {
                    true => Cell::Fault,
                    false => Cell::Text(it),
                };
                writer.row(cells.iter().map(|it| cell(it)))?;
                Ok(writer.take())
            }
            _ => Ok(csv_line(
                cells
                    .iter()
                    .map(|it| escape_formula(it.trim_start_matches(FAULT))),
            )),
        }
    }

    pub fn end(self) -> io::Result<Vec<u8>> {
        match self.form {
            Kept::Csv | Kept::Ndjson => Ok(vec![]),
            Kept::Json(any) => Ok(if any { b"\n]\n" } else { &b"]\n"[..] }.to_vec()),
            Kept::Xlsx { writer, .. } => writer.finish(),
        }
    }
}

/// The cells of the last record as a workbook has them.
fn typed<'a>(
    cells: &'a Cells<'_>,
    columns: &'a [String],
    instants: &'a [String],
) -> impl Iterator<Item = Cell<'a>> {
    let all = cells.cells.iter().zip(&cells.kinds).zip(columns);
    all.map(|((text, kind), column)| match kind {
        Kind::Nothing => Cell::Empty,
        Kind::Number => Cell::Number(text),
        Kind::Boolean => Cell::Boolean(text == "true"),
        Kind::Text if instants.contains(column) => {
            Instant::parse(text).map_or(Cell::Text(text), Cell::Instant)
        }
        Kind::Text | Kind::List | Kind::Object => Cell::Text(text),
    })
}

/// The columns of a record; all that it has, where none are named.
fn write_object<T: Serialize>(
    out: &mut Vec<u8>,
    row: &T,
    columns: &[String],
    sources: &[String],
) -> io::Result<()> {
    let mut fields = object(row);
    if columns.is_empty() {
        return Ok(serde_json::to_writer(out, &fields)?);
    }
    let kept: Map<String, Json> = columns
        .iter()
        .zip(sources)
        .filter_map(|(name, source)| Some((name.clone(), fields.shift_remove(source)?)))
        .collect();
    Ok(serde_json::to_writer(out, &kept)?)
}
