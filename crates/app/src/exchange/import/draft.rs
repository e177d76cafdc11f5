//! A row of the file, read cell by cell: fields, errors, what was cleaned.

use kit::call::json;
use kit::error::FieldError;
use kit::format::Format;
use kit::text;
use kit::workbook::{FAULT, NOT_CALCULATED};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::cell::{Given, Reading, read_json, read_text};
use super::object::{Fields, ImportColumn};
use super::rows::{Position, Record};

/// What is wrong with a row, where, and what to do.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct RowError {
    /// The file's name of the column; empty when it is the row as a whole.
    pub column: String,
    /// The field it is mapped to.
    pub field: String,
    /// What stands there, shortened.
    pub value: String,
    pub code: String,
    pub message: String,
}

/// What was changed before a value was taken.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, PartialEq)]
pub struct Cleaned {
    pub column: String,
    pub what: String,
}

/// A field and the file's column that it is read from.
#[derive(Clone, Debug)]
pub struct Mapped {
    pub column: &'static ImportColumn,
    pub header: String,
    pub index: usize,
}

/// How rows are read.
#[derive(Clone, Debug)]
pub struct Reader {
    pub format: Format,
    pub columns: Vec<Mapped>,
    /// How many columns the file's first line names.
    pub width: usize,
    pub separator: Option<char>,
}

/// A row that was read, but not yet compared with anything.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub line: i64,
    /// Where the next row begins.
    pub end: Position,
    pub fields: Fields,
    pub errors: Vec<RowError>,
    pub cleaned: Vec<Cleaned>,
}

impl Reader {
    pub fn of(import: &super::Import, columns: Vec<Mapped>) -> Self {
        Self {
            format: import.format,
            columns,
            width: import.headers.len(),
            separator: import.separator.chars().next(),
        }
    }

    /// The same, for some fields only.
    pub fn only(&self, names: &[&str]) -> Self {
        let columns = self
            .columns
            .iter()
            .filter(|it| names.contains(&it.column.name))
            .cloned()
            .collect();
        Self {
            columns,
            ..self.clone()
        }
    }

    pub fn read(&self, record: &Record<'_>, end: Position) -> Draft {
        let mut draft = Draft {
            line: record.line,
            end,
            ..Draft::default()
        };
        if self.format.has_cells() {
            self.read_cells(record, &mut draft);
        } else {
            self.read_object(record, &mut draft);
        }
        draft
    }

    fn read_cells(&self, record: &Record<'_>, draft: &mut Draft) {
        if record.width() > self.width
            && record
                .cells()
                .skip(self.width)
                .any(|it| !it.trim().is_empty())
        {
            let advice = match self.format {
                Format::Csv => "Put quotation marks around values that hold the separator.",
                _ => "Name the columns of all values, or remove those that have none.",
            };
            let message = format!(
                "The row has {} cells, the first line names {} columns. {advice}",
                record.width(),
                self.width
            );
            draft.errors.push(RowError {
                column: String::new(),
                field: String::new(),
                value: String::new(),
                code: "too_many_cells".into(),
                message,
            });
        }
        for mapped in &self.columns {
            let cell = record.cell(mapped.index);
            if let Some(fault) = cell.strip_prefix(FAULT) {
                draft.errors.push(faulty(mapped, fault));
            } else if !cell.is_empty() {
                note_controls(mapped, cell, draft);
                let reading = Reading {
                    shielded: self.format == Format::Csv,
                    ..mapped.column.reading(self.separator)
                };
                keep(mapped, read_text(cell, &reading), draft);
            }
        }
    }

    fn read_object(&self, record: &Record<'_>, draft: &mut Draft) {
        let mut object = match serde_json::from_str::<Fields>(record.json()) {
            Ok(object) => object,
            Err(error) => {
                let error = error.to_string();
                let why = error.split(" at line ").next().unwrap_or_default();
                let message = format!("This is no JSON object: {why}.");
                draft.errors.push(RowError {
                    column: String::new(),
                    field: String::new(),
                    value: text::clip(record.json(), 100).into_owned(),
                    code: "not_json".into(),
                    message,
                });
                return;
            }
        };
        for mapped in &self.columns {
            if let Some(value) = object.remove(&mapped.header) {
                if let Json::String(text) = &value {
                    note_controls(mapped, text, draft);
                }
                keep(
                    mapped,
                    read_json(value, &mapped.column.reading(self.separator)),
                    draft,
                );
            }
        }
    }

    /// Where the file has a field.
    pub fn header(&self, field: &str) -> String {
        let mapped = self.columns.iter().find(|it| it.column.name == field);
        mapped.map_or_else(String::new, |it| it.header.clone())
    }

    /// A field's error as people find it in their file.
    pub fn row_error(&self, draft: &Draft, error: &FieldError) -> RowError {
        let field = error
            .pointer
            .trim_start_matches('/')
            .split('/')
            .next()
            .unwrap_or_default();
        let value = draft.fields.get(field).map(shown).unwrap_or_default();
        let column = match self.header(field) {
            header if header.is_empty() => field.to_owned(),
            header => header,
        };
        RowError {
            column,
            field: field.to_owned(),
            value,
            code: error.code.clone(),
            message: error.message.clone(),
        }
    }
}

fn keep(mapped: &Mapped, given: Given, draft: &mut Draft) {
    match given {
        Given::Absent => {}
        Given::Cleared => {
            _ = draft
                .fields
                .insert(mapped.column.name.to_owned(), Json::Null)
        }
        Given::Value(value) => _ = draft.fields.insert(mapped.column.name.to_owned(), value),
    }
}

/// A cell that has an error instead of a value.
fn faulty(mapped: &Mapped, fault: &str) -> RowError {
    let message = match fault {
        NOT_CALCULATED => "was never calculated. Open the workbook, save it, and upload it again.",
        _ => "is the error of a formula. Correct it in the workbook, or write the value itself.",
    };
    RowError {
        column: mapped.header.clone(),
        field: mapped.column.name.to_owned(),
        value: text::clip(fault, 100).into_owned(),
        code: "formula_error".into(),
        message: message.into(),
    }
}

fn note_controls(mapped: &Mapped, cell: &str, draft: &mut Draft) {
    if text::has_control(cell) {
        draft.cleaned.push(Cleaned {
            column: mapped.header.clone(),
            what: "control characters removed".into(),
        });
    }
}

/// A value as one finds it in the file, shortened.
fn shown(value: &Json) -> String {
    text::clip(
        &match value {
            Json::String(text) => text.clone(),
            Json::Null => "\\N".into(),
            Json::Array(all) => all
                .iter()
                .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join("|"),
            it => json(it).to_string(),
        },
        100,
    )
    .into_owned()
}
