//! A few rows that show how a file looks, in every form that files can have.

use kit::export::File;
use kit::format::Format;
use kit::{Error, Result};
use serde_json::Value as Json;

use super::cell::{Given, read_text};
use super::object::Fields;
use super::objects::Object;
use super::rows::split;

/// The object's sample as a file of this form.
pub fn sample(object: &Object, format: Format) -> Result<Vec<u8>> {
    let (rows, _) = split(Format::Csv, b',', object.sample.as_bytes(), usize::MAX);
    let mut rows = rows.into_iter().map(|it| it.1);
    let headers = rows.next().unwrap_or_default();
    let begun = File::begin(object.name, headers.clone(), vec![], format, 0);
    let (mut file, mut out) = begun.map_err(Error::internal)?;
    for row in rows {
        let written = match format.has_cells() {
            true => file.line(&row),
            false => file.rows(&[record(object, &headers, &row)]),
        };
        out.extend(written.map_err(Error::internal)?);
    }
    out.extend(file.end().map_err(Error::internal)?);
    Ok(out)
}

fn record(object: &Object, headers: &[String], row: &[String]) -> Fields {
    let columns = (object.columns)();
    let one = |(name, cell): (&String, &String)| {
        let column = columns.iter().find(|it| it.name == name)?;
        let value = match read_text(cell, &column.reading(None)) {
            Given::Absent => return None,
            Given::Cleared => Json::Null,
            Given::Value(value) => value,
        };
        Some((name.clone(), value))
    };
    headers.iter().zip(row).filter_map(one).collect()
}
