//! The statements of imports: their state, their rows' outcomes, their files.

use std::collections::HashSet;

use kit::call::{Call, json};
use kit::conn::{Bind, Value};
use kit::resource::Resource;
use kit::{Result, sql, text};
use uuid::Uuid;

use super::decide::{Decided, Decision};
use super::draft::RowError;
use super::object::Importable;
use super::{Counts, Import, ImportState, RowOutcome};

/// The two passes over a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    Plan,
    Apply,
    Undo,
}

impl Phase {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Undo => "undo",
        }
    }
}

/// Of rows that need no attention only the first are kept; of those that do, all.
fn most(outcome: RowOutcome) -> i64 {
    match outcome {
        RowOutcome::Created | RowOutcome::Unchanged => 1_000,
        RowOutcome::Updated | RowOutcome::Cleaned => 10_000,
        RowOutcome::Refused => i64::MAX,
    }
}

/// Counts decided rows and makes the lines of `import_rows` that are worth keeping.
pub struct Tally {
    import_id: Uuid,
    phase: Phase,
    pub counts: Counts,
    rows: Vec<Vec<Value>>,
}

const COLUMNS: &[&str] = &[
    "import_id",
    "phase",
    "outcome",
    "line",
    "object_id",
    "title",
    "changes",
    "errors",
    "cleaned",
];

impl Tally {
    pub fn new(import: &Import, phase: Phase, counts: Counts) -> Self {
        Self {
            import_id: import.id.uuid(),
            phase,
            counts,
            rows: vec![],
        }
    }

    pub fn add<T: Importable>(&mut self, it: &Decided<T>) {
        let outcome = match &it.decision {
            Decision::Create(_) => RowOutcome::Created,
            Decision::Change { .. } => RowOutcome::Updated,
            Decision::Unchanged(_) => RowOutcome::Unchanged,
            Decision::Refused => RowOutcome::Refused,
        };
        self.note(outcome, it);
        if !it.cleaned.is_empty() {
            self.note(RowOutcome::Cleaned, it);
        }
    }

    fn note<T: Importable>(&mut self, outcome: RowOutcome, it: &Decided<T>) {
        let count = self.counts.of(outcome);
        *count += 1;
        if *count > most(outcome) {
            return;
        }
        let (object_id, changes) = match &it.decision {
            Decision::Change {
                before, changes, ..
            } => (Some(before.id()), json(changes)),
            Decision::Unchanged(id) => (Some(*id), json(&[(); 0])),
            _ => (None, json(&[(); 0])),
        };
        self.rows.push(vec![
            self.import_id.to_value(),
            self.phase.as_str().to_value(),
            outcome.to_value(),
            it.line.to_value(),
            object_id.to_value(),
            text::clip(&it.title, 255).as_ref().to_value(),
            changes.to_value(),
            json(&it.errors).to_value(),
            json(&it.cleaned).to_value(),
        ]);
    }

    /// Writes the rows and counts into the chunk's transaction.
    pub async fn write(self, call: &mut Call) -> Result<Counts> {
        call.insert_all("import_rows", COLUMNS, self.rows).await?;
        let counts = self.counts;
        let sql = sql!(
            "update imports set rows_created = $1, rows_updated = $2, rows_unchanged = $3, rows_refused = $4, rows_cleaned = $5, updated_at = $6 where id = $7",
            counts.created,
            counts.updated,
            counts.unchanged,
            counts.refused,
            counts.cleaned,
            call.now,
            self.import_id
        );
        call.execute(sql).await?;
        Ok(counts)
    }
}

/// A record that an undo could not take back.
pub struct Refused {
    pub object_id: Uuid,
    pub title: String,
    pub error: RowError,
}

/// Keeps what was refused; `first` of them were kept before.
pub async fn note_refused(
    call: &mut Call,
    import: &Import,
    phase: Phase,
    first: i64,
    refused: Vec<Refused>,
) -> Result<()> {
    let none = || json(&[(); 0]).to_value();
    let rows = (first + 1..).zip(refused).map(|(line, it)| {
        vec![
            import.id.to_value(),
            phase.as_str().to_value(),
            RowOutcome::Refused.to_value(),
            line.to_value(),
            Some(it.object_id).to_value(),
            text::clip(&it.title, 255).as_ref().to_value(),
            none(),
            json(&[it.error]).to_value(),
            none(),
        ]
    });
    let rows = rows.collect();
    call.insert_all("import_rows", COLUMNS, rows).await?;
    Ok(())
}

/// Moves an import from one of some states to another; false when it is in none of them.
pub async fn move_on(
    call: &mut Call,
    id: Uuid,
    from: &[ImportState],
    to: ImportState,
    message: &str,
) -> Result<bool> {
    let mut sql = sql!(
        "update imports set state = $1, message = $2, version = version + 1, updated_at = $3 where id = $4",
        to,
        text::clean(message).as_ref(),
        call.now,
        id
    );
    sql.and_in("state", from.iter().map(|it| it.to_value()).collect());
    Ok(call.execute(sql).await? == 1)
}

/// Tells of an earlier import of the very same file.
pub async fn imported_before(call: &mut Call, import: &Import) -> Result<Option<String>> {
    let scope = call.allow::<Import>("create")?;
    let mut sql = Import::list().base(&scope);
    sql.and(
        "i.file_hash = (select file_hash from imports where id = ?)",
        import.id,
    );
    sql.and("i.id <> ?", import.id)
        .push(" and i.state = 'done' order by i.created_at desc limit 1");
    let earlier: Option<Import> = call.query_optional(sql).await?;
    Ok(earlier.map(|it| {
        let day = it.created_at.to_string();
        format!(
            "The same file was imported on {} by {}.",
            day.get(..10).unwrap_or_default(),
            it.user_name
        )
    }))
}

/// Forgets what was said of the rows before.
pub async fn clear_rows(call: &mut Call, id: Uuid) -> Result<()> {
    call.execute(sql!("delete from import_rows where import_id = $1", id).slow())
        .await?;
    Ok(())
}

/// The rows that the plan refused, between two lines.
pub async fn refused_by_plan(
    call: &mut Call,
    id: Uuid,
    first: i64,
    last: i64,
) -> Result<HashSet<i64>> {
    let sql = sql!(
        "select line from import_rows where import_id = $1 and phase = 'plan' and outcome = 'refused' and line >= $2 and line <= $3",
        id,
        first,
        last
    );
    let lines: Vec<(i64,)> = call.query(sql).await?;
    Ok(lines.into_iter().map(|(line,)| line).collect())
}

/// The import as it is now, for the jobs that work on it.
pub async fn load(call: &mut Call, id: Uuid) -> Result<Import> {
    let scope = call.allow::<Import>("create")?;
    call.find(&scope, id.into()).await
}
