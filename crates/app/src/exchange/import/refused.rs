//! The refused rows as a file: to correct them and upload them again (IMP-02).

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt, stream};
use kit::call::Call;
use kit::conn::{Db, JsonOf};
use kit::export::{File, typed_cell, unescape_formula};
use kit::format::Format;
use kit::list::Query;
use kit::web::At;
use kit::{Error, Record, Result, sql};
use serde_json::Value as Json;

use super::cell::{Given, PLAIN, read_text};
use super::draft::RowError;
use super::file::FileReader;
use super::object::Fields;
use super::{Import, ImportState, rows};

/// The column with the reasons, which reads back as one that is ignored.
const REASONS: &str = "import_errors";
/// Rows read at once.
const STEP: usize = 2_000;

/// The refused rows as they stand in the file, with the reasons in a column more: to correct them
/// and upload them again. `format` is `csv`, `xlsx`, `json` or `ndjson`; the file's own when absent.
pub async fn import_refused(mut call: Call, At(id): At<Import>, query: Query) -> Result<Response> {
    query.only(&["format"])?;
    let scope = call.allow::<Import>("read")?;
    let import = call.find(&scope, id).await?;
    if import.state == ImportState::Expired || import.expires_at.is_none() {
        return Err(Error::conflict(
            "expired",
            "The file was removed 24 hours after it was uploaded.",
        ));
    }
    let format = match query.get("format") {
        None => import.format,
        Some(it) => Format::parse(it).ok_or_else(|| {
            Error::bad_request("invalid_parameter", "format is csv, xlsx, json or ndjson.")
        })?,
    };
    let reader = FileReader::open(&call.state.db, &import).await?;
    let name = format!("refused-{}", import.id);
    // Objects are written with all that they have.
    let columns = match format.has_cells() {
        true => import
            .headers
            .iter()
            .cloned()
            .chain([REASONS.to_owned()])
            .collect(),
        false => vec![],
    };
    let begun = File::begin("refused", columns, vec![], format, 0);
    let (file, head) = begun.map_err(Error::internal)?;
    let work = Refused {
        db: call.state.db.clone(),
        import,
        reader,
        format,
        file,
    };
    let rest = stream::unfold(Some(work), async |from| {
        let mut work = from?;
        match work.piece().await {
            Ok(Some(piece)) => Some((Ok(Bytes::from(piece)), Some(work))),
            Ok(None) => Some((work.file.end().map(Bytes::from), None)),
            Err(error) => Some((Err(std::io::Error::other(error.to_string())), None)),
        }
    });
    let head = stream::once(async move { Ok(Bytes::from(head)) });
    // Compression asks once more after the end.
    Ok(format.attachment(Body::from_stream(head.chain(rest).fuse()), &name))
}

#[derive(Record)]
struct Reasons {
    line: i64,
    errors: JsonOf<Vec<RowError>>,
}

struct Refused {
    db: Db,
    import: Import,
    reader: FileReader,
    format: Format,
    file: File,
}

/// A row as it stands in the file, its cells without the shield of CSV.
enum Row {
    Cells(Vec<String>),
    Object(Fields),
    /// What is no JSON object.
    Raw(String),
}

impl Row {
    fn of(record: &rows::Record<'_>, import: &Import) -> Self {
        match import.format {
            Format::Csv => Self::Cells(
                record
                    .cells()
                    .map(|it| unescape_formula(it).to_owned())
                    .collect(),
            ),
            Format::Xlsx => Self::Cells(record.cells().map(str::to_owned).collect()),
            Format::Json | Format::Ndjson => match serde_json::from_str(record.json()) {
                Ok(object) => Self::Object(object),
                Err(_) => Self::Raw(record.json().to_owned()),
            },
        }
    }

    /// In the order of the headers; null is written as what reads back as null.
    fn into_cells(self, headers: &[String]) -> Vec<String> {
        let one = |value: Option<&Json>| match value {
            Some(Json::Null) => "\\N".to_owned(),
            Some(value) => typed_cell(value),
            None => String::new(),
        };
        match self {
            Self::Cells(cells) => cells,
            Self::Object(object) => headers.iter().map(|it| one(object.get(it))).collect(),
            Self::Raw(text) => vec![text],
        }
    }

    fn into_object(self, headers: &[String]) -> Fields {
        let mut object = Fields::new();
        match self {
            Self::Object(it) => object = it,
            Self::Raw(text) => _ = object.insert("record".into(), text.into()),
            Self::Cells(cells) => {
                for (n, cell) in cells.iter().enumerate() {
                    let name = headers.get(n).cloned();
                    let name = name.unwrap_or_else(|| format!("Column {}", n + 1));
                    match read_text(cell, &PLAIN) {
                        Given::Absent => {}
                        Given::Cleared => _ = object.insert(name, Json::Null),
                        Given::Value(value) => _ = object.insert(name, value),
                    }
                }
            }
        }
        object
    }
}

impl Refused {
    /// The refused ones among the next rows; none at the end.
    async fn piece(&mut self) -> Result<Option<Vec<u8>>> {
        let mut rows: Vec<(i64, Row)> = vec![];
        let from = self.reader.position().lines;
        let import = &self.import;
        let read = self
            .reader
            .each(STEP, |(record, _)| {
                rows.push((record.line, Row::of(&record, import)));
                Ok(())
            })
            .await?;
        if read == 0 {
            return Ok(None);
        }
        let to = self.reader.position().lines + 1;
        let sql = sql!(
            "select line, errors from import_rows where import_id = $1 and outcome = 'refused' and phase in ('plan', 'apply') and line > $2 and line <= $3 order by line",
            import.id,
            from,
            to
        );
        let reasons: Vec<Reasons> = self.db.read().query(sql).await?;
        let mut out = vec![];
        for (line, row) in rows {
            let Ok(at) = reasons.binary_search_by_key(&line, |it| it.line) else {
                continue;
            };
            let told = reasons.get(at).map(|it| told(&it.errors.0));
            out.extend(self.write(row, told.unwrap_or_default())?);
        }
        Ok(Some(out))
    }

    fn write(&mut self, row: Row, told: String) -> Result<Vec<u8>> {
        let headers = &self.import.headers;
        let written = if self.format.has_cells() {
            let mut cells = row.into_cells(headers);
            // Cells without a column stay behind the reasons: the row is refused until they are gone.
            cells.resize(cells.len().max(headers.len()), String::new());
            cells.insert(headers.len(), told);
            self.file.line(&cells)
        } else {
            let mut object = row.into_object(headers);
            object.insert(REASONS.into(), told.into());
            self.file.rows(&[object])
        };
        written.map_err(Error::internal)
    }
}

fn told(errors: &[RowError]) -> String {
    errors
        .iter()
        .map(|it| format!("{} {}", it.column, it.message).trim().to_owned())
        .collect::<Vec<_>>()
        .join(" | ")
}
