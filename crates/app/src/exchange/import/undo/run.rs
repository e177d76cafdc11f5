//! The run of an undo: chunks, one transaction each, the newest change first. The place after a chunk
//! is committed with it, so that after a crash nothing is undone twice.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::BoxFuture;
use kit::access::{Scope, Source};
use kit::body::{Edit, shape};
use kit::call::Call;
use kit::conn::Bind;
use kit::event::Event;
use kit::job::{Ending, JobContext, JobState, Outcome, Progress, Stop};
use kit::time::Instant;
use kit::{Error, Result, text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use uuid::Uuid;

use super::super::draft::RowError;
use super::super::objects::object;
use super::super::store::{self as imports, Phase};
use super::super::{Import, ImportState};
use super::Undone;
use super::store::{self, Deed, Jobs, Later};
use crate::batch::is_of_one;
use crate::written::Written;

/// Changes undone in one transaction.
const CHUNK: i64 = 200;
/// How often a chunk is tried again when the database asks for it.
const TRIES: u32 = 6;

#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Checkpoint {
    /// The run that is being undone, and the change in it that was undone last.
    run: Option<Uuid>,
    after: Option<(Instant, Uuid)>,
    undone: Undone,
}

/// The job `import_undo`.
pub async fn run(job: JobContext) -> Outcome {
    let id = job.object_id.unwrap_or_default();
    let mut call = job.reading(Source::Import).await?;
    let import = imports::load(&mut call, id).await?;
    drop(call);
    // After a crash the end may have been written already.
    if import.state != ImportState::Undoing {
        return Ok(json!({}));
    }
    (object(&import.object)?.undo)(job, import).await
}

/// Takes back one change after the other, the newest first.
pub async fn undo<T: Written>(mut job: JobContext, import: Import) -> Outcome {
    let mut place: Checkpoint = match job.checkpoint()? {
        Some(it) => it,
        None => job.input()?,
    };
    let (jobs, total) = {
        let mut call = job.reading(Source::Import).await?;
        let jobs = store::jobs(&mut call, import.id.uuid()).await?;
        let preview = store::preview(&mut call, &import).await?;
        (jobs, preview.created + preview.updated)
    };
    let begun = jobs.runs.iter().position(|it| Some(*it) == place.run);
    for run in jobs.runs.iter().skip(begun.unwrap_or_default()) {
        if place.run != Some(*run) {
            (place.run, place.after) = (Some(*run), None);
        }
        loop {
            job.go_on().await?;
            let (next, more) = chunk::<T>(&mut job, &import, &jobs, place, total).await?;
            place = next;
            if !more {
                break;
            }
        }
    }
    let mut call = job.call(Source::Import).await?;
    let message = format!("Undone: {}", place.undone.sentence());
    imports::move_on(
        &mut call,
        import.id.uuid(),
        &[ImportState::Undoing],
        ImportState::Undone,
        &message,
    )
    .await?;
    call.commit(vec![]).await?;
    Ok(json!(place.undone))
}

/// One transaction; again where the database asks for it.
async fn chunk<T: Written>(
    job: &mut JobContext,
    import: &Import,
    jobs: &Jobs,
    place: Checkpoint,
    total: i64,
) -> Result<(Checkpoint, bool), Stop> {
    let mut tries = 0;
    loop {
        tries += 1;
        match attempt::<T>(job, import, jobs, place, total).await {
            Err(Stop::Failed(Error::Retry)) if tries < TRIES => {
                tokio::time::sleep(Duration::from_millis(10 << tries)).await
            }
            it => return it,
        }
    }
}

async fn attempt<T: Written>(
    job: &mut JobContext,
    import: &Import,
    jobs: &Jobs,
    mut place: Checkpoint,
    total: i64,
) -> Result<(Checkpoint, bool), Stop> {
    let mut call = job.call(Source::Import).await?;
    call.origin.reason =
        text::clip(&format!("Undo of the import of {}", import.file_name), 500).into_owned();
    let run = place.run.unwrap_or_default();
    let deeds = store::deeds(&mut call, T::NAME, run, place.after, CHUNK).await?;
    let Some(last) = deeds.last() else {
        return Ok((place, false));
    };
    place.after = Some((last.at, last.id));
    let more = i64::try_from(deeds.len()).unwrap_or_default() == CHUNK;
    let created = records::<T>(&mut call, "delete", &deeds, |it| it.action == "create").await;
    let updated = records::<T>(&mut call, "update", &deeds, |it| it.action != "create").await;
    let new = store::created(&mut call, jobs, &deeds).await?;
    let mut chunk = Chunk {
        // Read after the records: who changes one in between is seen here, or found by its version.
        later: store::later(&mut call, jobs, &deeds).await?,
        created: created?,
        updated: updated?,
        events: vec![],
        kept: vec![],
    };
    for deed in &deeds {
        if deed.is_beside() && new.contains(&deed.object_id) {
            continue; // goes with the record itself
        }
        let kept = chunk.kept.len();
        chunk.take_back(&mut call, deed).await?;
        match deed.action.as_str() {
            _ if chunk.kept.len() > kept => place.undone.kept += 1,
            "create" => place.undone.removed += 1,
            _ => place.undone.restored += 1,
        }
    }
    let first = place.undone.kept - i64::try_from(chunk.kept.len()).unwrap_or_default();
    imports::note_refused(&mut call, import, Phase::Undo, first, chunk.kept).await?;
    let progress = Progress {
        done: place.undone.done(),
        total,
        message: "Undoing".into(),
    };
    job.progress(&mut call, progress, &place).await?;
    call.commit(chunk.events).await?;
    Ok((place, more))
}

/// The records of a chunk that were created or changed, as far as the caller may undo that, with the
/// proof.
async fn records<T: Written>(
    call: &mut Call,
    action: &'static str,
    deeds: &[Deed],
    is_meant: fn(&Deed) -> bool,
) -> Result<Records<T>> {
    let ids: Vec<_> = deeds
        .iter()
        .filter(|it| is_meant(it))
        .map(|it| it.object_id.to_value())
        .collect();
    if ids.is_empty() {
        return Ok(None);
    }
    let scope = call.allow::<T>(action)?;
    let mut sql = T::list().base(&scope);
    sql.and_in(T::list().id, ids);
    let found: Vec<T> = call.query(sql).await?;
    Ok(Some((
        scope,
        found.into_iter().map(|it| (it.id(), it)).collect(),
    )))
}

type Records<T> = Option<(Scope, HashMap<Uuid, T>)>;

struct Chunk<T> {
    later: Vec<Later>,
    created: Records<T>,
    updated: Records<T>,
    events: Vec<Event>,
    kept: Vec<imports::Refused>,
}

impl<T: Written> Chunk<T> {
    async fn take_back(&mut self, call: &mut Call, deed: &Deed) -> Result<()> {
        if let Some(it) = self
            .later
            .iter()
            .find(|it| it.object_id == deed.object_id && it.at >= deed.at)
        {
            let at = it.at.to_string();
            let when = at.get(..16).unwrap_or(&at).replace('T', " ");
            let message = format!(
                "Touched since by {} at {when} UTC ({}); it stays as it is.",
                it.actor_name,
                it.action.replace('_', " ")
            );
            self.keep(deed, "changed_since", message);
            return Ok(());
        }
        call.begin_part().await?;
        let records = match deed.action.as_str() {
            "create" => &self.created,
            _ => &self.updated,
        };
        let undone = match records
            .as_ref()
            .and_then(|it| Some((&it.0, it.1.get(&deed.object_id)?)))
        {
            None => Err(Error::NotFound),
            Some((scope, record)) if deed.action == "create" => T::erase(call, scope, record).await,
            Some((scope, record)) if deed.action == "update" => {
                restore(call, scope, record, deed).await
            }
            Some((scope, record)) => {
                T::take_back(call, scope, record, deed.customer_id, &deed.changes.0).await
            }
        };
        match undone {
            Ok(events) => {
                call.keep_part().await?;
                self.events.extend(events);
            }
            Err(error) if is_of_one(&error) => {
                call.undo_part().await?;
                let problem = error.problem();
                self.keep(deed, &problem.code, error.sentence());
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn keep(&mut self, deed: &Deed, code: &str, message: String) {
        self.kept.push(imports::Refused {
            object_id: deed.object_id,
            title: deed.object_name.clone(),
            error: RowError {
                column: String::new(),
                field: String::new(),
                value: String::new(),
                code: code.into(),
                message,
            },
        });
    }
}

/// Gives a record back the values from before: nobody changed it since, so only the import's own
/// fields differ from them.
async fn restore<T: Written>(
    call: &mut Call,
    scope: &Scope,
    record: &T,
    deed: &Deed,
) -> Result<Vec<Event>> {
    let shape = shape::<T::Input>();
    let before: Map<_, _> = deed
        .changes
        .0
        .iter()
        .filter(|it| shape.fields.contains(&it.field))
        .map(|it| (it.field.clone(), it.before.clone()))
        .collect();
    let input = Edit::patch(before).apply(record)?;
    let after = T::update(call, scope, record, input).await?;
    Ok(Event::if_changed("update", record, &after)
        .into_iter()
        .collect())
}

/// What an import says when its undo ended before its end: it can be taken up again.
pub fn ended<'a>(call: &'a mut Call, ending: &'a Ending) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let told = match ending.state {
            JobState::Cancelled => {
                "The undo was cancelled. What it had undone stays undone; undo again to go on."
                    .to_owned()
            }
            JobState::Failed => format!("The undo stopped: {} Undo again to go on.", ending.error),
            _ => return Ok(()),
        };
        let id = ending.object_id.unwrap_or_default();
        imports::move_on(
            call,
            id,
            &[ImportState::Undoing],
            ImportState::Stopped,
            &told,
        )
        .await
        .map(|_| ())
    })
}
