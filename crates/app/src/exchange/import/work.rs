//! The steps as jobs: how they start, what they do when they end, and what happens to files that
//! nobody wants any more.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use kit::access::{Caller, Source};
use kit::call::{Call, Origin};
use kit::conn::{Bind, JsonOf};
use kit::event::Event;
use kit::job::{self, Ending, Handlers, JobContext, JobState, Outcome, Progress, Runner};
use kit::resource::{Owner, Resource};
use kit::{Error, Id, Result, State, sql};
use uuid::Uuid;

use super::handlers::PlanRequest;
use super::objects::object;
use super::{Import, ImportState, mapping, store, undo};
use crate::notifications::{self, Notice, NotificationKind};

const PLAN: &str = "import_plan";
pub const APPLY: &str = "import_apply";

/// The work of imports, for the runner of a node.
pub fn jobs(handlers: Handlers) -> Handlers {
    handlers
        .on(PLAN, |job| run(job, ImportState::Planning))
        .ended(PLAN, ended)
        .on(APPLY, |job| run(job, ImportState::Applying))
        .ended(APPLY, applied)
        .on(undo::UNDO, undo::run)
        .ended(undo::UNDO, undo::ended)
        .every("expired_imports", Duration::from_secs(600), expire)
}

async fn run(job: JobContext, step: ImportState) -> Outcome {
    let id = job.object_id.unwrap_or_default();
    let mut call = job.reading(Source::Import).await?;
    let import = store::load(&mut call, id).await?;
    drop(call);
    // After a crash the end may have been written already.
    if import.state != step {
        return Ok(serde_json::json!({ "counts": import.counts }));
    }
    let object = object(&import.object)?;
    match step {
        ImportState::Planning => (object.plan)(job, import).await,
        _ => (object.apply)(job, import).await,
    }
}

/// What an import says when its job ended before its end.
fn ended<'a>(call: &'a mut Call, ending: &'a Ending) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let Some(id) = ending.object_id else {
            return Ok(());
        };
        let under_way = [ImportState::Planning, ImportState::Applying];
        match ending.state {
            JobState::Cancelled => store::move_on(
                call,
                id,
                &under_way,
                ImportState::Cancelled,
                "Cancelled. Rows applied before stay, unless you undo the import.",
            )
            .await
            .map(|_| ()),
            JobState::Failed => {
                store::move_on(call, id, &under_way, ImportState::Failed, &ending.error)
                    .await
                    .map(|_| ())
            }
            _ => Ok(()),
        }
    })
}

/// The same, and whoever started it is told (ONB-12).
fn applied<'a>(call: &'a mut Call, ending: &'a Ending) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        ended(call, ending).await?;
        let found: Option<(Uuid, Uuid, String, ImportState, String)> = call
            .query_optional(sql!(
                "select j.user_id, i.id, i.file_name, i.state, i.message from jobs j join imports i on i.id = j.object_id where j.id = $1",
                ending.job_id
            ))
            .await?;
        let Some((user, import, file, state, message)) = found.filter(|it| !it.0.is_nil()) else {
            return Ok(());
        };
        let notice = Notice {
            kind: NotificationKind::Import,
            object_type: Import::NAME,
            object_id: import,
            owner: Owner::default(),
            user_id: Some(user),
            details: vec![
                ("file", file),
                ("state", state.as_str().to_owned()),
                ("message", message.trim_end_matches('.').to_owned()),
            ],
        };
        notifications::tell(call, notice).await
    })
}

/// Starts a plan; the caller commits.
pub async fn start_plan(
    call: &mut Call,
    id: Id<Import>,
    mut request: PlanRequest,
) -> Result<(Import, Event)> {
    let scope = call.allow::<Import>("create")?;
    let import = call.find(&scope, id).await?;
    if request.mapping.is_empty() {
        request.mapping = import.mapping.0.clone();
    }
    (object(&import.object)?.check)(call, &import, &request).await?;
    let job_id = job::enqueue(call, PLAN, Some(id.uuid()), &serde_json::json!({})).await?;
    let idle = [
        ImportState::Uploaded,
        ImportState::Planned,
        ImportState::Done,
        ImportState::Stopped,
        ImportState::Cancelled,
        ImportState::Failed,
    ];
    if !store::move_on(call, id.uuid(), &idle, ImportState::Planning, "").await? {
        return Err(not_now(&import));
    }
    let separator = request.separator.clone().unwrap_or_default();
    let sql = sql!(
        "update imports set mapping = $1, match_columns = $2, separator = $3, good_rows_only = $4, node_id = $5, job_id = $6, planned_at = null,
         rows_created = 0, rows_updated = 0, rows_unchanged = 0, rows_refused = 0, rows_cleaned = 0 where id = $7",
        JsonOf(request.mapping.clone()), request.match_columns.clone(), separator, request.good_rows_only, request.node_id, job_id, id
    );
    call.execute(sql).await?;
    mapping::remember(call, &import, &request).await?;
    let after = call.find(&scope, id).await?;
    let event = Event::of("plan", &after);
    Ok((after, event))
}

/// Starts a run of what was planned; the caller commits.
pub async fn start_apply(call: &mut Call, id: Id<Import>) -> Result<(Import, Event)> {
    let scope = call.allow::<Import>("create")?;
    let import = call.find(&scope, id).await?;
    (object(&import.object)?.allow)(call)?;
    if import.state != ImportState::Planned {
        return Err(not_now(&import));
    }
    if import.expires_at.is_some_and(|it| it < call.now) {
        return Err(Error::conflict(
            "expired",
            "This plan is older than 24 hours. Upload the file again.",
        ));
    }
    if import.counts.refused > 0 && !import.good_rows_only {
        let detail = format!(
            "{} rows are refused. Correct them and upload the file again, or plan it with good rows only.",
            import.counts.refused
        );
        return Err(Error::conflict("rows_refused", detail));
    }
    let job_id = job::enqueue(call, APPLY, Some(id.uuid()), &serde_json::json!({})).await?;
    if !store::move_on(
        call,
        id.uuid(),
        &[ImportState::Planned],
        ImportState::Applying,
        "",
    )
    .await?
    {
        return Err(not_now(&import));
    }
    let sql = sql!(
        "update imports set job_id = $1, rows_created = 0, rows_updated = 0, rows_unchanged = 0, rows_refused = 0, rows_cleaned = 0 where id = $2",
        job_id,
        id
    );
    call.execute(sql).await?;
    let after = call.find(&scope, id).await?;
    let event = Event::of("apply", &after);
    Ok((after, event))
}

/// Stops whatever is under way; the caller commits.
pub async fn cancel(call: &mut Call, id: Id<Import>) -> Result<(Import, Event)> {
    let scope = call.allow::<Import>("create")?;
    let import = call.find(&scope, id).await?;
    let waiting = [ImportState::Uploaded, ImportState::Planned];
    let idle = store::move_on(call, id.uuid(), &waiting, ImportState::Cancelled, "").await?;
    let under_way = matches!(
        import.state,
        ImportState::Planning | ImportState::Applying | ImportState::Undoing
    );
    let asked = match import.job_id.filter(|_| under_way) {
        Some(job_id) => job::cancel(call, job_id).await?,
        None => false,
    };
    if !idle && !asked {
        return Err(not_now(&import));
    }
    let after = call.find(&scope, id).await?;
    let event = Event::of("cancel", &after);
    Ok((after, event))
}

pub fn not_now(import: &Import) -> Error {
    let label = ImportState::ALL
        .iter()
        .find(|it| it.0 == import.state.as_str())
        .map_or("", |it| it.1)
        .to_lowercase();
    Error::conflict(
        "wrong_state",
        format!("This is not possible while the import is {label}."),
    )
}

/// Told how far a step is.
pub type Progressing<'a> = &'a mut (dyn FnMut(&Progress) + Send);

/// Plans and waits for it: for the command line.
pub async fn plan_now(
    runner: &Runner,
    state: &State,
    caller: Arc<Caller>,
    id: Id<Import>,
    request: PlanRequest,
    told: Progressing<'_>,
) -> Result<Import> {
    let mut call = Call::new(state, caller.clone(), Origin::default());
    let (import, event) = start_plan(&mut call, id, request).await?;
    call.commit(event).await?;
    see_through(runner, state, caller, import, told).await
}

/// Applies and waits for it: for the command line.
pub async fn apply_now(
    runner: &Runner,
    state: &State,
    caller: Arc<Caller>,
    id: Id<Import>,
    told: Progressing<'_>,
) -> Result<Import> {
    let mut call = Call::new(state, caller.clone(), Origin::default());
    let (import, event) = start_apply(&mut call, id).await?;
    call.commit(event).await?;
    see_through(runner, state, caller, import, told).await
}

/// Undoes and waits for it: for the command line.
pub async fn undo_now(
    runner: &Runner,
    state: &State,
    caller: Arc<Caller>,
    id: Id<Import>,
    told: Progressing<'_>,
) -> Result<Import> {
    let mut call = Call::new(state, caller.clone(), Origin::default());
    let (import, event) = undo::start(&mut call, id).await?;
    call.commit(event).await?;
    see_through(runner, state, caller, import, told).await
}

async fn see_through(
    runner: &Runner,
    state: &State,
    caller: Arc<Caller>,
    import: Import,
    told: Progressing<'_>,
) -> Result<Import> {
    runner
        .see_through(import.job_id.unwrap_or_default(), |it| told(it))
        .await?;
    let mut call = Call::reading(state, caller, Origin::default());
    store::load(&mut call, import.id.uuid()).await
}

/// Removes files and plans 24 h after they came (IMP-02); what came of them stays.
async fn expire(state: State) -> Result<()> {
    loop {
        let now = state.clock.now();
        let mut sql = sql!("select id from imports where expires_at < $1", now);
        let busy = [
            ImportState::Planning,
            ImportState::Applying,
            ImportState::Undoing,
        ];
        sql.push(" and not (true")
            .and_in("state", busy.iter().map(|it| it.to_value()).collect())
            .push(") order by expires_at limit 1");
        let Some((id,)) = state.db.read().query_optional::<(Uuid,)>(sql).await? else {
            return Ok(());
        };
        // A piece at a time: a large file must not hold up others.
        loop {
            let mut tx = state.db.write();
            let sql = sql!(
                "delete from import_chunks where import_id = $1 and n = (select min(n) from import_chunks where import_id = $1)",
                id
            );
            let removed = tx.execute(sql).await?;
            tx.commit().await?;
            if removed == 0 {
                break;
            }
        }
        let mut tx = state.db.write();
        tx.execute(sql!("delete from import_rows where import_id = $1", id).slow())
            .await?;
        tx.execute(sql!("update imports set state = case when state in ('done', 'stopped', 'undone') then state else 'expired' end, expires_at = null, updated_at = $1 where id = $2", now, id)).await?;
        tx.execute(sql!(
            "delete from imports where id = $1 and file_hash = ''",
            id
        ))
        .await?;
        tx.commit().await?;
    }
}
