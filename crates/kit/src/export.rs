//! Exports (EXP-01…03): any list, streamed in bounded memory, in a form that imports back unchanged.

mod cells;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt, stream};
use serde_json::{Map, Value as Json};

use crate::access::Scope;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::event::object;
use crate::list::{self, Plan};
use crate::resource::Resource;
use cells::Cells;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    Csv,
    Ndjson,
}

impl Format {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "csv" => Some(Self::Csv),
            "ndjson" => Some(Self::Ndjson),
            _ => None,
        }
    }
    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Ndjson => "application/x-ndjson",
        }
    }
    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
        }
    }
}

/// Streams every row of a plan. The snapshot is one statement's, so the file is consistent.
pub async fn stream<T: Resource>(
    call: &mut Call,
    scope: &Scope,
    plan: Plan,
    columns: Vec<&'static str>,
    format: Format,
) -> Result<Response> {
    list::check_references(call, scope, &plan).await?;
    let search = list::search_plan(call, &plan).await?;
    let sql = list::export(&plan, scope, &search).slow();
    let rows = call.state.db.stream::<T>(sql);
    tracing::info!(user = %call.caller.user_id, list = T::NAME, ?format, request_id = call.origin.request_id, "export");
    let head = (format == Format::Csv).then(|| csv_line(columns.iter().map(|it| (*it).to_owned())));
    let body = stream::unfold((head, rows), move |(head, mut rows)| {
        let columns = columns.clone();
        async move {
            if let Some(head) = head {
                return Some((Ok::<_, std::io::Error>(Bytes::from(head)), (None, rows)));
            }
            let piece = match rows.recv().await? {
                Ok(batch) => Ok(Bytes::from(render(&batch, &columns, format))),
                // The connection breaks off: a file that just ended would look complete.
                Err(error) => Err(std::io::Error::other(error.to_string())),
            };
            Some((piece, (None, rows)))
        }
    })
    // Compression asks once more after the end.
    .fuse();
    let name = format!(
        "attachment; filename=\"{}.{}\"",
        T::NAME,
        format.extension()
    );
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(format.content_type()),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&name).map_err(Error::internal)?,
    );
    Ok(response)
}

fn render<T: Resource>(batch: &[T], columns: &[&'static str], format: Format) -> Vec<u8> {
    let mut out = Vec::with_capacity(batch.len() * 512);
    match format {
        Format::Csv => {
            let mut cells = Cells::new(columns);
            for row in batch {
                write_line(&mut out, cells.of(row).iter());
            }
        }
        Format::Ndjson => {
            for row in batch {
                let mut fields = object(row);
                let kept: Map<String, Json> = columns
                    .iter()
                    .filter_map(|name| {
                        fields
                            .shift_remove(*name)
                            .map(|it| ((*name).to_owned(), it))
                    })
                    .collect();
                if serde_json::to_writer(&mut out, &kept).is_ok() {
                    out.push(b'\n');
                }
            }
        }
    }
    out
}

/// A value as a cell: lists with `|` between, so that one cell reads back as the same list.
pub fn cell(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        // `\N` would read back as “cleared” (IMP-03).
        Json::String(text) if text.trim_start_matches('\\') == "N" && text.starts_with('\\') => {
            format!("\\{text}")
        }
        Json::String(text) => escape_formula(text),
        Json::Array(all) => escape_formula(
            &all.iter()
                .map(|it| it.as_str().map_or_else(|| it.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join("|"),
        ),
        it => it.to_string(),
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

/// Makes a text a cell, as [`cell`] does.
fn shield(text: &mut String) {
    if text.starts_with('\\') && text.trim_start_matches('\\') == "N" {
        text.insert(0, '\\');
    } else {
        shield_list(text);
    }
}

/// The same of a list that is written out already.
fn shield_list(text: &mut String) {
    if is_formula_like(text) {
        text.insert(0, '\'');
    }
}

/// One line of CSV (RFC 4180).
pub fn csv_line(cells: impl Iterator<Item = String>) -> Vec<u8> {
    let mut line = vec![];
    write_line(&mut line, cells);
    line
}

fn write_line(line: &mut Vec<u8>, cells: impl Iterator<Item = impl AsRef<str>>) {
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
            let columns = ["many", "n", "absent", "text", "some", "odd", "deep", "yes"];
            let fields = object(&it);
            let long = columns.map(|name| cell(fields.get(name).unwrap_or(&Json::Null)));
            let mut cells = Cells::new(&columns);
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
