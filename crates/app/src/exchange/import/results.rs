//! What came of single rows: a list, and the refused ones as a file to correct.

use axum::Json;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::{StreamExt, stream};
use kit::call::Call;
use kit::conn::JsonOf;
use kit::event::Change;
use kit::export::{cell, csv_line, escape_formula, unescape_formula};
use kit::list::{LIMIT, MOST, PageInfo, Query};
use kit::web::At;
use kit::{Error, Record, Result, sql};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::draft::{Cleaned, RowError};
use super::file::FileReader;
use super::handlers::csv_file;
use super::rows::Format;
use super::store::Phase;
use super::{Import, ImportState, RowOutcome, object::Fields};

/// One row of a file and what comes of it.
#[derive(Record, Serialize, JsonSchema)]
pub struct ImportRow {
    /// The line of the file on which it begins.
    pub line: i64,
    pub outcome: RowOutcome,
    /// The record that it changes.
    pub object_id: Option<Uuid>,
    pub title: String,
    #[schemars(with = "Vec<Change>")]
    pub changes: JsonOf<Vec<Change>>,
    #[schemars(with = "Vec<RowError>")]
    pub errors: JsonOf<Vec<RowError>>,
    #[schemars(with = "Vec<Cleaned>")]
    pub cleaned: JsonOf<Vec<Cleaned>>,
}

/// A page of rows, by line.
#[derive(Serialize, JsonSchema)]
pub struct ImportRowPage {
    pub items: Vec<ImportRow>,
    pub page: PageInfo,
}

/// Rows by what comes of them: `outcome` is `refused` (when absent), `updated`, `created`,
/// `unchanged` or `cleaned`. All refused rows are kept, of the others the first thousands. `phase`
/// is `plan` or `apply`, by itself the later of the two that there is; or `undo`, of which the kept
/// records are `refused`.
pub async fn import_rows(
    mut call: Call,
    At(id): At<Import>,
    query: Query,
) -> Result<Json<ImportRowPage>> {
    query.only(&["outcome", "phase", "cursor", "limit"])?;
    let scope = call.allow::<Import>("read")?;
    let import = call.find(&scope, id).await?;
    let bad = |what: &str| Error::bad_request("invalid_parameter", what.to_owned());
    let outcome = RowOutcome::parse(query.get("outcome").unwrap_or("refused"))
        .ok_or_else(|| bad("outcome is refused, updated, created, unchanged or cleaned."))?;
    let limit = query.get("limit").map_or(Ok(LIMIT), |it| {
        it.parse()
            .ok()
            .filter(|it| (1..=MOST).contains(it))
            .ok_or_else(|| bad(&format!("limit takes a number from 1 to {MOST}.")))
    })?;
    let after = query.get("cursor").map_or(Ok(0), |it| {
        it.parse::<i64>().map_err(|_| {
            Error::bad_request(
                "invalid_cursor",
                "This cursor cannot be read; start from the first page.",
            )
        })
    })?;
    let phase = match query.get("phase") {
        None if was_applied(&import) => Phase::Apply,
        None | Some("plan") => Phase::Plan,
        Some("apply") => Phase::Apply,
        Some("undo") => Phase::Undo,
        Some(_) => return Err(bad("phase is plan, apply or undo.")),
    };
    let mut sql = sql!(
        "select line, outcome, object_id, title, changes, errors, cleaned from import_rows where import_id = $1 and outcome = $2 and line > $3",
        id,
        outcome,
        after
    );
    // Rows that the plan refused stay refused.
    match (phase, outcome) {
        (Phase::Apply, RowOutcome::Refused) => sql.push(" and phase in ('plan', 'apply')"),
        (phase, _) => sql.push(" and phase = ").bind(phase.as_str()),
    };
    sql.push(" order by line limit ")
        .bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
    let mut items: Vec<ImportRow> = call.query(sql).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|it| it.line.to_string());
    Ok(Json(ImportRowPage {
        items,
        page: PageInfo {
            next,
            prev: None,
            count: None,
            count_is_exact: None,
        },
    }))
}

fn was_applied(import: &Import) -> bool {
    matches!(
        import.state,
        ImportState::Applying
            | ImportState::Done
            | ImportState::Stopped
            | ImportState::Undoing
            | ImportState::Undone
    )
}

/// The column with the reasons, which reads back as one that is ignored.
const REASONS: &str = "import_errors";
/// Rows read at once.
const STEP: usize = 2_000;

/// The refused rows as they stand in the file, with the reasons in a column more: to correct them
/// and upload them again (IMP-02). Always CSV.
pub async fn import_refused(mut call: Call, At(id): At<Import>) -> Result<Response> {
    let scope = call.allow::<Import>("read")?;
    let import = call.find(&scope, id).await?;
    if import.state == ImportState::Expired || import.expires_at.is_none() {
        return Err(Error::conflict(
            "expired",
            "The file was removed 24 hours after it was uploaded.",
        ));
    }
    let head = csv_line(
        import
            .headers
            .iter()
            .map(|it| escape_formula(it))
            .chain([REASONS.to_owned()]),
    );
    let reader = FileReader::open(&call.state.db, &import).await?;
    let name = format!("refused-{}.csv", import.id);
    let db = call.state.db.clone();
    let lines = stream::unfold(Some((reader, import, head)), move |from| {
        let db = db.clone();
        async move {
            let (mut reader, import, mut out) = from?;
            match piece(&db, &mut reader, &import, &mut out).await {
                Ok(true) => Some((Ok(Bytes::from(out)), Some((reader, import, vec![])))),
                Ok(false) if out.is_empty() => None,
                Ok(false) => Some((Ok(Bytes::from(out)), None)),
                Err(error) => Some((Err(std::io::Error::other(error.to_string())), None)),
            }
        }
    })
    // Compression asks once more after the end.
    .fuse();
    Ok(csv_file(Body::from_stream(lines), &name))
}

#[derive(Record)]
struct Reasons {
    line: i64,
    errors: JsonOf<Vec<RowError>>,
}

/// Writes the refused ones among the next rows; false at the end.
async fn piece(
    db: &kit::conn::Db,
    reader: &mut FileReader,
    import: &Import,
    out: &mut Vec<u8>,
) -> Result<bool> {
    let mut rows: Vec<(i64, Vec<String>)> = vec![];
    let from = reader.position().lines;
    let read = reader
        .each(STEP, |(record, _)| {
            let cells = match import.format {
                Format::Csv => record
                    .cells()
                    .map(|it| escape_formula(unescape_formula(it)))
                    .collect(),
                Format::Ndjson => as_cells(record.json(), &import.headers),
            };
            rows.push((record.line, cells));
            Ok(())
        })
        .await?;
    let to = reader.position().lines + 1;
    let sql = sql!(
        "select line, errors from import_rows where import_id = $1 and outcome = 'refused' and phase in ('plan', 'apply') and line > $2 and line <= $3 order by line",
        import.id,
        from,
        to
    );
    let reasons: Vec<Reasons> = db.read().query(sql).await?;
    for (line, mut cells) in rows {
        let Ok(at) = reasons.binary_search_by_key(&line, |it| it.line) else {
            continue;
        };
        let told = reasons.get(at).map(|it| {
            it.errors
                .0
                .iter()
                .map(|it| format!("{} {}", it.column, it.message).trim().to_owned())
                .collect::<Vec<_>>()
                .join(" | ")
        });
        // Cells without a column stay behind the reasons: the row is refused until they are gone.
        cells.resize(cells.len().max(import.headers.len()), String::new());
        cells.insert(
            import.headers.len(),
            escape_formula(&told.unwrap_or_default()),
        );
        out.extend(csv_line(cells.into_iter()));
    }
    Ok(read == STEP)
}

/// A line of NDJSON in the order of the headers; null is written as what reads back as null.
fn as_cells(json: &str, headers: &[String]) -> Vec<String> {
    let Ok(object) = serde_json::from_str::<Fields>(json) else {
        return vec![escape_formula(json)];
    };
    let one = |name: &String| match object.get(name) {
        Some(serde_json::Value::Null) => "\\N".to_owned(),
        Some(value) => cell(value),
        None => String::new(),
    };
    headers.iter().map(one).collect()
}
