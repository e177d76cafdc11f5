//! What came of single rows.

use axum::Json;
use kit::call::Call;
use kit::conn::JsonOf;
use kit::event::Change;
use kit::list::{LIMIT, MOST, PageInfo, Query};
use kit::web::At;
use kit::{Error, Record, Result, sql};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::draft::{Cleaned, RowError};
use super::store::Phase;
use super::{Import, ImportState, RowOutcome};

/// One row of a file and what comes of it.
#[derive(Record, Serialize, JsonSchema)]
pub struct ImportRow {
    /// The line of the file on which it begins; of a workbook its row, of a JSON array its place.
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
