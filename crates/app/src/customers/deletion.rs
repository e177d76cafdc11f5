//! Delete and its blockers, restore, purge (LIFE-02, LIFE-03).

use axum::Json;
use kit::access::Scope;
use kit::call::Call;
use kit::conn::{Bind, Sql};
use kit::error::Blocker;
use kit::resource::Resource;
use kit::web::{At, Done, Versioned};
use kit::{Error, Id, Result, event::Event, sql, store, time::Instant};
use schemars::JsonSchema;
use serde::Serialize;

use super::bin::Binned;
use super::customer::Customer;

/// How long a deleted customer lies in the bin.
pub const DAYS_IN_BIN: i64 = 30;

/// What a deletion takes with it, and what stands in its way.
#[derive(Serialize, JsonSchema)]
pub struct Deletion {
    /// Whether nothing stands in the way.
    pub may: bool,
    /// What goes with the customer.
    pub goes: Vec<Counted>,
    /// What must be gone before; empty when the customer may be deleted.
    pub blockers: Vec<Blocker>,
}

/// A number of objects of one kind.
#[derive(Serialize, JsonSchema)]
pub struct Counted {
    pub kind: String,
    pub label: String,
    pub count: i64,
}

/// What deleting this customer would take along, and what blocks it: asked before the question is
/// put to a person.
pub async fn customer_deletion(mut call: Call, At(id): At<Customer>) -> Result<Json<Deletion>> {
    let scope = call.allow::<Customer>("delete")?;
    let customer = call.find(&scope, id).await?;
    Ok(Json(deletion(&mut call, &customer).await?))
}

async fn deletion(call: &mut Call, customer: &Customer) -> Result<Deletion> {
    let counts: [(&str, &str, &'static str); 8] = [
        (
            "tenants",
            "Tenants",
            "select count(*) from tenants where customer_id = $1",
        ),
        (
            "sites",
            "Sites",
            "select count(*) from sites where customer_id = $1",
        ),
        (
            "contact_links",
            "Links to contacts",
            "select count(*) from contact_links where customer_id = $1",
        ),
        (
            "grants",
            "Roles held at the customer",
            "select count(*) from grants where customer_id = $1",
        ),
        (
            "roles",
            "Roles of its own",
            "select count(*) from roles where customer_id = $1",
        ),
        (
            "users",
            "Users",
            "select count(*) from users where customer_id = $1",
        ),
        (
            "licence_blocks",
            "Licence blocks",
            "select count(*) from licence_blocks where customer_id = $1",
        ),
        (
            "devices",
            "Deregistered devices",
            "select count(*) from devices where customer_id = $1 and status = 'deregistered'",
        ),
    ];
    let mut goes = vec![];
    for (kind, label, text) in counts {
        let mut sql = Sql::new(text);
        sql.add(customer.id);
        let count = call.count(sql).await?;
        if count > 0 {
            goes.push(Counted {
                kind: kind.into(),
                label: label.into(),
                count,
            });
        }
    }
    let blockers = blockers(call, customer).await?;
    Ok(Deletion {
        may: blockers.is_empty(),
        goes,
        blockers,
    })
}

/// What must be gone before a customer may be deleted (LIFE-02). Each part of the product that can
/// stand in the way adds its line here.
async fn blockers(call: &mut Call, customer: &Customer) -> Result<Vec<Blocker>> {
    let resellers = call
        .count(sql!(
            "select count(*) from resellers where own_customer_id = $1",
            customer.id
        ))
        .await?;
    let mut blockers = vec![];
    if resellers > 0 {
        let href = format!("/resellers?own_customer_id={}", customer.id);
        blockers.push(Blocker {
            kind: "resellers".into(),
            label: "Resellers that are this customer".into(),
            count: resellers,
            href,
        });
    }
    let devices = sql!(
        "select count(*) from devices where customer_id = $1 and status <> 'deregistered'",
        customer.id
    );
    let devices = call.count(devices).await?;
    if devices > 0 {
        blockers.push(Blocker {
            kind: "devices".into(),
            label: "Registered devices".into(),
            count: devices,
            href: format!(
                "/devices?customer_id={}&status.in=active,suspended",
                customer.id
            ),
        });
    }
    Ok(blockers)
}

/// Deletes a customer: it goes to the bin for 30 days, with everything below it.
pub async fn delete(call: &mut Call, before: &Customer) -> Result<Vec<Event>> {
    let blockers = blockers(call, before).await?;
    if !blockers.is_empty() {
        let detail = format!(
            "{} cannot be deleted while other records depend on it.",
            before.name()
        );
        return Err(Error::Conflict {
            code: "blocked",
            detail,
            blockers,
        });
    }
    let now = call.now;
    let mut sql = store::assign(
        "customers",
        now,
        vec![
            ("deleted_at", Some(now).to_value()),
            ("deleted_by", call.caller.name.as_str().to_value()),
        ],
    );
    sql.and("id = ?", before.id)
        .and("version = ?", before.version);
    if call.execute(sql).await? == 0 {
        return Err(call.stale(before));
    }
    call.changes_rights();
    Ok(Event::deleted(before).into())
}

/// Deletes a customer for good, past the bin; told with its values.
pub async fn erase(call: &mut Call, before: &Customer) -> Result<Vec<Event>> {
    let mut events = delete(call, before).await?;
    purge(call, before.id).await?;
    for it in &mut events {
        it.action = "purge";
    }
    Ok(events)
}

/// Takes a customer out of the bin, as it was.
pub async fn customer_restore(mut call: Call, At(id): At<Customer>) -> Result<Versioned<Customer>> {
    let scope = call.allow::<Customer>("delete")?;
    let binned = call.find::<Binned>(&scope, id.cast()).await?;
    let sql = store::assign(
        "customers",
        call.now,
        vec![
            ("deleted_at", None::<Instant>.to_value()),
            ("deleted_by", "".to_value()),
        ],
    );
    let mut sql = sql;
    sql.and("id = ?", id).and("version = ?", binned.version);
    if call.execute(sql).await? == 0 {
        return Err(call.stale(&binned));
    }
    call.changes_rights();
    let customer = call.find(&scope, id).await?;
    let event = Event::of("restore", &customer);
    call.changed(customer, event).await
}

/// Removes a customer in the bin for good, with all that belongs to it. Its history stays.
pub async fn customer_purge(mut call: Call, At(id): At<Customer>) -> Result<Done> {
    let scope = call.allow::<Customer>("delete")?;
    let binned = call.find::<Binned>(&scope, id.cast()).await?;
    purge(&mut call, id).await?;
    call.commit(purged_event(&binned)).await?;
    Ok(Done)
}

/// Purges what has lain in the bin long enough; one customer a transaction, so that nothing waits
/// long. The scheduler's daily work.
pub async fn purge_due(mut new_call: impl FnMut() -> Call) -> Result<u64> {
    let mut purged = 0;
    loop {
        let mut call = new_call();
        let before = call.now.plus_seconds(-DAYS_IN_BIN * 86_400);
        let due: Option<(Id<Binned>,)> = call
            .query_optional(sql!("select id from customers where deleted_at is not null and deleted_at < $1 order by deleted_at limit 1", before))
            .await?;
        let Some((id,)) = due else { return Ok(purged) };
        let binned = call.find::<Binned>(&Scope::everywhere(), id).await?;
        purge(&mut call, id.cast()).await?;
        call.commit(purged_event(&binned)).await?;
        purged += 1;
    }
}

/// Told of the customer, like all that happened to it before.
fn purged_event(binned: &Binned) -> Event {
    Event {
        object_type: Customer::NAME,
        ..Event::of("purge", binned)
    }
}

async fn purge(call: &mut Call, id: Id<Customer>) -> Result<()> {
    // Users whose home was here can log in nowhere without another grant; their accounts stay,
    // since the audit names them.
    let statements: [&'static str; 25] = [
        "delete from one_shots where subject_id in (select id from invitations where customer_id = $1 union all select id from users where customer_id = $1)",
        "delete from invitations where customer_id = $1",
        "delete from mail_messages where customer_id = $1",
        "delete from grants where customer_id = $1",
        "delete from roles where customer_id = $1",
        "delete from sessions where user_id in (select id from users where customer_id = $1)",
        "delete from tokens where user_id in (select id from users where customer_id = $1)",
        "update users set status = 'disabled', customer_id = null, version = version + 1 where customer_id = $1 and provider_id is not null",
        "delete from contact_links where customer_id = $1",
        "delete from devices where customer_id = $1",
        "delete from device_groups where customer_id = $1",
        "delete from device_counts where customer_id = $1",
        "delete from notifications where customer_id = $1",
        "delete from overuse_cases where customer_id = $1",
        "delete from expiry_alerts where customer_id = $1",
        "delete from licence_blocks where customer_id = $1",
        "delete from licence_pool_days where pool_id in (select id from licence_pools where customer_id = $1)",
        "delete from licence_pools where customer_id = $1",
        "delete from pool_sets where customer_id = $1",
        "delete from sites where customer_id = $1",
        "delete from tenants where customer_id = $1",
        "delete from customer_services where customer_id = $1",
        "delete from customer_rollups where customer_id = $1",
        "update resellers set own_customer_id = null where own_customer_id = $1",
        "delete from customers where id = $1 and deleted_at is not null",
    ];
    for text in statements {
        let mut sql = Sql::new(text);
        sql.add(id);
        call.execute(sql).await?;
    }
    Ok(())
}
