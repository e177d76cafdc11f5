//! Moving a customer to another reseller of its provider, or to none (TREE-04). Between providers
//! only consent moves it (spec 4).

use axum::Json;
use kit::access::{Place, Scope};
use kit::body::Body;
use kit::call::Call;
use kit::conn::{Bind, Sql};
use kit::event::{Change, Event};
use kit::list::Query;
use kit::resource::Resource;
use kit::web::{At, Versioned};
use kit::{Error, Id, Result, sql, store};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Customer;
use crate::licences::rewarn;
use crate::licences::zones::{self, Whose};
use crate::people::{Contact, User, moved_roles};
use crate::tree::inherited::{self, Settings};
use crate::tree::{Reseller, place};

/// Where a customer is to be.
#[derive(Deserialize, JsonSchema, Clone, Copy)]
pub struct MoveInput {
    /// A reseller of the customer's provider; null: none, the provider itself serves it.
    pub reseller_id: Option<Id<Reseller>>,
}

/// What a move would change, asked before a person decides.
#[derive(Serialize, JsonSchema)]
pub struct MovePreview {
    pub from: Option<MoveNode>,
    pub to: Option<MoveNode>,
    /// The inherited settings that would be others.
    pub settings_before: Settings,
    pub settings_after: Settings,
    /// Users of the reseller that has it, who would not see it any more.
    pub lose_sight: Vec<MoveUser>,
    /// Users of the reseller that gets it, who would see it.
    pub gain_sight: Vec<MoveUser>,
    /// Contacts of the old reseller that serve nobody else: they come along.
    pub contacts_come: i64,
    /// Contacts that serve others too: they stay with their reseller, and go on serving this one.
    pub contacts_stay: i64,
}

/// A reseller.
#[derive(Serialize, JsonSchema)]
pub struct MoveNode {
    pub id: Id<Reseller>,
    pub name: String,
}

/// Somebody who holds a role at a reseller.
#[derive(Serialize, JsonSchema)]
pub struct MoveUser {
    pub id: Id<User>,
    pub name: String,
}

/// The most users that a preview names.
const NAMED: i64 = 50;

/// What moving a customer would change: inherited values, and who sees it. `reseller_id` names where
/// to; empty is no reseller.
pub async fn customer_move_preview(
    mut call: Call,
    At(id): At<Customer>,
    query: Query,
) -> Result<Json<MovePreview>> {
    query.only(&["reseller_id"])?;
    let scope = call.allow::<Customer>("update")?;
    let customer = call.find(&scope, id).await?;
    let named = query.get("reseller_id").filter(|it| !it.is_empty());
    let reseller_id = named
        .map(|it| it.parse())
        .transpose()
        .map_err(|_| unknown())?;
    let to = target(&mut call, &scope, &customer, reseller_id).await?;
    let from = match customer.reseller_id {
        None => None,
        Some(id) => place::reseller_of(&mut call, id).await?,
    };
    let mut moved = customer.clone();
    moved.reseller_id = reseller_id;
    let count = |not: &'static str| contacts("select count(*)", &customer, not);
    let (come, stay) = (count(" not"), count(""));
    Ok(Json(MovePreview {
        settings_before: inherited::of_customer(&mut call, &customer).await?,
        settings_after: inherited::of_customer(&mut call, &moved).await?,
        lose_sight: users_at(&mut call, customer.reseller_id).await?,
        gain_sight: users_at(&mut call, reseller_id).await?,
        contacts_come: call.count(come).await?,
        contacts_stay: call.count(stay).await?,
        from: from.map(|it| node(&it)),
        to: to.map(|it| node(&it)),
    }))
}

/// Moves a customer with everything below it to another reseller of its provider, or to none. Who
/// held a role at the old reseller does not see it any more from the next request on.
pub async fn customer_move(
    mut call: Call,
    At(id): At<Customer>,
    Body(input): Body<MoveInput>,
) -> Result<Versioned<Customer>> {
    let scope = call.allow::<Customer>("update")?;
    let before = call.find(&scope, id).await?;
    before.check_writable()?;
    let to = target(&mut call, &scope, &before, input.reseller_id).await?;
    if before.reseller_id == input.reseller_id {
        return Ok(Versioned(before));
    }
    call.changes_rights();
    let reseller = input.reseller_id.to_value();
    let ids: Vec<(Id<Contact>,)> = call.query(contacts("select k.id", &before, " not")).await?;
    if !ids.is_empty() {
        let set = vec![("reseller_id", reseller.clone())];
        let mut sql = store::assign("contacts", call.now, set);
        sql.and_in("id", ids.iter().map(|it| it.0.to_value()).collect());
        call.execute(sql).await?;
    }
    let roles = moved_roles::keep(&mut call, &before, input.reseller_id).await?;
    for table in [
        "tenants",
        "sites",
        "contact_links",
        "users",
        "roles",
        "tokens",
        "licence_blocks",
        "licence_pools",
        "overuse_cases",
        "expiry_alerts",
        "device_groups",
        "devices",
    ] {
        let set = vec![("reseller_id", reseller.clone())];
        let mut sql = store::assign(table, call.now, set);
        sql.and("customer_id = ?", before.id);
        call.execute(sql.slow()).await?;
    }
    for text in [
        "update grants set reseller_id = $1 where customer_id = $2",
        "update jobs set reseller_id = $1 where customer_id = $2",
        "update imports set reseller_id = $1 where customer_id = $2",
        "update invitations set reseller_id = $1 where customer_id = $2",
        "update notifications set reseller_id = $1 where customer_id = $2",
        "update mail_messages set reseller_id = $1 where customer_id = $2",
    ] {
        let mut sql = Sql::new(text);
        sql.add(input.reseller_id).add(before.id);
        call.execute(sql).await?;
    }
    let after = store::save(&mut call, &scope, &before, vec![("reseller_id", reseller)]).await?;
    if before.input.time_zone.is_none() {
        zones::changed(&mut call, Whose::Customer(before.id)).await?;
    }
    if before.input.terms.expiry_warning_days.is_none() {
        rewarn::changed(&mut call, Whose::Customer(before.id)).await?;
    }
    let change = Change {
        before_name: before.reseller_name.clone(),
        after_name: to.map(|it| it.title()),
        ..Change::new(
            "reseller_id",
            before.reseller_id.map(|it| it.to_string()),
            input.reseller_id.map(|it| it.to_string()),
        )
    };
    let event = Event {
        changes: vec![change],
        ..Event::of("move", &after)
    };
    let mut events = vec![event];
    events.extend(roles);
    call.changed(after, events).await
}

/// The reseller to move to: of the same provider, not archived, where the caller may change
/// customers.
async fn target(
    call: &mut Call,
    scope: &Scope,
    customer: &Customer,
    reseller_id: Option<Id<Reseller>>,
) -> Result<Option<Reseller>> {
    let provider = customer.provider_id.uuid();
    let Some(id) = reseller_id else {
        return match scope.covers(Place::Provider(provider)) {
            true => Ok(None),
            false => Err(unknown()),
        };
    };
    let found = place::reseller_of(call, id).await?;
    let reseller = id.uuid();
    let found = found.filter(|it| {
        it.provider_id == customer.provider_id
            && scope.covers(Place::Reseller { provider, reseller })
    });
    let found = found.ok_or_else(unknown)?;
    match found.archived_at {
        None => Ok(Some(found)),
        Some(_) => Err(Error::field("/reseller_id", "archived", "is archived")),
    }
}

fn unknown() -> Error {
    let message = "is no reseller of this customer's provider";
    Error::field("/reseller_id", "unknown_reference", message)
}

fn node(it: &Reseller) -> MoveNode {
    MoveNode {
        id: it.id,
        name: it.title(),
    }
}

/// Who holds a role at the reseller itself: those above it see the customer anyhow.
async fn users_at(call: &mut Call, reseller: Option<Id<Reseller>>) -> Result<Vec<MoveUser>> {
    let Some(id) = reseller else {
        return Ok(vec![]);
    };
    let found: Vec<(Id<User>, String)> = call
        .query(sql!(
            "select id, display_name from users u where exists (select 1 from grants g where g.user_id = u.id and g.node_id = $1) order by name_key, id limit $2",
            id,
            NAMED
        ))
        .await?;
    let named = |(id, name)| MoveUser { id, name };
    Ok(found.into_iter().map(named).collect())
}

const OWN: &str = " from contacts k join contact_links l on l.contact_id = k.id where l.customer_id = $1 and k.reseller_id = $2 and";
const ELSEWHERE: &str =
    " exists (select 1 from contact_links o where o.contact_id = k.id and o.customer_id <> $1)";

/// Contacts of the customer's reseller: those that serve only this customer, or (`not` empty) those
/// that serve others too.
fn contacts(select: &'static str, customer: &Customer, not: &'static str) -> Sql {
    let mut sql = Sql::new(select);
    sql.push(OWN).push(not).push(ELSEWHERE);
    sql.add(customer.id).add(customer.reseller_id);
    sql
}
