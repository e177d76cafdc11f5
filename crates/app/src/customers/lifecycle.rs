//! Archive, unarchive, enable, disable, a new link code (LIFE-01, ACC-11).

use kit::call::Call;
use kit::conn::{Bind, Kind, Value};
use kit::error::OnConstraint;
use kit::web::{At, Versioned};
use kit::{Error, Result, secret, store, time::Instant};

use super::customer::{Access, Customer};
use crate::licences::overuse;

/// Archives a customer: it leaves lists and pickers, its name is free, its data stays (LIFE-01).
pub async fn customer_archive(call: Call, at: At<Customer>) -> Result<Versioned<Customer>> {
    set_archived(call, at, true).await
}

/// Takes a customer back from the archive. Refused when its name was taken in the meantime.
pub async fn customer_unarchive(call: Call, at: At<Customer>) -> Result<Versioned<Customer>> {
    set_archived(call, at, false).await
}

async fn set_archived(
    mut call: Call,
    At(id): At<Customer>,
    archived: bool,
) -> Result<Versioned<Customer>> {
    let scope = call.allow::<Customer>("update")?;
    let before = call.find(&scope, id).await?;
    if before.archived_at.is_some() == archived {
        return Ok(Versioned(before));
    }
    let at: Option<Instant> = archived.then_some(call.now);
    let status = Customer::derive_status(before.management, archived, before.input.access);
    call.changes_rights();
    let saved = store::save(
        &mut call,
        &scope,
        &before,
        vec![
            ("archived_at", at.to_value()),
            ("status", status.to_value()),
        ],
    )
    .await;
    let after = match saved.on(Kind::Unique, "customers_name_unique", "/name", "taken", "") {
        Err(Error::Invalid(_)) => {
            let detail = format!(
                "Another customer is called “{}” now. Rename one of the two first.",
                before.input.name
            );
            return Err(Error::conflict("name_taken", detail));
        }
        it => it?,
    };
    overuse::archived(&mut call, id, archived).await?;
    call.updated(
        if archived { "archive" } else { "unarchive" },
        &before,
        after,
    )
    .await
}

/// Lets the customer's users in again (ACC-11).
pub async fn customer_enable(call: Call, at: At<Customer>) -> Result<Versioned<Customer>> {
    set_access(call, at, Access::Enabled).await
}

/// Ends the sessions and tokens of the customer's users at once (ACC-11).
pub async fn customer_disable(call: Call, at: At<Customer>) -> Result<Versioned<Customer>> {
    set_access(call, at, Access::Disabled).await
}

async fn set_access(
    mut call: Call,
    At(id): At<Customer>,
    access: Access,
) -> Result<Versioned<Customer>> {
    let status = |it: &Customer| Customer::derive_status(it.management, false, access);
    let scope = call.allow::<Customer>("update")?;
    let before = call.find(&scope, id).await?;
    before.check_writable()?;
    if before.input.access == access {
        return Ok(Versioned(before));
    }
    call.changes_rights();
    let set: Vec<(&'static str, Value)> = vec![
        ("access", access.to_value()),
        ("status", status(&before).to_value()),
    ];
    let after = store::save(&mut call, &scope, &before, set).await?;
    call.updated(
        if access == Access::Enabled {
            "enable"
        } else {
            "disable"
        },
        &before,
        after,
    )
    .await
}

/// Replaces the code by which another provider can ask to manage the customer; the old one is void.
pub async fn customer_renew_link_code(
    mut call: Call,
    At(id): At<Customer>,
) -> Result<Versioned<Customer>> {
    let scope = call.allow::<Customer>("update")?;
    let before = call.find(&scope, id).await?;
    before.check_writable()?;
    let after = store::save(
        &mut call,
        &scope,
        &before,
        vec![("link_code", secret::code(12).to_value())],
    )
    .await?;
    call.updated("renew_link_code", &before, after).await
}
