//! Jobs as people see them: progress, result, cancel (design architecture.md §6).

use aide::axum::ApiRouter;
use aide::axum::routing::post_with;
use kit::access::ScopeColumns;
use kit::call::Call;
use kit::event::Event;
use kit::job::{self, JobState};
use kit::list::{Column, List};
use kit::resource::{Owner, Resource};
use kit::time::Instant;
use kit::web::{At, Versioned};
use kit::{Error, Id, Record, Result, State};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::crud::{listed, op, viewed};

/// Work that is done in the background, with the rights of whoever started it.
#[derive(Record, Serialize, JsonSchema, Clone)]
pub struct Job {
    pub id: Id<Job>,
    /// What is done, such as `import_plan` or `import_apply`.
    pub kind: String,
    pub state: JobState,
    pub progress_done: i64,
    /// 0: not known yet.
    pub progress_total: i64,
    /// What it does at the moment.
    pub message: String,
    /// What came of it.
    pub result: Map<String, Json>,
    /// Why it failed, or why it is tried again.
    pub error: String,
    pub cancel_requested: bool,
    pub user_id: Uuid,
    pub user_name: String,
    /// What it works on, such as an import.
    pub object_id: Option<Uuid>,
    pub provider_id: Option<Uuid>,
    pub reseller_id: Option<Uuid>,
    pub customer_id: Option<Uuid>,
    pub version: i64,
    pub created_at: Instant,
    pub started_at: Option<Instant>,
    pub finished_at: Option<Instant>,
}

const COLUMNS: &[Column] = &[
    Column::text("kind", "Kind", "j.kind")
        .sorted_by("j.kind")
        .shown()
        .width(140),
    Column::choice("state", "State", "j.state", JobState::ALL)
        .shown()
        .width(110),
    Column::integer("progress_done", "Done", "j.progress_done")
        .shown()
        .width(90),
    Column::integer("progress_total", "Of", "j.progress_total")
        .shown()
        .width(90),
    Column::text("message", "Message", "j.message")
        .shown()
        .width(260),
    Column::text("error", "Error", "j.error").shown().width(260),
    Column::text("user_name", "Started by", "j.user_name")
        .sorted_by("j.user_name")
        .shown()
        .width(160),
    Column::instant("created_at", "Started", "j.created_at")
        .shown()
        .width(150),
    Column::instant("finished_at", "Finished", "j.finished_at")
        .sorted_by("coalesce(j.finished_at, 0)")
        .shown()
        .width(150),
    Column::id("object_id", "Object id", "j.object_id"),
    Column::id("id", "Id", "j.id"),
];

pub static LIST: List = List {
    name: "jobs",
    select: "j.*",
    from: "jobs j",
    always: "true",
    id: "j.id",
    columns: COLUMNS,
    sort: "-created_at",
    scope: ScopeColumns {
        provider: "j.provider_id = ?",
        reseller: "j.reseller_id = ?",
        customer: "j.customer_id = ?",
    },
    archived: None,
    search: None,
    expand: &[],
};

impl Resource for Job {
    const NAME: &'static str = "jobs";
    const ONE: &'static str = "job";

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
        self.kind.replace('_', " ")
    }
    fn owner(&self) -> Owner {
        Owner::of(self.provider_id, self.reseller_id, self.customer_id)
    }
}

pub fn routes() -> ApiRouter<State> {
    ApiRouter::new()
        .merge(listed::<Job>())
        .merge(viewed::<Job>())
        .api_route(
            "/jobs/{id}/cancel",
            post_with(job_cancel, op("job_cancel", "Cancel a job")),
        )
}

/// Stops a job at its next chunk. What it has done by then stays done.
pub async fn job_cancel(mut call: Call, At(id): At<Job>) -> Result<Versioned<Job>> {
    let scope = call.allow::<Job>("update")?;
    let job = call.find(&scope, id).await?;
    if !job::cancel(&mut call, id.uuid()).await? {
        return Err(Error::conflict(
            "not_running",
            "This job has ended already.",
        ));
    }
    let after = call.find(&scope, id).await?;
    let event = Event::of("cancel", &job);
    call.changed(after, event).await
}
