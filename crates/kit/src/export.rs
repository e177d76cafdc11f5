//! Exports (EXP-01…03): any list, streamed in bounded memory, in a form that imports back unchanged.

mod cells;
mod file;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde_json::Value as Json;

use crate::access::Scope;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::format::Format;
use crate::list::{self, Plan};
use crate::resource::Resource;
use crate::workbook;
use cells::{Form, Kind};
pub use file::File;

/// Streams every row of a plan, if there are no more than `most`. The snapshot is one statement's, so the file is consistent.
pub async fn stream<T: Resource>(
    call: &mut Call,
    scope: &Scope,
    plan: Plan,
    columns: Vec<&'static str>,
    format: Format,
    most: Option<i64>,
) -> Result<Response> {
    list::check_references(call, scope, &plan).await?;
    let search = list::search_plan(call, &plan).await?;
    let count = match (format, most) {
        (Format::Xlsx, _) | (_, Some(_)) => {
            let rows = call
                .count(list::count(&plan, scope, &search, false))
                .await?;
            fits_download(rows, most)?;
            match format {
                Format::Xlsx => fits(rows)?,
                _ => 0,
            }
        }
        _ => 0,
    };
    let sql = list::export(&plan, scope, &search).slow();
    let rows = call.state.db.stream::<T>(sql);
    tracing::info!(user = %call.caller.user_id, list = T::NAME, ?format, request_id = call.origin.request_id, "export");
    let is_instant = |it: &&list::Column| matches!(it.kind, list::Kind::Instant);
    let instants = T::list().columns.iter().filter(is_instant);
    let instants = instants.map(|it| it.name.to_owned()).collect();
    let sources = columns
        .iter()
        .map(|it| list::source(T::list(), &call.caller, it).to_owned())
        .collect();
    let columns = columns.into_iter().map(str::to_owned).collect();
    let begun = File::begin(T::NAME, columns, instants, format, count);
    let (file, head) = begun.map_err(Error::internal)?;
    let file = file.reading(sources);
    let head = stream::once(async move { Ok(Bytes::from(head)) });
    let body = stream::unfold(Some((file, rows)), async |from| {
        let (mut file, mut rows) = from?;
        let piece = match rows.recv().await {
            // To pack is work; elsewhere it holds up nobody.
            Some(Ok(batch)) => tokio::task::spawn_blocking(move || {
                let piece = file.rows(&batch);
                (piece, file)
            })
            .await
            .map_err(std::io::Error::other),
            // The connection breaks off: a file that just ended would look complete.
            Some(Err(error)) => Err(std::io::Error::other(error.to_string())),
            None => return Some((file.end().map(Bytes::from), None)),
        };
        Some(match piece {
            Ok((piece, file)) => (piece.map(Bytes::from), Some((file, rows))),
            Err(error) => (Err(error), None),
        })
    });
    // Compression asks once more after the end.
    let body = Body::from_stream(head.chain(body).fuse());
    Ok(format.attachment(body, T::NAME))
}

/// What a browser downloads at once has a limit, which programs do not have.
fn fits_download(rows: i64, most: Option<i64>) -> Result<()> {
    match most {
        Some(most) if rows > most => Err(Error::bad_request(
            "too_many_rows",
            format!(
                "{rows} rows match, and {most} are downloaded at once (policy csv_download_rows). Narrow it down by filters, or export with a token: the API and tenantry export have no limit."
            ),
        )),
        _ => Ok(()),
    }
}

/// A sheet has an end.
fn fits(rows: i64) -> Result<usize> {
    let most = workbook::MOST_ROWS - 1;
    match usize::try_from(rows) {
        Ok(count) if rows <= i64::from(most) => Ok(count),
        _ => Err(Error::bad_request(
            "too_many_rows",
            format!(
                "{rows} rows match, and a sheet holds {most}. Take CSV (format=csv), or narrow it down by filters."
            ),
        )),
    }
}

/// A value as a cell of text: lists with `|` between, so that one cell reads back as the same list.
pub fn cell(value: &Json) -> String {
    let (mut text, kind) = plain(value);
    shield(&mut text, kind, Form::Text);
    text
}

/// The same for a cell that knows that it is text.
pub fn typed_cell(value: &Json) -> String {
    let (mut text, kind) = plain(value);
    shield(&mut text, kind, Form::Typed);
    text
}

/// A value as it stands in a cell that needs no shield.
fn plain(value: &Json) -> (String, Kind) {
    match value {
        Json::Null => (String::new(), Kind::Nothing),
        Json::Bool(it) => (it.to_string(), Kind::Boolean),
        Json::Number(it) => (it.to_string(), Kind::Number),
        Json::String(text) => (text.clone(), Kind::Text),
        Json::Array(all) => (
            all.iter()
                .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join("|"),
            Kind::List,
        ),
        Json::Object(_) => (value.to_string(), Kind::Object),
    }
}

/// Makes a text a cell that reads back as this text.
fn shield(text: &mut String, kind: Kind, form: Form) {
    if !matches!(kind, Kind::Text | Kind::List) {
        return;
    }
    if text.starts_with('\\') && text.trim_start_matches('\\') == "N" {
        // `\N` would read back as “cleared” (IMP-03).
        text.insert(0, '\\');
    } else if form == Form::Text && is_formula_like(text) {
        text.insert(0, '\'');
    }
}

/// A spreadsheet must not run what somebody typed (EXP-03): `'` before what looks like a formula,
/// and before what already begins like an escape, so that [`unescape_formula`] is its exact inverse.
pub fn escape_formula(text: &str) -> String {
    if is_formula_like(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Undoes exactly what [`escape_formula`] did.
pub fn unescape_formula(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula_like(rest) => rest,
        _ => text,
    }
}

fn is_formula_like(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with([
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ])
}

/// One line of CSV (RFC 4180).
pub fn csv_line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut line = vec![];
    write_line(&mut line, cells);
    line
}

/// Adds a line of CSV.
pub fn write_line(line: &mut Vec<u8>, cells: impl Iterator<Item = impl AsRef<str>>) {
    for (n, cell) in cells.enumerate() {
        let cell = cell.as_ref();
        if n > 0 {
            line.push(b',');
        }
        let is_special = |it: u8| matches!(it, b',' | b'"' | b'\n' | b'\r' | b';' | b'\t');
        if cell.bytes().any(is_special) || cell.starts_with(' ') || cell.ends_with(' ') {
            line.push(b'"');
            line.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            line.push(b'"');
        } else {
            line.extend_from_slice(cell.as_bytes());
        }
    }
    line.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_escaped() {
        for it in ["=1+1", "+49 30", "-5", "@x", "'=1"] {
            assert!(escape_formula(it).starts_with('\''));
        }
        assert_eq!(escape_formula("O'Neil"), "O'Neil");
        assert_eq!(escape_formula("'quoted'"), "'quoted'");
    }

    proptest! {
        /// The short way to a cell and the one over an object lead to the same.
        #[test]
        fn cells_are_the_same_either_way(text in "[\\\\N=', a|\"]{0,4}", many in proptest::collection::vec("[=a|]{0,2}", 0..3), n: i64, yes: bool, some: Option<bool>) {
            #[derive(serde::Serialize)]
            struct Inner {
                text: String,
                many: Vec<String>,
                odd: Vec<Option<u8>>,
                deep: Json,
            }
            #[derive(serde::Serialize)]
            struct Outer {
                n: i64,
                yes: bool,
                #[serde(flatten)]
                inner: Inner,
                some: Option<bool>,
            }
            let deep = serde_json::json!({ "a": [text.clone()], "b": 1.5 });
            let odd = vec![None, Some(3)];
            let it = Outer { n, yes, inner: Inner { text, many, odd, deep }, some };
            let columns = ["many", "n", "absent", "text", "some", "odd", "deep", "yes"].map(String::from);
            let fields = crate::event::object(&it);
            let long = columns.each_ref().map(|name| cell(fields.get(name).unwrap_or(&Json::Null)));
            let mut cells = cells::Cells::new(&columns, Form::Text);
            cells.of(&it);
            prop_assert_eq!(cells.of(&it), &long[..]);
        }

        #[test]
        fn unescape_is_the_inverse(text in "'{0,3}[=+@a-]?\\PC{0,10}") {
            let escaped = escape_formula(&text);
            prop_assert_eq!(unescape_formula(&escaped), text);
        }
    }
}
