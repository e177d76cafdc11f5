//! Import (IMP-01…06): upload, map, plan, apply. The steps are jobs; the API, the console and the
//! command line call the same functions.

mod apply;
mod cell;
mod children;
mod columns;
mod decide;
mod detect;
mod draft;
mod elements;
mod file;
mod handlers;
mod mapping;
mod object;
mod objects;
mod path;
mod pieces;
mod plan;
mod refer;
mod refused;
mod repeats;
mod results;
mod rows;
mod sample;
mod sold;
mod store;
mod undo;
mod upload;
mod work;
mod workbook;

pub use draft::{Cleaned, RowError};
pub use handlers::{PlanRequest, routes};
pub use mapping::Mapping;
pub use object::ImportColumn;
pub use undo::{UndoPreview, Undone};
pub use upload::{NewImport, upload, upload_from_reader};
pub use work::{Progressing, apply_now, jobs, plan_now, start_apply, start_plan, undo_now};

use kit::access::ScopeColumns;
use kit::conn::JsonOf;
use kit::format::Format;
use kit::list::{Column, List};
use kit::resource::{Owner, Resource};
use kit::time::Instant;
use kit::{Id, Record, choice};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long a file and its plan are kept, in seconds: 24 h (IMP-02).
const LIFETIME: i64 = 24 * 3600;

choice! {
    /// Where an import stands.
    pub enum ImportState {
        Uploading = "uploading" "Uploading",
        Uploaded = "uploaded" "Uploaded",
        Planning = "planning" "Planning",
        Planned = "planned" "Planned",
        Applying = "applying" "Applying",
        Done = "done" "Done",
        Stopped = "stopped" "Stopped",
        Cancelled = "cancelled" "Cancelled",
        Failed = "failed" "Failed",
        Expired = "expired" "Expired",
        Undoing = "undoing" "Undoing",
        Undone = "undone" "Undone",
    }
}

choice! {
    /// What a row comes to. A row can be cleaned besides.
    pub enum RowOutcome {
        Created = "created" "Created",
        Updated = "updated" "Updated",
        Unchanged = "unchanged" "Unchanged",
        Refused = "refused" "Refused",
        Cleaned = "cleaned" "Cleaned",
    }
}

/// How many rows came to what: of the plan, or, once it is applied, of the run.
#[derive(
    Record, Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default, PartialEq, Eq,
)]
pub struct Counts {
    pub rows: i64,
    pub created: i64,
    pub updated: i64,
    pub unchanged: i64,
    pub refused: i64,
    /// Rows of which something was removed, such as control characters.
    pub cleaned: i64,
}

impl Counts {
    fn of(&mut self, outcome: RowOutcome) -> &mut i64 {
        match outcome {
            RowOutcome::Created => &mut self.created,
            RowOutcome::Updated => &mut self.updated,
            RowOutcome::Unchanged => &mut self.unchanged,
            RowOutcome::Refused => &mut self.refused,
            RowOutcome::Cleaned => &mut self.cleaned,
        }
    }

    /// The rows that were looked at.
    pub fn decided(&self) -> i64 {
        self.created + self.updated + self.unchanged + self.refused
    }
}

/// A file on its way in: what it is, how it is mapped, what its plan says, what came of it.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Import {
    pub id: Id<Import>,
    /// What its rows are, such as `customers`.
    pub object: String,
    pub file_name: String,
    pub format: Format,
    /// Of CSV: comma, semicolon or tab.
    pub delimiter: String,
    pub encoding: String,
    /// In bytes.
    pub size: i64,
    /// The names of the file's columns.
    pub headers: Vec<String>,
    /// The first rows, in the order of the headers.
    #[schemars(with = "Vec<Vec<String>>")]
    pub sample: JsonOf<Vec<Vec<String>>>,
    /// Field -> header.
    #[schemars(with = "Mapping")]
    pub suggested_mapping: JsonOf<Mapping>,
    /// Field -> header, as chosen.
    #[schemars(with = "Mapping")]
    pub mapping: JsonOf<Mapping>,
    /// The fields by which rows find records; none: every row creates (IMP-03).
    #[serde(rename = "match")]
    pub match_columns: Vec<String>,
    /// What separates several values in one cell; empty: any of `|` `,` `;`.
    pub separator: String,
    /// Refused rows are left out instead of being in the way of all.
    pub good_rows_only: bool,
    /// The provider or reseller that new records go to; none: where the user works.
    pub node_id: Option<Uuid>,
    pub state: ImportState,
    pub message: String,
    /// The job that plans or applies it.
    pub job_id: Option<Uuid>,
    #[record(flatten)]
    pub counts: Counts,
    /// Columns of the file that are not read.
    pub ignored_columns: Vec<String>,
    /// What to know about the plan.
    pub notes: Vec<String>,
    pub user_id: Uuid,
    pub user_name: String,
    pub provider_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub planned_at: Option<Instant>,
    /// When the file and its plan are removed.
    pub expires_at: Option<Instant>,
    pub version: i64,
    pub created_at: Instant,
    pub updated_at: Instant,
}

const COLUMNS: &[Column] = &[
    Column::text("file_name", "File", "i.file_name")
        .sorted_by("i.file_name")
        .shown()
        .width(240),
    Column::choice("object", "Brings", "i.object", objects::NAMES)
        .shown()
        .width(110),
    Column::choice("state", "State", "i.state", ImportState::ALL)
        .shown()
        .width(110),
    Column::text("message", "Message", "i.message")
        .shown()
        .width(300),
    Column::integer("rows", "Rows", "i.rows_total")
        .shown()
        .width(90),
    Column::integer("created", "Created", "i.rows_created")
        .shown()
        .width(90),
    Column::integer("updated", "Updated", "i.rows_updated")
        .shown()
        .width(90),
    Column::integer("refused", "Refused", "i.rows_refused")
        .shown()
        .width(90),
    Column::integer("size", "Size", "i.file_size").width(100),
    Column::choice("format", "Format", "i.format", Format::ALL).width(90),
    Column::text("user_name", "By", "i.user_name")
        .sorted_by("i.user_name")
        .shown()
        .width(160),
    Column::instant("created_at", "Uploaded", "i.created_at")
        .shown()
        .width(150),
    Column::instant("updated_at", "Modified", "i.updated_at").width(150),
    Column::instant("expires_at", "Expires", "i.expires_at")
        .sorted_by("coalesce(i.expires_at, 0)")
        .width(150),
    Column::id("job_id", "Job", "i.job_id"),
    Column::id("id", "Id", "i.id"),
];

pub static LIST: List = List {
    name: "imports",
    select: "i.*, i.file_size as size, i.rows_total as rows, i.rows_created as created, i.rows_updated as updated, i.rows_unchanged as unchanged, i.rows_refused as refused, i.rows_cleaned as cleaned",
    from: "imports i",
    always: "i.state <> 'uploading'",
    id: "i.id",
    columns: COLUMNS,
    sort: "-created_at",
    scope: ScopeColumns {
        provider: "i.provider_id = ?",
        reseller: "i.reseller_id = ?",
        customer: "i.customer_id = ?",
    },
    archived: None,
    search: None,
    expand: &[],
};

impl Resource for Import {
    const NAME: &'static str = "imports";
    const ONE: &'static str = "import";

    fn list() -> &'static List {
        &LIST
    }
    fn id(&self) -> Uuid {
        self.id.uuid()
    }
    fn version(&self) -> i64 {
        self.version
    }
    fn title(&self) -> String {
        self.file_name.clone()
    }
    fn owner(&self) -> Owner {
        Owner::of(self.provider_id, self.reseller_id, self.customer_id)
    }
}
