//! What a node does without being asked: jobs, and the recurring work of the installation.

use std::sync::Arc;
use std::time::Duration;

use kit::access::{Caller, Source};
use kit::call::{Call, Origin};
use kit::job::{Handlers, LoadCaller, Runner};
use kit::{Result, State};

use crate::customers::deletion;
use crate::exchange::import;
use crate::licences::clock;
use crate::notifications;
use crate::people::{self, authenticate};

/// Everything that runs in the background.
pub fn runner(state: &State) -> Runner {
    let handlers = import::jobs(Handlers::default())
        .every("expired", Duration::from_secs(300), |state| async move {
            people::purge_expired(&state).await
        })
        .every("licences", Duration::from_secs(1), clock::tick)
        .every("reminders", Duration::from_secs(300), clock::remind)
        .every("notifications", Duration::from_secs(60), send_notifications)
        .every("bin", Duration::from_secs(3600), empty_bin);
    Runner::new(state, handlers, callers())
}

/// Emails of notifications, to those who want them.
async fn send_notifications(state: State) -> Result<()> {
    notifications::send_emails(|| scheduler(&state)).await
}

/// Purges customers that have lain in the bin for 30 days (LIFE-03).
async fn empty_bin(state: State) -> Result<()> {
    deletion::purge_due(|| scheduler(&state)).await.map(|_| ())
}

/// What the installation does by itself.
pub fn scheduler(state: &State) -> Call {
    let caller = Caller::operator("Scheduler", Source::Job);
    Call::new(state, caller, Origin::default())
}

/// Jobs run with their initiator's rights as they are then; those of the command line with the
/// operator's.
fn callers() -> LoadCaller {
    let people = authenticate::load_caller();
    Arc::new(move |state, initiator| {
        if initiator.user_id.is_nil() {
            let operator = Caller::operator(&initiator.user_name, Source::Cli);
            return Box::pin(async move { Ok(Some(operator)) });
        }
        people(state, initiator)
    })
}
