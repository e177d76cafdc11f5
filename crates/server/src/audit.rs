//! `tenantry audit`.

use std::process::ExitCode;

use app::audit::{self, Verified, Verifying};

use crate::config::{AuditAction, AuditCommand, Common};
use crate::progress::Progress;

/// What `verify` ends with when the log is not what it was.
const CHANGED: u8 = 3;

pub async fn run(common: &Common, command: AuditCommand) -> Result<ExitCode, String> {
    let AuditAction::Verify {
        checkpoint,
        audit_key,
    } = command.action;
    let key = audit_key.unwrap_or_else(|| common.beside("audit-key"));
    let keys = Verifying::open(&key)?;
    let checkpoints = match &checkpoint {
        Some(file) => audit::read_checkpoints(file)?,
        None => vec![],
    };
    let db = common.open_unmigrated().await?;
    let mut progress = Progress::new("verified");
    let told = |it: &Verified| progress.at("audit_events", it.events.unsigned_abs());
    let outcome = audit::verify(&mut db.read(), &keys, &checkpoints, told).await;
    drop(progress);
    db.close().await;
    match outcome.map_err(|it| it.to_string())? {
        Ok(found) => {
            println!(
                "{} events in {} seals are as they were sealed; {} wait for theirs.",
                found.events, found.seals, found.waiting
            );
            if checkpoint.is_none() {
                println!("What is missing at the end only shows with --checkpoint FILE.");
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => {
            println!("{fault}");
            Ok(ExitCode::from(CHANGED))
        }
    }
}
