//! Undo (IMP-05): takes back what an import created and changed. What that was stands in the audit
//! log, where nothing is lost: every run of an import is a job, and every change names its job.
//!
//! What the import created is purged, not left in the bin: whoever undoes an import mends the file
//! and brings it in again, and names and ids in the bin would be in the way. Nothing is lost by it:
//! a record that anybody touched since, or put something below, is kept, and the values of all others
//! are in the file and in the audit log.

mod run;
mod store;

use axum::Json;
use kit::call::Call;
use kit::event::Event;
use kit::job;
use kit::web::At;
use kit::{Error, Id, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use run::{ended, run, undo};

use super::handlers::Accepted;
use super::objects::object;
use super::work::not_now;
use super::{Import, ImportState};
use crate::written::Written;

pub const UNDO: &str = "import_undo";

/// What undoing an import would do at this moment.
#[derive(Serialize, JsonSchema, Clone, Copy, Debug, Default)]
pub struct UndoPreview {
    /// Records that the import created: they are removed.
    pub created: i64,
    /// Changes of records that were there before: they get their earlier values back.
    pub updated: i64,
    /// How many of these cannot be undone, since somebody changed the record afterwards. Of a large
    /// import the newest 10,000 are looked at.
    pub kept: i64,
}

/// What an undo did.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Copy, Debug, Default)]
pub struct Undone {
    pub removed: i64,
    pub restored: i64,
    /// Records that stay as they are: `GET /imports/{id}/rows?phase=undo` tells why.
    pub kept: i64,
}

impl Undone {
    pub fn done(&self) -> i64 {
        self.removed + self.restored + self.kept
    }

    pub fn sentence(&self) -> String {
        format!(
            "{} removed, {} changed back, {} kept as they are.",
            self.removed, self.restored, self.kept
        )
    }
}

/// What an undo would take back, and what it would have to leave: asked before a person decides.
pub async fn import_undo_preview(mut call: Call, At(id): At<Import>) -> Result<Json<UndoPreview>> {
    let scope = call.allow::<Import>("read")?;
    let import = call.find(&scope, id).await?;
    let preview = store::preview(&mut call, &import).await?;
    Ok(Json(preview))
}

/// Takes back what the import created and changed, as a job. Records that somebody changed since stay
/// as they are and are listed. An import that stopped or was cancelled in the middle can be undone
/// too, and an undo that was cancelled goes on where it stopped.
pub async fn import_undo(mut call: Call, At(id): At<Import>) -> Result<Accepted> {
    let (import, event) = start(&mut call, id).await?;
    call.changed(import, event).await.map(Accepted)
}

/// Starts an undo; the caller commits.
pub async fn start(call: &mut Call, id: Id<Import>) -> Result<(Import, Event)> {
    let scope = call.allow::<Import>("create")?;
    let import = call.find(&scope, id).await?;
    if import.state == ImportState::Undone {
        return Err(Error::conflict(
            "undone",
            format!("This import was undone already. {}", import.message),
        ));
    }
    let preview = store::preview(call, &import).await?;
    if preview.created + preview.updated == 0 {
        return Err(Error::conflict(
            "nothing_to_undo",
            "This import has not changed anything.",
        ));
    }
    (object(&import.object)?.allow_undo)(call, preview)?;
    let from = store::last_checkpoint(call, id.uuid()).await?;
    let job_id = job::enqueue(call, UNDO, Some(id.uuid()), &from).await?;
    if !store::begin(call, id, job_id).await? {
        return Err(not_now(&import));
    }
    let after = call.find(&scope, id).await?;
    let event = Event::of("undo", &after);
    Ok((after, event))
}

/// An undo deletes and changes, so whoever asks for it must be allowed to.
pub fn allow<T: Written>(call: &Call, preview: UndoPreview) -> Result<()> {
    if preview.created > 0 {
        call.allow::<T>("delete")?;
    }
    if preview.updated > 0 {
        call.allow::<T>("update")?;
    }
    Ok(())
}
