//! How a contact comes to serve a customer, and how it ends: whoever asks for it.

use kit::access::Scope;
use kit::call::Call;
use kit::event::{Change, Event};
use kit::resource::Resource;
use kit::{Error, Id, Result, sql};
use serde_json::Value as Json;

use super::contact::Contact;
use super::link::{ContactLink, LinkInput, Roles};
use crate::customers::{self, Customer, rollup};

/// The store function of `contact_link_put` and of the demo; the caller has checked that both
/// are in scope.
pub async fn put(
    call: &mut Call,
    customer: &Customer,
    contact: Id<Contact>,
    input: LinkInput,
) -> Result<Vec<Event>> {
    set_roles(call, customer, contact, input.roles).await
}

/// Gives a contact exactly these roles for a customer of the same provider, and tells what changed.
pub async fn set_roles(
    call: &mut Call,
    customer: &Customer,
    contact: Id<Contact>,
    roles: Roles,
) -> Result<Vec<Event>> {
    let before = roles_of(call, customer.id, contact).await?;
    if before == Some(roles) {
        return Ok(vec![]);
    }
    let mut events = vec![];
    let taken: [(bool, &'static str); 2] =
        [(roles.primary, "is_primary"), (roles.billing, "is_billing")];
    for (_, column) in taken.into_iter().filter(|it| it.0) {
        events.extend(take(call, customer, contact, column).await?);
    }
    write(call, customer, contact, roles).await?;
    if before.is_none() {
        rollup::add(call, customer.id, rollup::Counter::Contacts, 1).await?;
    }
    if before.unwrap_or_default().super_admin != roles.super_admin {
        customers::store::refresh_search(call, customer.id).await?;
    }
    let action = if before.is_none() {
        "link"
    } else {
        "update_link"
    };
    events.push(event(call, action, customer, contact, before, Some(roles)).await?);
    Ok(events)
}

/// Who gets the customer's bills: its field `billing_contact_id`, told with the customer's own change.
pub async fn set_billing(
    call: &mut Call,
    customer: &Customer,
    contact: Option<Id<Contact>>,
) -> Result<()> {
    match contact {
        Some(contact) => {
            let before = roles_of(call, customer.id, contact).await?;
            set_roles(
                call,
                customer,
                contact,
                Roles {
                    billing: true,
                    ..before.unwrap_or_default()
                },
            )
            .await?;
        }
        None => {
            let sql = sql!(
                "update contact_links set is_billing = false, version = version + 1, updated_at = $1 where customer_id = $2 and is_billing",
                call.now,
                customer.id
            );
            call.execute(sql).await?;
        }
    }
    Ok(())
}

/// Removes a link; no event when there was none.
pub async fn remove(call: &mut Call, customer: &Customer, contact: &Contact) -> Result<Vec<Event>> {
    let Some(before) = roles_of(call, customer.id, contact.id).await? else {
        return Ok(vec![]);
    };
    let told = event(call, "unlink", customer, contact.id, Some(before), None).await?;
    call.execute(sql!(
        "delete from contact_links where customer_id = $1 and contact_id = $2",
        customer.id,
        contact.id
    ))
    .await?;
    rollup::add(call, customer.id, rollup::Counter::Contacts, -1).await?;
    if before.super_admin {
        customers::store::refresh_search(call, customer.id).await?;
    }
    Ok(vec![told])
}

/// The customer of a link in scope, be it in the bin.
pub async fn customer_of(call: &mut Call, id: Id<Customer>) -> Result<Customer> {
    call.find(&Scope::everywhere(), id).await
}

/// Takes a role that only one can have from the contact that has it.
async fn take(
    call: &mut Call,
    customer: &Customer,
    contact: Id<Contact>,
    column: &'static str,
) -> Result<Vec<Event>> {
    let mut sql = sql!("select contact_id from contact_links where ");
    sql.push(column)
        .and("customer_id = ?", customer.id)
        .and("contact_id <> ?", contact);
    let holders: Vec<(Id<Contact>,)> = call.query(sql).await?;
    let mut events = vec![];
    for (holder,) in holders {
        let before = roles_of(call, customer.id, holder)
            .await?
            .unwrap_or_default();
        let after = if column == "is_primary" {
            Roles {
                primary: false,
                ..before
            }
        } else {
            Roles {
                billing: false,
                ..before
            }
        };
        write(call, customer, holder, after).await?;
        events.push(
            event(
                call,
                "update_link",
                customer,
                holder,
                Some(before),
                Some(after),
            )
            .await?,
        );
    }
    Ok(events)
}

async fn write(
    call: &mut Call,
    customer: &Customer,
    contact: Id<Contact>,
    roles: Roles,
) -> Result<()> {
    let mut sql = sql!(
        "insert into contact_links (id, provider_id, reseller_id, customer_id, contact_id, version, created_at, updated_at, is_primary, is_billing, is_technical, is_super_admin) values ($1, $2, $3, $4, $5, 1, $6, $6",
        Id::<ContactLink>::new(call.now),
        customer.provider_id,
        customer.reseller_id,
        customer.id,
        contact,
        call.now
    );
    for it in [
        roles.primary,
        roles.billing,
        roles.technical,
        roles.super_admin,
    ] {
        sql.push(", ").bind(it);
    }
    sql.push(") on conflict (customer_id, contact_id) do update set is_primary = excluded.is_primary, is_billing = excluded.is_billing, is_technical = excluded.is_technical, is_super_admin = excluded.is_super_admin, version = contact_links.version + 1, updated_at = excluded.updated_at");
    match call.execute(sql).await {
        // Somebody else took the role at the same moment: once more, from them.
        Err(Error::Constraint {
            kind: kit::conn::Kind::Unique,
            ..
        }) => Err(Error::Retry),
        it => it.map(|_| ()),
    }
}

async fn roles_of(
    call: &mut Call,
    customer: Id<Customer>,
    contact: Id<Contact>,
) -> Result<Option<Roles>> {
    let found: Option<(bool, bool, bool, bool)> = call
        .query_optional(sql!("select is_primary, is_billing, is_technical, is_super_admin from contact_links where customer_id = $1 and contact_id = $2", customer, contact))
        .await?;
    Ok(
        found.map(|(primary, billing, technical, super_admin)| Roles {
            primary,
            billing,
            technical,
            super_admin,
        }),
    )
}

/// Told of the contact, in the audit of the customer.
async fn event(
    call: &mut Call,
    action: &'static str,
    customer: &Customer,
    contact: Id<Contact>,
    before: Option<Roles>,
    after: Option<Roles>,
) -> Result<Event> {
    let (name,): (String,) = call
        .query_one(sql!(
            "select trim(first_name || ' ' || last_name) from contacts where id = $1",
            contact
        ))
        .await?;
    let of_customer = |linked: Option<Roles>| {
        linked
            .map(|_| Json::String(customer.title()))
            .unwrap_or_default()
    };
    let changes = vec![
        Change::new(
            "roles",
            before.map(Roles::json).unwrap_or_default(),
            after.map(Roles::json).unwrap_or_default(),
        ),
        Change::new("customer", of_customer(before), of_customer(after)),
    ];
    let changes = changes
        .into_iter()
        .filter(|it| it.before != it.after)
        .collect();
    Ok(Event {
        object_type: Contact::NAME,
        object_id: contact.uuid(),
        object_name: name,
        action,
        owner: customer.owner(),
        changes,
    })
}
