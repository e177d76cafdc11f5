//! What an import did, as the audit log has it.

use std::collections::HashSet;

use kit::call::Call;
use kit::conn::{Bind, JsonOf, Sql};
use kit::event::Change;
use kit::time::Instant;
use kit::{Id, Record, Result, sql};
use serde_json::Value as Json;
use uuid::Uuid;

use super::super::{Import, ImportState, LIFETIME, store, work::APPLY};
use super::{UNDO, UndoPreview};

/// How many changes a preview looks at.
const LOOKED_AT: i64 = 10_000;

/// An event that tells of another one beside it: there is nothing of its own to take back.
const NOTE: &str = "backdate";

/// One thing that the import did to one record.
#[derive(Record, Clone, Debug)]
pub struct Deed {
    pub id: Uuid,
    pub at: Instant,
    pub object_id: Uuid,
    pub object_name: String,
    pub action: String,
    pub customer_id: Option<Uuid>,
    pub changes: JsonOf<Vec<Change>>,
}

impl Deed {
    /// Whether it gave a record that was there something besides its fields.
    pub fn is_beside(&self) -> bool {
        !matches!(self.action.as_str(), "create" | "update")
    }
}

/// Something else that happened to a record, or below it.
#[derive(Record, Clone, Debug)]
pub struct Later {
    pub object_id: Uuid,
    pub at: Instant,
    pub actor_name: String,
    pub action: String,
}

/// The runs of an import, the latest first, and all its jobs.
pub struct Jobs {
    pub runs: Vec<Uuid>,
    pub all: Vec<Uuid>,
}

pub async fn jobs(call: &mut Call, import: Uuid) -> Result<Jobs> {
    let mut sql = sql!("select id, kind from jobs where object_id = $1", import);
    let kinds = [APPLY, UNDO].map(|it| it.to_value()).to_vec();
    sql.and_in("kind", kinds)
        .push(" order by created_at desc, id desc");
    let found: Vec<(Uuid, String)> = call.query(sql).await?;
    let runs = found.iter().filter(|it| it.1 == APPLY);
    Ok(Jobs {
        runs: runs.map(|it| it.0).collect(),
        all: found.iter().map(|it| it.0).collect(),
    })
}

pub async fn preview(call: &mut Call, import: &Import) -> Result<UndoPreview> {
    let jobs = jobs(call, import.id.uuid()).await?;
    let deeds = |select: &'static str| {
        let mut sql = Sql::new(select);
        sql.push(" from audit_events e where e.object_type = ")
            .bind(import.object.as_str());
        sql.push(" and e.action <> ").bind(NOTE);
        sql.and_in("e.job_id", jobs.runs.iter().map(Bind::to_value).collect());
        // What goes with a record that the import created itself is no change of its own.
        sql.push(" and (e.action in ('create', 'update') or not exists (select 1 from audit_events c where c.object_id = e.object_id and c.action = 'create'");
        sql.and_in("c.job_id", jobs.runs.iter().map(Bind::to_value).collect());
        sql.push("))");
        sql
    };
    let mut preview = UndoPreview::default();
    let mut counts = deeds("select e.action, count(*)");
    counts.push(" group by e.action");
    for (action, count) in call.query::<(String, i64)>(counts.slow()).await? {
        match action.as_str() {
            "create" => preview.created = count,
            _ => preview.updated += count,
        }
    }
    let mut looked_at = deeds("select count(*) from (select e.object_id, e.at, e.action");
    looked_at
        .push(" order by e.at desc, e.id desc limit ")
        .bind(LOOKED_AT);
    looked_at.push(") d where exists (select 1 from audit_events l where l.object_id = d.object_id and l.at >= d.at");
    by_others(&mut looked_at, &jobs);
    looked_at.push(") or d.action = 'create' and exists (select 1 from audit_events l where l.customer_id = d.object_id and l.at >= d.at");
    by_others(&mut looked_at, &jobs);
    looked_at.push(")");
    preview.kept = call.count(looked_at.slow()).await?;
    Ok(preview)
}

fn by_others(sql: &mut Sql, jobs: &Jobs) {
    sql.push(" and (l.job_id is null or not (true");
    sql.and_in("l.job_id", jobs.all.iter().map(Bind::to_value).collect());
    sql.push("))");
}

/// What a run did, the latest first, after a place in that order.
pub async fn deeds(
    call: &mut Call,
    object: &str,
    run: Uuid,
    after: Option<(Instant, Uuid)>,
    most: i64,
) -> Result<Vec<Deed>> {
    let mut sql = sql!(
        "select id, at, object_id, object_name, action, customer_id, changes from audit_events where job_id = $1 and object_type = $2 and action <> $3",
        run,
        object,
        NOTE
    );
    if let Some((at, id)) = after {
        sql.push(" and (at, id) < (")
            .bind(at)
            .push(", ")
            .bind(id)
            .push(")");
    }
    sql.push(" order by at desc, id desc limit ").bind(most);
    call.query(sql).await
}

/// Which of the records that got something besides their fields the import created itself.
pub async fn created(call: &mut Call, jobs: &Jobs, deeds: &[Deed]) -> Result<HashSet<Uuid>> {
    let beside = deeds.iter().filter(|it| it.is_beside());
    let ids: Vec<_> = beside.map(|it| it.object_id.to_value()).collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let mut sql = sql!("select object_id from audit_events where action = 'create'");
    sql.and_in("object_id", ids);
    sql.and_in("job_id", jobs.runs.iter().map(Bind::to_value).collect());
    let found: Vec<(Uuid,)> = call.query(sql).await?;
    Ok(found.into_iter().map(|it| it.0).collect())
}

/// What others did to these records since, and below those that the import created: the
/// latest event of each. What happened in the same instant counts as since.
pub async fn later(call: &mut Call, jobs: &Jobs, deeds: &[Deed]) -> Result<Vec<Later>> {
    let Some(first) = deeds.iter().map(|it| it.at).min() else {
        return Ok(vec![]);
    };
    let ids = |created: bool| {
        let asked = deeds.iter().filter(|it| !created || it.action == "create");
        asked.map(|it| it.object_id.to_value()).collect::<Vec<_>>()
    };
    let mut own = latest("l.object_id");
    own.and_in("l.object_id", ids(false));
    let mut below = latest("l.customer_id");
    below.and_in("l.customer_id", ids(true));
    let mut found = vec![];
    for (mut sql, is_asked) in [(own, true), (below, !ids(true).is_empty())] {
        if is_asked {
            sql.and("l.at >= ?", first);
            by_others(&mut sql, jobs);
            sql.push(") d where n = 1");
            found.extend(call.query::<Later>(sql).await?);
        }
    }
    Ok(found)
}

/// The latest event for each value of a column; ends inside the inner statement.
fn latest(of: &'static str) -> Sql {
    let mut sql = sql!(
        "select object_id, at, actor_name, action from (select l.at, l.actor_name, l.action, "
    );
    sql.push(of)
        .push(" as object_id, row_number() over (partition by ")
        .push(of)
        .push(" order by l.at desc, l.id desc) as n from audit_events l where true");
    sql
}

/// Where the import's last undo stopped, so that the next goes on there.
pub async fn last_checkpoint(call: &mut Call, import: Uuid) -> Result<Json> {
    let sql = sql!(
        "select checkpoint, input from jobs where object_id = $1 and kind = $2 order by created_at desc, id desc limit 1",
        import,
        UNDO
    );
    let found: Option<(Json, Json)> = call.query_optional(sql).await?;
    let written = |it: &Json| it.as_object().is_some_and(|it| !it.is_empty());
    Ok(match found {
        Some((checkpoint, _)) if written(&checkpoint) => checkpoint,
        Some((_, input)) => input,
        None => Json::Object(Default::default()),
    })
}

/// Whatever is not under way can be undone: also what stopped in the middle.
pub async fn begin(call: &mut Call, id: Id<Import>, job_id: Uuid) -> Result<bool> {
    let idle = [
        ImportState::Uploaded,
        ImportState::Planned,
        ImportState::Done,
        ImportState::Stopped,
        ImportState::Cancelled,
        ImportState::Failed,
        ImportState::Expired,
    ];
    if !store::move_on(call, id.uuid(), &idle, ImportState::Undoing, "").await? {
        return Ok(false);
    }
    let expires_at = call.now.plus_seconds(LIFETIME);
    call.execute(sql!(
        "update imports set job_id = $1, expires_at = $2 where id = $3",
        job_id,
        expires_at,
        id
    ))
    .await?;
    Ok(true)
}
